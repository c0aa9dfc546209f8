/** Web authorization (网页授权): how a page learns who its visitor is. Source: 公众号文档 "网页授权". */
import { type AccountApi, get, type JsonObject, optionalText, secondsOf, textOf } from './account-api.ts'
import { choiceProblems } from './configuration.ts'
import { randomNonce } from './crypto.ts'
import { invalidRequest, ProtocolError, RefusedError } from './errors.ts'
import type { Openid, SnapshotOpenid } from './openid.ts'
import { Secret } from './secret.ts'

/** `snsapi_base` gives the openid silently; `snsapi_userinfo` asks the visitor and gives nickname and avatar too. */
export type AuthorizationScope = 'snsapi_base' | 'snsapi_userinfo'

/** What the authorize page (网页授权) is opened with. */
export interface AuthorizeRequest {
  /** Complete address that WeChat sends the visitor back to; its host must be a 网页授权域名 of the account. */
  redirectUri: string
  /** `snsapi_base` unless told otherwise. */
  scope?: AuthorizationScope
  /** 1 to 128 letters and digits, kept with this browser (`randomState`); comes back unchanged. */
  state: string
  /** Ask even where consent is remembered. */
  forcePopup?: boolean
  /** Skip WeChat's redirect to itself, after which some clients call back twice. */
  connectRedirect?: boolean
}

/** Who came: a person, or somebody in a snapshot page (快照页), whom WeChat gives a made-up identity. */
export type WebAuthorization<Appid extends string = string> =
  | PersonAuthorization<Appid>
  | SnapshotAuthorization

interface Granted {
  scopes: string[]
  /** Token of this one visitor; not the account's access_token. Never send it to a page. */
  accessToken: Secret
  expiresInSeconds: number
  /** One person's number in all accounts of one Open Platform account; only with `snsapi_userinfo`. */
  unionid?: string
}

/** What a code was changed for: whose openid, and for how long. */
export interface PersonAuthorization<Appid extends string = string> extends Granted {
  snapshotVisitor: false
  /** The visitor, as known to this account. */
  openid: Openid<Appid>
  /** Good for 30 days, without the account's secret. */
  refreshToken: Secret
}

/** Never create or merge an account or an order for it: openid, unionid, nickname and avatar are made up and change. */
export interface SnapshotAuthorization extends Granted {
  snapshotVisitor: true
  openid: SnapshotOpenid
}

/** 拉取用户信息: the profile of a visitor who allowed snsapi_userinfo. */
export interface UserInfo<Appid extends string = string> {
  openid: Openid<Appid>
  nickname: string
  /** Address of the avatar; empty when there is none. */
  headimgurl: string
  unionid?: string
}

/** A state for one sign-in, not to be guessed: keep it with the browser, and compare it when the visitor comes back. */
export function randomState(): string {
  return randomNonce()
}

const DOCUMENTED_STATE = /^[a-zA-Z0-9]{0,128}$/

/** Whether a state has the documented alphabet and length. */
export function isDocumentedState(state: string): boolean {
  return DOCUMENTED_STATE.test(state)
}

/**
 * The address to send a visitor to, parameters in the documented order. Throws `RefusedError` with code
 * `invalid_request` for a state that is missing or outside the documented alphabet, an unknown scope, or an address to come back to
 * that is not absolute.
 */
export function authorizeUrl(origin: string, appid: string, request: AuthorizeRequest): string {
  const problems = [
    ...(/^[a-zA-Z0-9]{1,128}$/.test(request?.state ?? '')
      ? []
      : [
          'state: 1 至 128 位字母数字，例如 randomState() / 1 to 128 letters and digits, as of randomState()',
        ]),
    ...choiceProblems('scope', request?.scope, ['snsapi_base', 'snsapi_userinfo']),
    ...(isAddress(request?.redirectUri) ? [] : ['redirectUri: 完整的网址 / an absolute http(s) address']),
  ]
  if (problems.length > 0) throw invalidRequest('网页授权 / web authorization', problems)
  const query = [
    `appid=${appid}`,
    `redirect_uri=${encodeURIComponent(request.redirectUri)}`,
    'response_type=code',
    `scope=${request.scope ?? 'snsapi_base'}`,
    `state=${request.state}`,
    ...(request.forcePopup === true ? ['forcePopup=true'] : []),
    ...(request.connectRedirect === true ? ['connect_redirect=1'] : []),
  ]
  return `${origin}/connect/oauth2/authorize?${query.join('&')}#wechat_redirect`
}

/** Half a character cannot be written into another address. */
function isAddress(uri: string): boolean {
  return /^https?:\/\/[^/]/.test(uri) && !/\p{Cs}/u.test(uri)
}

