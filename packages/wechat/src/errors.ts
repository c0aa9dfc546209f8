/**
 * What can go wrong, in four classes and one closed set of codes. A call that moves money is done, *refused* or *unknown*:
 * `outcome` says which; unknown is settled by asking again under the same number. Nothing secret is kept in an error:
 * no request, no body, no key, no token.
 */
import { addressSeen, isSameCode, type Remedy, remedyFor } from './remedies.ts'

/** What callers switch on; closed. */
export type WechatErrorCode =
  /** An option is missing or wrong, or the server parsed a notification before; `message` names every problem. */
  | 'config'
  /** The request has a value WeChat would refuse; nothing was sent. */
  | 'invalid_request'
  /** No answer in time, or none at all. */
  | 'network'
  /** An answer that is not of WeChat's making: a proxy's page, too long, not XML or JSON. */
  | 'no_usable_answer'
  /** The cache of token and ticket, which is ours, could not be read or written. */
  | 'cache_failed'
  /** The message does not carry a right signature (签名错误). */
  | 'bad_signature'
  /** The message is signed, or need not be, but is not as documented. */
  | 'bad_message'
  /** The message’s time is more than five minutes from ours: this clock is wrong, or somebody kept the message. */
  | 'bad_time'
  /** The message is WeChat’s, but our key does not open it (APIv3 密钥 or APIv2 密钥 is another one). */
  | 'wrong_key'
  /** WeChat said no; see `wechatCode`. */
  | 'refused'
  /** WeChat said that it failed inside (系统错误); the outcome is open. */
  | 'wechat_failed'
  /** WeChat answered without deciding: taken for later (HTTP 202), or too many calls that move money (HTTP 429). */
  | 'undecided'

/** `refused`: certainly without effect. `unknown`: it may have taken effect; ask again under the same number. */
export type Outcome = 'refused' | 'unknown'

/** What every error carries beside its message; nothing of it is secret. */
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
  /** Our clock minus WeChat's, in seconds, where an answer told its time and the difference matters. */
  clockSkewSeconds?: number | undefined
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
  readonly clockSkewSeconds: number | undefined

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
    this.clockSkewSeconds = details.clockSkewSeconds
  }

  /** Whether this is WeChat's code, in either of its spellings: `says('ORDER_PAID')` is true for `ORDERPAID`, too. */
  says(code: string): boolean {
    return this.wechatCode !== undefined && isSameCode(this.wechatCode, code)
  }

  /** Cause and remedy of WeChat's code in Chinese and English, where the documents tell. */
  get remedy(): Remedy | undefined {
    return remedyFor(this.wechatCode, this.wechatText)
  }

  /** This server's address as WeChat saw it, where it is not on the account's white list (IP 白名单, 40164): enter it there. */
  get callerAddress(): string | undefined {
    return addressSeen(this.wechatCode, this.wechatText)
  }

  /** What may leave the process: log lines take this. */
  toJSON(): Record<string, unknown> {
    const { name, message, code, outcome, retryable, wechatCode, wechatText } = this
    const { requestId, status, clockSkewSeconds, callerAddress, remedy } = this
    const known = { name, message, code, outcome, retryable, wechatCode, wechatText }
    return { ...known, requestId, status, clockSkewSeconds, callerAddress, remedy }
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

/** No usable answer: the connection failed, time ran out, or something that is not WeChat answered; or our cache failed. */
export class TransportError extends WechatError {
  /** Nobody answered the connection, or it broke: another domain of WeChat's may be better. Not so when time ran out. */
  readonly isUnreachable: boolean
  /** No connection came about, so certainly nothing was sent. */
  readonly isUnsent: boolean

  constructor({
    isUnreachable = false,
    isUnsent = false,
    ...details
  }: Pick<WechatErrorDetails, 'message' | 'requestId' | 'status' | 'cause'> & {
    code?: 'network' | 'no_usable_answer' | 'cache_failed'
    retryable?: boolean
    isUnreachable?: boolean
    isUnsent?: boolean
  }) {
    super({ code: 'network', retryable: true, ...details, outcome: 'unknown' })
    this.isUnreachable = isUnreachable
    this.isUnsent = isUnsent
  }
}

/** A message that is not as documented or whose signature is wrong; what it says is not believed. */
export class ProtocolError extends WechatError {
  constructor(
    code: 'bad_signature' | 'bad_message' | 'bad_time' | 'wrong_key',
    message: string,
    answer: Pick<WechatErrorDetails, 'requestId' | 'status' | 'clockSkewSeconds'> = {},
  ) {
    super({ ...answer, code, message, outcome: 'unknown', retryable: true })
  }
}

/** WeChat said no (or, before sending, certainly would). `wechat_failed` and `undecided` leave the outcome open. */
export class RefusedError extends WechatError {
  constructor(details: Omit<WechatErrorDetails, 'outcome'> & { code: RefusedCode }) {
    const isOpen = details.code === 'wechat_failed' || details.code === 'undecided'
    super({ ...details, outcome: isOpen ? 'unknown' : 'refused' })
  }
}

type RefusedCode = 'refused' | 'invalid_request' | 'wechat_failed' | 'undecided'

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
  status?: number | undefined
  clockSkewSeconds?: number | undefined
  /** Which field of the request it is about. */
  field?: string | undefined
  /** What follows from it, for people; nothing of the request. */
  advice?: string | undefined
}

