/** Requests and replies of Pay v2, with WeChat's names and units. Source: API v2 docs of each call. */
import type { Fen } from '../fen.ts'
import type { Openid } from '../openid.ts'

/** 统一下单. Times are `yyyyMMddHHmmss` in Beijing. */
export interface UnifiedOrderRequest<Appid extends string = string> {
  appid: Appid
  /** Short description shown to the payer; at most 128 bytes of UTF-8. */
  body: string
  /** 商户订单号: 6 to 32 of digits, letters and `_ - | *`, unique per merchant. */
  out_trade_no: string
  /** At least 1. */
  total_fee: Fen
  /** Address of the payer's device. */
  spbill_create_ip: string
  /** Where the notification goes; absolute, without a query. */
  notify_url: string
  trade_type: 'JSAPI'
  /** The payer, as known to `appid`. */
  openid: Openid<NoInfer<Appid>>
  /** Comes back in queries and notifications. */
  attach?: string
  detail?: string
  device_info?: string
  fee_type?: 'CNY'
  goods_tag?: string
  limit_pay?: 'no_credit'
  profit_sharing?: 'Y' | 'N'
  receipt?: 'Y'
  /** JSON with the store: `{"store_info":{"id","name","area_code","address"}}`. */
  scene_info?: string
  time_start?: string
  /** `1.0` where `detail` has the shape for promotions of single items (单品优惠). */
  version?: '1.0'
  /** Last moment at which the order can be paid. */
  time_expire?: string
}

/** 统一下单: what the pay sheet is opened with. */
export interface UnifiedOrderReply {
  /** Valid for two hours. */
  prepay_id: string
  trade_type: string
}

/** 查询订单: by 微信支付订单号 or by 商户订单号. */
export type OrderQueryRequest =
  | { appid: string; out_trade_no: string }
  | { appid: string; transaction_id: string }

/** 订单状态. USERPAYING, PAYERROR and REVOKED belong to other products but are documented here. */
export type TradeState =
  | 'NOTPAY'
  | 'SUCCESS'
  | 'REFUND'
  | 'CLOSED'
  | 'REVOKED'
  | 'USERPAYING'
  | 'PAYERROR'
  | 'ACCEPT'

/** What is known of money that was paid; the same in a query's answer and in a notification. */
export interface PaidFields {
  out_trade_no: string
  /** 微信支付订单号. */
  transaction_id: string
  openid: string
  /** Amount of the order. */
  total_fee: Fen
  /** ISO 4217; `CNY` where nothing was said. */
  fee_type: string
  /** What the payer gave in cash, coupons taken off; missing in old samples. */
  cash_fee?: Fen
  cash_fee_type?: string
  /** 应结订单金额: `total_fee` without the coupons that nobody paid for; comes where such were used. */
  settlement_total_fee?: Fen
  /** Sum of the coupons. */
  coupon_fee?: Fen
  /** 代金券, in the order of their numbers on the wire. */
  coupons: readonly Coupon[]
  /** 营销详情: JSON as WeChat wrote it; comes with `version` 1.0 only. */
  promotion_detail?: string
  /** Whether the payer follows the account. */
  is_subscribe?: string
  trade_type?: string
  bank_type: string
  /** `yyyyMMddHHmmss` in Beijing. */
  time_end: string
  attach?: string
}

/** 代金券 used for a payment: `coupon_fee_$n` and its companions. */
export interface Coupon {
  coupon_id?: string
  /** `CASH` (充值代金券, somebody paid for it) or `NO_CASH`. */
  coupon_type?: string
  coupon_fee: Fen
}

/** Every element that arrived, for fields that have no name here. */
export interface Arrived {
  fields: Readonly<Record<string, string>>
}

/** 查询订单: narrow it by `trade_state`. */
export type OrderQueryReply =
  | (PaidFields & Arrived & { trade_state: 'SUCCESS' | 'REFUND'; trade_state_desc: string })
  | (Arrived & {
      trade_state: Exclude<TradeState, 'SUCCESS' | 'REFUND'>
      trade_state_desc: string
      out_trade_no: string
    })

/** 关闭订单. */
export interface CloseOrderRequest {
  appid: string
  out_trade_no: string
}

/** 支付结果通知: there is none for payments that failed. */
export interface PaymentNotification extends PaidFields, Arrived {
  appid: string
  mch_id: string
}
