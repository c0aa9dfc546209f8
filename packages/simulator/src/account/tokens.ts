/**
 * The account's credentials: classic and stable access_token in separate slots, and the tickets bought with them.
 * Source: 公众号文档 "获取 Access token", "获取稳定版接口调用凭据", JS-SDK docs; texts as seen on the wire.
 */

import { accountOf, requestId, type Simulation } from '../simulation.ts'
import { type AccountTokens, type Slot, tokensOf, type Wechat } from '../wechat.ts'
import type { OfficialAccount } from '../world.ts'
import { countCall, countHurry, MINUTE_QUOTA_REACHED } from './token-quotas.ts'

export interface CgiAnswer {
  body: Record<string, unknown>
  /** WeChat's words of a no. */
  refused?: string
}

export interface CgiRequest {
  method: string
  query: URLSearchParams
  /** Text of the request body. */
  body: string
  /** Address of the caller, for the white list. */
  callerIp: string
}

/** Of every answer below `/cgi-bin/`; the word is *encoding*. */
export const CGI_CONTENT_TYPE = 'application/json; encoding=utf-8'

const LIFE_S = 7200
/** Old and new live together this long; also what a stable token has left when it turns over. */
const OVERLAP_MS = 5 * 60 * 1000
const FORCE_REST_MS = 30_000
/** Replaced values remembered, so that one that expired can be told from one that never was. */
const REMEMBERED = 16
const STABLE_HINT =
  ', could get access_token by getStableAccessToken, more details at https://mmbizurl.cn/s/JtxxFh33r'

/** Tickets whose signatures pages accept now: the current one, and for five minutes after its end the one before. */
export function acceptedTickets(wechat: Wechat, appid: string): string[] {
  const now = wechat.schedule.now()
  return tokensOf(wechat, appid)
    .tickets.jsapi.filter(
      ({ expiresAt, replacedAt }) => Math.min(expiresAt, replacedAt ?? expiresAt) + OVERLAP_MS > now,
    )
    .map(({ value }) => value)
}

/** Every access_token of the account ends now: by itself, or because another one took its place. */
export function endTokens(wechat: Wechat, appid: string, how: 'expired' | 'replaced'): void {
  const now = wechat.schedule.now()
  const { classic, stable } = tokensOf(wechat, appid)
  for (const slot of [...classic, ...stable])
    if (how === 'expired') slot.expiresAt = Math.min(slot.expiresAt, now)
    else slot.replacedAt = now - OVERLAP_MS
}

/** The ticket is void from now on, as after an administrator's reset. */
export function voidTicket(wechat: Wechat, appid: string): void {
  tokensOf(wechat, appid).tickets.jsapi = []
}

export interface CgiCall {
  method: 'GET' | 'POST'
  answer(wechat: Wechat, request: CgiRequest): CgiAnswer
}

export const TOKEN_CALLS: Record<string, CgiCall> = {
  '/cgi-bin/token': { method: 'GET', answer: classicToken },
  '/cgi-bin/stable_token': { method: 'POST', answer: stableToken },
  '/cgi-bin/ticket/getticket': { method: 'GET', answer: ticket },
}

/** Each call makes a new token and retires the one before. */
function classicToken(wechat: Wechat, request: CgiRequest): CgiAnswer {
  const account = authenticated(wechat, request, Object.fromEntries(request.query))
  if ('body' in account) return account
  if (request.query.get('grant_type') !== 'client_credential')
    return cgiError(wechat, 40002, 'invalid grant_type')
  if (!countCall(wechat, account, 'classicTokens')) return quotaReached(wechat)
  return newToken(wechat, tokensOf(wechat, account.appid).classic)
}

/** The same token while more than five minutes of it are left, with what is left; a new one when forced. */
function stableToken(wechat: Wechat, request: CgiRequest): CgiAnswer {
  const parameters = jsonObject(request.body)
  if (parameters === undefined) return cgiError(wechat, 47001, 'data format error')
  const account = authenticated(wechat, request, parameters)
  if ('body' in account) return account
  if (parameters['grant_type'] !== 'client_credential') return cgiError(wechat, 40002, 'invalid grant_type')
  if (!countHurry(wechat, account, 'stableTokens')) return cgiError(wechat, ...MINUTE_QUOTA_REACHED)
  if (!countCall(wechat, account, 'stableTokens')) return quotaReached(wechat)
  const tokens = tokensOf(wechat, account.appid)
  const now = wechat.schedule.now()
  const restedAt = (tokens.forcedAt ?? Number.NEGATIVE_INFINITY) + FORCE_REST_MS
  if (parameters['force_refresh'] === true && restedAt <= now) return forcedToken(wechat, account, tokens)
  const current = tokens.stable.at(-1)
  const isGone = current?.replacedAt !== undefined
  if (current === undefined || isGone || current.expiresAt - now <= OVERLAP_MS)
    return newToken(wechat, tokens.stable)
  return { body: { access_token: current.value, expires_in: Math.floor((current.expiresAt - now) / 1000) } }
}

/** Force mode kills at once; only the normal rotation overlaps. */
function forcedToken(wechat: Wechat, account: OfficialAccount, tokens: AccountTokens): CgiAnswer {
  if (!countCall(wechat, account, 'forcedTokens')) return quotaReached(wechat)
  tokens.forcedAt = wechat.schedule.now()
  tokens.stable = []
  return newToken(wechat, tokens.stable)
}

