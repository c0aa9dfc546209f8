/** An official account (公众号): web authorization, access_token, jsapi_ticket and page signatures, behind one door. */
import { accessToken, type TokenMode, withAccessToken } from './access-token.ts'
import { type AccountApi, get, type JsonObject, post } from './account-api.ts'
import {
  type Acquaintance,
  type Arrival,
  acquaintance,
  arrival,
  type Callback,
  type KeptAuthorization,
} from './arrival.ts'
import {
  choiceProblems,
  functionProblems,
  originProblems,
  strayProblems,
  textProblems,
  timeoutProblems,
} from './configuration.ts'
import { type Credential, type CredentialCache, memoryCache } from './credential-cache.ts'
import { randomNonce } from './crypto.ts'
import { delay } from './delay.ts'
import { ConfigError, invalidRequest } from './errors.ts'
import { jsapiTicket } from './jsapi-ticket.ts'
import { pageSignature, signedUrl } from './jssdk.ts'
import {
  type AuthorizeRequest,
  authorizationIsValid,
  authorizeUrl,
  exchangeCode,
  type PersonAuthorization,
  refreshAuthorization,
  type UserInfo,
  userinfo,
  type VisitorToken,
  type WebAuthorization,
} from './oauth.ts'
import { type Secret, secretOf } from './secret.ts'
import type { Fetch, OnExchange } from './transport.ts'

/** Who the account is and how it reaches WeChat. */
export interface OfficialAccountOptions<Appid extends string = string> {
  /** `wx` and 16 hex digits. Written as a literal, it tells this account's openids from another's at compile time. */
  appid: Appid
  /** AppSecret, 32 hex digits. */
  secret: string | Secret
  /** `stable` unless told otherwise; `classic` only where one process owns the token. */
  tokenMode?: TokenMode
  /** Where WeChat is, without a slash at the end. */
  origins?: { open?: string; api?: string }
  /** This process's memory unless told otherwise; processes that share an account share a cache. */
  cache?: CredentialCache
  fetch?: Fetch
  /** Told of every exchange with WeChat, for traces and metrics. */
  onExchange?: OnExchange
  /** Milliseconds since the epoch. */
  clock?: () => number
  /** Lets this many milliseconds pass, while another process fetches what this one needs. */
  wait?: (ms: number) => Promise<void>
  nonce?: () => string
  /** Time for one call; 5000 ms unless told otherwise. */
  timeoutMs?: number
}

/** What an account has one of, for all who use it. */
export type CredentialKind = 'access_token' | 'jsapi_ticket'

/** A call of the account's API (cgi-bin) that needs an access_token. */
export interface AccountCall {
  /** Without query: `/cgi-bin/message/template/send`. */
  path: string
  query?: Record<string, string>
  body?: JsonObject
}

/** Arguments of `wx.config`, and the address that was signed. */
export interface PageConfiguration {
  appId: string
  /** Seconds since the epoch. */
  timestamp: number
  nonceStr: string
  signature: string
  jsApiList: string[]
  url: string
}

