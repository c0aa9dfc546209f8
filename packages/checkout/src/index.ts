/** WeChat H5 checkout for a merchant's own server. */
export { ConfigError } from '@shouyin/wechat'
export {
  type Checkout,
  type CheckoutOptions,
  createCheckout,
  type MerchantAccount,
  type WechatAddresses,
} from './checkout.ts'
export type { RandomBytes } from './crypto.ts'
export type { Engine, Prepaid, SweepReport } from './engine.ts'
export { type Sentence, StateError, type StateErrorCode } from './errors.ts'
export type { NotificationReply, PaySheet } from './gateway/gateway.ts'
export type { Connection } from './http/context.ts'
export type { SignInScope, Visitor } from './http/payer.ts'
export type { SiteOptions } from './http/site.ts'
export type { Log, LogEntry } from './log.ts'
export type { NewOrder, Order, OrderState, PaidVia, Review, ReviewReason } from './order.ts'
export type { CheckoutEvent, EventType, Subscriber } from './outbox.ts'
export type { SignedInVisitor, SignInClaim, SignInStore } from './sign-in.ts'
