/**
 * Ending what was not paid (关单). WeChat is asked first, since a payment may have been faster, then told to close; only what
 * is closed there is closed here. Without an answer everything stays and the sweep tries again.
 */
import { type Attempt, isLive, type OrderFile } from './attempt.ts'
import { StateError } from './errors.ts'
import { closing } from './news.ts'
import { isExpired, type Order, type PaidVia } from './order.ts'
import { type EngineParts, gatewayOf, LEASE_MS, untilSettled } from './parts.ts'
import { askWechat } from './query.ts'
import { recordNews } from './record.ts'

/** `stale`: the order changed meanwhile. `unanswered`: WeChat did not say. */
export type Ended = 'paid' | 'closed' | 'stale' | 'unanswered'

interface Asking {
  source: PaidVia
  now: number
}

/** When the sweep tries again what WeChat did not answer. */
const RETRY_MS = 60_000
/** WeChat closes nothing younger by its own rules, and knows everything older. */
const SURELY_KNOWN_MS = 5 * 60_000

/** Closes an order for the merchant. Returns it as it ended: a payment may have been faster. */
export function closeOrder(parts: EngineParts, orderId: string): Promise<Order> {
  return untilSettled(parts, async () => {
    const file = await parts.store.order(orderId)
    if (file === undefined) throw new StateError('order_not_found')
    if (file.order.state !== 'unpaid') return file.order
    const now = parts.clock()
    if (file.leasedUntil > now) return 'busy'
    const ended = await endOrder(parts, file, { source: 'query', now })
    if (ended === 'unanswered') throw new StateError('try_again', { detail: 'WeChat did not answer' })
    return undefined
  })
}

/** Ends an unpaid order: from here on nothing new is opened for it, its live attempt is ended, then it is closed. */
export async function endOrder(parts: EngineParts, file: OrderFile, asking: Asking): Promise<Ended> {
  const { store, identifiers, outbox } = parts
  const { order, attempt, version } = file
  const { now } = asking
  const expiresAt = isExpired(order, now) ? Date.parse(order.expiresAt) : now
  const claim = { expiresAt, leasedUntil: now + LEASE_MS, dueAt: now + RETRY_MS }
  const read = { orderId: order.orderId, version: version + 1 }
  if ((await store.expireOrder({ ...read, version, ...claim })) === 'stale') return 'stale'
  if (attempt !== undefined && isLive(attempt)) {
    const ended = await endAttempt(parts, attempt, asking)
    if (ended === 'unanswered') await store.releaseOrder(read)
    return ended
  }
  const eventId = identifiers.eventId()
  if ((await store.closeOrder({ ...read, ...closing(order), eventId, now })) === 'stale') return 'stale'
  outbox.kick()
  return 'closed'
}

/** Ends a live attempt at WeChat and records how. The order's other fate is decided where the news is judged. */
export async function endAttempt(parts: EngineParts, attempt: Attempt, asking: Asking): Promise<Ended> {
  const state = await askWechat(parts, attempt, asking)
  if (state === 'unanswered' || state === 'paid' || state === 'closed') return state
  const { account, outTradeNo } = attempt
  const answer = await gatewayOf(parts, account).close(outTradeNo)
  if (answer.outcome === 'refused' && answer.reason === 'paid') {
    return (await askWechat(parts, attempt, asking)) === 'paid' ? 'paid' : 'unanswered'
  }
  const absent = answer.outcome === 'refused' && answer.reason === 'absent'
  if (answer.outcome === 'done' || (absent && isCertainlyAbsent(attempt, asking.now))) {
    const payment = { state: 'closed' } as const
    await recordNews(parts, { source: asking.source, account, outTradeNo, payment }, asking)
    return 'closed'
  }
  parts.log({ level: 'warn', event: `close.${answer.outcome}`, outTradeNo, cause: answer.cause })
  return 'unanswered'
}

/** Right after its creation WeChat may not know a payment yet. Before a prepay_id is out nobody can pay it, known or not. */
function isCertainlyAbsent(attempt: Attempt, now: number): boolean {
  return attempt.state === 'opening' || now - (attempt.prepaidAt ?? attempt.startedAt) >= SURELY_KNOWN_MS
}
