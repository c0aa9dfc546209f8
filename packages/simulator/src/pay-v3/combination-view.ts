/** A combined order as its query and its notification show it. Source: API v3 docs, "合单查询订单", "合单支付通知". */
import type { CombinedOrder, PayOrder } from '../pay/state.ts'
import { paidMembers } from './transaction-view.ts'

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

function part(order: PayOrder): object {
  const { mchid, subMchid, outTradeNo, state, payment, totalFen } = order
  return {
    mchid,
    ...(subMchid === undefined ? {} : { sub_mchid: subMchid }),
    out_trade_no: outTradeNo,
    ...(payment === undefined ? {} : paidMembers(order, payment)),
    trade_state: state,
    amount: {
      total_amount: totalFen,
      currency: 'CNY',
      ...(payment === undefined ? {} : { payer_amount: payment.cashFen, payer_currency: 'CNY' }),
    },
  }
}
