/**
 * 交易账单: a merchant's payments and refunds of one day, whichever version of the API they came by.
 * Source: docs of both versions, "申请交易账单", "账单说明".
 */
import { beijingSpaced } from '../beijing-time.ts'
import { type Bill, type BillDay, billDay } from './bill-day.ts'
import { billText, fiveDecimals, sum, yuan } from './bill-text.ts'
import { refundAsAt } from './refund.ts'
import type { Payment, PayOrder, PaySide, Refund, RefundState } from './state.ts'

/** `RECHARGE_REFUND` is of coupons' funds given back to the merchant, of which there are none here. */
export type TradeBillType = 'ALL' | 'SUCCESS' | 'REFUND' | 'RECHARGE_REFUND'

export interface TradeBillRequest {
  /** A merchant, or a service provider for all that its sub-merchants took. */
  mchid: string
  /** Of this sub-merchant only. */
  subMchid?: string | undefined
  /** `yyyy-MM-dd`, in Beijing. */
  date: string
  type: TradeBillType
}

export function tradeBill(side: PaySide, { date, type, ...whose }: TradeBillRequest): Bill {
  const day = billDay(side, date)
  if ('outcome' in day) return day
  const trades = tradesOf(side, whose, day, type)
  if (trades.length === 0) return { outcome: 'none' }
  const columns = COLUMNS.filter(({ not }) => not?.includes(type) !== true)
  const text = billText({
    header: columns.map(({ name }) => name),
    rows: trades.map((trade) => columns.map(({ of }) => of(trade))),
    summaryHeader: SUMMARY,
    summary: [
      String(trades.length),
      ...[settled, refunded, couponsRefunded].map((each) => yuan(sum(trades.map(each)))),
      fiveDecimals(sum(trades.map(fee))),
      ...[ordered, refundAsked].map((each) => yuan(sum(trades.map(each)))),
    ],
  })
  return { outcome: 'file', text }
}

/** One line: a payment, or one of its refunds. */
interface Trade {
  order: PayOrder
  payment: Payment
  refund: Refund | undefined
  /** As of when the file was made. */
  state: RefundState
  channel: Refund['channel'] | undefined
  generatedAt: number
}

type Whose = Pick<TradeBillRequest, 'mchid' | 'subMchid'>

/** A payment on the day it was made, a refund on the day it was asked for. */
function tradesOf(
  side: PaySide,
  whose: Whose,
  { from, until, generatedAt }: BillDay,
  type: TradeBillType,
): Trade[] {
  const isOfDay = (at: number): boolean => from <= at && at < until
  const trades: Trade[] = []
  for (const order of side.pay.transactions.values()) {
    const { payment } = order
    if (payment === undefined || !isOf(order, whose)) continue
    const about = { order, payment, generatedAt }
    if ((type === 'ALL' || type === 'SUCCESS') && isOfDay(payment.paidAt))
      trades.push({ ...about, refund: undefined, state: 'PROCESSING', channel: undefined })
    if (type !== 'ALL' && type !== 'REFUND') continue
    for (const refund of order.refunds)
      if (isOfDay(refund.createdAt)) trades.push({ ...about, refund, ...refundAsAt(refund, generatedAt) })
  }
  return inNoOrder(trades)
}

function isOf(order: PayOrder, { mchid, subMchid }: Whose): boolean {
  if (subMchid !== undefined) return order.mchid === mchid && order.subMchid === subMchid
  return order.mchid === mchid || order.subMchid === mchid
}

/** Real files are sorted neither by time nor by number; who relies on either finds out here. */
function inNoOrder(trades: Trade[]): Trade[] {
  const keyed = trades.map((trade) => {
    const number = trade.refund?.refundId ?? trade.payment.transactionId
    return { key: [...number].reverse().join(''), trade }
  })
  return keyed.sort((left, right) => (left.key < right.key ? -1 : 1)).map(({ trade }) => trade)
}

interface Column {
  name: string
  of: (trade: Trade) => string
  /** Types of file without this column. */
  not?: readonly TradeBillType[]
}

const SUMMARY = [
  '总交易单数',
  '应结订单总金额',
  '退款总金额',
  '充值券退款总金额',
  '手续费总金额',
  '订单总金额',
  '申请退款总金额',
]

