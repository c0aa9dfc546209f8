/**
 * `/sns/*`: a code becomes an openid and a token of one user, and what the token is good for. HTTP 200 always, errors
 * with a comma before the rid. Source: 公众号文档 "网页授权"; texts as seen on the wire.
 */
import { accountOf, requestId, type Simulation, userOf } from '../simulation.ts'
import { keepNewest, type WebToken, type Wechat } from '../wechat.ts'
import type { OfficialAccount, User } from '../world.ts'
import { countHurry, MINUTE_QUOTA_REACHED } from './token-quotas.ts'
import { SECRET_FROZEN } from './tokens.ts'

export interface SnsAnswer {
  body: Record<string, unknown>
  /** WeChat's words of a no. */
  refused?: string
}

/** Of every answer below `/sns/`, JSON though it is. */
export const SNS_CONTENT_TYPE = 'text/plain'

const TOKEN_LIFE_S = 7200
const REFRESH_LIFE_MS = 30 * 24 * 3600 * 1000

export interface SnsRequest {
  method: string
  path: string
  query: URLSearchParams
}

/** The answer of one call. A browser's preflight must not use up the code that the request after it brings. */
export function sns(wechat: Wechat, { method, path, query }: SnsRequest): SnsAnswer {
  const call = SNS_CALLS[path]
  if (call === undefined) return snsError(wechat, 40066, 'invalid url')
  return METHODS.includes(method) ? call(wechat, query) : snsError(wechat, 43001, 'require GET method')
}

/** Documented is the first; parameters in the address of a POST are taken as well. */
const METHODS = ['GET', 'HEAD', 'POST']

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
  if (account.secretFrozen) return snsError(wechat, ...SECRET_FROZEN)
  if (text('grant_type') !== 'authorization_code') return snsError(wechat, 40002, 'invalid grant_type')
  if (!countHurry(wechat, account, 'webTokens')) return snsError(wechat, ...MINUTE_QUOTA_REACHED)
  const code = wechat.codes.get(text('code'))
  const user = code === undefined ? undefined : userOf(wechat, code.userId)
  if (code === undefined || user === undefined || code.appid !== account.appid)
    return snsError(wechat, 40029, 'invalid code')
  if (code.used) return snsError(wechat, 40163, 'code been used')
  if (code.expiresAt <= wechat.schedule.now()) return expiredCode(wechat)
  code.used = true
  const token = newToken(wechat, account, code.snapshot ? undefined : user, code.scope)
  return {
    body: {
      ...tokenBody(token),
      ...(code.snapshot ? { is_snapshotuser: 1 } : {}),
      ...(code.scope === 'snsapi_userinfo' && account.openPlatform ? { unionid: token.unionid } : {}),
    },
  }
}

function expiredCode(wechat: Wechat): SnsAnswer {
  return wechat.world.behaviour.expiredCode === '42003'
    ? snsError(wechat, 42003, 'code expired')
    : snsError(wechat, 40029, 'invalid code')
}

/** Known to an account for the first time, a user has one openid there from then on. */
function openidOf({ random }: Wechat, user: User, { appid }: OfficialAccount): string {
  user.openids[appid] ??= `o${random.text(27)}`
  return user.openids[appid]
}

/** A snapshot visitor (快照页) is a made-up identity, another one each time. */
function newToken(wechat: Wechat, account: OfficialAccount, real: User | undefined, scope: string): WebToken {
  const now = wechat.schedule.now()
  const { random } = wechat
  const token: WebToken = {
    accessToken: `92_${random.text(90)}`,
    refreshToken: `92_${random.text(90)}`,
    appid: account.appid,
    openid: real === undefined ? `o${random.text(27)}` : openidOf(wechat, real, account),
    unionid: real?.unionid ?? `o${random.text(27)}`,
    nickname: real?.nickname ?? '微信用户',
    scope,
    snapshot: real === undefined,
    expiresAt: now + TOKEN_LIFE_S * 1000,
    refreshUntil: now + REFRESH_LIFE_MS,
  }
  wechat.webTokens.set(token.accessToken, token)
  keepNewest(wechat.webTokens)
  return token
}

function tokenBody({ accessToken, refreshToken, openid, scope }: WebToken): Record<string, unknown> {
  return { access_token: accessToken, expires_in: TOKEN_LIFE_S, refresh_token: refreshToken, openid, scope }
}

/** Needs no secret. A token still alive keeps its value and lives two hours more. */
function refresh(wechat: Wechat, query: URLSearchParams): SnsAnswer {
  const text = (name: string): string => query.get(name) ?? ''
  const now = wechat.schedule.now()
  if (text('appid') === '') return snsError(wechat, 41002, 'appid missing')
  if (text('refresh_token') === '') return snsError(wechat, 41003, 'refresh_token missing')
  const account = accountOf(wechat, text('appid'))
  if (account === undefined) return snsError(wechat, 40013, 'invalid appid')
  if (text('grant_type') !== 'refresh_token') return snsError(wechat, 40002, 'invalid grant_type')
  if (!countHurry(wechat, account, 'webTokens')) return snsError(wechat, ...MINUTE_QUOTA_REACHED)
  const token = [...wechat.webTokens.values()].find((each) => each.refreshToken === text('refresh_token'))
  if (token === undefined || token.appid !== text('appid'))
    return snsError(wechat, 40030, 'invalid refresh_token')
  if (token.refreshUntil <= now) return snsError(wechat, 42002, 'refresh_token expired')
  const accessToken = token.expiresAt > now ? token.accessToken : `92_${wechat.random.text(90)}`
  wechat.webTokens.delete(token.accessToken)
  const renewed = { ...token, accessToken, expiresAt: now + TOKEN_LIFE_S * 1000 }
  wechat.webTokens.set(accessToken, renewed)
  return { body: tokenBody(renewed) }
}

function userinfo(wechat: Wechat, query: URLSearchParams): SnsAnswer {
  const token = tokenFor(wechat, query)
  if ('body' in token) return token
  const isRefused = token.snapshot && wechat.world.behaviour.snapshotProfile === 'refused'
  if (token.scope !== 'snsapi_userinfo' || isRefused) return snsError(wechat, 48001, 'api unauthorized')
  return {
    body: {
      openid: token.openid,
      nickname: token.nickname,
      // Since October 2021 WeChat tells neither sex nor place; the members are still there.
      sex: 0,
      province: '',
      city: '',
      country: '',
      headimgurl: '',
      privilege: [],
      ...(accountOf(wechat, token.appid)?.openPlatform === true ? { unionid: token.unionid } : {}),
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

/** A no below `/sns/`: with a comma before the rid. */
export function snsError(simulation: Simulation, errcode: number, text: string): SnsAnswer {
  return {
    body: { errcode, errmsg: `${text}, rid: ${requestId(simulation)}` },
    refused: `${errcode} ${text}`,
  }
}
