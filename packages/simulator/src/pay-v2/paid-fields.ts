/** What a query and a notification say alike of a payment. Source: API v2 docs, "查询订单", "支付结果通知". */
import { beijingCompact } from '../beijing-time.ts'
import type { PayOrder } from './order.ts'

/** Fields of a paid order, without those that query and notification write differently. */
export function paidFields(order: PayOrder): Record<string, string | number> {
  return {
    openid: order.openid,
    is_subscribe: 'N',
    trade_type: 'JSAPI',
    bank_type: 'OTHERS',
    total_fee: order.totalFee,
    fee_type: 'CNY',
    cash_fee: order.totalFee,
    transaction_id: order.payment?.transactionId ?? '',
    time_end: beijingCompact(order.payment?.paidAt ?? 0),
  }
}
