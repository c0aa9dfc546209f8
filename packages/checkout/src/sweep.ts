/**
 * What is due: queries on WeChat's documented cadence, orders past their expiry, events to deliver, sign-ins to forget. Each
 * piece is taken by one process; one that dies with it leaves it due again.
 */
import { isLive, type OrderFile } from './attempt.ts'
import { type Ended, endAttempt, endOrder } from './closing.ts'
import type { SweepReport } from './engine.ts'
import { isExpired } from './order.ts'
import { type EngineParts, LEASE_MS } from './parts.ts'
import { askWechat, mayQuery } from './query.ts'

const BATCH = 50
/** WeChat is asked about so many attempts at once. */
const ABREAST = 8
const RETRY_MS = 60_000
const SIGN_IN_KEPT_MS = 24 * 3600_000

export async function sweep(parts: EngineParts, now: number): Promise<SweepReport> {
  const queries = await sweepQueries(parts, now)
  const orders = await sweepOrders(parts, now)
  const deliveries = await parts.outbox.deliver(now)
  const forgotten = await parts.store.forgetSignIns({ expiredBefore: now - SIGN_IN_KEPT_MS, limit: BATCH })
  return {
    queried: queries.answers.length,
    paid: count(queries.answers, 'paid') + count(orders.endings, 'paid'),
    closed: count(orders.endings, 'closed'),
    unanswered: count(queries.answers, 'unanswered') + count(orders.endings, 'unanswered'),
    delivered: deliveries.delivered,
    undelivered: deliveries.undelivered,
    more: queries.more || orders.more || deliveries.more || forgotten === BATCH,
  }
}

async function sweepQueries(
  parts: EngineParts,
  now: number,
): Promise<{ answers: (string | undefined)[]; more: boolean }> {
  const due = await parts.store.dueQueries({ now, limit: BATCH })
  const answers = await abreast(parts, due, async (attempt) => {
    if (!(await mayQuery(parts, attempt, now))) return undefined
    return askWechat(parts, attempt, { source: 'sweep', now })
  })
  return { answers: answers.filter((answer) => answer !== undefined), more: due.length === BATCH }
}

async function sweepOrders(
  parts: EngineParts,
  now: number,
): Promise<{ endings: (Ended | undefined)[]; more: boolean }> {
  const due = await parts.store.dueOrders({ now, limit: BATCH })
  return {
    endings: await abreast(parts, due, (file) => attend(parts, file, now)),
    more: due.length === BATCH,
  }
}

/** An unpaid order has expired; another has an attempt left open at WeChat that must not be paid any more. */
async function attend(parts: EngineParts, file: OrderFile, now: number): Promise<Ended | undefined> {
  const { store } = parts
  const { order, attempt, version } = file
  const { orderId } = order
  const asking = { source: 'sweep', now } as const
  if (order.state === 'unpaid') return isExpired(order, now) ? endOrder(parts, file, asking) : undefined
  if (attempt === undefined || !isLive(attempt)) {
    await store.restOrder({ orderId, version })
    return undefined
  }
  const claim = { orderId, version, leasedUntil: now + LEASE_MS, dueAt: now + RETRY_MS }
  if ((await store.claimOrder(claim)) === 'stale') return 'stale'
  await endAttempt(parts, attempt, asking)
  return undefined
}

/** Runs over all of them, some at a time. One that fails is told and keeps no other from its turn. */
async function abreast<Item, Result>(
  { log }: EngineParts,
  items: readonly Item[],
  run: (item: Item) => Promise<Result>,
): Promise<(Result | 'unanswered')[]> {
  const results: (Result | 'unanswered')[] = []
  const queue = items.values()
  const worker = async (): Promise<void> => {
    for (const item of queue) results.push(await run(item).catch(failed))
  }
  const failed = (error: unknown): 'unanswered' => {
    log({ level: 'error', event: 'sweep.failed', cause: error instanceof Error ? error.message : 'unknown' })
    return 'unanswered'
  }
  await Promise.all(Array.from({ length: Math.min(ABREAST, items.length) }, worker))
  return results
}

function count<Value>(values: readonly Value[], wanted: Value): number {
  return values.filter((value) => value === wanted).length
}
