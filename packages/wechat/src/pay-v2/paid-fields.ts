/** What a query and a notification say alike of a payment. Source: API v2 docs, "查询订单" and "支付结果通知". */
import { amount, optional, optionalAmount, required, time, withArrived } from './fields.ts'
import type { Coupon, PaidFields } from './messages.ts'
import { rowsOf } from './numbered-fields.ts'
import type { Fields } from './sign.ts'

/** Throws `ProtocolError` naming a field that is missing or not of its documented shape. */
export function paidFields(fields: Fields): PaidFields {
  const paid = {
    out_trade_no: required(fields, 'out_trade_no'),
    transaction_id: required(fields, 'transaction_id'),
    openid: required(fields, 'openid'),
    total_fee: amount(fields, 'total_fee'),
    fee_type: optional(fields, 'fee_type') ?? 'CNY',
    bank_type: optional(fields, 'bank_type') ?? '',
    time_end: time(fields, 'time_end'),
    coupons: rowsOf(fields, 'coupon_fee').map((suffix) => coupon(fields, suffix)),
  }
  return withArrived(paid, {
    cash_fee: optionalAmount(fields, 'cash_fee'),
    cash_fee_type: optional(fields, 'cash_fee_type'),
    settlement_total_fee: optionalAmount(fields, 'settlement_total_fee'),
    coupon_fee: optionalAmount(fields, 'coupon_fee'),
    promotion_detail: optional(fields, 'promotion_detail'),
    is_subscribe: optional(fields, 'is_subscribe'),
    trade_type: optional(fields, 'trade_type'),
    attach: optional(fields, 'attach'),
  })
}

function coupon(fields: Fields, suffix: string): Coupon {
  const fee = { coupon_fee: amount(fields, `coupon_fee${suffix}`) }
  return withArrived(fee, {
    coupon_id: optional(fields, `coupon_id${suffix}`),
    coupon_type: optional(fields, `coupon_type${suffix}`),
  })
}
