/**
 * What can go wrong, in four classes and one closed set of codes. A call that moves money is done, *refused* or *unknown*:
 * `outcome` says which; unknown is settled by asking again under the same number. Nothing secret is kept in an error:
 * no request, no body, no key, no token.
 */
import { type Remedy, remedyFor } from './remedies.ts'

export type WechatErrorCode =
  /** An option is missing or wrong; `message` names every one of them. */
  | 'config'
  /** The request has a value WeChat would refuse; nothing was sent. */
  | 'invalid_request'
  /** No answer in time, or none at all. */
  | 'network'
  /** An answer that is not of WeChat's making: a proxy's page, too long, not XML or JSON. */
  | 'no_usable_answer'
  /** The message does not carry a right signature (签名错误). */
  | 'bad_signature'
  /** The message is signed, or need not be, but is not as documented. */
  | 'bad_message'
  /** WeChat said no; see `wechatCode`. */
  | 'refused'
  /** WeChat said that it failed inside (系统错误); the outcome is open. */
  | 'wechat_failed'

/** `refused`: certainly without effect. `unknown`: it may have taken effect; ask again under the same number. */
export type Outcome = 'refused' | 'unknown'

export interface WechatErrorDetails {
  code: WechatErrorCode
  message: string
  outcome: Outcome
  retryable: boolean
  /** WeChat's own code, verbatim: an `errcode`, an `err_code`, or `RETURN_FAIL` where it gave only a text. */
  wechatCode?: string | undefined
  /** WeChat's own text, verbatim. */
  wechatText?: string | undefined
  /** WeChat's number of the request (`rid`, `Request-ID`), to quote to its support. */
  requestId?: string | undefined
  /** HTTP status, where the answer had an unusual one. */
  status?: number | undefined
  cause?: unknown
}

/** Base of all errors thrown by this package. */
export class WechatError extends Error {
  readonly code: WechatErrorCode
  readonly outcome: Outcome
  readonly retryable: boolean
  readonly wechatCode: string | undefined
  readonly wechatText: string | undefined
  readonly requestId: string | undefined
  readonly status: number | undefined

  constructor(details: WechatErrorDetails) {
    super(details.message, details.cause === undefined ? undefined : { cause: details.cause })
    this.name = new.target.name
    this.code = details.code
    this.outcome = details.outcome
    this.retryable = details.retryable
    this.wechatCode = details.wechatCode
    this.wechatText = details.wechatText
    this.requestId = details.requestId
    this.status = details.status
  }

  /** Cause and remedy of WeChat's code in Chinese and English, where the documents tell. */
  get remedy(): Remedy | undefined {
    return remedyFor(this.wechatCode, this.wechatText)
  }

  /** What may leave the process: log lines take this. */
  toJSON(): Record<string, unknown> {
    const { name, message, code, outcome, retryable, wechatCode, wechatText, requestId, status, remedy } =
      this
    return { name, message, code, outcome, retryable, wechatCode, wechatText, requestId, status, remedy }
  }
}

/** Options that cannot work; thrown when something is made, naming every problem at once and no value. */
export class ConfigError extends WechatError {
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    const message = `配置有误 / configuration: ${problems.join('; ')}`
    super({ code: 'config', message, outcome: 'refused', retryable: false })
    this.problems = problems
  }
}

/** No usable answer: the connection failed, time ran out, or something that is not WeChat answered. */
export class TransportError extends WechatError {
  constructor(
    details: Pick<WechatErrorDetails, 'message' | 'status' | 'cause'> & {
      code?: 'network' | 'no_usable_answer'
    },
  ) {
    super({ code: 'network', ...details, outcome: 'unknown', retryable: true })
  }
}

/** A message that is not as documented or whose signature is wrong; what it says is not believed. */
export class ProtocolError extends WechatError {
  constructor(code: 'bad_signature' | 'bad_message', message: string) {
    super({ code, message, outcome: 'unknown', retryable: true })
  }
}

/** WeChat said no (or, before sending, certainly would). `wechat_failed` is the one refusal whose outcome is open. */
export class RefusedError extends WechatError {
  constructor(details: Omit<WechatErrorDetails, 'outcome'> & { code: RefusedCode }) {
    super({ ...details, outcome: details.code === 'wechat_failed' ? 'unknown' : 'refused' })
  }
}

type RefusedCode = 'refused' | 'invalid_request' | 'wechat_failed'

/** A request that was not sent, with every reason why it would be refused. */
export function invalidRequest(what: string, problems: readonly string[]): RefusedError {
  const message = `请求有误 / invalid request: ${what}: ${problems.join('; ')}`
  return new RefusedError({ code: 'invalid_request', message, retryable: false })
}

/** What an answer of WeChat says about its no. */
export interface WechatNo {
  wechatCode: string
  wechatText: string
  requestId?: string | undefined
}

/** A no in WeChat's own words. `retryable` where the same request may pass later. */
export function wechatRefused({ retryable, ...no }: WechatNo & { retryable: boolean }): RefusedError {
  return new RefusedError({ code: 'refused', retryable, ...inItsWords('微信拒绝 / WeChat refused', no) })
}

/** WeChat's own failure: whether the call took effect is open. */
export function wechatFailed(no: WechatNo): RefusedError {
  const words = inItsWords('微信系统错误，结果未知 / WeChat failed, outcome unknown', no)
  return new RefusedError({ code: 'wechat_failed', retryable: true, ...words })
}

/** Texts of WeChat are short; whatever else may have answered is kept out of logs. */
const MAX_TEXT_LENGTH = 300

function inItsWords(
  what: string,
  { wechatCode, wechatText, requestId }: WechatNo,
): WechatNo & { message: string } {
  const code = printable(wechatCode)
  const text = printable(wechatText)
  const message = text === '' ? `${what}: ${code}` : `${what}: ${code} ${text}`
  return { message, wechatCode: code, wechatText: text, requestId: requestId && printable(requestId) }
}

function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cs}]+/gu, ' ').slice(0, MAX_TEXT_LENGTH)
}
