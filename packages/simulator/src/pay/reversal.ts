/**
 * 撤销订单: an order as if it had never been: closed when nobody paid it, refunded whole when somebody did.
 * Source: API v2 docs, "撤销订单".
 */
import { createRefund } from './refund.ts'
import type { PayOrder, PaySide } from './state.ts'

export type ReversalAnswer = 'reversed' | 'too-late' | 'wrong-state' | 'not-enough-funds'

const REVERSIBLE_MS = 7 * 24 * 3600 * 1000

/** Reversed again it stays reversed. */
export function reverseOrder(side: PaySide, order: PayOrder): ReversalAnswer {
  if (order.state === 'REVOKED') return 'reversed'
  if (order.state !== 'NOTPAY' && order.state !== 'SUCCESS') return 'wrong-state'
  const now = side.schedule.now()
  if (order.createdAt + REVERSIBLE_MS <= now) return 'too-late'
  if (order.state === 'SUCCESS' && !moneyBack(side, order)) return 'not-enough-funds'
  order.state = 'REVOKED'
  order.revokedAt = now
  return 'reversed'
}

/** A refund like any other, which nobody is told of. */
function moneyBack(side: PaySide, order: PayOrder): boolean {
  const { version, outTradeNo, totalFen } = order
  const answer = createRefund(side, {
    order,
    version,
    outRefundNo: outTradeNo,
    refundFen: totalFen,
    totalFen,
    reason: '',
    notifyUrl: '',
    fundsAccount: undefined,
  })
  return answer.outcome === 'accepted'
}
