/**
 * Events for the merchant (发件箱): written in the transaction that made them true, delivered at least once, repeated with
 * back-off while a subscriber throws. `order.paid` exists at most once per order, and its id never changes.
 */
import { timeLimit } from './delay.ts'
import type { Log } from './log.ts'
import type { Order, Review } from './order.ts'
import type { ClaimedEvent, Store } from './store/store.ts'

/** What events are about. */
export type EventType = 'order.paid' | 'order.closed' | 'order.review'

/** Something that happened to an order, told at least once under one id. */
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
  /** Resolves when no delivery in the background is under way. */
  idle(): Promise<void>
}

/** Deliveries since the report before, those in the background included. */
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
/** A subscriber that takes longer is taken to have failed. */
const SUBSCRIBER_LIMIT_MS = 60_000
/** An event that was taken is due again after this, in case its process died. */
const LEASE_MS = 5 * 60_000
const FIRST_RETRY_MS = 5_000
const LONGEST_RETRY_MS = 3600_000

/** Only events that somebody in this process subscribed to are taken; the others wait for a process that did. */
export function createOutbox({ store, clock, log }: OutboxParts): Outbox {
  const subscribers = new Map<EventType, Subscriber[]>()
  let tally = { delivered: 0, undelivered: 0 }
  let running: Promise<void> | undefined
  /** Batches that a sweep delivers. */
  const swept = new Set<Promise<unknown>>()
  let again = false

  const deliverBatch = async (now: number): Promise<{ more: boolean }> => {
    const types = [...subscribers.keys()]
    const claimed = await store.claimEvents({ types, now, until: now + LEASE_MS, limit: BATCH })
    await Promise.all(claimed.map((each) => deliverOne(each, now)))
    return { more: claimed.length === BATCH }
  }

  const deliverOne = async ({ event, tries }: ClaimedEvent, now: number): Promise<void> => {
    try {
      await timeLimit(tell(event), SUBSCRIBER_LIMIT_MS)
    } catch (error) {
      const cause = error instanceof Error ? error.message : 'unknown'
      log({ level: 'error', event: 'event.undelivered', id: event.id, type: event.type, tries, cause })
      await store.eventUndelivered({ eventId: event.id, dueAt: clock() + retryAfterMs(tries) })
      tally.undelivered += 1
      return
    }
    await store.eventDelivered({ eventId: event.id, now })
    tally.delivered += 1
  }

  const tell = async (event: CheckoutEvent): Promise<void> => {
    for (const subscriber of subscribers.get(event.type) ?? []) await subscriber(event)
  }

  const drain = async (): Promise<void> => {
    try {
      while (again) {
        // Before the batch: a kick during it is for another one.
        again = false
        if ((await deliverBatch(clock())).more) again = true
      }
    } catch (error) {
      // The events are still due: the next sweep delivers them.
      again = false
      log({
        level: 'error',
        event: 'outbox.failed',
        cause: error instanceof Error ? error.message : 'unknown',
      })
    }
    running = undefined
  }

  return {
    subscribe(type, subscriber) {
      subscribers.set(type, [...(subscribers.get(type) ?? []), subscriber])
    },
    async deliver(now) {
      await running
      const batch = deliverBatch(now)
      swept.add(batch)
      const { more } = await batch.finally(() => swept.delete(batch))
      const report = { ...tally, more }
      tally = { delivered: 0, undelivered: 0 }
      return report
    },
    kick() {
      again = true
      running ??= drain()
    },
    async idle() {
      await running
      await Promise.allSettled(swept)
    },
  }
}

function retryAfterMs(tries: number): number {
  return Math.min(FIRST_RETRY_MS * 2 ** tries, LONGEST_RETRY_MS)
}
