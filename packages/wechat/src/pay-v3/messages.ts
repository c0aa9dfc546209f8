/**
 * Orders of Pay v3, with WeChat's names and units: what is asked and what is answered, of a merchant of its own (直连商户) and of a
 * service provider for its sub-merchants (服务商). Source: API v3 docs, "JSAPI下单", "查询订单", "关闭订单". Times are RFC 3339.
 */
import type { Fen } from '../fen.ts'
import type { Openid } from '../openid.ts'
import type { Secret } from '../secret.ts'
import type { JsonObject } from './json.ts'

/** JSAPI下单 of a merchant of its own; the merchant number is added. */
export interface PrepayRequest<Appid extends string = string> extends OrderToPay {
  appid: Appid
  payer: {
    /** The payer, as known to `appid`. */
    openid: Openid<NoInfer<Appid>>
    identity?: PayerIdentity
  }
  settle_info?: { profit_sharing?: boolean }
}

/** JSAPI下单 of a service provider; `sp_mchid` is added. */
export interface PartnerPrepayRequest extends OrderToPay {
  sp_appid: string
  sub_appid?: string
  sub_mchid: string
  /** The payer, as known to `sp_appid` or to `sub_appid`. */
  payer: { sp_openid: string; identity?: PayerIdentity } | { sub_openid: string; identity?: PayerIdentity }
  settle_info?: { profit_sharing?: boolean; subsidy_amount?: Fen }
}

/** What both kinds of order say. */
export interface OrderToPay {
  /** Shown to the payer (商品描述); at most 127 bytes of UTF-8. */
  description: string
  /** 商户订单号: 6 to 32 of digits, letters and `_ - | *`, unique per merchant. */
  out_trade_no: string
  /** Last moment at which the order can be paid. */
  time_expire?: string
  /** Comes back in queries and notifications, once paid; at most 128 bytes. */
  attach?: string
  /** Where the notification goes; absolute, without a query. */
  notify_url: string
  goods_tag?: string
  support_fapiao?: boolean
  limit_pay?: readonly LimitPay[]
  amount: {
    /** At least 1. */
    total: Fen
    currency?: 'CNY'
  }
  detail?: OrderDetail
  scene_info?: SceneInfo
  /** 贴息信息 (分付). */
  subsidy_info?: JsonObject
}

/** 指定支付方式: what may not be paid with, or what alone may. */
export type LimitPay = 'no_balance' | 'no_credit' | 'no_debit' | 'balance_only'

/** 实名支付: who must pay. Needs a permission of its own. Number and name are given in clear, and encrypted on their way. */
export interface PayerIdentity {
  type:
    | 'IDCARD'
    | 'HONGKONG_MACAO'
    | 'HONGKONG_MACAO_RESIDENT'
    | 'TAIWAN_RESIDENT'
    | 'FOREIGN_RESIDENT'
    | 'OVERSEA_PASSPORT'
    | 'PHONE_NUMBER'
  number: string | Secret
  name: string | Secret
}

/** 商品详情: goods, for coupons. */
export interface OrderDetail {
  cost_price?: Fen
  invoice_id?: string
  goods_detail?: readonly {
    merchant_goods_id: string
    wechatpay_goods_id?: string
    goods_name?: string
    quantity: number
    unit_price: Fen
  }[]
}

/** 场景信息: from where the payer orders. */
export interface SceneInfo {
  /** Address of the payer's device. */
  payer_client_ip: string
  device_id?: string
  store_info?: { id: string; name?: string; area_code?: string; address?: string }
}

/** What the pay sheet is opened with; lives two hours. */
export interface PrepayReply {
  /** Valid for two hours. */
  prepay_id: string
}

/** One order by either number. */
export type OrderNumber = { out_trade_no: string } | { transaction_id: string }

/** 交易状态 of what was paid; after a refund of any part it is REFUND. */
export type PaidState = 'SUCCESS' | 'REFUND'
/** 交易状态 of what was not. REVOKED, USERPAYING and PAYERROR belong to other products but are documented here. */
export type UnpaidState = 'NOTPAY' | 'CLOSED' | 'REVOKED' | 'USERPAYING' | 'PAYERROR'

/** What is known of money that was paid; the same in a query's answer and in a notification. */
export interface PaidMembers {
  out_trade_no: string
  trade_state: PaidState
  trade_state_desc: string
  /** 微信支付订单号. */
  transaction_id: string
  /** `JSAPI` for pages and mini programs. */
  trade_type: string
  bank_type: string
  success_time: string
  attach: string | undefined
  amount: PaidAmount
  scene_info: { device_id: string | undefined } | undefined
  promotion_detail: readonly Promotion[]
  /** Every member that arrived, for those that have no name here. */
  fields: JsonObject
}

/** Sums of a paid order, in fen. */
export interface PaidAmount {
  /** Amount of the order. */
  total: Fen
  /** What the payer gave, coupons taken off. */
  payer_total: Fen | undefined
  /** ISO 4217; `CNY` where nothing was said. */
  currency: string
  payer_currency: string | undefined
}

/** 优惠: a coupon that was used. */
export interface Promotion {
  coupon_id: string
  amount: Fen
  name: string | undefined
  scope: string | undefined
  /** `CASH` or `NOCASH` (v2 writes `NO_CASH`). */
  type: string | undefined
  stock_id: string | undefined
  wechatpay_contribute: Fen | undefined
  merchant_contribute: Fen | undefined
  other_contribute: Fen | undefined
  currency: string | undefined
  goods_detail: readonly JsonObject[]
}

/** What is known of an order that was not paid. */
export interface UnpaidMembers {
  out_trade_no: string
  trade_state: UnpaidState
  trade_state_desc: string
  fields: JsonObject
}

/** A merchant of its own (直连商户), as transactions name it. */
export interface Merchant {
  appid: string
  mchid: string
}

export interface PaidTransaction extends PaidMembers, Merchant {
  payer: { openid: string }
}

/** 查询订单: narrow it by `trade_state`. */
export type Transaction = PaidTransaction | (UnpaidMembers & Merchant)

/** A service provider (服务商) and its sub-merchant, as transactions name them. */
export interface Partner {
  sp_appid: string
  sp_mchid: string
  sub_appid: string | undefined
  sub_mchid: string
}

export interface PaidPartnerTransaction extends PaidMembers, Partner {
  payer: { sp_openid: string | undefined; sub_openid: string | undefined }
}

/** 查询订单 of a service provider: narrow it by `trade_state`. */
export type PartnerTransaction = PaidPartnerTransaction | (UnpaidMembers & Partner)
