/**
 * Events for the merchant (发件箱): written in the transaction that made them true, delivered at least once, repeated with
 * back-off while a subscriber throws. `order.paid` exists at most once per order, and its id never changes.
 */
import type { Log } from './log.ts'
import type { Order, Review } from './order.ts'
import type { ClaimedEvent, Store } from './store/store.ts'

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

export interface Outbox {
  subscribe(type: EventType, subscriber: Subscriber): void
  /** Delivers what is due, a bounded batch; `now` in ms since the epoch. */
  deliver(now: number): Promise<Delivered>
  /** Delivers soon, in the background: for the event that was just written. */
  kick(): void
  /** Resolves when no delivery of this process is under way. */
  idle(): Promise<void>
}

export interface Delivered {
  delivered: number
  undelivered: number
  /** The batch was full. */
  more: boolean
}

export interface OutboxParts {
  store: Pick<Store, 'claimEvents' | 'eventDelivered' | 'eventUndelivered'>
  clock: () => number
  log: Log
}

const BATCH = 50
/** A delivery that takes longer is due again, in case its process died. */
const LEASE_MS = 5 * 60_000
const FIRST_RETRY_MS = 5_000
const LONGEST_RETRY_MS = 3600_000

/** Only events that somebody in this process subscribed to are taken; the others wait for a process that did. */
export function createOutbox({ store, clock, log }: OutboxParts): Outbox {
  const subscribers = new Map<EventType, Subscriber[]>()
  let running: Promise<void> | undefined
  let again = false

  const deliver = async (now: number): Promise<Delivered> => {
    const types = [...subscribers.keys()]
    const claimed = await store.claimEvents({ types, now, until: now + LEASE_MS, limit: BATCH })
    const results = await Promise.all(claimed.map((each) => deliverOne(each, now)))
    const delivered = results.filter((taken) => taken).length
    return { delivered, undelivered: results.length - delivered, more: results.length === BATCH }
  }

  const deliverOne = async ({ event, tries }: ClaimedEvent, now: number): Promise<boolean> => {
    try {
      for (const subscriber of subscribers.get(event.type) ?? []) await subscriber(event)
    } catch (error) {
      const cause = error instanceof Error ? error.message : 'unknown'
      log({ level: 'error', event: 'event.undelivered', id: event.id, type: event.type, tries, cause })
      await store.eventUndelivered({ eventId: event.id, dueAt: now + retryAfterMs(tries) })
      return false
    }
    await store.eventDelivered({ eventId: event.id, now })
    return true
  }

  const drain = async (): Promise<void> => {
    try {
      do {
        again = false
        if ((await deliver(clock())).more) again = true
      } while (again)
    } catch (error) {
      // The events are still due: the next sweep delivers them.
      const cause = error instanceof Error ? error.message : 'unknown'
      log({ level: 'error', event: 'outbox.failed', cause })
    }
    running = undefined
  }

  return {
    subscribe(type, subscriber) {
      subscribers.set(type, [...(subscribers.get(type) ?? []), subscriber])
    },
    deliver,
    kick() {
      again = true
      running ??= drain()
    },
    idle: async () => running,
  }
}

function retryAfterMs(tries: number): number {
  return Math.min(FIRST_RETRY_MS * 2 ** tries, LONGEST_RETRY_MS)
}
