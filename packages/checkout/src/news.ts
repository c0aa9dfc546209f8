/**
 * News of a payment: what a notification, a query or a sweep learned from WeChat, as one value, and the one place that
 * decides what it means. Money that does not fit is never fulfilled and never forgotten.
 */
import { type Attempt, type AttemptFile, isLive, type Payment } from './attempt.ts'
import type { PaymentState } from './gateway/gateway.ts'
import { isExpired, type Order, type PaidVia, type Review, type ReviewReason } from './order.ts'
import type { EventType } from './outbox.ts'

export interface PaymentNews {
  source: PaidVia
  account: string
  outTradeNo: string
  payment: PaymentState | Unopened
}

/** WeChat refused to open the payment; says nothing of an attempt that another call opened meanwhile. */
interface Unopened {
  state: 'unopened'
}

export interface VerdictEvent {
  type: EventType
  /** What the event is about: one event per order, type and subject, ever. */
  subject: string
  review?: Review | undefined
}

/** What news means for an order. `nothing`: it says what was known, or nothing that changes anything. */
export type Verdict =
  | { kind: 'nothing' }
  | {
      kind: 'paid' | 'review' | 'closed'
      order: Order
      attempt: Attempt
      event?: VerdictEvent | undefined
      /** When the sweep has to look at the order again; ms since the epoch, undefined for never. */
      dueAt: number | undefined
    }

type PaidState = Extract<PaymentState, { state: 'paid' }>

/** Judges news about `file.attempt`. A function of its arguments: the same news again is `nothing`. */
export function judge(file: AttemptFile, news: PaymentNews, now: number): Verdict {
  if (news.payment.state === 'paid') return judgePayment(file, { ...news, payment: news.payment }, now)
  if (news.payment.state === 'closed') return judgeClosing(file, now)
  if (news.payment.state === 'unopened' && file.attempt.state === 'opening') return judgeClosing(file, now)
  return { kind: 'nothing' }
}

function judgePayment(file: AttemptFile, news: PaymentNews & { payment: PaidState }, now: number): Verdict {
  const { order } = file
  if (file.attempt.payment?.transactionId === news.payment.transactionId) return { kind: 'nothing' }
  const payment = paymentOf(news)
  // The row keeps the first payment; a second one of the same number is told by the event and the inbox.
  const attempt: Attempt = { ...file.attempt, state: 'paid', payment: file.attempt.payment ?? payment }
  const reason = whyNot(file, news.payment)
  if (reason === undefined) {
    const event = { type: 'order.paid', subject: order.orderId } as const
    return {
      kind: 'paid',
      order: paidOrder(order, attempt, payment),
      attempt,
      event,
      dueAt: after(file, now),
    }
  }
  const review = reviewOf(reason, attempt, payment)
  const event = { type: 'order.review', subject: payment.transactionId, review } as const
  return { kind: 'review', order: reviewedOrder(order, review), attempt, event, dueAt: after(file, now) }
}

/** Why a payment is not simply the order's payment. */
function whyNot(file: AttemptFile, payment: PaidState): ReviewReason | undefined {
  const { order, attempt } = file
  if (payment.totalFen !== attempt.totalFen || payment.currency !== 'CNY') return 'wrong_sum'
  if (payment.payer !== attempt.payer) return 'wrong_payer'
  if (order.state === 'closed') return 'paid_after_close'
  if (order.state === 'unpaid' && payment.refunded === true) return 'refunded'
  return order.state === 'unpaid' ? undefined : 'paid_twice'
}

function judgeClosing(file: AttemptFile, now: number): Verdict {
  if (!isLive(file.attempt)) return { kind: 'nothing' }
  const attempt: Attempt = { ...file.attempt, state: 'closed' }
  const isLatest = attempt.number === file.attempts
  if (file.order.state === 'unpaid' && isLatest && isExpired(file.order, now)) {
    return { kind: 'closed', ...closing(file.order), attempt, dueAt: undefined }
  }
  const dueAt = file.order.state === 'unpaid' ? Date.parse(file.order.expiresAt) : undefined
  return { kind: 'closed', order: file.order, attempt, dueAt }
}

/** Ends an unpaid order that has no live attempt left. */
export function closing(order: Order): { order: Order; event: VerdictEvent } {
  return { order: { ...order, state: 'closed' }, event: { type: 'order.closed', subject: order.orderId } }
}

function paymentOf({ payment, source }: PaymentNews & { payment: PaidState }): Payment {
  const { transactionId, payer, totalFen, paidAt } = payment
  return { transactionId, payer, totalFen, paidAt, via: source }
}

function paidOrder(order: Order, attempt: Attempt, payment: Payment): Order {
  return {
    ...order,
    state: 'paid',
    payer: payment.payer,
    paidAt: new Date(payment.paidAt).toISOString(),
    paidVia: payment.via,
    transactionId: payment.transactionId,
    outTradeNo: attempt.outTradeNo,
  }
}

function reviewOf(reason: ReviewReason, { outTradeNo }: Attempt, payment: Payment): Review {
  const { transactionId, totalFen, payer } = payment
  return { reason, outTradeNo, transactionId, totalFen, payer }
}

/** A paid order stays paid, since its own money is there; every other waits for a person. */
function reviewedOrder(order: Order, review: Review): Order {
  return {
    ...order,
    state: order.state === 'paid' ? 'paid' : 'review',
    review: order.review ?? review,
  }
}

/** Money came for one attempt; when a later one is open it must be ended before it is paid too. */
function after({ attempt, attempts }: AttemptFile, now: number): number | undefined {
  return attempt.number === attempts ? undefined : now
}
