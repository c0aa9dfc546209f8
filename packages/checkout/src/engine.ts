/** The engine of the checkout: orders, attempts to pay them, and news of payments. It knows no HTTP, no XML and no keys. */
import type { NotificationReply, PaySheet } from './gateway/gateway.ts'
import type { NewOrder, Order } from './order.ts'
import type { EventType, Subscriber } from './outbox.ts'
import type { SignInStore } from './sign-in.ts'

/** What a prepay came to. */
export type Prepaid =
  | ({
      state: 'payable'
      order: Order
      /** Until when this pay sheet can be opened; RFC 3339. */
      expiresAt: string
    } & PaySheet)
  | { state: 'paid' | 'closed' | 'review'; order: Order }

/** What one sweep did. */
export interface SweepReport {
  /** Attempts asked about at WeChat on the documented cadence. */
  queried: number
  /** Orders found paid. */
  paid: number
  /** Orders closed because nobody paid in time. */
  closed: number
  /** Questions to WeChat without an answer to believe; asked again later. */
  unanswered: number
  /** Events that every subscriber took. */
  delivered: number
  /** Events a subscriber threw at; delivered again later. */
  undelivered: number
  /** Work remained when the batch was full: sweep again at once. */
  more: boolean
}

export interface Engine {
  /** Idempotent by account and reference. Throws `StateError`: `invalid_order`, `order_conflict`, `unknown_account`. */
  createOrder(input: NewOrder): Promise<Order>
  order(orderId: string): Promise<Order | undefined>
  /** Newest first; 20 unless told otherwise, at most 100. */
  ordersOf(payer: string, limit?: number): Promise<Order[]>
  /**
   * Opens, or finds again, a payment that the payer's pay sheet can be opened with. Throws `StateError`: `order_not_found`,
   * `not_your_order`, `too_many_attempts`, `payment_refused`, `try_again`.
   */
  prepay(input: { orderId: string; payer: string; clientAddress: string }): Promise<Prepaid>
  /** Asks WeChat when the order is still unpaid, at most once a second; returns the order as far as it is known. */
  confirm(orderId: string): Promise<Order>
  /** Ends an unpaid order, at WeChat first. A payment that was faster wins: look at `state`. Throws `try_again`, `order_not_found`. */
  closeOrder(orderId: string): Promise<Order>
  /** Verifies, records and answers what WeChat posted; the answer is WeChat's acknowledgement or refusal. Never throws. */
  receiveNotification(input: { account: string; body: Uint8Array }): Promise<NotificationReply>
  /** Events reach subscribers of this process at least once, never before they are durable. */
  subscribe(type: EventType, subscriber: Subscriber): void
  /** Does what is due: queries, expiry, deliveries. Any number of processes may sweep at once; call it every few seconds. */
  sweep(now: Date): Promise<SweepReport>
  readonly signIns: SignInStore
}
