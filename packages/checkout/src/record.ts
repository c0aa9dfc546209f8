/** The one door for news of a payment: whoever learned it, it is judged and recorded here, once. */

import { judge, type PaymentNews, type Verdict } from './news.ts'
import type { EngineParts } from './parts.ts'
import type { Receipt } from './store/store.ts'

/** What the news meant; `unknown_attempt`: no attempt of this account has that number. */
export type Recorded = Verdict['kind'] | 'unknown_attempt'

const MOST_ROUNDS = 20

/**
 * Judges news against the stored order and records order, attempt, event and receipt in one step. Two who bring news of one
 * order at once are ordered by its version: the second reads what the first wrote. When this returns, it is durable.
 */
export async function recordNews(
  parts: EngineParts,
  news: PaymentNews,
  { now, receipt }: { now: number; receipt?: Receipt },
): Promise<Recorded> {
  const { store, identifiers, outbox } = parts
  for (let round = 1; round <= MOST_ROUNDS; round += 1) {
    const file = await store.orderOfAttempt(news)
    if (file === undefined) {
      if (receipt !== undefined) await store.recordReceipt(receipt, 'unknown_attempt')
      return 'unknown_attempt'
    }
    const verdict = judge(file, news, now)
    if (verdict.kind === 'nothing') {
      if (receipt !== undefined) await store.recordReceipt(receipt, 'repeated')
      return 'nothing'
    }
    const read = { orderId: file.order.orderId, version: file.version }
    const eventId = identifiers.eventId()
    if ((await store.recordNews({ ...read, verdict, eventId, now, receipt })) === 'stale') continue
    tell(parts, news, verdict)
    if (verdict.event !== undefined) outbox.kick()
    return verdict.kind
  }
  throw new Error('订单同时被多处修改 / the order kept changing while news of it was recorded')
}

function tell({ log }: EngineParts, news: PaymentNews, verdict: Exclude<Verdict, { kind: 'nothing' }>): void {
  log({
    level: verdict.kind === 'review' ? 'warn' : 'info',
    event: `payment.${verdict.kind}`,
    source: news.source,
    orderId: verdict.order.orderId,
    outTradeNo: news.outTradeNo,
    ...(verdict.event?.review === undefined ? {} : { reason: verdict.event.review.reason }),
  })
}
