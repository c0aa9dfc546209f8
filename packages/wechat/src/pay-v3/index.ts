/** WeChat Pay API v3. */
export type { RawBody } from '../raw-body.ts'
export { createPayV3, type PayV3, type PlatformCertificate } from './api.ts'
export type { BillApplication, BillLink, FundFlowBillRequest, TradeBillRequest } from './bills.ts'
export {
  type BridgeParameters,
  type ChooseWXPayParameters,
  type PaymentParameters,
  type PaymentToSign,
  paymentParameters,
} from './bridge.ts'
export type {
  CombineCloseRequest,
  CombineNumber,
  CombinePrepayRequest,
  CombineTransaction,
  PaidSubOrder,
  SubOrder,
  SubOrderToPay,
} from './combine.ts'
export type { EchoReply, EchoRequest } from './echo.ts'
export type { JsonObject } from './json.ts'
export type { MerchantKeyOptions, Signer } from './keys.ts'
export type {
  LimitPay,
  Merchant,
  OrderDetail,
  OrderNumber,
  OrderToPay,
  PaidAmount,
  PaidMembers,
  PaidPartnerTransaction,
  PaidState,
  PaidTransaction,
  Partner,
  PartnerPrepayRequest,
  PartnerTransaction,
  PayerIdentity,
  PrepayReply,
  PrepayRequest,
  Promotion,
  SceneInfo,
  Transaction,
  UnpaidMembers,
  UnpaidState,
} from './messages.ts'
export type { Notification, NotificationAnswer, PostedMessage, RefundEvent } from './notification.ts'
export type { PayV3Options } from './options.ts'
export type { AbnormalRefundRequest, Refund, RefundNews, RefundQuery, RefundRequest } from './refunds.ts'
export { authorization, type RequestToSign } from './sign.ts'
export type { MessageHeaders } from './verify.ts'