/** Closed is FAIL here and abnormal CHANGE, by neither of the APIs' names. */
const REFUND_STATES: Record<RefundState, string> = {
  PROCESSING: 'PROCESSING',
  SUCCESS: 'SUCCESS',
  ABNORMAL: 'CHANGE',
  CLOSED: 'FAIL',
}

const onlyRefunds: readonly TradeBillType[] = ['ALL', 'SUCCESS']
const noPayments: readonly TradeBillType[] = ['SUCCESS']

const COLUMNS: readonly Column[] = [
  { name: '交易时间', of: ({ payment, refund }) => beijingSpaced(refund?.createdAt ?? payment.paidAt) },
  { name: '公众账号ID', of: ({ order }) => order.appid },
  { name: '商户号', of: ({ order }) => order.mchid },
  { name: '特约商户号', of: ({ order }) => order.subMchid ?? '0' },
  { name: '设备号', of: ({ order }) => order.deviceInfo },
  { name: '微信订单号', of: ({ payment }) => payment.transactionId },
  { name: '商户订单号', of: ({ order }) => order.outTradeNo },
  { name: '用户标识', of: ({ order }) => order.openid },
  { name: '交易类型', of: () => 'JSAPI' },
  { name: '交易状态', of: tradeState },
  { name: '付款银行', of: ({ payment }) => payment.bankType },
  { name: '货币种类', of: () => 'CNY' },
  { name: '应结订单金额', of: (trade) => yuan(settled(trade)) },
  { name: '代金券金额', of: (trade) => yuan(coupons(trade)) },
  { name: '退款申请时间', of: ({ refund }) => beijingSpaced(refund?.createdAt ?? 0), not: onlyRefunds },
  { name: '退款成功时间', of: succeededAt, not: onlyRefunds },
  { name: '微信退款单号', of: ({ refund }) => refund?.refundId ?? '0', not: noPayments },
  { name: '商户退款单号', of: ({ refund }) => refund?.outRefundNo ?? '0', not: noPayments },
  { name: '退款金额', of: (trade) => yuan(refunded(trade)), not: noPayments },
  { name: '充值券退款金额', of: (trade) => yuan(couponsRefunded(trade)), not: noPayments },
  { name: '退款类型', of: ({ channel = '' }) => channel, not: noPayments },
  {
    name: '退款状态',
    of: ({ refund, state }) => (refund === undefined ? '' : REFUND_STATES[state]),
    not: noPayments,
  },
  { name: '商品名称', of: ({ order }) => order.description },
  { name: '商户数据包', of: ({ order }) => order.attach },
  { name: '手续费', of: (trade) => fiveDecimals(fee(trade)) },
  { name: '费率', of: ({ payment }) => `${yuan(payment.feeBasisPoints)}%` },
  { name: '订单金额', of: (trade) => yuan(ordered(trade)) },
  { name: '申请退款金额', of: (trade) => yuan(refundAsked(trade)), not: noPayments },
  { name: '费率备注', of: () => '' },
]

function tradeState({ order, refund, generatedAt }: Trade): string {
  if (refund !== undefined) return 'REFUND'
  return order.revokedAt !== undefined && order.revokedAt <= generatedAt ? 'REVOKED' : 'SUCCESS'
}

function succeededAt({ refund, state }: Trade): string {
  return state === 'SUCCESS' && refund?.succeededAt !== undefined ? beijingSpaced(refund.succeededAt) : ''
}

function ordered({ order, refund }: Trade): number {
  return refund === undefined ? order.totalFen : 0
}

function settled({ payment, refund }: Trade): number {
  return refund === undefined ? payment.settlementFen : 0
}

function coupons({ payment, refund }: Trade): number {
  return refund === undefined ? sum(payment.coupons.map(({ fen }) => fen)) : 0
}

function refundAsked({ refund }: Trade): number {
  return refund?.refundFen ?? 0
}

function refunded({ refund }: Trade): number {
  return refund?.settlementFen ?? 0
}

/** What went back to the funds of recharge coupons. */
function couponsRefunded({ refund }: Trade): number {
  return refund === undefined ? 0 : refund.settlementFen - refund.cashFen
}

/** As booked, so that bill and ledger agree to the fen; negative where it comes back. */
function fee({ payment, refund }: Trade): number {
  return refund === undefined ? payment.feeFen : -refund.feeFen
}
