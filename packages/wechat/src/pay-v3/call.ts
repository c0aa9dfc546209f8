/**
 * One call of Pay v3: build, sign, send, verify, read. Success is a status, and signed; a refusal is a status, and is not. Source:
 * API v3 docs, "基本规则", "错误码和HTTP状态码说明".
 */
import {
  ProtocolError,
  TransportError,
  type WechatError,
  type WechatNo,
  wechatFailed,
  wechatRefused,
  wechatUndecided,
} from '../errors.ts'
import { isSameCode } from '../remedies.ts'
import { exchange, type RawAnswer, routed, type Transport } from '../transport.ts'
import { isJsonObject, type JsonObject, jsonOf, parseJsonObject } from './json.ts'
import type { Signer } from './keys.ts'
import type { PlatformKeys } from './platform-keys.ts'
import { authorization } from './sign.ts'
import { signatureAdvice } from './signature-advice.ts'
import { verify } from './verify.ts'

/** What every call needs: who we are, where WeChat is, and the time. */
export interface Caller {
  mchid: string
  signer: Signer
  /** The first is preferred. */
  origins: readonly string[]
  transport: Transport
  /** Milliseconds since the epoch. */
  clock: () => number
  nonce: () => string
}

export interface Call {
  method: 'GET' | 'POST'
  /** Path and query, encoded. */
  path: string
  /** Sent as JSON, as `jsonOf` writes it. */
  body?: object
  /** The key that sensitive fields were encrypted with; else the one that the answer should be signed with. */
  serial?: string | undefined
}

/**
 * Makes a call and reads its verified reply; `undefined` where WeChat answers without content (204). Throws `RefusedError`,
 * `ProtocolError`, `TransportError`.
 */
export async function call(
  caller: Caller,
  keys: PlatformKeys,
  request: Call,
): Promise<JsonObject | undefined> {
  const serial = request.serial ?? keys.announced()
  const isQuestion = request.method === 'GET'
  await keys.ready()
  return routed({ origins: caller.origins, isQuestion }, async (origin) => {
    const answer = await signedExchange(caller, origin, { ...request, serial })
    return accepted(answer, caller, keys, request)
  })
}

/** A call that must be answered with an object. */
export async function callForObject(caller: Caller, keys: PlatformKeys, request: Call): Promise<JsonObject> {
  const reply = await call(caller, keys, request)
  if (reply !== undefined) return reply
  throw new ProtocolError('bad_message', '应答没有内容 / the reply has no content')
}

/** Signs and sends; the answer is not looked at. A repetition signs anew. */
export async function signedExchange(caller: Caller, origin: string, request: Call): Promise<RawAnswer> {
  const body = bodyOf(request)
  const headers = {
    ...(await signedHeaders(caller, request.method, request.path, body)),
    ...(request.body === undefined ? {} : { 'content-type': 'application/json' }),
    ...(request.serial === undefined ? {} : { 'wechatpay-serial': request.serial }),
  }
  const init = { method: request.method, headers, ...(request.body === undefined ? {} : { body }) }
  return exchange(caller.transport, origin + request.path, init)
}

const bodyOf = ({ body }: Call): string => (body === undefined ? '' : jsonOf(body))

/** The headers without which WeChat answers 400 or 401. */
export async function signedHeaders(
  { mchid, signer, clock, nonce }: Caller,
  method: Call['method'],
  path: string,
  body: string,
): Promise<Record<string, string>> {
  const timestamp = Math.floor(clock() / 1000)
  const request = { method, path, body, timestamp, nonce: nonce() }
  return {
    authorization: await authorization(request, mchid, signer),
    accept: 'application/json',
    'user-agent': 'shouyin-wechat',
  }
}

async function accepted(
  answer: RawAnswer,
  caller: Caller,
  keys: PlatformKeys,
  request: Call,
): Promise<JsonObject | undefined> {
  const { status, headers, bytes } = answer
  if (status !== 200 && status !== 204) throw refusal(answer, caller.clock(), request)
  await verify({ headers, body: bytes }, keys, caller.clock())
  return status === 204 ? undefined : parseJsonObject(bytes)
}

