/** Rows of the database and values of the engine, one into the other. A row that cannot be ours is an error, not a guess. */
import type { Attempt, AttemptState, OrderFile, Payment } from '../attempt.ts'
import type { Order, OrderState, PaidVia, Review, ReviewReason } from '../order.ts'
import type { CheckoutEvent, EventType } from '../outbox.ts'
import type { AttemptRow, EventRow, OrderRow } from './schema.ts'

const ORDER_STATES: readonly OrderState[] = ['unpaid', 'paid', 'closed', 'review']
const ATTEMPT_STATES: readonly AttemptState[] = ['opening', 'open', 'paid', 'closed']
const PAID_VIA: readonly PaidVia[] = ['notification', 'query', 'sweep']
const REVIEW_REASONS: readonly ReviewReason[] = [
  'wrong_sum',
  'wrong_payer',
  'paid_after_close',
  'refunded',
  'paid_twice',
]
const EVENT_TYPES: readonly EventType[] = ['order.paid', 'order.closed', 'order.review']

export function readFile(row: OrderRow, attempt: Attempt | undefined): OrderFile {
  return {
    order: readOrder(row),
    attempt,
    attempts: row.attempts,
    version: row.version,
    leasedUntil: row.leased_until,
  }
}

export function readOrder(row: OrderRow): Order {
  return {
    orderId: row.order_id,
    account: row.account,
    reference: row.reference,
    description: row.description,
    totalFen: row.total_fen,
    payer: row.payer ?? undefined,
    state: oneOf(ORDER_STATES, row.state),
    createdAt: toText(row.created_at),
    expiresAt: toText(row.expires_at),
    paidAt: row.paid_at === null ? undefined : toText(row.paid_at),
    paidVia: row.paid_via === null ? undefined : oneOf(PAID_VIA, row.paid_via),
    transactionId: row.transaction_id ?? undefined,
    outTradeNo: row.out_trade_no ?? undefined,
    review: readReview(row),
    returnUrl: row.return_url ?? undefined,
    attach: row.attach ?? undefined,
  }
}

/** The columns of an order that are decided by the engine; those of the store's own bookkeeping are added by its verbs. */
export function orderColumns(
  order: Order,
): Omit<OrderRow, 'attempts' | 'version' | 'leased_until' | 'due_at'> {
  return {
    order_id: order.orderId,
    account: order.account,
    reference: order.reference,
    description: order.description,
    total_fen: order.totalFen,
    payer: order.payer ?? null,
    attach: order.attach ?? null,
    return_url: order.returnUrl ?? null,
    state: order.state,
    created_at: Date.parse(order.createdAt),
    expires_at: Date.parse(order.expiresAt),
    paid_at: order.paidAt === undefined ? null : Date.parse(order.paidAt),
    paid_via: order.paidVia ?? null,
    transaction_id: order.transactionId ?? null,
    out_trade_no: order.outTradeNo ?? null,
    ...reviewColumns(order.review),
  }
}

export function readAttempt(row: AttemptRow): Attempt {
  return {
    outTradeNo: row.out_trade_no,
    account: row.account,
    orderId: row.order_id,
    number: row.number,
    state: oneOf(ATTEMPT_STATES, row.state),
    payer: row.payer,
    totalFen: row.total_fen,
    description: row.description,
    attach: row.attach ?? undefined,
    clientAddress: row.client_address,
    notifyUrl: row.notify_url,
    startedAt: row.started_at,
    payableUntil: row.payable_until,
    prepayId: row.prepay_id ?? undefined,
    prepaidAt: row.prepaid_at ?? undefined,
    payment: readPayment(row),
  }
}

export function attemptColumns(attempt: Attempt): Omit<AttemptRow, 'next_query_at' | 'queried_at'> {
  return {
    out_trade_no: attempt.outTradeNo,
    account: attempt.account,
    order_id: attempt.orderId,
    number: attempt.number,
    state: attempt.state,
    payer: attempt.payer,
    total_fen: attempt.totalFen,
    description: attempt.description,
    attach: attempt.attach ?? null,
    client_address: attempt.clientAddress,
    notify_url: attempt.notifyUrl,
    started_at: attempt.startedAt,
    payable_until: attempt.payableUntil,
    prepay_id: attempt.prepayId ?? null,
    prepaid_at: attempt.prepaidAt ?? null,
    transaction_id: attempt.payment?.transactionId ?? null,
    paid_total_fen: attempt.payment?.totalFen ?? null,
    paid_payer: attempt.payment?.payer ?? null,
    paid_at: attempt.payment?.paidAt ?? null,
    paid_via: attempt.payment?.via ?? null,
  }
}

function readPayment(row: AttemptRow): Payment | undefined {
  if (row.transaction_id === null) return undefined
  return {
    transactionId: row.transaction_id,
    totalFen: present(row.paid_total_fen),
    payer: present(row.paid_payer),
    paidAt: present(row.paid_at),
    via: oneOf(PAID_VIA, present(row.paid_via)),
  }
}

export function readEvent(row: EventRow, order: Order): CheckoutEvent {
  return {
    id: row.event_id,
    type: oneOf(EVENT_TYPES, row.type),
    occurredAt: toText(row.occurred_at),
    order,
    review: readReview(row),
  }
}

type ReviewColumns = Pick<
  OrderRow,
  'review_reason' | 'review_out_trade_no' | 'review_transaction_id' | 'review_total_fen' | 'review_payer'
>

function readReview(row: ReviewColumns): Review | undefined {
  if (row.review_reason === null) return undefined
  return {
    reason: oneOf(REVIEW_REASONS, row.review_reason),
    outTradeNo: present(row.review_out_trade_no),
    transactionId: present(row.review_transaction_id),
    totalFen: present(row.review_total_fen),
    payer: present(row.review_payer),
  }
}

export function reviewColumns(review: Review | undefined): ReviewColumns {
  return {
    review_reason: review?.reason ?? null,
    review_out_trade_no: review?.outTradeNo ?? null,
    review_transaction_id: review?.transactionId ?? null,
    review_total_fen: review?.totalFen ?? null,
    review_payer: review?.payer ?? null,
  }
}

function toText(time: number): string {
  return new Date(time).toISOString()
}

function oneOf<Value extends string>(allowed: readonly Value[], text: string): Value {
  const value = allowed.find((each) => each === text)
  if (value === undefined) throw new Error('数据库中有未知的状态 / the database holds an unknown state')
  return value
}

function present<Value>(value: Value | null): Value {
  if (value === null) throw new Error('数据库中的一行不完整 / a row of the database is incomplete')
  return value
}
