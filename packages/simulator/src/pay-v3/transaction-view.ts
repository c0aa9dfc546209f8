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
  const said = { trade_state: order.state, trade_state_desc: STATE_TEXTS[order.state] }
  return order.payment === undefined ? said : { ...paidMembers(order, order.payment), ...said }
}

/** What every paid order says, alone or in a combination. */
export function paidMembers({ attach }: PayOrder, { transactionId, bankType, paidAt }: Payment): object {
  return {
    transaction_id: transactionId,
    trade_type: 'JSAPI',
    bank_type: bankType,
    ...(attach === '' ? {} : { attach }),
    success_time: beijingRfc3339(paidAt),
  }
}

function amountOf({ totalFen, payment }: PayOrder): object {
  const paid = payment === undefined ? {} : { payer_total: payment.cashFen, payer_currency: 'CNY' }
  return { total: totalFen, currency: 'CNY', ...paid }
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
