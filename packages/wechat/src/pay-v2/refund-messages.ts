/** What Pay v2 says of refunds, with WeChat's names and units. Source: API v2 docs, "申请退款", "查询退款", "退款结果通知", "撤销订单". */
import type { Fen } from '../fen.ts'
import type { Arrived } from './messages.ts'

/** One of the two numbers of an order; WeChat's own wins where both are known. */
export type OrderNumber = { out_trade_no: string } | { transaction_id: string }

/** 申请退款. A repetition under the same `out_refund_no` with the same amounts is the same refund. */
export type RefundRequest = OrderNumber & {
  appid: string
  /** 商户退款单号: at most 64 of digits, letters and `_ - | * @`, unique per merchant. Store it before the call and keep it. */
  out_refund_no: string
  /** Amount of the order, not what is left of it. */
  total_fee: Fen
  /** At least 1, at most what is left. */
  refund_fee: Fen
  refund_fee_type?: 'CNY'
  /** Shown to the payer. At most 80 bytes of UTF-8. */
  refund_desc?: string
  /** Old fund-flow merchants only. */
  refund_account?: 'REFUND_SOURCE_UNSETTLED_FUNDS' | 'REFUND_SOURCE_RECHARGE_FUNDS'
  /** Instead of the address that is set in the merchant platform; absolute, without a query. */
  notify_url?: string
}

/** Coupons that went back: `coupon_refund_fee_$n` and its companions. */
export interface RefundedCoupon {
  coupon_refund_id?: string
  coupon_type?: string
  coupon_refund_fee: Fen
}

/** WeChat accepted the refund; whether the money arrived says a query or a notification. */
export interface RefundReply extends Arrived {
  transaction_id: string
  out_trade_no: string
  out_refund_no: string
  /** 微信退款单号. */
  refund_id: string
  refund_fee: Fen
  total_fee: Fen
  /** `refund_fee` without the coupons that nobody paid for. */
  settlement_refund_fee?: Fen
  settlement_total_fee?: Fen
  fee_type?: string
  cash_fee?: Fen
  cash_fee_type?: string
  /** What the payer gets back in cash. */
  cash_refund_fee?: Fen
  coupon_refund_fee?: Fen
  coupons: readonly RefundedCoupon[]
  /** JSON as WeChat wrote it. */
  promotion_detail?: string
}

/** 查询退款, by one number. By an order's number the answer has at most ten refunds; `offset` counts from 0. */
export type RefundQueryRequest = { appid: string } & (
  | { refund_id: string; transaction_id?: string }
  | { out_refund_no: string }
  | (OrderNumber & { offset?: number })
)

/**
 * 退款状态: `CHANGE` could not be given back (card void or frozen) and waits for the merchant in the platform; `REFUNDCLOSE` is
 * over, the money stays with the merchant.
 */
export type RefundStatus = 'PROCESSING' | 'SUCCESS' | 'REFUNDCLOSE' | 'CHANGE'

/** One refund of an order. */
export interface Refund {
  out_refund_no: string
  refund_id: string
  refund_fee: Fen
  refund_status: RefundStatus
  /** Where the money went: ORIGINAL, BALANCE, OTHER_BALANCE, OTHER_BANKCARD. */
  refund_channel?: string
  settlement_refund_fee?: Fen
  coupon_refund_fee?: Fen
  coupons: readonly RefundedCoupon[]
  refund_account?: string
  /** Spelled like this on the wire: 支付用户零钱, 招商银行信用卡0403. */
  refund_recv_accout?: string
  /** `yyyy-MM-dd HH:mm:ss` in Beijing; see `beijingTime`. */
  refund_success_time?: string
}

/** 查询退款: the refunds of an order, a page of them. */
export interface RefundQueryReply extends Arrived {
  transaction_id: string
  out_trade_no: string
  total_fee: Fen
  settlement_total_fee?: Fen
  fee_type?: string
  cash_fee?: Fen
  /** All refunds of the order; comes where an order was asked about. */
  total_refund_count?: number
  /** Those of this answer, in WeChat's order. */
  refunds: readonly Refund[]
}

/** 撤销订单, for orders paid by a code that the merchant scanned (付款码支付). JSAPI orders are closed or refunded instead. */
export type ReverseRequest = { appid: string } & OrderNumber

/** 撤销订单: whether to call again. */
export interface ReverseReply extends Arrived {
  /** `Y`: call again. */
  recall: 'Y' | 'N'
}

/** 退款结果通知: there is none for PROCESSING. */
export interface RefundNotification extends Arrived {
  appid: string
  mch_id: string
  transaction_id: string
  out_trade_no: string
  refund_id: string
  out_refund_no: string
  total_fee: Fen
  settlement_total_fee?: Fen
  /** What was asked for. */
  refund_fee: Fen
  /** What was given back. */
  settlement_refund_fee?: Fen
  cash_refund_fee?: Fen
  refund_status: Exclude<RefundStatus, 'PROCESSING'>
  /** `yyyy-MM-dd HH:mm:ss` in Beijing, with SUCCESS only. */
  success_time?: string
  refund_recv_accout?: string
  refund_account?: string
  /** `API`, or `VENDOR_PLATFORM` where somebody started it in the merchant platform. */
  refund_request_source?: string
}
