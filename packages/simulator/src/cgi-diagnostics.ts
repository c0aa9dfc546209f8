/**
 * What an account may ask about itself: WeChat's addresses, its quotas, one of its own calls by rid.
 * Source: 公众号文档, "获取微信服务器 IP 地址", "网络检测", "查询 API 调用额度", "查询 rid 信息", "重置 API 调用次数".
 */
import { accountOf } from './simulation.ts'
import { callsToday, forgetCalls } from './token-quotas.ts'
import {
  authenticated,
  type CgiAnswer,
  type CgiCall,
  type CgiRequest,
  cgiError,
  jsonObject,
  withToken,
} from './tokens.ts'
import type { Wechat } from './wechat.ts'
import type { OfficialAccount } from './world.ts'

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
  return withToken(wechat, request, () => {
    const { action, check_operator: operator } = jsonObject(request.body) ?? {}
    if (!['dns', 'ping', 'all'].includes(String(action))) return cgiError(wechat, 40202, 'invalid action')
    if (!['CHINANET', 'UNICOM', 'CAP', 'DEFAULT'].includes(String(operator)))
      return cgiError(wechat, 40203, 'invalid check_operator')
    return cgiError(wechat, 40201, 'no callback url')
  })
}

function quotaCleared(wechat: Wechat, request: CgiRequest): CgiAnswer {
  return withToken(wechat, request, (account) =>
    jsonObject(request.body)?.['appid'] === account.appid
      ? clearedOf(wechat, account)
      : cgiError(wechat, 40013, 'invalid appid'),
  )
}

/** The variant that needs no token, which is what a caller without quota lacks. */
function quotaClearedWithoutToken(wechat: Wechat, request: CgiRequest): CgiAnswer {
  const { appid, appsecret: secret } = jsonObject(request.body) ?? {}
  const account = authenticated(wechat, request, { appid, secret })
  return 'body' in account ? account : clearedOf(wechat, account)
}

/** One call is all that is counted here, so clearing one clears all. */
function quotaOfOneCleared(wechat: Wechat, request: CgiRequest): CgiAnswer {
  return withToken(wechat, request, (account) => pathProblem(wechat, request) ?? clearedOf(wechat, account))
}

function clearedOf(wechat: Wechat, account: OfficialAccount): CgiAnswer {
  return forgetCalls(wechat, account)
    ? { body: OK }
    : cgiError(wechat, 48006, 'forbid to clear quota because of reaching the limit')
}

const NO_RATE = { call_count: 0, refresh_second: 0 }

/** Of calls without a limit of their own the day's numbers are all 0, as in WeChat's sample. */
function quota(wechat: Wechat, request: CgiRequest): CgiAnswer {
  return withToken(wechat, request, (account) => {
    const problem = pathProblem(wechat, request)
    if (problem !== undefined) return problem
    const isCounted = jsonObject(request.body)?.['cgi_path'] === '/cgi-bin/token'
    const used = isCounted ? callsToday(wechat, account, 'classicTokens') : 0
    const limit = isCounted ? account.dailyQuotas.classicTokens : 0
    const day = { daily_limit: limit, used, remain: limit - used }
    return { body: { ...OK, quota: day, rate_limit: NO_RATE, component_rate_limit: NO_RATE } }
  })
}

function pathProblem(wechat: Wechat, { body }: CgiRequest): CgiAnswer | undefined {
  const path = jsonObject(body)?.['cgi_path']
  if (typeof path !== 'string' || !path.startsWith('/')) return cgiError(wechat, 76003, 'invalid cgi_path')
  if (path.startsWith('/sns/')) return cgiError(wechat, 76022, 'could not use this cgi_path,no permission')
  return path.startsWith('/cgi-bin/')
    ? undefined
    : cgiError(wechat, 76021, 'cgi_path not found, please check')
}

/** Out of the log of what was said, for the account that it was said to. */
function ridInformation(wechat: Wechat, request: CgiRequest): CgiAnswer {
  return withToken(wechat, request, (account) => {
    const rid = jsonObject(request.body)?.['rid']
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