/** A no in WeChat's own words. `retryable` where the same request may pass later. */
export function wechatRefused({ retryable, ...no }: WechatNo & { retryable: boolean }): RefusedError {
  return new RefusedError({ code: 'refused', retryable, ...inItsWords('微信拒绝 / WeChat refused', no) })
}

/** WeChat's own failure: whether the call took effect is open. `retryable` unless the same request can never pass. */
export function wechatFailed({ retryable = true, ...no }: WechatNo & { retryable?: boolean }): RefusedError {
  const words = inItsWords('微信系统错误，结果未知 / WeChat failed, outcome unknown', no)
  return new RefusedError({ code: 'wechat_failed', retryable, ...words })
}

/** WeChat answered and left it open: repeat the same request later, or ask. */
export function wechatUndecided(no: WechatNo): RefusedError {
  const words = inItsWords('微信尚未定论，结果未知 / WeChat has not decided, outcome unknown', no)
  return new RefusedError({ code: 'undecided', retryable: true, ...words })
}

/** Texts of WeChat are short; whatever else may have answered is kept out of logs. */
const MAX_TEXT_LENGTH = 300

function inItsWords(
  what: string,
  { field = '', advice, ...no }: WechatNo,
): Omit<WechatNo, 'field' | 'advice'> & { message: string } {
  const wechatCode = printable(no.wechatCode)
  const wechatText = printable(no.wechatText)
  const said = [wechatCode, wechatText, printable(field)].filter((part) => part !== '').join(' ')
  return {
    ...no,
    message: `${what}: ${said}${advice === undefined ? '' : `; ${advice}`}${aboutTheClock(no.clockSkewSeconds)}`,
    wechatCode,
    wechatText,
    requestId: no.requestId && printable(no.requestId),
  }
}

/** What an error says of a clock that differs from WeChat's; nothing where it does not. */
export function aboutTheClock(skewSeconds: number | undefined): string {
  if (skewSeconds === undefined) return ''
  const [zh, en] = skewSeconds < 0 ? ['慢', 'behind'] : ['快', 'ahead of']
  const seconds = Math.abs(skewSeconds)
  return `（本机时钟比微信${zh} ${seconds} 秒 / this clock is ${seconds} s ${en} WeChat’s）`
}

function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cs}]+/gu, ' ').slice(0, MAX_TEXT_LENGTH)
}
