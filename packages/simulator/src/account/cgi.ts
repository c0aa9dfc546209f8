/** `/cgi-bin/*`: HTTP 200 always, errors without a comma before the rid. Source: 公众号文档, "开发前必读", "全局返回码". */

import type { Wechat } from '../wechat.ts'
import { CGI_DIAGNOSTICS } from './cgi-diagnostics.ts'
import { type CgiAnswer, type CgiCall, type CgiRequest, cgiError, TOKEN_CALLS } from './tokens.ts'

const CGI_CALLS: Record<string, CgiCall> = { ...TOKEN_CALLS, ...CGI_DIAGNOSTICS }

/** The answer of one call. */
export function cgi(wechat: Wechat, path: string, request: CgiRequest): CgiAnswer {
  const call = CGI_CALLS[path]
  if (call === undefined) return cgiError(wechat, 40066, 'invalid url')
  if (request.method === call.method) return call.answer(wechat, request)
  return call.method === 'GET'
    ? cgiError(wechat, 43001, 'require GET method')
    : cgiError(wechat, 43002, 'require POST method')
}