/**
 * Changes a code for the visitor's openid. A code works once: 40163 says it was used, 40029 that it is no code. Throws `RefusedError`
 * with code `invalid_request` where there is none.
 */
export async function exchangeCode<Appid extends string>(
  api: AccountApi,
  appid: Appid,
  secret: Secret,
  code: string,
): Promise<WebAuthorization<Appid>> {
  if (typeof code !== 'string' || code === '') {
    throw invalidRequest('网页授权 / web authorization', ['code: 必填 / required'])
  }
  const query = { appid, secret: secret.reveal(), code, grant_type: 'authorization_code' }
  const answer = await get(api, '/sns/oauth2/access_token', query)
  return isSnapshot(answer)
    ? { ...granted(answer), snapshotVisitor: true, openid: textOf(answer, 'openid') }
    : person(answer)
}

/**
 * Renews a visitor's token; the refresh token lives 30 days. Store what comes back. Throws `ProtocolError` for a snapshot visitor, who is
 * nobody.
 */
export async function refreshAuthorization<Appid extends string>(
  api: AccountApi,
  appid: Appid,
  refreshToken: string | Secret,
): Promise<PersonAuthorization<Appid>> {
  const query = { appid, grant_type: 'refresh_token', refresh_token: kept('refreshToken', refreshToken) }
  const answer = await get(api, '/sns/oauth2/refresh_token', query)
  if (!isSnapshot(answer)) return person(answer)
  throw new ProtocolError('bad_message', '是快照页访客 / the token is a snapshot visitor’s')
}

/** Nickname and avatar; needs a token granted with `snsapi_userinfo` (48001 otherwise). */
export async function userinfo<Appid extends string>(
  api: AccountApi,
  visitor: VisitorToken<Appid>,
  lang: 'zh_CN' | 'zh_TW' | 'en',
): Promise<UserInfo<Appid>> {
  const answer = await get(api, '/sns/userinfo', { ...visitorQuery(visitor), lang })
  const unionid = optionalText(answer, 'unionid')
  return {
    openid: textOf(answer, 'openid'),
    nickname: optionalText(answer, 'nickname') ?? '',
    headimgurl: optionalText(answer, 'headimgurl') ?? '',
    ...(unionid === undefined ? {} : { unionid }),
  }
}

/** A visitor's token, and whose it is. */
export interface VisitorToken<Appid extends string = string> {
  accessToken: string | Secret
  openid: Openid<Appid>
}

function visitorQuery(visitor: VisitorToken): { access_token: string; openid: string } {
  return {
    access_token: kept('accessToken', visitor?.accessToken),
    openid: kept('openid', visitor?.openid),
  }
}

/** What the program kept of a visitor. Programs without types may have kept nothing. */
function kept(name: string, value: string | Secret): string {
  const text = value instanceof Secret ? value.reveal() : value
  if (typeof text === 'string' && text !== '') return text
  throw invalidRequest('网页授权 / web authorization', [`${name}: 必填 / required`])
}

/** What WeChat answers of a token that is no longer good; anything else is a failure of the question itself. */
const NOT_VALID = new Set(['40001', '40003', '40014', '42001', '42007'])

/** Whether a visitor's token still works. */
export async function authorizationIsValid(api: AccountApi, visitor: VisitorToken): Promise<boolean> {
  try {
    const { errcode } = await get(api, '/sns/auth', visitorQuery(visitor))
    if (errcode === 0) return true
    throw new ProtocolError('bad_message', '应答缺少字段 / the answer lacks errcode')
  } catch (error) {
    if (error instanceof RefusedError && NOT_VALID.has(error.wechatCode ?? '')) return false
    throw error
  }
}

function isSnapshot(answer: JsonObject): boolean {
  return Number(answer['is_snapshotuser'] ?? 0) !== 0
}

function person<Appid extends string>(answer: JsonObject): PersonAuthorization<Appid> {
  const refreshToken = new Secret(optionalText(answer, 'refresh_token') ?? '')
  return { ...granted(answer), snapshotVisitor: false, openid: textOf(answer, 'openid'), refreshToken }
}

function granted(answer: JsonObject): Granted {
  const unionid = optionalText(answer, 'unionid')
  return {
    scopes: (optionalText(answer, 'scope') ?? '').split(',').filter((scope) => scope !== ''),
    accessToken: new Secret(textOf(answer, 'access_token')),
    expiresInSeconds: secondsOf(answer, 'expires_in'),
    ...(unionid === undefined ? {} : { unionid }),
  }
}
