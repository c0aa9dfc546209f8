/**
 * Web authorization as WeChat does it: the authorize page, the way back, and the `/sns/*` calls.
 * Source: 公众号文档 "网页授权"; texts and orders of evaluation from the protocol notes kept with the vectors.
 */

import { domainCovers } from './domains.ts'
import { consentPage } from './pages/consent.tsx'
import { authorizationErrorPage, notInWechatPage, refusedPage } from './pages/message.tsx'
import type { Viewer } from './viewer.ts'
import { accountOf, requestId, userOf, type WebToken, type Wechat } from './wechat.ts'
import type { OfficialAccount, User } from './world.ts'

const CODE_LIFE_MS = 5 * 60 * 1000
const TOKEN_LIFE_S = 7200
const REFRESH_LIFE_MS = 30 * 24 * 3600 * 1000
const CONSENT_LIFE_MS = 30 * 24 * 3600 * 1000

export interface AuthorizeAnswer {
  redirect?: string
  page?: string
  refused?: string
}

/** `GET /connect/oauth2/authorize`. */
export function authorize(wechat: Wechat, url: URL, viewer: Viewer | undefined): AuthorizeAnswer {
  if (viewer === undefined) return { page: notInWechatPage(), refused: '请在微信客户端打开链接' }
  const query = url.searchParams
  const error = authorizeError(wechat, query)
  if (error !== undefined) return { page: authorizationErrorPage(error), refused: error }
  if (query.get('connect_redirect') !== '1') {
    const again = new URL(url)
    again.searchParams.append('connect_redirect', '1')
    return { redirect: `${again.pathname}${again.search}` }
  }
  const account = accountOf(wechat, query.get('appid') ?? '')
  const user = userOf(wechat, viewer.userId) ?? wechat.world.users[0]
  if (account === undefined || user === undefined)
    return { page: notInWechatPage(), refused: '请在微信客户端打开链接' }
  const decision = query.get('simulator_consent')
  if (decision === 'refuse') return { page: refusedPage(), refused: '用户拒绝授权' }
  if (decision === 'allow') wechat.consents.set(`${user.id} ${account.appid}`, wechat.schedule.now())
  if (decision !== 'allow' && asksForConsent(wechat, query, account, user, viewer)) {
    return { page: consentPage({ accountName: account.name, nickname: user.nickname, ...decisionUrls(url) }) }
  }
  return {
    redirect: callbackUrl(
      query.get('redirect_uri') ?? '',
      newCode(wechat, query, account, user),
      query.get('state') ?? '',
    ),
  }
}

function authorizeError(wechat: Wechat, query: URLSearchParams): string | undefined {
  const appid = query.get('appid') ?? ''
  const redirectUri = query.get('redirect_uri') ?? ''
  const scope = query.get('scope') ?? ''
  const account = accountOf(wechat, appid)
  if (appid === '') return 'appid不能为空，错误码:10012'
  if (account === undefined) return '不支持微信开放平台的Appid，请使用公众号Appid，错误码:10016'
  if (redirectUri === '') return 'redirect_uri不能为空，错误码:10011'
  if (!domainCovers(account.authorizationDomains, redirectUri, account.testAccount)) {
    return 'redirect_uri域名与后台配置不一致，错误码:10003'
  }
  if (scope === '') return 'scope不能为空，错误码:10010'
  const permitted = account.kind === 'service' && account.verified
  if (!permitted || !['snsapi_base', 'snsapi_userinfo'].includes(scope))
    return '此公众号并没有这些scope的权限，错误码:10005'
  return undefined
}

/** A follower who came from the account's chat or menu is not asked, nor is one who consented lately, unless the page insists. */
function asksForConsent(
  wechat: Wechat,
  query: URLSearchParams,
  account: OfficialAccount,
  user: User,
  viewer: Viewer,
): boolean {
  if (query.get('scope') !== 'snsapi_userinfo') return false
  if (user.follows.includes(account.appid) && viewer.entry !== 'link') return false
  if (query.get('forcePopup') === 'true') return true
  const consentedAt = wechat.consents.get(`${user.id} ${account.appid}`)
  return consentedAt === undefined || consentedAt + CONSENT_LIFE_MS <= wechat.schedule.now()
}

function decisionUrls(url: URL): { allowUrl: string; refuseUrl: string } {
  const decided = (decision: string): string => {
    const next = new URL(url)
    next.searchParams.set('simulator_consent', decision)
    return `${next.pathname}${next.search}`
  }
  return { allowUrl: decided('allow'), refuseUrl: decided('refuse') }
}

function newCode(wechat: Wechat, query: URLSearchParams, account: OfficialAccount, user: User): string {
  const code = `0${wechat.random.text(31)}`
  const expiresAt = wechat.schedule.now() + CODE_LIFE_MS
  const scope = query.get('scope') ?? ''
  wechat.codes.set(code, { code, appid: account.appid, userId: user.id, scope, expiresAt, used: false })
  return code
}

