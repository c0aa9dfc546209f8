/** An order: what is owed, once, for one reference of the merchant. Its states, and what a new one must be. */
import { StateError } from './errors.ts'
import type { OrderState } from './http/contract.ts'

export type { OrderState }

/** Which evidence made an order paid. */
export type PaidVia = 'notification' | 'query' | 'sweep'

/** Why an order waits for a person. */
export type ReviewReason =
  /** WeChat's amount is not what was asked for. */
  | 'wrong_sum'
  /** Paid by another openid than the one the attempt was opened for. */
  | 'wrong_payer'
  | 'paid_after_close'
  /** WeChat says that money of this payment went back (转入退款) before the order was known to be paid. */
  | 'refunded'
  /** A second payment of an order that had its money. */
  | 'paid_twice'

/** Money that came and that a person has to look at (待核实). */
export interface Review {
  reason: ReviewReason
  outTradeNo: string
  transactionId: string
  /** What WeChat says was paid for, in fen. */
  totalFen: number
  payer: string
}

/** All times are RFC 3339 in UTC. */
export interface Order {
  orderId: string
  /** The merchant account it belongs to. */
  account: string
  /** The merchant's own number of what is sold. */
  reference: string
  description: string
  totalFen: number
  /** openid of who may pay; after payment, of who paid. */
  payer?: string | undefined
  state: OrderState
  createdAt: string
  /** Until when it can be paid. */
  expiresAt: string
  paidAt?: string | undefined
  paidVia?: PaidVia | undefined
  /** 微信支付订单号 of the payment that made it paid. */
  transactionId?: string | undefined
  /** 商户订单号 of the attempt that paid, or of the latest one. */
  outTradeNo?: string | undefined
  /** The first payment that did not fit; a paid order may have one too (paid twice). */
  review?: Review | undefined
  returnUrl?: string | undefined
  attach?: string | undefined
}

/** What is owed, as the merchant's server says it. */
export interface NewOrder {
  /** The merchant's own number, 1 to 64 characters; the same reference again gives the same order. */
  reference: string
  /** What the payer reads on the pay sheet: 1 to 127 bytes of UTF-8, about 42 Chinese characters. */
  description: string
  /** 1 to 10,000,000,000 fen. */
  totalFen: number
  /** openid; others then cannot pay. */
  payer?: string | undefined
  /** Comes back with WeChat's answers; at most 127 bytes. */
  attach?: string | undefined
  /** 60 seconds to 7 days; two hours unless told otherwise. */
  expiresInSeconds?: number | undefined
  /** Where the payer goes afterwards: a path of this site or an http(s) URL. */
  returnUrl?: string | undefined
  /** Merchant account; the only one, unless there are several. */
  account?: string | undefined
}

const DEFAULT_EXPIRY_SECONDS = 7200
/** WeChat itself closes what was not paid for seven days. */
const LONGEST_EXPIRY_SECONDS = 7 * 24 * 3600

/** A new unpaid order. Throws `StateError` `invalid_order` naming every field that breaks its rule. */
export function newOrder(input: NewOrder, made: { orderId: string; account: string; now: number }): Order {
  const wrong = RULES.filter(([, holds]) => !holds(input)).map(([rule]) => rule)
  if (wrong.length > 0) throw new StateError('invalid_order', { detail: wrong.join('; ') })
  const { reference, description, totalFen, payer, attach, returnUrl } = input
  const expiresInMs = (input.expiresInSeconds ?? DEFAULT_EXPIRY_SECONDS) * 1000
  return {
    orderId: made.orderId,
    account: made.account,
    reference,
    description,
    totalFen,
    payer,
    state: 'unpaid',
    createdAt: new Date(made.now).toISOString(),
    expiresAt: new Date(made.now + expiresInMs).toISOString(),
    returnUrl,
    attach,
  }
}

/**
 * Whether a repeated `createOrder` means the order that is there. The wording may differ, the debt may not; and an order that
 * anybody may pay is not the one that only `wanted.payer` may.
 */
export function isSameDebt(existing: Order, wanted: Order): boolean {
  const samePayer = wanted.payer === undefined || existing.payer === wanted.payer
  return existing.totalFen === wanted.totalFen && samePayer
}

export function isExpired(order: Order, now: number): boolean {
  return Date.parse(order.expiresAt) <= now
}

type Rule = readonly [rule: string, holds: (input: NewOrder) => boolean]

const RULES: readonly Rule[] = [
  ['reference: 1 to 64 characters', ({ reference }) => isText(reference) && reference.length <= 64],
  [
    'description: 1 to 127 bytes of UTF-8',
    ({ description }) => isText(description) && bytes(description) <= 127,
  ],
  [
    'totalFen: a whole number from 1 to 10000000000',
    ({ totalFen }) => Number.isSafeInteger(totalFen) && totalFen >= 1 && totalFen <= 10_000_000_000,
  ],
  ['payer: an openid', ({ payer }) => payer === undefined || /^[!-~]{1,128}$/.test(payer)],
  [
    'attach: 1 to 127 bytes of UTF-8',
    ({ attach }) => attach === undefined || (isText(attach) && bytes(attach) <= 127),
  ],
  [
    'expiresInSeconds: a whole number from 60 to 604800',
    ({ expiresInSeconds: seconds }) =>
      seconds === undefined ||
      (Number.isSafeInteger(seconds) && seconds >= 60 && seconds <= LONGEST_EXPIRY_SECONDS),
  ],
  [
    'returnUrl: a path of this site or an http(s) URL',
    ({ returnUrl }) => returnUrl === undefined || isReturnUrl(returnUrl),
  ],
]

/** Control characters cannot be written in XML 1.0, and WeChat refuses what cannot. */
function isText(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== '' && !/\p{Cc}|\p{Cs}/u.test(value)
}

function bytes(text: string): number {
  return Buffer.byteLength(text)
}

/** A scheme such as `javascript:` would run on the pay page, and `//host` leaves the site unseen. */
function isReturnUrl(value: string): boolean {
  if (value.length > 2048 || /[\s\\]|\p{Cc}/u.test(value)) return false
  return /^\/(?!\/)/.test(value) || (/^https?:\/\//i.test(value) && URL.canParse(value))
}
