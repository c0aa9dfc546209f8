/**
 * The account's access_token, stable by default. Source: 公众号文档 "获取稳定版接口调用凭据" and "获取 Access token". Classic tokens
 * retire each other, so a classic one has exactly one owner; stable ones converge without one.
 */
import { type AccountApi, get, type JsonObject, post, secondsOf, textOf } from './account-api.ts'
import { type CachedCredential, cachedCredential } from './cached-credential.ts'
import type { Credential, CredentialCache } from './credential-cache.ts'
import { RefusedError, wechatRefused } from './errors.ts'
import type { Question } from './renewal.ts'
import type { Secret } from './secret.ts'

export type TokenMode = 'stable' | 'classic'

export interface AccessTokenOptions {
  api: AccountApi
  appid: string
  secret: Secret
  mode: TokenMode
  cache: CredentialCache
  /** Milliseconds since the epoch. */
  clock: () => number
  /** Lets this many milliseconds pass. */
  wait: (ms: number) => Promise<void>
}

/**
 * Below the 300 s in which the stable endpoint still hands out the old token: asking earlier would get the same token,
 * "expiring now", and be asked again by the next caller.
 */
const MARGIN_MS = 200_000
/** 20 force refreshes are allowed a day. */
const FORCE_REST_MS = (24 * 3_600_000) / 20

/** The account's token. Stable and classic ones are kept apart: they live and die by different rules. */
export function accessToken(options: AccessTokenOptions): CachedCredential {
  const { api, cache, clock, wait, appid, mode } = options
  return cachedCredential({
    cache,
    clock,
    wait,
    key: `access_token:${mode}:${appid}`,
    callMs: api.timeoutMs,
    isDue: (kept, now) => kept.expiresAt - MARGIN_MS <= now,
    ask: (question) => (mode === 'classic' ? classic(options) : stableOrForced(options, question)),
  })
}

/** WeChat may still think well of a token that its API refuses; then one forced refresh is right. */
async function stableOrForced(
  options: AccessTokenOptions,
  { refused, hold, mayForce }: Question,
): Promise<Credential> {
  const credential = await stable(options, false)
  if (credential.value !== refused || !(await mayForce(FORCE_REST_MS))) return credential
  await hold()
  return stable(options, true)
}

async function stable(
  { api, appid, secret, clock }: AccessTokenOptions,
  force: boolean,
): Promise<Credential> {
  const fetchedAt = clock()
  const answer = await post(api, '/cgi-bin/stable_token', {
    grant_type: 'client_credential',
    appid,
    secret: secret.reveal(),
    force_refresh: force,
  })
  return credential(answer, 'access_token', fetchedAt)
}

async function classic({ api, appid, secret, clock }: AccessTokenOptions): Promise<Credential> {
  const fetchedAt = clock()
  const query = { grant_type: 'client_credential', appid, secret: secret.reveal() }
  return credential(await get(api, '/cgi-bin/token', query), 'access_token', fetchedAt)
}

/** No credential of the account is documented to live longer. */
const LONGEST_LIFE_SECONDS = 7200

/** What an answer grants. Its end counts from before the question, so that a slow answer never makes it later than it is. */
export function credential(
  answer: JsonObject,
  field: 'access_token' | 'ticket',
  fetchedAt: number,
): Credential {
  const seconds = Math.min(secondsOf(answer, 'expires_in'), LONGEST_LIFE_SECONDS)
  return { value: textOf(answer, field), fetchedAt, expiresAt: fetchedAt + seconds * 1000 }
}

/** Codes after which another token may help: replaced, malformed, expired. */
const TOKEN_REFUSED = new Set(['40001', '40014', '42001'])

/** It was replaced so lately that it is not replaced again, or WeChat hands out the same one still: the call may pass later. */
function refusedForNow({ wechatCode = '', wechatText = '', requestId }: RefusedError): RefusedError {
  const advice =
    '暂时换不到另一个 access_token，稍后再试 / there is no other access_token for now; try again later'
  return wechatRefused({ wechatCode, wechatText, requestId, advice, retryable: true })
}

/** Runs a call with the account's token, and exactly once more with another one if the first was refused. */
export async function withAccessToken<Result>(
  token: CachedCredential,
  call: (accessToken: string) => Promise<Result>,
): Promise<Result> {
  const first = await token.current()
  try {
    return await call(first.value)
  } catch (error) {
    if (!(error instanceof RefusedError) || !TOKEN_REFUSED.has(error.wechatCode ?? '')) throw error
    const second = await token.replace(first.value)
    if (second.value === first.value) throw refusedForNow(error)
    return call(second.value)
  }
}
