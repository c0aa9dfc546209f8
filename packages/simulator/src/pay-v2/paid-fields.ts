/** What a query and a notification say alike of a payment. Source: API v2 docs, "查询订单", "支付结果通知". */
import { beijingCompact } from '../beijing-time.ts'
import type { CouponUse, Payment, PayOrder } from '../pay/state.ts'
import type { V2Fields } from './gateway.ts'

/** Fields of a paid order, without those that query and notification write differently. */
export function paidFields(order: PayOrder, payment: Payment): V2Fields {
  return {
    openid: order.openid,
    is_subscribe: 'N',
    trade_type: 'JSAPI',
    bank_type: payment.bankType,
    total_fee: order.totalFen,
    fee_type: 'CNY',
    cash_fee: payment.cashFen,
    ...couponFields(order, payment),
    transaction_id: payment.transactionId,
    time_end: beijingCompact(payment.paidAt),
  }
}

/** `$n` counts from 0. Nothing at all where no coupon was used. */
function couponFields({ totalFen }: PayOrder, { coupons, settlementFen }: Payment): V2Fields {
  if (coupons.length === 0) return {}
  return {
    ...(settlementFen === totalFen ? {} : { settlement_total_fee: settlementFen }),
    coupon_fee: coupons.reduce((sum, { fen }) => sum + fen, 0),
    coupon_count: coupons.length,
    ...Object.assign({}, ...coupons.map(numbered)),
  }
}

function numbered({ id, kind, fen }: CouponUse, index: number): V2Fields {
  return { [`coupon_type_${index}`]: kind, [`coupon_id_${index}`]: id, [`coupon_fee_${index}`]: fen }
}

/**
 * The coupons once more as JSON, for who says `version=1.0` (单品优惠). Nothing where none was used. Recharge coupons are
 * WeChat's money, the others the merchant's.
 */
export function promotionDetail({ payment }: PayOrder): V2Fields {
  if (payment === undefined || payment.coupons.length === 0) return {}
  const details = payment.coupons.map(({ id, stockId, name, kind, fen }) => ({
    promotion_id: id,
    name,
    scope: 'GLOBAL',
    type: kind === 'CASH' ? 'COUPON' : 'DISCOUNT',
    amount: fen,
    activity_id: stockId,
    wxpay_contribute: kind === 'CASH' ? fen : 0,
    merchant_contribute: kind === 'CASH' ? 0 : fen,
    other_contribute: 0,
    goods_detail: [],
  }))
  return { promotion_detail: JSON.stringify({ promotion_detail: details }) }
}
