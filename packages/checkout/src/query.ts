/** Asking WeChat what became of an attempt (查询订单), and confirming an order that way. */
import { type Attempt, isLive, nextQueryAt } from './attempt.ts'
import { StateError } from './errors.ts'
import type { PaymentState } from './gateway/gateway.ts'
import type { Order, PaidVia } from './order.ts'
import { type EngineParts, gatewayOf } from './parts.ts'
import { recordNews } from './record.ts'

/** Between two questions about one attempt, by whatever process. */
const QUERY_INTERVAL_MS = 1000

/** Asks and records the answer. `unanswered`: nothing that can be believed came back, nothing changed. */
export async function askWechat(
  parts: EngineParts,
  attempt: Attempt,
  { source, now }: { source: PaidVia; now: number },
): Promise<PaymentState['state'] | 'unanswered'> {
  const { account, outTradeNo } = attempt
  const answer = await gatewayOf(parts, account).query(outTradeNo)
  if (answer.outcome !== 'done') {
    parts.log({ level: 'warn', event: `query.${answer.outcome}`, outTradeNo, cause: answer.cause })
    return 'unanswered'
  }
  await recordNews(parts, { source, account, outTradeNo, payment: answer.payment }, { now })
  return answer.payment.state
}

/** The right to ask about an attempt; the next moment of the cadence is set with it, so that a lost answer is asked for again. */
export function mayQuery({ store }: EngineParts, attempt: Attempt, now: number): Promise<boolean> {
  const { outTradeNo, prepaidAt } = attempt
  return store.claimQuery({
    outTradeNo,
    now,
    notSince: now - QUERY_INTERVAL_MS,
    nextQueryAt: prepaidAt === undefined ? undefined : nextQueryAt(prepaidAt, now),
  })
}

/** An unpaid order's live attempt is asked about; whatever comes back, the order is returned as it is known then. */
export async function confirm(parts: EngineParts, orderId: string): Promise<Order> {
  const file = await parts.store.order(orderId)
  if (file === undefined) throw new StateError('order_not_found')
  const { order, attempt } = file
  if (order.state !== 'unpaid' || attempt === undefined || !isLive(attempt)) return order
  const now = parts.clock()
  if (await mayQuery(parts, attempt, now)) await askWechat(parts, attempt, { source: 'query', now })
  return (await parts.store.order(orderId))?.order ?? order
}