/** One Official Account (公众号): tokens, tickets, sign-in and page signatures. */
export interface OfficialAccount<Appid extends string = string> {
  readonly appid: Appid
  /** Where to send a visitor so that WeChat sends a code back. */
  authorizeUrl(request: AuthorizeRequest): string
  /**
   * The visitor is back: who is it, and is that all that was wanted? Throws `RefusedError` where WeChat refuses us rather than
   * the visitor, `TransportError` where it cannot be asked.
   */
  arrive(callback: Callback): Promise<Arrival<Appid>>
  /** The profile of a visitor of former days, with the tokens that were kept then. */
  recognize(kept: KeptAuthorization<Appid>): Promise<Acquaintance<Appid>>
  /** Code → openid, and nothing else. Throws `RefusedError` with `wechatCode` 40029 or 40163 for a code that is no good any more. */
  exchangeCode(code: string): Promise<WebAuthorization<Appid>>
  /** Renews a visitor's token; 40030 means: authorize again. Signing in needs only the openid, and no renewal. */
  refreshAuthorization(refreshToken: string | Secret): Promise<PersonAuthorization<Appid>>
  /** Nickname and avatar of a visitor who granted `snsapi_userinfo`. */
  userinfo(request: VisitorToken<Appid> & { lang?: 'zh_CN' | 'zh_TW' | 'en' }): Promise<UserInfo<Appid>>
  /** Whether a visitor's token still works. */
  authorizationIsValid(request: VisitorToken<Appid>): Promise<boolean>
  /**
   * Any other call of the account's API (`/cgi-bin/*`, …): a GET, or a POST with a body. The access_token is added, and the call
   * repeated once with another one after 40001, 40014 or 42001. Throws `RefusedError` for any other `errcode`.
   */
  call(request: AccountCall): Promise<JsonObject>
  /** The account's access_token, for calls made in another way. */
  accessToken(): Promise<string>
  /**
   * Another access_token after such a call was refused with 40001, 40014 or 42001; then repeat it once. Answers the same again
   * when one was fetched only just now: the fault lies elsewhere.
   */
  replaceAccessToken(refused: string): Promise<string>
  /** The account's jsapi_ticket, for signatures made elsewhere. */
  jsapiTicket(): Promise<string>
  /**
   * After pages report "invalid signature" for a right URL: the next signature asks WeChat for the ticket first. At most once a
   * minute; the old one stays in use while WeChat cannot be asked.
   */
  forgetJsapiTicket(): Promise<void>
  /** The account's access_token or jsapi_ticket with its times, to be passed on to other programs. */
  credential(kind: CredentialKind): Promise<Credential>
  /**
   * Another one after WeChat, or a page, refused this. Answers the same again when one was fetched only just now, or when WeChat
   * stands by its ticket.
   */
  replaceCredential(kind: CredentialKind, refused: string): Promise<Credential>
  /**
   * Signs one page. Check before that the address is yours: whoever has the signature may use the JSSDK there. Throws `RefusedError` of
   * code `invalid_request` for an address that is not whole.
   */
  pageConfiguration(request: { url: string; jsApiList?: string[] }): Promise<PageConfiguration>
}

/** Throws `ConfigError` naming every option that cannot be right. */
export function createOfficialAccount<const Appid extends string>(
  options: OfficialAccountOptions<Appid>,
): OfficialAccount<Appid> {
  check(options ?? {})
  const {
    appid,
    tokenMode = 'stable',
    clock = Date.now,
    wait = delay,
    nonce = randomNonce,
    cache = memoryCache(),
  } = options
  const secret = secretOf(options.secret)
  const open = options.origins?.open ?? 'https://open.weixin.qq.com'
  const api: AccountApi = {
    origin: options.origins?.api ?? 'https://api.weixin.qq.com',
    fetch: options.fetch ?? fetch,
    timeoutMs: options.timeoutMs ?? 5000,
    onExchange: options.onExchange,
    clock,
  }
  const token = accessToken({ api, appid, secret, mode: tokenMode, cache, clock, wait })
  const ticket = jsapiTicket({ api, appid, token, cache, clock, wait })
  return {
    appid,
    authorizeUrl: (request) => authorizeUrl(open, appid, request),
    arrive: (callback) => arrival({ api, appid, secret }, callback),
    recognize: (kept) => acquaintance({ api, appid }, kept),
    exchangeCode: (code) => exchangeCode(api, appid, secret, code),
    refreshAuthorization: (refreshToken) => refreshAuthorization(api, appid, refreshToken),
    userinfo: (request) => userinfo(api, request, request?.lang ?? 'zh_CN'),
    authorizationIsValid: (request) => authorizationIsValid(api, request),
    async call(request) {
      if (!PATH.test(request?.path)) throw invalidRequest('接口 / API', [`path: ${NO_PATH}`])
      if (request.path.startsWith('/sns/')) throw invalidRequest('接口 / API', [`path: ${VISITORS}`])
      return withAccessToken(token, (accessToken) => called(api, request, accessToken))
    },
    accessToken: async () => (await token.current()).value,
    replaceAccessToken: async (refused) => (await token.replace(refused)).value,
    jsapiTicket: async () => (await ticket.current()).value,
    forgetJsapiTicket: ticket.doubt,
    credential: (kind) => (kind === 'access_token' ? token : ticket).current(),
    async replaceCredential(kind, refused) {
      if (kind === 'access_token') return token.replace(refused)
      const present = await ticket.current()
      if (present.value !== refused) return present
      await ticket.doubt()
      return ticket.current()
    },
    async pageConfiguration(request) {
      if (!/^https?:\/\/[^/]/i.test(request?.url)) throw invalidRequest('JSSDK', [`url: ${WHOLE_ADDRESS}`])
      const { url, jsApiList = ['chooseWXPay'] } = request
      const page = {
        ticket: (await ticket.current()).value,
        nonceStr: nonce(),
        timestamp: Math.floor(clock() / 1000),
        url: signedUrl(url),
      }
      const { nonceStr, timestamp } = page
      return {
        appId: appid,
        timestamp,
        nonceStr,
        signature: pageSignature(page),
        jsApiList: [...jsApiList],
        url: page.url,
      }
    },
  }
}

