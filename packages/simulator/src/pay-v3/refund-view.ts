/** A refund as the API shows it, and as a notification does, which is another object. Source: API v3 docs, "退款申请", "退款结果通知". */
import { beijingRfc3339 } from '../beijing-time.ts'
import type { CouponUse, PayOrder, Refund } from '../pay/state.ts'

/** For create, query and the repair of an abnormal one alike. */
export function refundView(refund: Refund): object {
  const { order, succeededAt, coupons } = refund
  return {
    refund_id: refund.refundId,
    out_refund_no: refund.outRefundNo,
    transaction_id: order.payment?.transactionId ?? '',
    out_trade_no: order.outTradeNo,
    channel: refund.channel,
    user_received_account: refund.receivedAccount,
    ...(succeededAt === undefined ? {} : { success_time: beijingRfc3339(succeededAt) }),
    create_time: beijingRfc3339(refund.createdAt),
    status: refund.state,
    funds_account: refund.fundsAccount,
    amount: {
      ...amounts(refund),
      from: refund.sources.map(({ account, fen }) => ({ account, amount: fen })),
      settlement_refund: refund.settlementFen,
      settlement_total: order.payment?.settlementFen ?? order.totalFen,
      discount_refund: refund.refundFen - refund.cashFen,
      currency: 'CNY',
      refund_fee: refund.feeFen,
    },
    promotion_detail: coupons.map((coupon) => promotion(order, coupon)),
  }
}

/** Without currency and settlement, with `refund_status` in the place of `status`. */
export function refundNotice(refund: Refund): object {
  const { order, succeededAt } = refund
  return {
    ...ownersOf(order),
    out_trade_no: order.outTradeNo,
    transaction_id: order.payment?.transactionId ?? '',
    out_refund_no: refund.outRefundNo,
    refund_id: refund.refundId,
    refund_status: refund.state,
    ...(succeededAt === undefined ? {} : { success_time: beijingRfc3339(succeededAt) }),
    amount: amounts(refund),
    user_received_account: refund.receivedAccount,
  }
}

function ownersOf({ mchid, subMchid }: PayOrder): object {
  return subMchid === undefined ? { mchid } : { sp_mchid: mchid, sub_mchid: subMchid }
}

function amounts({ order, refundFen, cashFen }: Refund): object {
  const { totalFen, payment } = order
  return {
    total: totalFen,
    refund: refundFen,
    payer_total: payment?.cashFen ?? totalFen,
    payer_refund: cashFen,
  }
}

function promotion({ payment }: PayOrder, { id, kind, fen }: CouponUse): object {
  return {
    promotion_id: id,
    scope: 'GLOBAL',
    type: kind === 'CASH' ? 'CASH' : 'NOCASH',
    amount: payment?.coupons.find((coupon) => coupon.id === id)?.fen ?? fen,
    refund_amount: fen,
  }
}
