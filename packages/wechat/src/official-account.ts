/** An official account (公众号): web authorization, access_token, jsapi_ticket and page signatures, behind one door. */
import { accessToken, type TokenMode } from './access-token.ts'
import type { AccountApi } from './account-api.ts'
import { type CredentialCache, memoryCache } from './credential-cache.ts'
import { randomNonce } from './crypto.ts'
import { ConfigError } from './errors.ts'
import { jsapiTicket } from './jsapi-ticket.ts'
import { pageSignature, signedUrl } from './jssdk.ts'
import {
  type AuthorizeRequest,
  authorizationIsValid,
  authorizeUrl,
  exchangeCode,
  refreshAuthorization,
  type UserInfo,
  userinfo,
  type WebAuthorization,
} from './oauth.ts'
import { revealed, Secret } from './secret.ts'
import type { Fetch } from './transport.ts'

export interface OfficialAccountOptions {
  /** `wx` and 16 hex digits. */
  appid: string
  /** AppSecret, 32 hex digits. */
  secret: string | Secret
  /** `stable` unless told otherwise; `classic` only where one process owns the token. */
  tokenMode?: TokenMode
  /** Where WeChat is, without a slash at the end. */
  origins?: { open?: string; api?: string }
  cache?: CredentialCache
  fetch?: Fetch
  /** Milliseconds since the epoch. */
  clock?: () => number
  nonce?: () => string
  /** Time for one call; 5000 ms unless told otherwise. */
  timeoutMs?: number
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

export interface OfficialAccount {
  readonly appid: string
  /** Where to send a visitor so that WeChat sends a code back. */
  authorizeUrl(request: AuthorizeRequest): string
  /** Code → openid. Throws `RefusedError` with `wechatCode` 40029 or 40163 for a code that is no good any more. */
  exchangeCode(code: string): Promise<WebAuthorization>
  refreshAuthorization(refreshToken: Secret): Promise<WebAuthorization>
  userinfo(request: {
    accessToken: Secret
    openid: string
    lang?: 'zh_CN' | 'zh_TW' | 'en'
  }): Promise<UserInfo>
  authorizationIsValid(request: { accessToken: Secret; openid: string }): Promise<boolean>
  /** The account's access_token, for calls that this package does not make. */
  accessToken(): Promise<string>
  jsapiTicket(): Promise<string>
  /** After pages report "invalid signature" for a right URL: the next signature uses a ticket fetched anew. */
  forgetJsapiTicket(): Promise<void>
  /** Signs one page. Check before that the address is yours: whoever has the signature may use the JSSDK there. */
  pageConfiguration(request: { url: string; jsApiList?: string[] }): Promise<PageConfiguration>
}

/** Throws `ConfigError` naming every option that cannot be right. */
export function createOfficialAccount(options: OfficialAccountOptions): OfficialAccount {
  check(options)
  const {
    appid,
    tokenMode = 'stable',
    clock = Date.now,
    nonce = randomNonce,
    cache = memoryCache(),
  } = options
  const secret = new Secret(revealed(options.secret))
  const open = options.origins?.open ?? 'https://open.weixin.qq.com'
  const api: AccountApi = {
    origin: options.origins?.api ?? 'https://api.weixin.qq.com',
    fetch: options.fetch ?? fetch,
    timeoutMs: options.timeoutMs ?? 5000,
  }
  const token = accessToken({ api, appid, secret, mode: tokenMode, cache, clock })
  const ticket = jsapiTicket({ api, appid, token, cache, clock })
  return {
    appid,
    authorizeUrl: (request) => authorizeUrl(open, appid, request),
    exchangeCode: (code) => exchangeCode(api, appid, secret, code),
    refreshAuthorization: (refreshToken) => refreshAuthorization(api, appid, refreshToken),
    userinfo: (request) => userinfo(api, request.accessToken, request.openid, request.lang ?? 'zh_CN'),
    authorizationIsValid: (request) => authorizationIsValid(api, request.accessToken, request.openid),
    accessToken: () => token.current(),
    jsapiTicket: () => ticket.current(),
    forgetJsapiTicket: () => ticket.forget(),
    async pageConfiguration({ url, jsApiList = ['chooseWXPay'] }) {
      const page = {
        ticket: await ticket.current(),
        nonceStr: nonce(),
        timestamp: Math.floor(clock() / 1000),
        url: signedUrl(url),
      }
      const { nonceStr, timestamp } = page
      return { appId: appid, timestamp, nonceStr, signature: pageSignature(page), jsApiList, url: page.url }
    },
  }
}

function check(options: OfficialAccountOptions): void {
  const problems: string[] = []
  if (!/^wx[0-9a-f]{16}$/.test(options.appid))
    problems.push('appid 应为 wx 加 16 位十六进制 / appid must be wx and 16 hex digits')
  if (!/^[0-9a-f]{32}$/.test(revealed(options.secret))) {
    problems.push(
      'secret 应为 32 位十六进制，前后没有空格或引号 / secret must be 32 hex digits, without blanks or quotes',
    )
  }
  for (const [name, origin] of Object.entries(options.origins ?? {})) {
    if (origin !== undefined && !isOrigin(origin)) {
      problems.push(`origins.${name} 应为不带路径的地址 / origins.${name} must be an origin without a path`)
    }
  }
  if (problems.length > 0) throw new ConfigError(problems)
}

/** Whether a text is scheme, host and port only, as `URL.origin` gives it. */
export function isOrigin(text: string): boolean {
  return /^https?:\/\//.test(text) && URL.canParse(text) && new URL(text).origin === text
}
