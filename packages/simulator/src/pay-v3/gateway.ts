/**
 * The front of WeChat Pay v3, the same for every call: headers, signature, JSON. What passes goes to the call; what the call
 * says goes out signed when it is a yes, and bare when it is a no.
 * Source: API v3 docs, "基本规则"; the order of the checks and the headers as seen on the service.
 */
import type { SignatureCheck } from '../exchanges.ts'
import type { PaySide } from '../pay/state.ts'
import type { Merchant } from '../world.ts'
import { authenticate } from './authorization.ts'
import type { V3Call, V3Outcome } from './call.ts'
import { FieldError, isRecord } from './fields.ts'
import { readJson } from './json-text.ts'
import { replyKey } from './keys.ts'
import { invalidRequest, refusalBody, type V3Refusal } from './refusal.ts'
import { signatureHeaders } from './signature-headers.ts'

export interface V3HttpRequest {
  method: string
  /** Path and query exactly as sent. */
  target: string
  /** Scheme, host and port it came to. */
  origin: string
  /** By lower-case name. */
  headers: Record<string, string>
  body: Uint8Array
  /** Parts of the path that the template names, decoded. */
  path: Record<string, string>
}

export interface V3Answer {
  status: number
  headers: Record<string, string>
  body: string | Uint8Array<ArrayBuffer> | null
  /** What is in it, where it is packed. */
  text?: string | undefined
  title: string
  /** WeChat's words of a no. */
  refused?: string | undefined
  signature?: SignatureCheck | undefined
  outTradeNo?: string | undefined
}

/** The calls of one path. */
export interface V3Calls {
  GET?: V3Call
  POST?: V3Call
}

/** The reply to one request, with what the inspector shows of it. */
export function answerV3(side: PaySide, calls: V3Calls, request: V3HttpRequest): V3Answer {
  const { method, headers } = request
  const call = method === 'GET' ? calls.GET : method === 'POST' ? calls.POST : undefined
  if (call === undefined) return wrongMethod(side, request)
  const { title } = call
  if (lacksHeaders(request))
    return { title, ...refusalReply(side, request, invalidRequest('Http头缺少Accept或User-Agent')) }
  const known = authenticate(side, { ...request, authorization: headers['authorization'] })
  const { signature } = known
  if ('refusal' in known) return { title, signature, ...refusalReply(side, request, known.refusal) }
  const { outcome, outTradeNo } = outcomeOf(side, call, known.merchant, request)
  return { title, signature, outTradeNo, ...reply(side, known.merchant, request, outcome) }
}

/** A path that no call has: nothing is said about it. */
export function noSuchPath({ target }: Pick<V3HttpRequest, 'target'>): V3Answer {
  return { ...nameless(target), status: 404, headers: { server: 'nginx' }, refused: '404 Not Found' }
}

function wrongMethod(side: PaySide, { target }: V3HttpRequest): V3Answer {
  const headers = { server: 'nginx', ...requestId(side, 0) }
  return { ...nameless(target), status: 405, headers, refused: '405 Method Not Allowed' }
}

function nameless(target: string): Pick<V3Answer, 'title' | 'body'> {
  return { title: target.replace(/\?.*/s, ''), body: null }
}

/** Only some paths look, and they look before anything else. */
function lacksHeaders({ target, headers }: V3HttpRequest): boolean {
  if (!/^\/v3\/(certificates|refund\/)/.test(target)) return false
  return [headers['user-agent'], headers['accept']].some((value = '') => value === '')
}

function outcomeOf(
  side: PaySide,
  call: V3Call,
  merchant: Merchant,
  request: V3HttpRequest,
): { outcome: V3Outcome; outTradeNo: string | undefined } {
  const { target, origin, headers, path } = request
  const query = Object.fromEntries(new URLSearchParams(target.split('?')[1] ?? ''))
  let outTradeNo = numberIn(path)
  try {
    const json = jsonOf(request)
    outTradeNo ??= numberIn(json)
    const serial = headers['wechatpay-serial']
    return { outTradeNo, outcome: call.answer({ side, merchant, serial, origin, path, query, json }) }
  } catch (error) {
    if (error instanceof FieldError) return { outTradeNo, outcome: error.refusal }
    throw error
  }
}

/** Undefined where nothing was sent as JSON. Throws `FieldError` where what was sent is none. */
function jsonOf({ method, headers, body }: V3HttpRequest): unknown {
  if (method === 'GET') return {}
  const isJson = /^application\/json\b/i.test(headers['content-type'] ?? '')
  return isJson && body.byteLength > 0 ? readJson(body) : undefined
}

function numberIn(given: unknown): string | undefined {
  if (!isRecord(given)) return undefined
  const number = given['out_trade_no'] ?? given['combine_out_trade_no']
  return typeof number === 'string' ? number : undefined
}

/** What of an answer depends on what was said. */
export type Reply = Pick<V3Answer, 'status' | 'headers' | 'body' | 'text' | 'refused'>

function reply(side: PaySide, merchant: Merchant, request: V3HttpRequest, outcome: V3Outcome): Reply {
  if (outcome.outcome === 'refused') return refusalReply(side, request, outcome)
  if (outcome.outcome === 'file') {
    const { bytes, type, text } = outcome
    return { status: 200, headers: { server: 'nginx', 'content-type': type }, body: bytes, text }
  }
  const body = outcome.outcome === 'done' ? JSON.stringify(outcome.body) : ''
  const headers = { ...COMMON_HEADERS, ...requestId(side, 0), ...signed(side, merchant, request, body) }
  return body === ''
    ? { status: 204, headers, body: null }
    : { status: 200, headers: { ...JSON_TYPE, ...headers }, body }
}

const COMMON_HEADERS = {
  server: 'nginx',
  'cache-control': 'no-cache, must-revalidate',
  'x-content-type-options': 'nosniff',
  'content-language': 'zh-CN',
}
const JSON_TYPE = { 'content-type': 'application/json; charset=utf-8' }

function signed(
  side: PaySide,
  merchant: Merchant,
  { headers }: V3HttpRequest,
  body: string,
): Record<string, string> {
  const key = replyKey(side, merchant, headers['wechatpay-serial'])
  return signatureHeaders(side, { mchid: merchant.mchid, key }, body)
}

/** What a no looks like; none is signed. */
export function refusalReply(
  side: Pick<PaySide, 'random'>,
  { target }: Pick<V3HttpRequest, 'target'>,
  refused: V3Refusal,
): Reply {
  const { status, code, message, number } = refused
  const isNamed = status !== 401 || !target.startsWith('/v3/pay/transactions/')
  const headers = { ...JSON_TYPE, ...COMMON_HEADERS, ...(isNamed ? requestId(side, number) : {}) }
  return { status, headers, body: refusalBody(refused), refused: `${code} ${message}` }
}

function requestId({ random }: Pick<PaySide, 'random'>, number: number): Record<string, string> {
  return { 'request-id': `${random.hex(40).toUpperCase()}-${number}` }
}
