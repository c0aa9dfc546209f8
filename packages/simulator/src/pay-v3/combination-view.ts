/** A combined order as its query and its notification show it. Source: API v3 docs, "合单查询订单", "合单支付通知". */
import type { CombinedOrder, PayOrder } from '../pay/state.ts'
import { paymentMembers } from './transaction-view.ts'

export function combinationView(combined: CombinedOrder): object {
  const { transactionId, openid } = combined
  return {
    ...heading(combined),
    ...(transactionId === undefined ? {} : { combine_transaction_id: transactionId }),
    ...scene(combined),
    sub_orders: combined.orders.map(part),
    ...(transactionId === undefined ? {} : { combine_payer_info: { openid } }),
  }
}

/** What the one notification of all parts says. */
export function combinationNotice(combined: CombinedOrder): object {
  const { orders, openid } = combined
  return {
    ...heading(combined),
    ...scene(combined),
    sub_orders: orders.map(part),
    combine_payer_info: { openid },
  }
}

function heading({ appid, mchid, outTradeNo }: CombinedOrder): object {
  return { combine_appid: appid, combine_mchid: mchid, combine_out_trade_no: outTradeNo }
}

function scene({ deviceId }: CombinedOrder): object {
  return deviceId === '' ? {} : { scene_info: { device_id: deviceId } }
}

/** Members in the order documented. */
function part(order: PayOrder): object {
  const { mchid, subMchid, outTradeNo, state, payment } = order
  const numbers = {
    out_trade_no: outTradeNo,
    ...(subMchid === undefined ? {} : { sub_mchid: subMchid }),
    amount: amountOf(order),
  }
  if (payment === undefined) return { mchid, trade_state: state, ...numbers }
  return {
    mchid,
    trade_type: 'JSAPI',
    trade_state: state,
    ...paymentMembers(order, payment),
    transaction_id: payment.transactionId,
    ...numbers,
  }
}

function amountOf({ totalFen, payment }: PayOrder): object {
  return payment === undefined
    ? { total_amount: totalFen, currency: 'CNY' }
    : { total_amount: totalFen, payer_amount: payment.cashFen, currency: 'CNY', payer_currency: 'CNY' }
}
