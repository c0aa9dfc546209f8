/**
 * What WeChat Pay remembers: orders, what a prepay_id stands for, payments, refunds, money. One set of books for both
 * versions of the API: an order placed through v2 can be queried and refunded through v3 and the other way round.
 */
import type { Simulation } from '../simulation.ts'
import type { World } from '../world.ts'
import { type Account, createLedger, type Ledger } from './ledger.ts'

/** The API that placed an order or asked for a refund; its notifications speak the same one. */
export type ApiVersion = 'v2' | 'v3'
export type SignType = 'MD5' | 'HMAC-SHA256'

export interface PayOrder {
  version: ApiVersion
  /** Of v2's signatures; v3 has one algorithm only. */
  signType: SignType
  /** 商户号 that asked: the merchant itself, or the service provider (服务商). */
  mchid: string
  appid: string
  /** 子商户号, when a service provider asked for it. */
  subMchid: string | undefined
  subAppid: string | undefined
  /** 商户订单号, unique within the merchant; under a service provider, within the sub-merchant. */
  outTradeNo: string
  description: string
  totalFen: number
  /** In the scope of `appid`. */
  openid: string
  /** In the scope of `subAppid`, where the provider named the payer so. */
  subOpenid: string | undefined
  notifyUrl: string
  attach: string
  deviceInfo: string
  /** 订单优惠标记. */
  goodsTag: string
  /** 指定支付方式, `no_credit` and the like. */
  limitPay: readonly string[]
  /** Milliseconds; the order cannot be paid after it, but is not closed by it. */
  timeExpire: number | undefined
  createdAt: number
  state: OrderState
  /** The business parameters of the first request: a re-entry must bring the same. */
  firstRequest: string
  prepays: Prepaid[]
  /** 合单 this order is part of. */
  combined: CombinedOrder | undefined
  payment: Payment | undefined
  /** 撤销, in milliseconds. */
  revokedAt: number | undefined
  /** Oldest first. */
  refunds: Refund[]
}

export type OrderState = 'NOTPAY' | 'SUCCESS' | 'REFUND' | 'CLOSED' | 'REVOKED'

/** 合单支付: several orders paid by one act. */
export interface CombinedOrder {
  appid: string
  mchid: string
  outTradeNo: string
  openid: string
  notifyUrl: string
  deviceId: string
  timeExpire: number | undefined
  createdAt: number
  firstRequest: string
  /** Of the one act that paid them all; each part has its own as well. */
  transactionId: string | undefined
  orders: PayOrder[]
  prepays: Prepaid[]
}

/** What one prepay_id stands for. */
export interface Prepaid {
  id: string
  /** Milliseconds. */
  expiresAt: number
  /** One order, or all those of a combined one. */
  orders: readonly PayOrder[]
}

export interface Payment {
  transactionId: string
  paidAt: number
  userId: string
  /** 付款银行 as WeChat writes it: `CMB_DEBIT`; `OTHERS` for the balance. */
  bankType: string
  /** The account of the payer that was debited. */
  payerAccount: string
  /** Where a refund arrives, in words: `支付用户零钱`, `招商银行储蓄卡0403`. */
  payerAccountName: string
  coupons: CouponUse[]
  /** What the payer gave: the total without coupons. */
  cashFen: number
  /** What the merchant gets before the fee: the total without non-recharge coupons (免充值券). */
  settlementFen: number
  /** 手续费, rounded to whole fen as it is booked. */
  feeFen: number
  /** 费率 at which it was taken: the merchant may have another one by now. */
  feeBasisPoints: number
}

/** A coupon spent in a payment or given back by a refund. */
export interface CouponUse {
  id: string
  stockId: string
  name: string
  /** 充值型 / 免充值型. */
  kind: 'CASH' | 'NO_CASH'
  fen: number
}

export interface Refund {
  version: ApiVersion
  /** 微信退款单号. */
  refundId: string
  /** 商户退款单号: the key under which a repetition is the same refund. */
  outRefundNo: string
  order: PayOrder
  refundFen: number
  reason: string
  notifyUrl: string
  /** What was asked for; a repetition must bring the same. */
  firstRequest: string
  fundsAccount: FundsAccount
  /** 退款出资账户及金额, where the merchant named them. */
  sources: readonly RefundSource[]
  state: RefundState
  channel: 'ORIGINAL' | 'BALANCE' | 'OTHER_BALANCE' | 'OTHER_BANKCARD'
  receivedAccount: string
  /** Where the payer's part arrives. */
  destination: Account
  createdAt: number
  /** How it stood and since when, oldest first: bills tell how it was at a certain hour. */
  history: (Pick<Refund, 'state' | 'channel'> & { at: number })[]
  succeededAt: number | undefined
  /** What goes back to the payer: the refund without coupons. */
  cashFen: number
  /** What the merchant gives: the refund without non-recharge coupons. */
  settlementFen: number
  coupons: CouponUse[]
  /** The part of the fee that WeChat gives back. */
  feeFen: number
}

/** `UNAVAILABLE` is money set aside (不可用余额), which nobody has here. */
export interface RefundSource {
  account: 'AVAILABLE' | 'UNAVAILABLE'
  fen: number
}

export type FundsAccount = 'UNSETTLED' | 'AVAILABLE'
export type RefundState = 'PROCESSING' | 'SUCCESS' | 'ABNORMAL' | 'CLOSED'

export interface PayState {
  orders: Map<string, PayOrder>
  combinedOrders: Map<string, CombinedOrder>
  prepays: Map<string, Prepaid>
  /** Paid orders by 微信支付订单号. */
  transactions: Map<string, PayOrder>
  /** By merchant and 商户退款单号. */
  refunds: Map<string, Refund>
  /** By 微信退款单号. */
  refundIds: Map<string, Refund>
  /** Numbers that were closed before any order had them; they are spent. */
  closedUnseen: Set<string>
  ledger: Ledger
  billLinks: Map<string, BillLink>
  /** Coupons already spent, by `userId couponId`. */
  spentCoupons: Set<string>
}

/** Where a bill can be fetched for a while, by its token. */
export interface BillLink {
  /** Who asked for it. */
  mchid: string
  text: string
  gzip: boolean
  /** Milliseconds. */
  expiresAt: number
}

/** Told of what merchants are to hear; one for each version of the API. */
export interface Announcer {
  /** One order, or all those of a combined one. */
  paid(side: PaySide, orders: readonly PayOrder[]): void
  refunded(side: PaySide, refund: Refund): void
}

export interface PaySide extends Simulation {
  pay: PayState
  readonly announcers: Record<ApiVersion, Announcer>
}

export function createPayState(world: World): PayState {
  return {
    orders: new Map(),
    combinedOrders: new Map(),
    prepays: new Map(),
    transactions: new Map(),
    refunds: new Map(),
    refundIds: new Map(),
    closedUnseen: new Set(),
    ledger: createLedger(world),
    billLinks: new Map(),
    spentCoupons: new Set(),
  }
}
