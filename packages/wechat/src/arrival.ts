/**
 * A visitor comes back from WeChat: the ways in which that can go, as one value to switch on. Silent first, and asked for
 * consent only when something is wanted that needs it. Source: 公众号文档 "网页授权".
 */
import type { AccountApi } from './account-api.ts'
import { choiceProblems } from './configuration.ts'
import { equalInConstantTime } from './crypto.ts'
import { invalidRequest, RefusedError } from './errors.ts'
import {
  exchangeCode,
  type PersonAuthorization,
  refreshAuthorization,
  type SnapshotAuthorization,
  type UserInfo,
  userinfo,
  type VisitorToken,
} from './oauth.ts'
import type { Secret } from './secret.ts'

/** A visitor who came back to the callback address (redirect_uri). */
export interface Callback {
  /** The address that the visitor came back to, as requested. */
  url: string | URL
  /** The state that this visitor's browser was sent away with; undefined where it brings none. */
  state: string | undefined
  /** `openid` unless told otherwise; `unionid` and `userinfo` need the visitor's consent. */
  wants?: 'openid' | 'unionid' | 'userinfo'
}

/** Who came back from the authorize page, or why nobody did. */
export type Arrival<Appid extends string = string> =
  /** It is known who came; `userinfo` is there if it was wanted. */
  | { kind: 'identified'; authorization: PersonAuthorization<Appid>; userinfo?: UserInfo<Appid> }
  /** It is known who came, but not all that was wanted: send them to `authorizeUrl` with `snsapi_userinfo`. */
  | { kind: 'consent_needed'; authorization: PersonAuthorization<Appid> }
  /** Somebody in a snapshot page: show the goods, and ask to press 使用完整服务. */
  | { kind: 'snapshot'; authorization: SnapshotAuthorization }
  /** The visitor said no. */
  | { kind: 'declined' }
  /** The code was used, or is older than five minutes (refresh, back key): begin again, once. */
  | { kind: 'spent' }
  /** No sign-in of this browser waits for this: an old link, or a forged one. */
  | { kind: 'foreign' }

interface Client<Appid extends string> {
  api: AccountApi
  appid: Appid
  secret: Secret
}

/** Reads the callback and asks WeChat what is wanted. Throws what `exchangeCode` and `userinfo` throw of real failures. */
export async function arrival<Appid extends string>(
  { api, appid, secret }: Client<Appid>,
  callback: Callback,
): Promise<Arrival<Appid>> {
  check(callback)
  const { url, state, wants = 'openid' } = callback
  const query = queryOf(url)
  if (!isOurs(query.get('state'), state)) return { kind: 'foreign' }
  const code = query.get('code') ?? ''
  if (DECLINED.has(code)) return { kind: 'declined' }
  const authorization = await exchangeCode(api, appid, secret, code).catch(undefinedIfSpent)
  if (authorization === undefined) return { kind: 'spent' }
  if (authorization.snapshotVisitor) return { kind: 'snapshot', authorization }
  if (lacksConsent(authorization, wants)) return { kind: 'consent_needed', authorization }
  if (wants !== 'userinfo') return { kind: 'identified', authorization }
  return { kind: 'identified', authorization, userinfo: await userinfo(api, authorization, 'zh_CN') }
}

/** A program's mistake must not look like a stranger, nor cost the code. */
function check(callback: Callback): void {
  const { url, wants }: Partial<Callback> = callback ?? {}
  const problems = [
    ...(typeof url === 'string' || typeof url?.href === 'string' ? [] : ['url: 必填 / required']),
    ...choiceProblems('wants', wants, ['openid', 'unionid', 'userinfo']),
  ]
  if (problems.length > 0) throw invalidRequest('arrive', problems)
}

/** A browser that brings no state was sent away by nobody. */
function isOurs(returned: string | null, state: string | undefined): boolean {
  return (
    typeof state === 'string' && state !== '' && returned !== null && equalInConstantTime(returned, state)
  )
}

/** A refusal leaves the visitor where they are, or brings them back without a code; very old clients wrote `authdeny`. */
const DECLINED = new Set(['', 'authdeny'])
/** 40163 code been used, 40029 invalid code, 42003 as documented for an expired one. */
const SPENT = new Set(['40163', '40029', '42003'])

function undefinedIfSpent(error: unknown): undefined {
  if (error instanceof RefusedError && SPENT.has(error.wechatCode ?? '')) return undefined
  throw error
}

/** An account that is bound to no Open Platform account has no unionid to give, consent or not. */
function lacksConsent({ scopes, unionid }: PersonAuthorization, wants: Callback['wants']): boolean {
  if (wants === 'openid' || (wants === 'unionid' && unionid !== undefined)) return false
  return !scopes.includes('snsapi_userinfo')
}

/** Servers know the path and the query, not always the host. Strangers write what is no address. */
function queryOf(url: string | URL): URLSearchParams {
  const base = 'https://callback.invalid'
  return URL.canParse(String(url), base) ? new URL(url, base).searchParams : new URLSearchParams()
}

export interface KeptAuthorization<Appid extends string = string> extends VisitorToken<Appid> {
  refreshToken: string | Secret
}

/** A visitor of former days: the profile of today, or that consent has to be asked for again. */
export type Acquaintance<Appid extends string = string> =
  /** Nickname and avatar of today. Keep `renewed` in place of what was kept, if it is there. */
  | { kind: 'known'; userinfo: UserInfo<Appid>; renewed?: PersonAuthorization<Appid> }
  /** The tokens are over, or the visitor changed the password: ask for consent again. */
  | { kind: 'consent_needed' }

/** The profile of a visitor of former days, with the tokens that were kept, renewed once if need be. */
export async function acquaintance<Appid extends string>(
  { api, appid }: Pick<Client<Appid>, 'api' | 'appid'>,
  kept: KeptAuthorization<Appid>,
): Promise<Acquaintance<Appid>> {
  try {
    return { kind: 'known', userinfo: await userinfo(api, kept, 'zh_CN') }
  } catch (error) {
    if (!says(error, TOKEN_OVER)) throw error
  }
  try {
    const renewed = await refreshAuthorization(api, appid, kept?.refreshToken)
    return { kind: 'known', userinfo: await userinfo(api, renewed, 'zh_CN'), renewed }
  } catch (error) {
    if (says(error, CONSENT_OVER)) return { kind: 'consent_needed' }
    throw error
  }
}

const TOKEN_OVER = new Set(['40001', '40014', '42001', '42007'])
/** Of the refresh token: invalid, expired, password changed; the documents print 40029 for it as well. */
const CONSENT_OVER = new Set([...TOKEN_OVER, '40029', '40030', '42002'])

function says(error: unknown, codes: ReadonlySet<string>): boolean {
  return error instanceof RefusedError && codes.has(error.wechatCode ?? '')
}