/** Code and state go behind the query and before the fragment, which hash routers trip over. */
export function callbackUrl(redirectUri: string, code: string, state: string): string {
  const [address = '', ...fragment] = redirectUri.split('#')
  const hash = fragment.length === 0 ? '' : `#${fragment.join('#')}`
  const withPath = /^https?:\/\/[^/?#]+$/.test(address) ? `${address}/` : address
  const joint = withPath.includes('?') ? '&' : '?'
  return `${withPath}${joint}code=${code}&state=${encodeURIComponent(state)}${hash}`
}

/** Answers of `/sns/*`: HTTP 200 always, errors with a comma before the rid. */
export interface SnsAnswer {
  body: Record<string, unknown>
  refused?: string
}

export function sns(wechat: Wechat, path: string, query: URLSearchParams): SnsAnswer {
  const call = SNS_CALLS[path]
  return call === undefined ? snsError(wechat, 40066, 'invalid url') : call(wechat, query)
}

const SNS_CALLS: Record<string, (wechat: Wechat, query: URLSearchParams) => SnsAnswer> = {
  '/sns/oauth2/access_token': exchange,
  '/sns/oauth2/refresh_token': refresh,
  '/sns/userinfo': userinfo,
  '/sns/auth': auth,
}

function exchange(wechat: Wechat, query: URLSearchParams): SnsAnswer {
  const text = (name: string): string => query.get(name) ?? ''
  if (text('appid') === '') return snsError(wechat, 41002, 'appid missing')
  if (text('secret') === '') return snsError(wechat, 41004, 'appsecret missing')
  if (text('code') === '') return snsError(wechat, 41008, 'missing code')
  const account = accountOf(wechat, text('appid'))
  if (account === undefined) return snsError(wechat, 40013, 'invalid appid')
  if (account.secret !== text('secret')) return snsError(wechat, 40125, 'invalid appsecret')
  if (text('grant_type') !== 'authorization_code') return snsError(wechat, 40002, 'invalid grant_type')
  const code = wechat.codes.get(text('code'))
  const user = code === undefined ? undefined : userOf(wechat, code.userId)
  if (code === undefined || user === undefined || code.appid !== account.appid)
    return snsError(wechat, 40029, 'invalid code')
  if (code.used) return snsError(wechat, 40163, 'code been used')
  if (code.expiresAt <= wechat.schedule.now()) return snsError(wechat, 40029, 'invalid code')
  code.used = true
  const token = newToken(wechat, account, user, code.scope)
  return {
    body: {
      ...tokenBody(token),
      ...(user.snapshot ? { is_snapshotuser: 1 } : {}),
      ...(code.scope === 'snsapi_userinfo' && account.openPlatform ? { unionid: user.unionid } : {}),
    },
  }
}

function newToken(wechat: Wechat, account: OfficialAccount, user: User, scope: string): WebToken {
  const now = wechat.schedule.now()
  const token: WebToken = {
    accessToken: `92_${wechat.random.text(90)}`,
    refreshToken: `92_${wechat.random.text(90)}`,
    appid: account.appid,
    userId: user.id,
    openid: user.openids[account.appid] ?? `o${wechat.random.text(27)}`,
    scope,
    expiresAt: now + TOKEN_LIFE_S * 1000,
    refreshUntil: now + REFRESH_LIFE_MS,
  }
  wechat.webTokens.set(token.accessToken, token)
  return token
}

function tokenBody({ accessToken, refreshToken, openid, scope }: WebToken): Record<string, unknown> {
  return { access_token: accessToken, expires_in: TOKEN_LIFE_S, refresh_token: refreshToken, openid, scope }
}

function refresh(wechat: Wechat, query: URLSearchParams): SnsAnswer {
  const refreshToken = query.get('refresh_token') ?? ''
  const now = wechat.schedule.now()
  if (refreshToken === '') return snsError(wechat, 41003, 'refresh_token missing')
  if (accountOf(wechat, query.get('appid') ?? '') === undefined)
    return snsError(wechat, 40013, 'invalid appid')
  const token = [...wechat.webTokens.values()].find((each) => each.refreshToken === refreshToken)
  if (token === undefined || token.appid !== query.get('appid'))
    return snsError(wechat, 40030, 'invalid refresh_token')
  if (token.refreshUntil <= now) return snsError(wechat, 42002, 'refresh_token expired')
  if (token.expiresAt <= now) {
    wechat.webTokens.delete(token.accessToken)
    token.accessToken = `92_${wechat.random.text(90)}`
    wechat.webTokens.set(token.accessToken, token)
  }
  token.expiresAt = now + TOKEN_LIFE_S * 1000
  return { body: tokenBody(token) }
}

function userinfo(wechat: Wechat, query: URLSearchParams): SnsAnswer {
  const found = tokenFor(wechat, query)
  if ('body' in found) return found
  if (found.scope !== 'snsapi_userinfo') return snsError(wechat, 48001, 'api unauthorized')
  const user = userOf(wechat, found.userId)
  const account = accountOf(wechat, found.appid)
  return {
    body: {
      openid: found.openid,
      nickname: user?.nickname ?? '',
      sex: 0,
      language: '',
      city: '',
      province: '',
      country: '',
      headimgurl: '',
      privilege: [],
      ...(account?.openPlatform === true ? { unionid: user?.unionid } : {}),
    },
  }
}

function auth(wechat: Wechat, query: URLSearchParams): SnsAnswer {
  const found = tokenFor(wechat, query)
  return 'body' in found ? found : { body: { errcode: 0, errmsg: 'ok' } }
}

function tokenFor(wechat: Wechat, query: URLSearchParams): WebToken | SnsAnswer {
  const accessToken = query.get('access_token') ?? ''
  if (accessToken === '') return snsError(wechat, 41001, 'access_token missing')
  const token = wechat.webTokens.get(accessToken)
  if (token === undefined)
    return snsError(wechat, 40001, 'invalid credential, access_token is invalid or not latest')
  if (token.expiresAt <= wechat.schedule.now()) return snsError(wechat, 42001, 'access_token expired')
  const openid = query.get('openid') ?? ''
  if (openid === '') return snsError(wechat, 41009, 'openid missing')
  return openid === token.openid ? token : snsError(wechat, 40003, 'invalid openid')
}

function snsError(wechat: Wechat, errcode: number, text: string): SnsAnswer {
  return { body: { errcode, errmsg: `${text}, rid: ${requestId(wechat)}` }, refused: `${errcode} ${text}` }
}
