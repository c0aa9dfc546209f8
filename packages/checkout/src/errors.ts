/** What our own rules refuse, in one class and one closed set of codes. Nothing secret is kept in an error: no openid, no key. */

export type StateErrorCode =
  /** A new order breaks a rule; `detail` names every field. */
  | 'invalid_order'
  /** The reference already stands for an order of another amount or another payer. */
  | 'order_conflict'
  | 'order_not_found'
  /** The order names a payer, and this is somebody else. */
  | 'not_your_order'
  /** More attempts to pay one order than a person makes. */
  | 'too_many_attempts'
  /** WeChat said no; trying again unchanged will not help. `cause` has WeChat's code. */
  | 'payment_refused'
  /** WeChat did not answer so that it can be believed, or another request works on this order; ask again in a moment. */
  | 'try_again'
  /** No such merchant account is configured. */
  | 'unknown_account'

/** One sentence for the payer or the merchant's support, in both languages. */
export interface Sentence {
  zh: string
  en: string
}

/** Thrown where an order's rules, or WeChat's answer about it, do not allow what was asked. */
export class StateError extends Error {
  readonly code: StateErrorCode
  /** Whether the same request may succeed later. */
  readonly retryable: boolean
  readonly sentence: Sentence
  /** For the developer: names of fields and codes, never contents. */
  readonly detail: string | undefined

  constructor(code: StateErrorCode, details: { detail?: string; cause?: unknown } = {}) {
    const sentence = SENTENCES[code]
    const detail = details.detail === undefined ? '' : `: ${details.detail}`
    super(
      `${sentence.zh} / ${sentence.en}${detail}`,
      details.cause === undefined ? undefined : { cause: details.cause },
    )
    this.name = 'StateError'
    this.code = code
    this.retryable = code === 'try_again'
    this.sentence = sentence
    this.detail = details.detail
  }

  /** What may leave the process: log lines take this. */
  toJSON(): Record<string, unknown> {
    const { name, code, retryable, message } = this
    return { name, code, retryable, message }
  }
}

const SENTENCES: Record<StateErrorCode, Sentence> = {
  invalid_order: { zh: '订单内容有误', en: 'the order is not valid' },
  order_conflict: {
    zh: '该商户单号已用于金额或付款人不同的订单',
    en: 'this reference already stands for an order of another amount or payer',
  },
  order_not_found: { zh: '订单不存在', en: 'there is no such order' },
  not_your_order: { zh: '这是其他用户的订单', en: 'this order belongs to another payer' },
  too_many_attempts: {
    zh: '支付尝试次数过多，请重新下单',
    en: 'too many attempts to pay; place a new order',
  },
  payment_refused: { zh: '微信支付拒绝了这笔支付', en: 'WeChat Pay refused this payment' },
  try_again: { zh: '暂时无法支付，请稍后再试', en: 'cannot be done right now; try again in a moment' },
  unknown_account: { zh: '商户账号未配置', en: 'no such merchant account is configured' },
}
