/**
 * The trade bill (交易账单, 对账单) of a day, of any type and age, v2's or v3's: they are one file. Source: API v2 docs,
 * "下载交易账单"; v3 docs, "申请交易账单". Fields have the names that WeChat's API gives the same things.
 */
import { type Fen, fen } from '../fen.ts'
import type { BillBytes } from './bytes.ts'
import { billCount, billFen, type MilliFen, milliFen } from './money.ts'
import { type BillKind, type BillReading, type Columns, readBill } from './table.ts'

/** Texts are empty and amounts 0 where a row has none; times are `yyyy-MM-dd HH:mm:ss` in Beijing. */
export interface TradeBillRow {
  /** 交易时间: when it was paid, or when the refund was asked for. */
  time: string
  appid: string
  mchid: string
  /** 特约商户号; empty for direct merchants. */
  sub_mchid: string
  device_info: string
  /** 微信订单号. */
  transaction_id: string
  /** 商户订单号. */
  out_trade_no: string
  openid: string
  /** 交易类型: JSAPI (mini programs too), NATIVE, APP, MWEB, MICROPAY, FACE. */
  trade_type: string
  /** 交易状态: a payment, a refund, or a payment that was reversed later (付款码支付). */
  trade_state: 'SUCCESS' | 'REFUND' | 'REVOKED'
  bank_type: string
  /** 货币种类. */
  fee_type: string
  /** 订单金额 of a payment: this one is to be compared with one's orders. */
  total_fee: Fen
  /** 应结订单金额 of a payment, without the coupons that nobody paid for; not in old files. */
  settlement_total_fee: Fen | undefined
  /** 代金券金额 of a payment. */
  coupon_fee: Fen
  /** 微信退款单号. */
  refund_id: string
  /** 商户退款单号. */
  out_refund_no: string
  /** 申请退款金额: this one is to be compared with one's refunds. */
  refund_fee: Fen
  /** 退款金额, without the coupons that nobody paid for; not in old files. */
  settlement_refund_fee: Fen | undefined
  /** 充值券退款金额. */
  coupon_refund_fee: Fen
  /** 退款类型: ORIGINAL, BALANCE, OTHER_BALANCE, OTHER_BANKCARD. */
  refund_channel: string
  /** 退款状态 when the file was made: SUCCESS, PROCESSING, FAIL (closed), CHANGE. Neither API has just these names. */
  refund_status: string
  /** 退款申请时间; in files of type REFUND only, where it is `time`. */
  refund_create_time: string
  /** 退款成功时间; in files of type REFUND only. */
  refund_success_time: string
  /** 商品名称 as the file has it; see `readableText`. Match by numbers, never by this. */
  body: string
  /** 商户数据包 as the file has it; see `readableText`. */
  attach: string
  /** 手续费; what is given back with a refund is negative. */
  service_fee: MilliFen
  /** 费率, such as `0.60%`. */
  rate: string
  /** 费率备注. */
  rate_remark: string
}

/** 汇总. */
export interface TradeBillSummary {
  /** 总交易单数: rows, not orders. */
  count: number
  /** 订单总金额. */
  total_fee: Fen
  /** 应结订单总金额; not in old files. */
  settlement_total_fee: Fen | undefined
  /** 申请退款总金额. */
  refund_fee: Fen
  /** 退款总金额; not in old files. */
  settlement_refund_fee: Fen | undefined
  /** 充值券退款总金额. */
  coupon_refund_fee: Fen
  /** 手续费总金额. */
  service_fee: MilliFen
}

/**
 * Reads a trade bill, GZIP or not. Iterating throws `ProtocolError` for a file that is cut short or damaged, has a row of another
 * shape, or another number of rows than its summary says.
 */
export function readTradeBill(bytes: BillBytes): BillReading<TradeBillRow, TradeBillSummary> {
  return readBill(bytes, { firstOfSummary: '总交易单数', rowReader, summaryReader })
}

/**
 * A merchant's text as people read it: the platform writes a comma as `\ ` and a line feed as `\n`. A text that had these from the
 * start looks the same, so it is for reading only.
 */
export function readableText(text: string): string {
  return text.includes('\\') ? text.replaceAll('\\ ', ',').replaceAll('\\n', '\n') : text
}

type Kind = BillKind<TradeBillRow, TradeBillSummary>

