/** Notifications as WeChat remembers them here: what was said to whom, how each delivery ended, and where they go instead. */
import type { Announcement } from './announcement.ts'

export interface Notification {
  id: number
  /** RFC 3339, simulated time. */
  at: string
  announcement: Announcement
  /** Oldest first. */
  attempts: DeliveryAttempt[]
  /** `waiting` for the next attempt, or ended so. */
  state: 'waiting' | 'acknowledged' | 'given-up' | 'lost'
  /** RFC 3339; when it is repeated. */
  nextAt: string | undefined
}

export interface DeliveryAttempt {
  at: string
  /** Where it really went. */
  url: string
  /** HTTP status; absent where nobody answered. */
  status: number | undefined
  acknowledged: boolean
  /** Number of the exchange in the log. */
  exchange: number
}

export interface Deliveries {
  open(announcement: Announcement): Notification
  /** Oldest first. */
  all(): readonly Notification[]
  find(id: number): Notification | undefined
  /** How many there were; the newest has this number. */
  count(): number
  /** All notifications go to this address instead of their own; undefined when they do not. */
  forwardTo: string | undefined
  /** Those that let another one go first, by merchant. */
  readonly held: Map<string, (() => void)[]>
  clear(): void
}

const KEPT = 1000

export function createDeliveries(now: () => number): Deliveries {
  const kept = new Map<number, Notification>()
  const held = new Map<string, (() => void)[]>()
  let count = 0
  return {
    forwardTo: undefined,
    held,
    open(announcement) {
      count += 1
      const at = new Date(now()).toISOString()
      const opened: Notification = {
        id: count,
        at,
        announcement,
        attempts: [],
        state: 'waiting',
        nextAt: undefined,
      }
      kept.set(count, opened)
      kept.delete(count - KEPT)
      return opened
    },
    all: () => [...kept.values()],
    find: (id) => kept.get(id),
    count: () => count,
    clear() {
      kept.clear()
      held.clear()
      count = 0
    },
  }
}
