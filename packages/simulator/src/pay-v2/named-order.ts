/** Which order a request of v2 means. Source: API v2 docs, "查询订单", "申请退款": WeChat's number counts when both are there. */
import { orderByTransaction, orderOf } from '../pay/order.ts'
import type { PayOrder } from '../pay/state.ts'
import type { V2Request } from './gateway.ts'

/** By either number; a part of a combination (合单) as well, which can be refunded by itself. */
export function orderNamed({ side, merchant, fields }: V2Request): PayOrder | undefined {
  const { mchid } = merchant
  const { transaction_id: transactionId = '', out_trade_no: outTradeNo = '' } = fields
  return transactionId === ''
    ? orderOf(side, { mchid, outTradeNo })
    : orderByTransaction(side, { mchid, transactionId })
}

/** The order, unless it is a part of a combination: those are queried and closed by the combination's own calls only. */
export function alone(order: PayOrder | undefined): PayOrder | undefined {
  return order?.combined === undefined ? order : undefined
}
