/** WeChat Pay API v2. */
export { beijingTime } from '../beijing-time.ts'
export type { RawBody } from '../raw-body.ts'
export { createPayV2, type PayV2, type PayV2Options } from './api.ts'
export type { BillFile, DownloadBillRequest, DownloadFundFlowRequest } from './bill-file.ts'
export {
  type BridgeParameters,
  type ChooseWXPayParameters,
  type PaymentParameters,
  type PaymentToSign,
  paymentParameters,
} from './bridge.ts'
export type {
  CloseOrderRequest,
  Coupon,
  OrderQueryReply,
  OrderQueryRequest,
  PaidFields,
  PaymentNotification,
  TradeState,
  UnifiedOrderReply,
  UnifiedOrderRequest,
} from './messages.ts'
export type {
  OrderNumber,
  Refund,
  RefundedCoupon,
  RefundNotification,
  RefundQueryReply,
  RefundQueryRequest,
  RefundReply,
  RefundRequest,
  RefundStatus,
  ReverseReply,
  ReverseRequest,
} from './refund-messages.ts'
export { type Fields, isSigned, type SignType, sign } from './sign.ts'
export { signedMessage } from './signed-message.ts'
export { parseXml, serialiseXml } from './xml.ts'