const WHOLE_ADDRESS = '页面的完整网址，如 location.href / the page’s whole address, as location.href gives it'
const NO_CACHE =
  '应有 get、lease、prolong、put、release 五个函数，如 redisCache、sqlCache / must have the five functions of CredentialCache, as redisCache and sqlCache give them'

/** A client of Redis, or a Map, is none yet. */
function isCache(cache: Partial<CredentialCache>): boolean {
  const { get, lease, prolong, put, release } = cache
  return [get, lease, prolong, put, release].every((verb) => typeof verb === 'function')
}

const NO_PATH = '应为不带参数的路径 / must be a path without a query'
/** A refusal of theirs would have the account's token replaced, which all other processes still use. */
const VISITORS =
  '/sns/ 用的是访客自己的 access_token：请用 userinfo、refreshAuthorization、authorizationIsValid / takes a visitor’s token, not the account’s: use these'
const PATH = /^(\/[\w-]+)+$/

function called(
  api: AccountApi,
  { path, query, body }: AccountCall,
  accessToken: string,
): Promise<JsonObject> {
  const parameters = { ...query, access_token: accessToken }
  return body === undefined
    ? get(api, path, parameters)
    : post(api, `${path}?${new URLSearchParams(parameters)}`, body)
}

function originsProblems(origins: unknown): string[] {
  if ((origins ?? undefined) === undefined) return []
  if (typeof origins !== 'object' || origins === null) return [`origins: ${ORIGINS}`]
  const named = Object.entries(origins)
  return [
    ...(named.every(([name]) => ['open', 'api'].includes(name)) ? [] : [`origins: ${ORIGINS}`]),
    ...named.flatMap(([name, origin]) => originProblems(`origins.${name}`, origin)),
  ]
}

const ORIGINS = '应为 { open, api } / must be { open, api }'

function check(options: Partial<OfficialAccountOptions>): void {
  const { appid, secret, tokenMode, origins, cache, timeoutMs } = options
  const problems = [
    ...textProblems(
      'appid',
      appid,
      /^wx[0-9a-f]{16}$/,
      '应为 wx 加 16 位十六进制 / must be wx and 16 hex digits',
    ),
    ...textProblems('secret', secret, /^[0-9a-f]{32}$/, '应为 32 位十六进制 / must be 32 hex digits'),
    ...choiceProblems('tokenMode', tokenMode, ['stable', 'classic']),
    ...strayProblems(options, 'origin', 'origins: { open, api }'),
    ...originsProblems(origins),
    ...functionProblems(options, ['fetch', 'onExchange', 'clock', 'wait', 'nonce']),
    ...(cache === undefined || isCache(cache ?? {}) ? [] : [`cache: ${NO_CACHE}`]),
    ...timeoutProblems('timeoutMs', timeoutMs),
  ]
  if (problems.length > 0) throw new ConfigError(problems)
}
