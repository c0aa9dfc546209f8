/**
 * The account's credentials: classic and stable access_token in separate slots, jsapi_ticket.
 * Source: 公众号文档 "获取 Access token", "获取稳定版接口调用凭据", JS-SDK docs; overlaps of five minutes as documented.
 */
import { type AccountTokens, accountOf, requestId, type Slot, type Wechat } from './wechat.ts'
import type { OfficialAccount } from './world.ts'

const LIFE_S = 7200
const OVERLAP_MS = 5 * 60 * 1000
const FORCE_REST_MS = 30_000
const STABLE_HINT =
  ', could get access_token by getStableAccessToken, more details at https://mmbizurl.cn/s/JtxxFh33r'

export interface CgiAnswer {
  body: Record<string, unknown>
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

export function cgi(wechat: Wechat, path: string, request: CgiRequest): CgiAnswer {
  const call = CGI_CALLS[path]
  return call === undefined ? cgiError(wechat, 40066, 'invalid url') : call(wechat, request)
}

const CGI_CALLS: Record<string, (wechat: Wechat, request: CgiRequest) => CgiAnswer> = {
  '/cgi-bin/token': classicToken,
  '/cgi-bin/stable_token': stableToken,
  '/cgi-bin/ticket/getticket': getTicket,
  '/cgi-bin/get_api_domain_ip': (wechat, request) =>
    withToken(wechat, request, () => ({ body: { ip_list: ['127.0.0.1'] } })),
}

function classicToken(wechat: Wechat, request: CgiRequest): CgiAnswer {
  const { query } = request
  if (request.method !== 'GET') return cgiError(wechat, 43001, 'require GET method')
  const found = accountFor(wechat, request, Object.fromEntries(query))
  if ('body' in found) return found
  if (query.get('grant_type') !== 'client_credential') return cgiError(wechat, 40002, 'invalid grant_type')
  const slots = tokensOf(wechat, found.appid).classic
  return { body: { access_token: replaceBy(wechat, slots, newValue(wechat, 133)), expires_in: LIFE_S } }
}

function stableToken(wechat: Wechat, request: CgiRequest): CgiAnswer {
  if (request.method !== 'POST') return cgiError(wechat, 43002, 'require POST method')
  const parameters = jsonObject(request.body)
  if (parameters === undefined) return cgiError(wechat, 47001, 'data format error')
  const found = accountFor(wechat, request, parameters)
  if ('body' in found) return found
  if (parameters['grant_type'] !== 'client_credential') return cgiError(wechat, 40002, 'invalid grant_type')
  const tokens = tokensOf(wechat, found.appid)
  const now = wechat.schedule.now()
  const forced =
    parameters['force_refresh'] === true &&
    now - (tokens.forcedAt ?? Number.NEGATIVE_INFINITY) >= FORCE_REST_MS
  const current = tokens.stable.at(-1)
  if (forced) {
    tokens.forcedAt = now
    // Force mode kills at once; only the normal rotation overlaps.
    tokens.stable = []
  } else if (current !== undefined && current.expiresAt - now > OVERLAP_MS) {
    return { body: { access_token: current.value, expires_in: Math.floor((current.expiresAt - now) / 1000) } }
  }
  return {
    body: { access_token: replaceBy(wechat, tokens.stable, newValue(wechat, 133)), expires_in: LIFE_S },
  }
}

function getTicket(wechat: Wechat, request: CgiRequest): CgiAnswer {
  return withToken(wechat, request, (account) => {
    const type = request.query.get('type')
    if (type !== 'jsapi') return cgiError(wechat, 40097, 'invalid args')
    if (!account.verified) return cgiError(wechat, 48001, 'api unauthorized')
    const { ticket } = tokensOf(wechat, account.appid)
    const current = ticket.at(-1)
    const alive = current !== undefined && current.expiresAt > wechat.schedule.now()
    const value = alive ? current.value : replaceBy(wechat, ticket, wechat.random.text(86))
    return { body: { errcode: 0, errmsg: 'ok', ticket: value, expires_in: LIFE_S } }
  })
}

/** Tickets whose signatures pages accept now: the current one, and for a while the one before. */
export function acceptedTickets(wechat: Wechat, appid: string): string[] {
  return accepted(wechat, tokensOf(wechat, appid).ticket).map(({ value }) => value)
}

/** The ticket is void from now on, as after an administrator's reset. */
export function voidTicket(wechat: Wechat, appid: string): void {
  tokensOf(wechat, appid).ticket = []
}

function withToken(
  wechat: Wechat,
  request: CgiRequest,
  call: (account: OfficialAccount) => CgiAnswer,
): CgiAnswer {
  const token = request.query.get('access_token') ?? ''
  if (token === '') return cgiError(wechat, 41001, 'access_token missing')
  for (const account of wechat.world.officialAccounts) {
    const tokens = tokensOf(wechat, account.appid)
    const slot = [...tokens.classic, ...tokens.stable].find(({ value }) => value === token)
    if (slot === undefined) continue
    if (slot.expiresAt <= wechat.schedule.now()) return cgiError(wechat, 42001, 'access_token expired')
    if (accepted(wechat, [slot]).length === 0) break
    return ipProblem(wechat, account, request.callerIp) ?? call(account)
  }
  return cgiError(wechat, 40001, `invalid credential, access_token is invalid or not latest${STABLE_HINT}`)
}

function accountFor(
  wechat: Wechat,
  request: CgiRequest,
  parameters: Record<string, unknown>,
): OfficialAccount | CgiAnswer {
  const { appid, secret } = parameters
  if (typeof appid !== 'string' || appid === '') return cgiError(wechat, 41002, 'appid missing')
  if (typeof secret !== 'string' || secret === '') return cgiError(wechat, 41004, 'appsecret missing')
  const account = accountOf(wechat, appid)
  if (account === undefined) return cgiError(wechat, 40013, 'invalid appid')
  if (account.secret !== secret) return cgiError(wechat, 40125, 'invalid appsecret')
  return ipProblem(wechat, account, request.callerIp) ?? account
}

function ipProblem(wechat: Wechat, account: OfficialAccount, ip: string): CgiAnswer | undefined {
  if (account.ipWhitelist === null || account.ipWhitelist.includes(ip)) return undefined
  return cgiError(wechat, 40164, `invalid ip ${ip} ipv6 ::ffff:${ip}, not in whitelist`)
}

function tokensOf(wechat: Wechat, appid: string): AccountTokens {
  const tokens = wechat.accountTokens.get(appid) ?? { classic: [], stable: [], ticket: [] }
  wechat.accountTokens.set(appid, tokens)
  return tokens
}

function accepted(wechat: Wechat, slots: Slot[]): Slot[] {
  const now = wechat.schedule.now()
  return slots.filter(
    ({ expiresAt, replacedAt }) =>
      expiresAt > now && (replacedAt === undefined || replacedAt + OVERLAP_MS > now),
  )
}

/** Puts a new value in front; the one before it lives on for the overlap. */
function replaceBy(wechat: Wechat, slots: Slot[], value: string): string {
  const now = wechat.schedule.now()
  const last = slots.at(-1)
  if (last !== undefined) last.replacedAt = now
  slots.push({ value, expiresAt: now + LIFE_S * 1000 })
  return value
}

function newValue(wechat: Wechat, length: number): string {
  return `92_${wechat.random.text(length)}`
}

function jsonObject(body: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = body === '' ? {} : JSON.parse(body)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

function cgiError(wechat: Wechat, errcode: number, text: string): CgiAnswer {
  return { body: { errcode, errmsg: `${text} rid: ${requestId(wechat)}` }, refused: `${errcode} ${text}` }
}
