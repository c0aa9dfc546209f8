/**
 * Events for the merchant (发件箱): written in the transaction that made them true, delivered at least once, repeated with
 * back-off while a subscriber throws. `order.paid` exists at most once per order, and its id never changes.
 */
import type { Order, Review } from './order.ts'

export type EventType = 'order.paid' | 'order.closed' | 'order.review'

export interface CheckoutEvent {
  /** `evt_…`, the same on every delivery: the key by which a receiver does its work once. */
  id: string
  type: EventType
  /** RFC 3339. */
  occurredAt: string
  /** The order as it is at the time of delivery. */
  order: Order
  /** With `order.review`: the payment that did not fit. */
  review?: Review | undefined
}

/** Called again, with the same event, when it throws or rejects. */
export type Subscriber = (event: CheckoutEvent) => Promise<void> | void