/** Codes with which WeChat says that it failed inside, whatever the status. */
const FAILED_INSIDE = ['SYSTEM_ERROR', 'SERVICE_UNAVAILABLE', 'BANK_ERROR', 'BIZ_ERR_NEED_RETRY']
const STILL_PAYING = ['USER_PAYING', 'ACCEPTED']
/** Codes of status 500 that no repetition changes. */
const NEVER_PASSES = ['OPENID_MISMATCH', 'INVALID_TRANSACTIONID']

/**
 * What a status other than success means. 400, 401, 403 and 404 are a no, without effect; 5xx leaves the outcome open, 202 and too many
 * calls do so where money moves. An answer without WeChat's words, or of another status, is a proxy's.
 */
export function refusal(answer: RawAnswer, nowMs: number, request: Call): WechatError {
  const { status } = answer
  const isQuestion = request.method === 'GET'
  const no = wordsOf(answer, nowMs, request)
  if (no === undefined) return notOfWechat(status)
  const says = (codes: readonly string[]): boolean => codes.some((code) => isSameCode(code, no.wechatCode))
  if (status === 202 || says(STILL_PAYING)) return wechatUndecided(no)
  if (status === 429 || says(TOO_MANY))
    return isQuestion ? wechatRefused({ ...no, retryable: true }) : wechatUndecided(no)
  if (status >= 500 || says(FAILED_INSIDE)) return wechatFailed({ ...no, retryable: !says(NEVER_PASSES) })
  if (!STATUSES_OF_A_NO.has(status)) return notOfWechat(status)
  return wechatRefused({ ...no, retryable: says(['STATEMENT_CREATING']) })
}

/** Of these WeChat is not bound to 429. */
const TOO_MANY = ['FREQUENCY_LIMITED', 'RATELIMIT_EXCEEDED']
/** WeChat has no other that says that nothing happened; 408, 409 and 499 are a gateway's. */
const STATUSES_OF_A_NO = new Set([400, 401, 403, 404])

/** WeChat's code and text, if these are its words at all. Without a body only 202 speaks for itself. */
function wordsOf({ status, headers, bytes }: RawAnswer, nowMs: number, request: Call): WechatNo | undefined {
  const said = spoken(bytes, request)
  if (said === undefined && status !== 202) return undefined
  return {
    wechatCode: said?.code ?? 'ACCEPTED',
    wechatText: said?.text ?? '',
    field: said?.field,
    advice: said?.advice,
    requestId: headers.get('request-id') ?? undefined,
    status,
    clockSkewSeconds: clockSkew(headers, nowMs),
  }
}

interface Spoken {
  code: string
  text: string
  field: string | undefined
  advice: string | undefined
}

function spoken(bytes: Uint8Array, request: Call): Spoken | undefined {
  const body = readable(bytes)
  const code = body?.['code']
  if (body === undefined || typeof code !== 'string' || !/^[A-Z][A-Z0-9_]{1,63}$/.test(code)) return undefined
  const { message, detail } = body
  // The detail's `value` is what we sent, and stays out of errors.
  const field = isJsonObject(detail) ? detail['field'] : undefined
  return {
    code,
    text: typeof message === 'string' ? message : '',
    field: typeof field === 'string' ? field : undefined,
    advice: isJsonObject(detail) ? signatureAdvice(detail, { ...request, body: bodyOf(request) }) : undefined,
  }
}

function readable(bytes: Uint8Array): JsonObject | undefined {
  try {
    return parseJsonObject(bytes)
  } catch (error) {
    if (error instanceof ProtocolError) return undefined
    throw error
  }
}

/** Below this a clock is right enough, and the way of the answer is measured more than the clock. */
const WORTH_SAYING_SECONDS = 60

/** Our clock minus WeChat's, from `Date`, in seconds; undefined where it does not matter or is not told. */
function clockSkew(headers: Headers, nowMs: number): number | undefined {
  const told = Date.parse(headers.get('date') ?? '')
  const skew = Math.round((nowMs - told) / 1000)
  return Math.abs(skew) >= WORTH_SAYING_SECONDS ? skew : undefined
}

function notOfWechat(status: number): TransportError {
  const message = `应答不是微信支付的（HTTP ${status}），可能来自代理或网关 / HTTP ${status} without WeChat’s words; a proxy may have answered`
  return new TransportError({ code: 'no_usable_answer', message, status })
}
