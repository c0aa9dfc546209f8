/**
 * An attempt: one try to pay an order, one 商户订单号. Stored before WeChat hears of it, with every parameter of the call, so
 * that whoever finds it later can ask again under the same number. An order has at most one live attempt.
 */
import type { PrepayRequest } from './gateway/gateway.ts'
import { isExpired, type Order, type PaidVia } from './order.ts'

export type AttemptState =
  /** Stored; whether WeChat knows it is open. No pay sheet can be opened with it yet. */
  | 'opening'
  /** WeChat gave a prepay_id. */
  | 'open'
  | 'paid'
  /** Ended at WeChat, or never opened there. */
  | 'closed'

/** Times are ms since the epoch. */
export interface Attempt extends PrepayRequest {
  orderId: string
  account: string
  /** 1 for the first attempt of an order. */
  number: number
  state: AttemptState
  prepayId?: string | undefined
  prepaidAt?: number | undefined
  payment?: Payment | undefined
}

/** Money that came for an attempt, as WeChat told it, whether it fits or not. */
export interface Payment {
  transactionId: string
  payer: string
  totalFen: number
  paidAt: number
  via: PaidVia
}

/** An order with the attempt in question, as they were read together; a write compares `version`. */
export interface OrderFile {
  order: Order
  /** The latest attempt, or the one that was asked for by its number. */
  attempt: Attempt | undefined
  /** How many attempts the order has had. */
  attempts: number
  version: number
  /** While this lies ahead, another request is talking to WeChat about the order; ms since the epoch. */
  leasedUntil: number
}

/** An order with the attempt that news is about. */
export type AttemptFile = OrderFile & { attempt: Attempt }

/** What a payer's wish to pay an unpaid order asks for next. */
export type PrepayStep =
  | { do: 'reuse'; attempt: Attempt; prepayId: string; until: number }
  /** The answer to this attempt's call is not known: the same call again. */
  | { do: 'reenter'; attempt: Attempt }
  /** It must be ended at WeChat before another is opened. */
  | { do: 'replace'; attempt: Attempt }
  | { do: 'open' }
  /** Too late to pay; the order is to be closed. */
  | { do: 'expire' }

/** A prepay_id lives two hours, and a re-entry may answer the first one again; five minutes are left for the person who types. */
const PREPAY_LIFE_MS = 2 * 3600_000 - 5 * 60_000
/** WeChat refuses a time_expire less than five minutes ahead (time_expire时间过短). */
const LEAST_AHEAD_MS = 5 * 60_000
/** A minute more, for its clock and ours. */
const SHORTEST_LIFE_MS = LEAST_AHEAD_MS + 60_000

/** Decides how to go on for this payer; only `file.attempt` is looked at, which must be the latest. */
export function nextStep(file: OrderFile, payer: string, now: number): PrepayStep {
  const { order, attempt } = file
  if (isExpired(order, now)) return { do: 'expire' }
  if (attempt === undefined || !isLive(attempt)) return { do: 'open' }
  if (attempt.payer !== payer) return { do: 'replace', attempt }
  if (attempt.state === 'opening') {
    const worthIt = attempt.payableUntil - now >= LEAST_AHEAD_MS && now < attempt.startedAt + PREPAY_LIFE_MS
    return { do: worthIt ? 'reenter' : 'replace', attempt }
  }
  const { prepayId, startedAt } = attempt
  const until = Math.min(startedAt + PREPAY_LIFE_MS, attempt.payableUntil)
  return prepayId !== undefined && now < until
    ? { do: 'reuse', attempt, prepayId, until }
    : { do: 'replace', attempt }
}

/** The next attempt of an order, to be stored before WeChat is asked. */
export function newAttempt(
  file: OrderFile,
  made: { outTradeNo: string; payer: string; clientAddress: string; notifyUrl: string; now: number },
): Attempt {
  const { order } = file
  return {
    outTradeNo: made.outTradeNo,
    orderId: order.orderId,
    account: order.account,
    number: file.attempts + 1,
    state: 'opening',
    payer: made.payer,
    totalFen: order.totalFen,
    description: order.description,
    attach: order.attach,
    clientAddress: made.clientAddress,
    notifyUrl: made.notifyUrl,
    startedAt: made.now,
    // An order that ends sooner than WeChat can express is still closed in time: by us, at its own expiry.
    payableUntil: Math.max(Date.parse(order.expiresAt), made.now + SHORTEST_LIFE_MS),
  }
}

/** Whether money may still come for it. */
export function isLive(attempt: Attempt): boolean {
  return attempt.state === 'opening' || attempt.state === 'open'
}

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
/** WeChat's advice when no notification arrives, counted from the order; after it we go on, ever more rarely. */
const QUERY_AFTER_MS = [
  5 * SECOND,
  30 * SECOND,
  MINUTE,
  3 * MINUTE,
  5 * MINUTE,
  10 * MINUTE,
  30 * MINUTE,
  HOUR,
  2 * HOUR,
  6 * HOUR,
  12 * HOUR,
]
const QUERY_DAILY_MS = 24 * HOUR

/** When to ask WeChat about an attempt again, strictly after `now`; missed moments are not made up for. */
export function nextQueryAt(prepaidAt: number, now: number): number {
  const passed = now - prepaidAt
  const next = QUERY_AFTER_MS.find((delay) => delay > passed)
  return prepaidAt + (next ?? (Math.floor(passed / QUERY_DAILY_MS) + 1) * QUERY_DAILY_MS)
}
