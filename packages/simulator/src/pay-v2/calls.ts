/** The calls of Pay v2, by path. */
import { downloadbill, downloadfundflow, fundFlowObjection, tradeBillObjection } from './bills.ts'
import {
  CLOSE_RULES,
  FUND_FLOW_BILL_RULES,
  QUERY_RULES,
  REFUND_QUERY_RULES,
  REFUND_RULES,
  TRADE_BILL_RULES,
  UNIFIED_ORDER_RULES,
} from './fields.ts'
import type { V2Call } from './gateway.ts'
import { closeorder, orderquery, reverse, unifiedorder } from './orders.ts'
import { refund, refundquery } from './refunds.ts'

export const V2_CALLS: Record<string, V2Call> = {
  '/pay/unifiedorder': { rules: UNIFIED_ORDER_RULES, run: unifiedorder },
  '/pay/orderquery': { rules: QUERY_RULES, run: orderquery },
  '/pay/closeorder': { rules: CLOSE_RULES, run: closeorder },
  '/secapi/pay/refund': { rules: REFUND_RULES, run: refund, needsCertificate: true },
  '/secapi/pay/reverse': { rules: QUERY_RULES, run: reverse, needsCertificate: true },
  '/pay/refundquery': { rules: REFUND_QUERY_RULES, run: refundquery },
  '/pay/downloadbill': { rules: TRADE_BILL_RULES, run: downloadbill, objection: tradeBillObjection },
  '/pay/downloadfundflow': {
    rules: FUND_FLOW_BILL_RULES,
    run: downloadfundflow,
    objection: fundFlowObjection,
    signType: 'HMAC-SHA256',
    needsCertificate: true,
  },
}
