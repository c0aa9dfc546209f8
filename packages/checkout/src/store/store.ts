/**
 * What the engine asks of a database, in verbs of the trade. Each verb is atomic by itself and durable when it returns;
 * concurrent callers, also in other processes, see one winner. A write about an order compares the `version` that was read with
 * it: whoever comes second gets `stale`, reads again and decides again. Times are ms since the epoch.
 */
import type { Attempt, AttemptFile, OrderFile } from '../attempt.ts'
import type { Verdict, VerdictEvent } from '../news.ts'
import type { Order } from '../order.ts'
import type { CheckoutEvent, EventType } from '../outbox.ts'
import type { SignInStore } from '../sign-in.ts'

/** `stale`: the order changed since it was read; nothing was written. */
export type Written = 'written' | 'stale'

/** An order as it was read. */
export interface Read {
  orderId: string
  version: number
}

/** A notification as it arrived, verified; kept for replay and for the question who said what when. */
export interface Receipt {
  receiptId: string
  account: string
  outTradeNo: string
  /** Bounded by the gateway that read it. */
  body: string
  receivedAt: number
}

/** What became of a notification. */
export type ReceiptOutcome = 'recorded' | 'repeated' | 'review' | 'unknown_attempt' | 'foreign_account'

export interface Store {
  /** Stores a new order, due at its expiry. The same account and reference again: the order that is there. */
  createOrder(order: Order): Promise<{ created: boolean; order: Order }>
  /** An order with its latest attempt. */
  order(orderId: string): Promise<OrderFile | undefined>
  /** The order of an attempt, with that attempt. */
  orderOfAttempt(number: { account: string; outTradeNo: string }): Promise<AttemptFile | undefined>
  /** Newest first. */
  ordersOf(query: { payer: string; limit: number }): Promise<Order[]>

  /** Stores an attempt before WeChat hears of it, with a lease for the one call that follows. */
  openAttempt(input: { version: number; attempt: Attempt; leasedUntil: number }): Promise<Written>
  /** Takes the lease: until then others wait. `dueAt` moves the sweep's next look, for a process that dies meanwhile. */
  claimOrder(read: Read & { leasedUntil: number; dueAt?: number }): Promise<Written>
  /** Gives the lease back after a call that changed nothing. */
  releaseOrder(read: Read): Promise<Written>
  /** The prepay_id came; ends the lease. */
  recordPrepay(
    read: Read & { outTradeNo: string; prepayId: string; prepaidAt: number; nextQueryAt: number },
  ): Promise<Written>
  /** Brings the expiry forward, so that nothing new is opened, and takes the lease; due again for a process that dies. */
  expireOrder(read: Read & { expiresAt: number; leasedUntil: number; dueAt: number }): Promise<Written>
  /** Closes an order without live attempt, with its event; ends the lease. */
  closeOrder(
    read: Read & { order: Order; event: VerdictEvent; eventId: string; now: number },
  ): Promise<Written>
  /** Nothing is left to do for an order that is not unpaid. */
  restOrder(read: Read): Promise<Written>

  /** The one door for news: order, attempt, event and, for a notification, its receipt; ends the lease. */
  recordNews(
    read: Read & { verdict: Decided; eventId: string; now: number; receipt?: Receipt | undefined },
  ): Promise<Written>
  /** A notification that changes no order. The same body again is counted, not stored twice; returns how often it has come. */
  recordReceipt(receipt: Receipt, outcome: ReceiptOutcome): Promise<number>

  /** The right to ask WeChat about a live attempt, unless somebody asked since `notSince`. */
  claimQuery(input: {
    outTradeNo: string
    now: number
    notSince: number
    nextQueryAt: number | undefined
  }): Promise<boolean>
  /** Live attempts whose query is due, oldest first. */
  dueQueries(query: { now: number; limit: number }): Promise<Attempt[]>
  /** Orders due for a look and not leased, oldest first. */
  dueOrders(query: { now: number; limit: number }): Promise<OrderFile[]>

  /** Takes due events of these types for delivery; those not settled by `until` are due again. */
  claimEvents(query: {
    types: EventType[]
    now: number
    until: number
    limit: number
  }): Promise<ClaimedEvent[]>
  eventDelivered(delivery: { eventId: string; now: number }): Promise<void>
  eventUndelivered(delivery: { eventId: string; dueAt: number }): Promise<void>

  /** Sign-ins of one merchant account. */
  signIns(account: string): SignInStore
  /** Forgets sign-ins that expired before; returns how many, at most `limit`. */
  forgetSignIns(query: { expiredBefore: number; limit: number }): Promise<number>

  close(): Promise<void>
}

/** News that changes something. */
export type Decided = Exclude<Verdict, { kind: 'nothing' }>

export interface ClaimedEvent {
  event: CheckoutEvent
  /** How often it was taken for delivery before. */
  tries: number
}
