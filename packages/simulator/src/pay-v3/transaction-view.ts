/** An order as a query and a notification show it alike. Source: API v3 docs, "微信支付订单号查询订单", "支付成功通知". */
import { beijingRfc3339 } from '../beijing-time.ts'
import type { CouponUse, OrderState, Payment, PayOrder } from '../pay/state.ts'

/** Members in the order captured; a direct merchant's order and a provider's name those it is about differently. */
export function transactionView(order: PayOrder): object {
  const { outTradeNo, deviceInfo, payment } = order
  return {
    ...owners(order),
    out_trade_no: outTradeNo,
    ...stateOf(order),
    ...(payment === undefined ? {} : { payer: payer(order) }),
    amount: amountOf(order),
    ...(deviceInfo === '' ? {} : { scene_info: { device_id: deviceInfo } }),
    ...(payment === undefined || payment.coupons.length === 0
      ? {}
      : { promotion_detail: payment.coupons.map(promotion) }),
  }
}

function owners({ mchid, appid, subMchid, subAppid }: PayOrder): object {
  if (subMchid === undefined) return { appid, mchid }
  return {
    sp_appid: appid,
    sp_mchid: mchid,
    ...(subAppid === undefined ? {} : { sub_appid: subAppid }),
    sub_mchid: subMchid,
  }
}

function payer({ subMchid, openid, subOpenid }: PayOrder): object {
  if (subMchid === undefined) return { openid }
  return {
    ...(openid === '' ? {} : { sp_openid: openid }),
    ...(subOpenid === undefined ? {} : { sub_openid: subOpenid }),
  }
}

/** 交易状态描述. */
export const STATE_TEXTS: Record<OrderState, string> = {
  NOTPAY: '订单未支付',
  SUCCESS: '支付成功',
  REFUND: '订单发生过退款，退款详情请查询退款单',
  CLOSED: '订单已关闭',
  REVOKED: '订单已撤销',
}

function stateOf(order: PayOrder): object {
  const { state, payment } = order
  const said = { trade_state: state, trade_state_desc: STATE_TEXTS[state] }
  if (payment === undefined) return said
  const { transactionId: transaction_id } = payment
  return { transaction_id, trade_type: 'JSAPI', ...said, ...paymentMembers(order, payment) }
}

/** What every paid order says, alone or in a combination. */
export function paymentMembers({ attach }: PayOrder, { bankType, paidAt }: Payment): object {
  return {
    bank_type: bankType,
    ...(attach === '' ? {} : { attach }),
    success_time: beijingRfc3339(paidAt),
  }
}

function amountOf({ totalFen, payment }: PayOrder): object {
  return payment === undefined
    ? { total: totalFen, currency: 'CNY' }
    : { total: totalFen, payer_total: payment.cashFen, currency: 'CNY', payer_currency: 'CNY' }
}

/** v3 writes NOCASH where v2 writes NO_CASH. Recharge coupons are WeChat's money, the others the merchant's. */
function promotion({ id, stockId, name, kind, fen }: CouponUse): object {
  return {
    coupon_id: id,
    name,
    scope: 'GLOBAL',
    type: kind === 'CASH' ? 'CASH' : 'NOCASH',
    amount: fen,
    stock_id: stockId,
    wechatpay_contribute: kind === 'CASH' ? fen : 0,
    merchant_contribute: kind === 'CASH' ? 0 : fen,
    other_contribute: 0,
    currency: 'CNY',
  }
}
