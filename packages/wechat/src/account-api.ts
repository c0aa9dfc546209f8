/**
 * Calls to api.weixin.qq.com (`/sns/*` and `/cgi-bin/*`): JSON both ways, HTTP 200 always, success or failure in the
 * body. Source: "全局返回码说明"; the wire forms of `errmsg` in all their ages.
 */
import { ProtocolError, type RefusedError, TransportError, wechatFailed, wechatRefused } from './errors.ts'
import { send, type Transport } from './transport.ts'

export interface AccountApi extends Transport {
  /** `https://api.weixin.qq.com` unless told otherwise. */
  origin: string
}

/** A JSON object as it came, every member kept. */
export type JsonObject = Readonly<Record<string, unknown>>

/** What WeChat's answer says of an error, as it came. */
export interface ErrorText {
  message: string
  /** `rid` of today, `hint` or `req_id` of older answers. */
  requestId?: string
}

/** GET with query parameters. Throws `RefusedError` for a truthy `errcode`, `TransportError` for anything that is not JSON. */
export async function get(api: AccountApi, path: string, query: Record<string, string>): Promise<JsonObject> {
  return call(api, `${path}?${new URLSearchParams(query)}`)
}

/** POST of a JSON body; throws as `get`. */
export async function post(api: AccountApi, path: string, body: JsonObject): Promise<JsonObject> {
  const headers = { 'content-type': 'application/json' }
  return call(api, path, { method: 'POST', headers, body: JSON.stringify(body) })
}

async function call(api: AccountApi, pathAndQuery: string, init?: RequestInit): Promise<JsonObject> {
  const { status, body } = await send(api, api.origin + pathAndQuery, init)
  const answer = parseJsonObject(body)
  if (answer === undefined) {
    const message =
      '微信的应答不是 JSON（可能是代理或网关的页面） / the answer is not JSON; a proxy may have answered'
    throw new TransportError({ code: 'no_usable_answer', message, status })
  }
  const { errcode } = answer
  if (errcode !== undefined && errcode !== 0) throw refusal(String(errcode), answer['errmsg'])
  return answer
}

/** 系统繁忙: the one answer that leaves open what happened. */
const BUSY = '-1'
/** Over the quota of this minute; a repetition in the next may pass. */
const OVER_MINUTE_QUOTA = '45011'

function refusal(wechatCode: string, errmsg: unknown): RefusedError {
  const { message: wechatText, requestId } = parseErrorText(typeof errmsg === 'string' ? errmsg : '')
  const details = { wechatCode, wechatText, requestId }
  if (wechatCode === BUSY) return wechatFailed(details)
  return wechatRefused({ ...details, retryable: wechatCode === OVER_MINUTE_QUOTA })
}

const SUFFIX =
  /^(.*?),? (?:rid: ([0-9a-f]{8}(?:-[0-9a-f]{8}){2})|hint: \[\s*(.*?)\s*\]|hints: \[\s*(?:req_id:\s*)?(.*?)\s*\])$/s

/** Separates WeChat's text from the request number at its end. */
export function parseErrorText(errmsg: string): ErrorText {
  const match = SUFFIX.exec(errmsg)
  if (match === null) return { message: errmsg }
  const [, message = '', ...ids] = match
  const requestId = ids.find((id) => id !== undefined)
  return requestId === undefined ? { message } : { message, requestId }
}

/** Nicknames have been seen with raw control characters, which JSON forbids; they are dropped before a second try. */
function parseJsonObject(body: string): JsonObject | undefined {
  for (const text of [body, body.replace(CONTROL_CHARACTERS, '')]) {
    try {
      const value: unknown = JSON.parse(text)
      return typeof value === 'object' && value !== null && !Array.isArray(value)
        ? (value as JsonObject)
        : undefined
    } catch {}
  }
  return undefined
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL_CHARACTERS = /[\u0000-\u001f]/g

/** A required text of an answer. Throws `ProtocolError` naming the field. */
export function textOf(answer: JsonObject, field: string): string {
  const value = answer[field]
  if (typeof value === 'string' && value !== '') return value
  throw new ProtocolError('bad_message', `应答缺少字段 / the answer lacks ${field}`)
}

/** A required length of time in seconds, above 0. Throws `ProtocolError` naming the field. */
export function secondsOf(answer: JsonObject, field: string): number {
  const value = answer[field]
  if (typeof value === 'number' && Number.isFinite(value) && value > 0) return value
  throw new ProtocolError('bad_message', `应答缺少秒数字段 / the answer lacks the seconds ${field}`)
}

/** An optional text of an answer; other types count as absent. */
export function optionalText(answer: JsonObject, field: string): string | undefined {
  const value = answer[field]
  return typeof value === 'string' && value !== '' ? value : undefined
}
