/** The engine of the checkout: orders, attempts to pay them, and news of payments. It knows no HTTP, no XML and no keys. */
import { closeOrder } from './closing.ts'
import { type RandomBytes, randomBytes } from './crypto.ts'
import { type Delay, delay } from './delay.ts'
import { StateError } from './errors.ts'
import type { Gateway, NotificationReply, PaySheet } from './gateway/gateway.ts'
import { identifiers } from './identifiers.ts'
import type { Log } from './log.ts'
import { receiveNotification } from './notification.ts'
import { isSameDebt, type NewOrder, newOrder, type Order } from './order.ts'
import { createOutbox, type EventType, type Subscriber } from './outbox.ts'
import { type EngineParts, gatewayOf } from './parts.ts'
import { prepay } from './prepay.ts'
import { confirm } from './query.ts'
import type { SignInStore } from './sign-in.ts'
import type { Store } from './store/store.ts'
import { sweep } from './sweep.ts'

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
  /** Events that every subscriber took, since the sweep before. */
  delivered: number
  /** Deliveries at which a subscriber threw, since the sweep before; repeated later. */
  undelivered: number
  /** Work remained when the batch was full: sweep again at once. */
  more: boolean
}

/** Orders and what becomes of them; knows no HTTP. */
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

export interface EngineOptions {
  store: Store
  /** One for each merchant account; orders that name none belong to the first. */
  gateways: readonly [Gateway, ...Gateway[]]
  /** Milliseconds since the epoch. */
  clock?: () => number
  randomBytes?: RandomBytes
  delay?: Delay
  log?: Log
}

/** An engine over a store, which remains the caller's to close, after `idle`. */
export function createEngine(options: EngineOptions): Engine & {
  /** Resolves when no delivery is under way. */
  idle(): Promise<void>
} {
  const { store, clock = Date.now, log = () => {} } = options
  const [{ account: defaultAccount }] = options.gateways
  const parts: EngineParts = {
    store,
    gateways: new Map(options.gateways.map((gateway) => [gateway.account, gateway])),
    identifiers: identifiers(clock, options.randomBytes ?? randomBytes),
    outbox: createOutbox({ store, clock, log }),
    clock,
    delay: options.delay ?? delay,
    log,
  }
  return {
    createOrder: (input) => createOrder(parts, { ...input, account: input.account ?? defaultAccount }),
    order: async (orderId) => (await store.order(orderId))?.order,
    ordersOf: (payer, limit = 20) =>
      store.ordersOf({ payer, limit: Math.min(Math.max(Math.trunc(limit), 1), 100) }),
    prepay: (wish) => prepay(parts, wish),
    confirm: (orderId) => confirm(parts, orderId),
    closeOrder: (orderId) => closeOrder(parts, orderId),
    receiveNotification: (input) => receiveNotification(parts, input),
    subscribe: (type, subscriber) => parts.outbox.subscribe(type, subscriber),
    sweep: (now) => sweep(parts, now.getTime()),
    signIns: store.signIns(defaultAccount),
    idle: () => parts.outbox.idle(),
  }
}

async function createOrder(parts: EngineParts, input: NewOrder & { account: string }): Promise<Order> {
  const { account } = gatewayOf(parts, input.account)
  const order = newOrder(input, { orderId: parts.identifiers.orderId(), account, now: parts.clock() })
  const stored = await parts.store.createOrder(order)
  if (!stored.created && !isSameDebt(stored.order, order)) throw new StateError('order_conflict')
  return stored.order
}