function newToken(wechat: Wechat, slots: Slot[]): CgiAnswer {
  const value = `92_${wechat.random.text(133)}`
  return { body: { access_token: replaceBy(wechat, slots, value), expires_in: LIFE_S } }
}

function quotaReached(wechat: Wechat): CgiAnswer {
  return cgiError(wechat, 45009, `reach max api daily quota limit${STABLE_HINT}`)
}

/** Within its life a ticket is the same for all who ask, and is said to have two hours left each time, unless this world counts. */
function ticket(wechat: Wechat, request: CgiRequest): CgiAnswer {
  return withToken(wechat, request, (account) => {
    const type = request.query.get('type')
    if (type !== 'jsapi' && type !== 'wx_card') return cgiError(wechat, 40097, 'invalid args')
    if (!account.verified) return cgiError(wechat, 48001, 'api unauthorized')
    const slots = tokensOf(wechat, account.appid).tickets[type]
    const current = slots.at(-1)
    const left = (current?.expiresAt ?? 0) - wechat.schedule.now()
    const value =
      current !== undefined && left > 0 ? current.value : replaceBy(wechat, slots, wechat.random.text(86))
    const counts = wechat.world.behaviour.ticketExpiresIn === 'remaining' && left > 0
    const expiresIn = counts ? Math.floor(left / 1000) : LIFE_S
    return { body: { errcode: 0, errmsg: 'ok', ticket: value, expires_in: expiresIn } }
  })
}

/** A call of the account whose token came with it. */
export function withToken(
  wechat: Wechat,
  request: CgiRequest,
  call: (account: OfficialAccount) => CgiAnswer,
): CgiAnswer {
  const token = request.query.get('access_token') ?? ''
  if (token === '') return cgiError(wechat, 41001, 'access_token missing')
  const now = wechat.schedule.now()
  for (const account of wechat.world.officialAccounts) {
    const { classic, stable } = tokensOf(wechat, account.appid)
    const slot = [...classic, ...stable].find(({ value }) => value === token)
    if (slot === undefined) continue
    const retiredAt = (slot.replacedAt ?? Number.POSITIVE_INFINITY) + OVERLAP_MS
    // A token whose life ended by itself is "expired"; one that another took the place of is "not latest".
    if (retiredAt < slot.expiresAt && retiredAt <= now) break
    if (slot.expiresAt <= now) return cgiError(wechat, 42001, 'access_token expired')
    return addressProblem(wechat, account, request.callerIp) ?? call(account)
  }
  return cgiError(wechat, 40001, `invalid credential, access_token is invalid or not latest${STABLE_HINT}`)
}

/** The same, of a call with parameters in its body. */
export function withParameters(
  wechat: Wechat,
  request: CgiRequest,
  call: (account: OfficialAccount, parameters: Record<string, unknown>) => CgiAnswer,
): CgiAnswer {
  return withToken(wechat, request, (account) => {
    if (request.body === '') return cgiError(wechat, 44002, 'empty post data')
    const parameters = jsonObject(request.body)
    return parameters === undefined ? cgiError(wechat, 47001, 'data format error') : call(account, parameters)
  })
}

export function authenticated(
  wechat: Wechat,
  request: CgiRequest,
  { appid, secret }: Record<string, unknown>,
): OfficialAccount | CgiAnswer {
  if (typeof appid !== 'string' || appid === '') return cgiError(wechat, 41002, 'appid missing')
  if (typeof secret !== 'string' || secret === '') return cgiError(wechat, 41004, 'appsecret missing')
  const account = accountOf(wechat, appid)
  if (account === undefined) return cgiError(wechat, 40013, 'invalid appid')
  if (account.secret !== secret) return cgiError(wechat, 40125, 'invalid appsecret')
  if (account.secretFrozen) return cgiError(wechat, ...SECRET_FROZEN)
  return addressProblem(wechat, account, request.callerIp) ?? account
}

function addressProblem(wechat: Wechat, account: OfficialAccount, ip: string): CgiAnswer | undefined {
  if (account.ipWhitelist === null || account.ipWhitelist.includes(ip)) return undefined
  const ipv6 = ip.includes(':') ? ip : `::ffff:${ip}`
  return cgiError(wechat, 40164, `invalid ip ${ip} ipv6 ${ipv6}, not in whitelist`)
}

/** The number is documented; the words on the wire are not. */
export const SECRET_FROZEN = [40243, 'appsecret is frozen'] as const

/** Puts a new value in the slot; the one before it lives on for the overlap. */
function replaceBy(wechat: Wechat, slots: Slot[], value: string): string {
  const now = wechat.schedule.now()
  const last = slots.at(-1)
  if (last !== undefined) last.replacedAt ??= now
  slots.push({ value, expiresAt: now + LIFE_S * 1000 })
  slots.splice(0, slots.length - REMEMBERED)
  return value
}

export function jsonObject(body: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = body === '' ? {} : JSON.parse(body)
    return typeof value === 'object' && value !== null ? { ...value } : undefined
  } catch {
    return undefined
  }
}

/** A no below `/cgi-bin/`: without a comma before the rid. */
export function cgiError(simulation: Simulation, errcode: number, text: string): CgiAnswer {
  return { body: { errcode, errmsg: `${text} rid: ${requestId(simulation)}` }, refused: `${errcode} ${text}` }
}
