/**
 * What the page and the checkout say to each other, as JSON. Types only: the browser package imports them and nothing
 * else from here. Paths are below the base path at which the merchant mounted the handler (`/pay` unless told).
 */

/** Orders as a page sees them. `review`: money came that a person has to look at (付款待核实); never treat as unpaid. */
export type OrderState = 'unpaid' | 'paid' | 'closed' | 'review'

/** `wx.config` fields for one page URL, signed with the jsapi_ticket (JSSDK 签名). */
export interface PageConfiguration {
  appId: string
  /** Seconds since the epoch. */
  timestamp: number
  nonceStr: string
  signature: string
  jsApiList: string[]
  /** The URL that was signed, without fragment; a page compares it with its own when `wx.error` fires. */
  url: string
}

/** Arguments of `wx.chooseWXPay`: `timestamp` in lower case, no appId (it is taken from `wx.config`). */
export interface ChooseWXPayParameters {
  timestamp: string
  nonceStr: string
  package: string
  signType: string
  paySign: string
}

/** Arguments of `WeixinJSBridge.invoke('getBrandWCPayRequest', …)`: capital S in `timeStamp`, with appId. */
export interface BridgePaymentParameters {
  appId: string
  timeStamp: string
  nonceStr: string
  package: string
  signType: string
  paySign: string
}

/** All that a page needs to open the pay sheet, in one answer. */
export interface PaymentSession {
  orderId: string
  /** Absent while WeChat gives no jsapi_ticket: the page then pays over the bridge, which needs no `wx.config`. */
  configuration?: PageConfiguration
  chooseWXPay: ChooseWXPayParameters
  bridge: BridgePaymentParameters
  /** Until when this pay sheet can be opened; RFC 3339. A page that stayed open longer asks anew. */
  expiresAt: string
}

/** `POST orders/{orderId}/prepay`, body `{ "url": location.href without fragment }` as JSON. */
export interface PrepayRequest {
  url: string
}

/** What the page is told when it asks to pay. */
export type PrepayAnswer =
  | { state: 'payable'; session: PaymentSession }
  /** Nothing to pay: already paid, closed, or waiting for a person. */
  | { state: 'paid' | 'closed' | 'review'; orderId: string }

/**
 * `GET orders/{orderId}/status`; with `?confirm=1` the server asks WeChat first when it does not know yet
 * (主动查单), which is what a page does after the pay sheet said "ok".
 */
export interface OrderStatus {
  orderId: string
  state: OrderState
  /** Order amount in fen (分). */
  totalFen: number
  description: string
  /** RFC 3339; present when paid. */
  paidAt?: string
}

/**
 * `GET page-configuration?url=…`: `wx.config` for a page of this site. With `&refused=1` WeChat called the last signature of a
 * right URL invalid, and the server asks for the jsapi_ticket anew before it signs (票据提前失效).
 */
export interface PageConfigurationAnswer {
  configuration: PageConfiguration
  /** jweixin addresses in the order to try. */
  jweixin: string[]
}

/** What a page may be told of an error. */
export type PublicErrorCode =
  /** No or no valid session: go to `sign-in`. */
  | 'sign_in_required'
  /** Snapshot-page visitor (快照页): must press 使用完整服务 before paying. */
  | 'snapshot_visitor'
  /** No such order, or somebody else's: the answer does not tell which. */
  | 'order_not_found'
  /** No such address below the base path. */
  | 'not_found'
  | 'bad_request'
  /** The URL to be signed is not of this site. */
  | 'foreign_url'
  /** WeChat refused this payment; trying again unchanged will not help. */
  | 'payment_refused'
  /** WeChat could not be reached or its answer could not be trusted; try again in a moment. */
  | 'try_again'
  | 'internal'

/** Body of every 4xx/5xx JSON answer. `message` is Chinese, for the payer; `detail` English, for the developer. */
export interface PublicError {
  error: { code: PublicErrorCode; message: string; detail: string; requestId: string }
}

/** What the rendered pay page can show; its elements name theirs in `data-on`. */
export type PayPageScreen =
  | 'pay'
  /** Tapped; the pay sheet is on its way or open. */
  | 'opening'
  | 'confirming'
  | 'cancelled'
  /** Came back at once: WeChat probably showed a dialog with an error. */
  | 'dialog'
  | 'failed'
  | 'unreachable'
  | 'refused'
  /** The sheet said "ok" and nobody has confirmed it yet. */
  | 'pending'
  | 'paid'
  | 'closed'
  | 'review'
  | 'snapshot'
  /** Not inside WeChat. */
  | 'elsewhere'

/** Inlined in the rendered pay page as `<script type="application/json" id="shouyin-pay-page">`. */
export interface PayPageData {
  /** Absolute path of the handler's base, e.g. `/pay`. */
  basePath: string
  orderId: string
  state: OrderState
  /** What it shows at first. */
  screen: PayPageScreen
  /** Where the page goes by itself once the order is paid: only when the order names a page of its own for that. */
  afterPayment?: string
  /** jweixin addresses in the order to try: res.wx.qq.com, then res2.wx.qq.com. */
  jweixin: string[]
  /** Present when the order can be paid now; absent when `problem` says why not. */
  session?: PaymentSession
  problem?: PublicError['error']
}
