/**
 * What an account may ask about itself: WeChat's addresses, its quotas, one of its own calls by rid.
 * Source: 公众号文档, "获取微信服务器 IP 地址", "网络检测", "查询 API 调用额度", "查询 rid 信息", "重置 API 调用次数".
 */
import { accountOf } from '../simulation.ts'
import type { Wechat } from '../wechat.ts'
import type { OfficialAccount } from '../world.ts'
import { type CountedCall, callsToday, forgetCalls, type HurriedCall } from './token-quotas.ts'
import {
  authenticated,
  type CgiAnswer,
  type CgiCall,
  type CgiRequest,
  cgiError,
  jsonObject,
  withParameters,
  withToken,
} from './tokens.ts'

export const CGI_DIAGNOSTICS: Record<string, CgiCall> = {
  '/cgi-bin/get_api_domain_ip': { method: 'GET', answer: addresses },
  '/cgi-bin/getcallbackip': { method: 'GET', answer: addresses },
  '/cgi-bin/callback/check': { method: 'POST', answer: callbackCheck },
  '/cgi-bin/clear_quota': { method: 'POST', answer: quotaCleared },
  '/cgi-bin/clear_quota/v2': { method: 'POST', answer: quotaClearedWithoutToken },
  '/cgi-bin/openapi/quota/get': { method: 'POST', answer: quota },
  '/cgi-bin/openapi/quota/clear': { method: 'POST', answer: quotaOfOneCleared },
  '/cgi-bin/openapi/rid/get': { method: 'POST', answer: ridInformation },
}

const OK = { errcode: 0, errmsg: 'ok' }

function addresses(wechat: Wechat, request: CgiRequest): CgiAnswer {
  return withToken(wechat, request, () => ({ body: { ip_list: ['127.0.0.1'] } }))
}

/** No account here has set an address for messages, so there is nothing to check. */
function callbackCheck(wechat: Wechat, request: CgiRequest): CgiAnswer {
  return withParameters(wechat, request, (_account, { action, check_operator: operator }) => {
    if (!['dns', 'ping', 'all'].includes(String(action))) return cgiError(wechat, 40202, 'invalid action')
    if (!['CHINANET', 'UNICOM', 'CAP', 'DEFAULT'].includes(String(operator)))
      return cgiError(wechat, 40203, 'invalid check_operator')
    return cgiError(wechat, 40201, 'no callback url')
  })
}

function quotaCleared(wechat: Wechat, request: CgiRequest): CgiAnswer {
  return withParameters(wechat, request, (account, { appid }) =>
    appid === account.appid ? clearedOf(wechat, account) : cgiError(wechat, 40013, 'invalid appid'),
  )
}

/** The variant that needs no token, which is what a caller without quota lacks. */
function quotaClearedWithoutToken(wechat: Wechat, request: CgiRequest): CgiAnswer {
  const parameters = jsonObject(request.body)
  if (parameters === undefined) return cgiError(wechat, 47001, 'data format error')
  const { appid, appsecret: secret } = parameters
  const account = authenticated(wechat, request, { appid, secret })
  return 'body' in account ? account : clearedOf(wechat, account)
}

/** Few calls are counted here, and clearing one clears all. */
function quotaOfOneCleared(wechat: Wechat, request: CgiRequest): CgiAnswer {
  return withParameters(
    wechat,
    request,
    (account, { cgi_path: path }) => pathProblem(wechat, path) ?? clearedOf(wechat, account),
  )
}

function clearedOf(wechat: Wechat, account: OfficialAccount): CgiAnswer {
  return forgetCalls(wechat, account)
    ? { body: OK }
    : cgiError(wechat, 48006, 'forbid to clear quota because of reaching the limit')
}

const NO_RATE = { call_count: 0, refresh_second: 0 }

/** Which quotas a path has. */
const COUNTED: Record<string, { day: CountedCall; minute?: HurriedCall }> = {
  '/cgi-bin/token': { day: 'classicTokens' },
  '/cgi-bin/stable_token': { day: 'stableTokens', minute: 'stableTokens' },
}

/** Of calls without a limit of their own the numbers are all 0, as in WeChat's sample. */
function quota(wechat: Wechat, request: CgiRequest): CgiAnswer {
  return withParameters(wechat, request, (account, { cgi_path: path }) => {
    const problem = pathProblem(wechat, path)
    if (problem !== undefined) return problem
    const { day, minute } = COUNTED[String(path)] ?? {}
    const limit = day === undefined ? 0 : account.dailyQuotas[day]
    const used = day === undefined ? 0 : callsToday(wechat, account, day)
    const rate =
      minute === undefined ? NO_RATE : { call_count: account.minuteQuotas[minute], refresh_second: 60 }
    const told = { daily_limit: limit, used, remain: limit - used }
    return { body: { ...OK, quota: told, rate_limit: rate, component_rate_limit: NO_RATE } }
  })
}

function pathProblem(wechat: Wechat, path: unknown): CgiAnswer | undefined {
  if (typeof path !== 'string' || !path.startsWith('/')) return cgiError(wechat, 76003, 'invalid cgi_path')
  if (path.startsWith('/sns/')) return cgiError(wechat, 76022, 'could not use this cgi_path,no permission')
  return path.startsWith('/cgi-bin/')
    ? undefined
    : cgiError(wechat, 76021, 'cgi_path not found, please check')
}

/** Out of the log of what was said, for the account that it was said to. */
function ridInformation(wechat: Wechat, request: CgiRequest): CgiAnswer {
  return withParameters(wechat, request, (account, { rid }) => {
    if (typeof rid !== 'string' || !/^[0-9a-f]{8}(-[0-9a-f]{8}){2}$/.test(rid))
      return cgiError(wechat, 76002, 'rid is error')
    const exchange = wechat.exchanges.all().find(({ response }) => response?.body.includes(rid) === true)
    const { request: asked, response } = exchange ?? {}
    if (asked === undefined || response === undefined || isOfAnother(wechat, account, asked.url))
      return cgiError(wechat, 76001, 'rid not found')
    return {
      body: {
        ...OK,
        request: {
          invoke_time: Number.parseInt(rid.slice(0, 8), 16),
          cost_in_ms: 0,
          request_url: asked.url,
          request_body: asked.body,
          response_body: response.body,
          client_ip: request.callerIp,
        },
      },
    }
  })
}

function isOfAnother(wechat: Wechat, { appid }: OfficialAccount, url: string): boolean {
  const named = new URL(url).searchParams.get('appid')
  return named !== null && named !== appid && accountOf(wechat, named) !== undefined
}
