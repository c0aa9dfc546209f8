/**
 * The account's access_token, stable by default. Source: 公众号文档 "获取稳定版接口调用凭据" and "获取 Access token". Classic tokens
 * retire each other, so a classic one has exactly one owner; stable ones converge without one.
 */
import { type AccountApi, get, numberOf, post, textOf } from './account-api.ts'
import { type CachedCredential, cachedCredential } from './cached-credential.ts'
import type { Credential, CredentialCache } from './credential-cache.ts'
import { RefusedError } from './errors.ts'
import type { Secret } from './secret.ts'

export type TokenMode = 'stable' | 'classic'

export interface AccessTokenOptions {
  api: AccountApi
  appid: string
  secret: Secret
  mode: TokenMode
  cache: CredentialCache
  clock: () => number
}

/**
 * Below the 300 s in which the stable endpoint still hands out the old token: asking earlier would get the same token,
 * "expiring now", and be asked again by the next caller.
 */
const MARGIN_MS = 200_000
/** Two force refreshes closer than this do not refresh, and 20 a day are allowed. */
const FORCE_REST_MS = 30_000

export function accessToken(options: AccessTokenOptions): CachedCredential {
  const { cache, clock, appid, mode } = options
  let forcedAt = Number.NEGATIVE_INFINITY
  return cachedCredential({
    cache,
    clock,
    key: `access_token:${mode}:${appid}`,
    marginMs: MARGIN_MS,
    async fetch(instead) {
      if (mode === 'classic') return fetchClassic(options)
      const credential = await fetchStable(options, false)
      // WeChat may still think well of a token that its API refuses; then one forced refresh is right.
      if (credential.value !== instead || clock() - forcedAt < FORCE_REST_MS) return credential
      forcedAt = clock()
      return fetchStable(options, true)
    },
  })
}

async function fetchStable(
  { api, appid, secret, clock }: AccessTokenOptions,
  forceRefresh: boolean,
): Promise<Credential> {
  const fetchedAt = clock()
  const answer = await post(api, '/cgi-bin/stable_token', {
    grant_type: 'client_credential',
    appid,
    secret: secret.reveal(),
    force_refresh: forceRefresh,
  })
  return credential(textOf(answer, 'access_token'), numberOf(answer, 'expires_in'), fetchedAt)
}

async function fetchClassic({ api, appid, secret, clock }: AccessTokenOptions): Promise<Credential> {
  const fetchedAt = clock()
  const query = { grant_type: 'client_credential', appid, secret: secret.reveal() }
  const answer = await get(api, '/cgi-bin/token', query)
  return credential(textOf(answer, 'access_token'), numberOf(answer, 'expires_in'), fetchedAt)
}

/** The end counts from before the call, so that a slow answer never makes it later than it is. */
export function credential(value: string, expiresInSeconds: number, fetchedAt: number): Credential {
  return { value, fetchedAt, expiresAt: fetchedAt + expiresInSeconds * 1000 }
}

/** Codes after which another token may help: replaced, malformed, expired. */
const TOKEN_REFUSED = new Set(['40001', '40014', '42001'])

/** Runs a call with the account's token, and once more with another one if the first was refused. */
export async function withAccessToken<Result>(
  token: CachedCredential,
  call: (accessToken: string) => Promise<Result>,
): Promise<Result> {
  const first = await token.current()
  try {
    return await call(first)
  } catch (error) {
    if (!(error instanceof RefusedError) || !TOKEN_REFUSED.has(error.wechatCode ?? '')) throw error
    const second = await token.replace(first)
    if (second === first) throw error
    return call(second)
  }
}
