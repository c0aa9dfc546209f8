/** WeChat Pay API v2. */
export { createPayV2, type PayV2, type PayV2Options } from './api.ts'
export {
  type BridgeParameters,
  type ChooseWXPayParameters,
  type PaymentParameters,
  type PaymentToSign,
  paymentParameters,
} from './bridge.ts'
export type {
  CloseOrderRequest,
  OrderQueryReply,
  OrderQueryRequest,
  PaidFields,
  PaymentNotification,
  TradeState,
  UnifiedOrderReply,
  UnifiedOrderRequest,
} from './messages.ts'
export { type Fields, isSigned, type SignType, sign } from './sign.ts'
export { parseXml, serialiseXml } from './xml.ts'
