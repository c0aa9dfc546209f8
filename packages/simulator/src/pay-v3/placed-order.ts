/**
 * Orders found and closed, whoever asks. Source: API v3 docs, "查询订单", "关闭订单"; what closing an unknown number does as
 * reported from the field.
 */
import { closeOrder, closeUnseen, type OrderNumber, orderOf } from '../pay/order.ts'
import type { PayOrder, PaySide } from '../pay/state.ts'
import { done, type V3Outcome } from './call.ts'
import { invalidRequest, refusal } from './refusal.ts'
import { transactionView } from './transaction-view.ts'

const NOT_THERE = refusal(404, 'ORDER_NOT_EXIST', '订单不存在', 268512771)

/** Parts of a combination are found by the combination's own calls only. */
export function orderFound(order: PayOrder | undefined): V3Outcome {
  return order === undefined || order.combined !== undefined ? NOT_THERE : done(transactionView(order))
}

/** By 微信支付订单号, which only paid orders have. */
export function transactionFound(
  side: PaySide,
  transactionId: string,
  owner: Pick<OrderNumber, 'mchid' | 'subMchid'>,
): V3Outcome {
  const order = side.pay.transactions.get(transactionId)
  if (order === undefined) return NOT_THERE
  if (order.mchid !== owner.mchid) return invalidRequest('商户号和订单不匹配', 268447843)
  if (order.subMchid !== owner.subMchid) return invalidRequest('子商户号和订单信息不匹配', 268447845)
  return orderFound(order)
}

/** Closed twice is closed. A number that no order has is spent by closing it, unless this world says otherwise. */
export function closeByNumber(side: PaySide, number: OrderNumber): V3Outcome {
  const order = orderOf(side, number)
  if (order === undefined) {
    if (side.world.behaviour.closeUnseen === 'refused') return NOT_THERE
    closeUnseen(side, number)
    return { outcome: 'empty' }
  }
  if (order.combined !== undefined) return NOT_THERE
  if (order.state === 'SUCCESS' || order.state === 'REFUND')
    return refusal(400, 'ORDER_PAID', '订单已支付', 268449538)
  if (order.state === 'NOTPAY') closeOrder(order)
  return { outcome: 'empty' }
}
