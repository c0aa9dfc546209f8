/**
 * What the engine asks of WeChat Pay, in our words. A gateway is one merchant account on one version of the API; it alone
 * knows the wire. Every answer is *done*, *refused* (certainly without effect) or *unknown* (ask again under the same number).
 */
import type { BridgePaymentParameters, ChooseWXPayParameters } from '../http/contract.ts'

export interface Gateway {
  /** Name of the merchant account. */
  readonly account: string
  /** Where WeChat posts notifications of this account's payments. */
  readonly notifyUrl: string
  /** 统一下单. The same request again re-enters the same payment. */
  prepay(request: PrepayRequest): Promise<PrepayAnswer>
  /** 查询订单. */
  query(outTradeNo: string): Promise<QueryAnswer>
  /** 关闭订单. */
  close(outTradeNo: string): Promise<CloseAnswer>
  /** Signs what a page needs to open the pay sheet. */
  sheet(prepayId: string): PaySheet
  /** Verifies before it believes; never throws for what a stranger may send. */
  readNotification(body: Uint8Array): NotificationReading
  /** After this WeChat stops sending. */
  acknowledge(): NotificationReply
  /** After this WeChat sends again; the reason must not tell a stranger anything. */
  refuse(reason: string): NotificationReply
}

/** Stored with the attempt before the call, so that a repetition is the same to the byte. Times are ms since the epoch. */
export interface PrepayRequest {
  outTradeNo: string
  totalFen: number
  description: string
  attach?: string | undefined
  /** openid. */
  payer: string
  clientAddress: string
  notifyUrl: string
  startedAt: number
  /** Until when WeChat lets it be paid (time_expire). */
  payableUntil: number
}

export interface Refused<Reason extends string> {
  outcome: 'refused'
  reason: Reason
  cause: unknown
}

/** A timeout, an answer that does not verify, a failure inside WeChat. */
export interface Unknown {
  outcome: 'unknown'
  cause: unknown
}

export type PrepayAnswer =
  | { outcome: 'done'; prepayId: string }
  /** `number_taken`: WeChat holds this number with other parameters (商户订单号重复). */
  | Refused<'paid' | 'closed' | 'number_taken' | 'other'>
  | Unknown

export type QueryAnswer = { outcome: 'done'; payment: PaymentState } | Refused<'other'> | Unknown

export type CloseAnswer =
  /** Closed now, or closed before. */
  { outcome: 'done' } | Refused<'paid' | 'absent' | 'other'> | Unknown

/** What WeChat says of one 商户订单号. */
export type PaymentState =
  | {
      state: 'paid'
      transactionId: string
      /** openid. */
      payer: string
      totalFen: number
      /** ISO 4217; anything but CNY is not what was asked for. */
      currency: string
      /** ms since the epoch. */
      paidAt: number
      /** Money of it went back already, all or some (转入退款). */
      refunded?: boolean
    }
  | { state: 'unpaid' }
  | { state: 'closed' }
  /** WeChat does not know the number. */
  | { state: 'absent' }

/** What a page opens the pay sheet with. */
export interface PaySheet {
  chooseWXPay: ChooseWXPayParameters
  bridge: BridgePaymentParameters
}

export type NotificationReading =
  | { outcome: 'read'; outTradeNo: string; payment: PaymentState }
  /** Rightly signed, about another appid of the same merchant. */
  | { outcome: 'foreign'; outTradeNo: string }
  /** Not signed with our key, not ours, or not readable; nothing of it is believed. */
  | { outcome: 'refused'; cause: unknown }

/** What WeChat is answered. */
export interface NotificationReply {
  status: number
  contentType: string
  body: string
}