/** Files before coupons were split up (until 2018, and of merchants without coupons) have other names for some columns. */
const rowReader: Kind['rowReader'] = (columns) => {
  const at = columnsOfRows(columns)
  return (cells) => ({
    time: some(cells[at.time]),
    appid: cells[at.appid] ?? '',
    mchid: cells[at.mchid] ?? '',
    sub_mchid: number(cells[at.subMchid]),
    device_info: cells[at.deviceInfo] ?? '',
    transaction_id: some(cells[at.transactionId]),
    out_trade_no: some(cells[at.outTradeNo]),
    openid: cells[at.openid] ?? '',
    trade_type: cells[at.tradeType] ?? '',
    trade_state: tradeState(cells, at),
    bank_type: cells[at.bankType] ?? '',
    fee_type: cells[at.feeType] ?? '',
    total_fee: billFen(cells[at.total] ?? ''),
    settlement_total_fee: optionalFen(cells[at.settlementTotal]),
    coupon_fee: fenOrNone(cells[at.coupon]),
    refund_id: number(cells[at.refundId]),
    out_refund_no: number(cells[at.outRefundNo]),
    refund_fee: fenOrNone(cells[at.refund]),
    settlement_refund_fee: optionalFen(cells[at.settlementRefund]),
    coupon_refund_fee: fenOrNone(cells[at.couponRefund]),
    refund_channel: cells[at.refundChannel] ?? '',
    refund_status: cells[at.refundStatus] ?? '',
    refund_create_time: cells[at.refundCreateTime] ?? '',
    refund_success_time: cells[at.refundSuccessTime] ?? '',
    body: cells[at.body] ?? '',
    attach: cells[at.attach] ?? '',
    service_fee: milliFen(cells[at.serviceFee] ?? '0'),
    rate: cells[at.rate] ?? '',
    rate_remark: cells[at.rateRemark] ?? '',
  })
}

type ColumnsOfRows = ReturnType<typeof columnsOfRows>

function columnsOfRows({ has, none, optional, required }: Columns) {
  return {
    time: required('交易时间'),
    appid: optional('公众账号ID'),
    mchid: optional('商户号'),
    subMchid: optional('特约商户号', '子商户号'),
    deviceInfo: optional('设备号'),
    transactionId: required('微信订单号'),
    outTradeNo: required('商户订单号'),
    openid: optional('用户标识'),
    tradeType: optional('交易类型'),
    tradeState: required('交易状态'),
    bankType: optional('付款银行'),
    feeType: optional('货币种类'),
    total: required('订单金额', '总金额'),
    settlementTotal: optional('应结订单金额'),
    coupon: optional('代金券金额', '代金券或立减优惠金额'),
    refundId: optional('微信退款单号'),
    outRefundNo: optional('商户退款单号'),
    refund: optional('申请退款金额', '退款金额'),
    settlementRefund: has('申请退款金额') ? optional('退款金额') : none,
    couponRefund: optional('充值券退款金额', '代金券或立减优惠退款金额'),
    refundChannel: optional('退款类型'),
    refundStatus: optional('退款状态'),
    refundCreateTime: optional('退款申请时间'),
    refundSuccessTime: optional('退款成功时间'),
    body: optional('商品名称'),
    attach: optional('商户数据包'),
    serviceFee: optional('手续费'),
    rate: optional('费率'),
    rateRemark: optional('费率备注'),
  }
}

function some(cell: string | undefined): string {
  if (cell === undefined || cell === '') throw new RangeError('an empty cell')
  return cell
}

/** A number that is not there is printed as 0. */
function number(cell: string | undefined): string {
  return cell === undefined || cell === '0' ? '' : cell
}

function fenOrNone(cell: string | undefined): Fen {
  return cell === undefined ? fen(0) : billFen(cell)
}

function optionalFen(cell: string | undefined): Fen | undefined {
  return cell === undefined ? undefined : billFen(cell)
}

function tradeState(cells: readonly string[], at: ColumnsOfRows): TradeBillRow['trade_state'] {
  const state = cells[at.tradeState]
  if (state === 'SUCCESS' || state === 'REVOKED') return state
  if (state === 'REFUND' && number(cells[at.refundId]) !== '' && number(cells[at.outRefundNo]) !== '')
    return state
  throw new RangeError('an undocumented 交易状态, or a refund without its number')
}

const summaryReader: Kind['summaryReader'] = ({ has, none, optional, required }) => {
  const count = required('总交易单数')
  const total = required('订单总金额', '总交易额')
  const settlementTotal = optional('应结订单总金额')
  const refund = required('申请退款总金额', '总退款金额')
  const settlementRefund = has('申请退款总金额') ? optional('退款总金额') : none
  const couponRefund = required('充值券退款总金额', '总代金券或立减优惠退款金额')
  const serviceFee = required('手续费总金额')
  return (cells) => ({
    count: billCount(cells[count] ?? ''),
    total_fee: billFen(cells[total] ?? ''),
    settlement_total_fee: optionalFen(cells[settlementTotal]),
    refund_fee: billFen(cells[refund] ?? ''),
    settlement_refund_fee: optionalFen(cells[settlementRefund]),
    coupon_refund_fee: billFen(cells[couponRefund] ?? ''),
    service_fee: milliFen(cells[serviceFee] ?? ''),
  })
}
