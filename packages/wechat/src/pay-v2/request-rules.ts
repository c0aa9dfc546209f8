/** What WeChat would refuse of a request is refused here first, all of it at once. Source: API v2 docs, request tables. */
import { invalidRequest } from '../errors.ts'
import { names } from '../given.ts'
import type { DownloadBillRequest, DownloadFundFlowRequest } from './bill-file.ts'
import type { CloseOrderRequest, OrderQueryRequest, UnifiedOrderRequest } from './messages.ts'
import type { OrderNumber, RefundQueryRequest, RefundRequest, ReverseRequest } from './refund-messages.ts'
import { isXmlText } from './xml.ts'

/** Throws `RefusedError` with code `invalid_request` naming every field that breaks its rule. */
export function checkUnifiedOrder(request: UnifiedOrderRequest): void {
  check('unifiedorder', request, {
    appid: APPID,
    body: [bytes(1, 128), '1 至 128 字节 / 1 to 128 bytes of UTF-8'],
    out_trade_no: OUT_TRADE_NO,
    total_fee: AMOUNT,
    spbill_create_ip: [isAddress, 'IPv4 或 IPv6 地址 / an IPv4 or IPv6 address'],
    notify_url: [isNotifyUrl, '完整网址，不带查询串 / absolute, without query and fragment'],
    trade_type: [matches(/^JSAPI$/), '只能是 JSAPI / must be JSAPI'],
    openid: [matches(/^[!-~]{1,128}$/), 'JSAPI 支付必填 / required for JSAPI'],
    attach: [bytes(0, 127), '至多 127 字节 / at most 127 bytes of UTF-8'],
    detail: [bytes(0, 6000), '至多 6000 字节 / at most 6000 bytes of UTF-8'],
    device_info: [bytes(0, 32), '至多 32 字节 / at most 32 bytes'],
    fee_type: [matches(/^(CNY)?$/), '只能是 CNY / must be CNY'],
    goods_tag: [bytes(0, 32), '至多 32 字节 / at most 32 bytes'],
    limit_pay: [matches(/^(no_credit)?$/), '只能是 no_credit / must be no_credit'],
    profit_sharing: [matches(/^[YN]?$/), 'Y 或 N / Y or N'],
    receipt: [matches(/^Y?$/), '只能是 Y / must be Y'],
    scene_info: [bytes(0, 256), '至多 256 字节 / at most 256 bytes of UTF-8'],
    time_start: TIME,
    time_expire: TIME,
    version: [matches(/^(1\.0)?$/), '只能是 1.0 / must be 1.0'],
  })
}

/** Throws `RefusedError` with code `invalid_request` naming every field that breaks its rule. */
export function checkOrderQuery(request: OrderQueryRequest): void {
  check('orderquery', request, { appid: APPID, ...orderRule(request) })
}

/** Throws `RefusedError` with code `invalid_request` naming every field that breaks its rule. */
export function checkCloseOrder(request: CloseOrderRequest): void {
  check('closeorder', request, { appid: APPID, out_trade_no: OUT_TRADE_NO })
}

/** Throws `RefusedError` with code `invalid_request` naming every field that breaks its rule. */
export function checkRefund(request: RefundRequest): void {
  check('refund', request, {
    appid: APPID,
    ...orderRule(request),
    out_refund_no: OUT_REFUND_NO,
    total_fee: AMOUNT,
    refund_fee: [
      (text) => AMOUNT[0](text) && Number(text) <= request.total_fee,
      '大于 0 且不超过订单金额的整数分 / a whole number of fen above 0, at most total_fee',
    ],
    refund_fee_type: [matches(/^(CNY)?$/), '只能是 CNY / must be CNY'],
    refund_desc: [bytes(0, 80), '至多 80 字节 / at most 80 bytes of UTF-8'],
    refund_account: [
      matches(/^(REFUND_SOURCE_(UNSETTLED|RECHARGE)_FUNDS)?$/),
      'REFUND_SOURCE_UNSETTLED_FUNDS 或 / or REFUND_SOURCE_RECHARGE_FUNDS',
    ],
    notify_url: [
      (text) => text === '' || isNotifyUrl(text),
      '完整网址，不带查询串 / absolute, without query and fragment',
    ],
  })
}

/** Throws `RefusedError` with code `invalid_request` naming every field that breaks its rule. */
export function checkRefundQuery(request: RefundQueryRequest): void {
  if (names(request, 'refund_id')) {
    const transaction_id: Rule = [(text) => text === '' || TRANSACTION_ID[0](text), TRANSACTION_ID[1]]
    check('refundquery', request, { appid: APPID, refund_id: TRANSACTION_ID, transaction_id })
  } else if (names(request, 'out_refund_no')) {
    check('refundquery', request, { appid: APPID, out_refund_no: OUT_REFUND_NO })
  } else {
    const offset: Rule = [matches(/^\d{0,6}$/), '从 0 开始的整数 / a whole number from 0']
    check('refundquery', request, { appid: APPID, ...orderRule(request, ONE_OF_FOUR), offset })
  }
}

/** Throws `RefusedError` with code `invalid_request` naming every field that breaks its rule. */
export function checkReverse(request: ReverseRequest): void {
  check('reverse', request, { appid: APPID, ...orderRule(request) })
}

/** Throws `RefusedError` with code `invalid_request` naming every field that breaks its rule. */
export function checkDownloadBill(request: DownloadBillRequest): void {
  check('downloadbill', request, {
    appid: APPID,
    bill_date: DAY,
    bill_type: [matches(/^(ALL|SUCCESS|REFUND|RECHARGE_REFUND)?$/), 'ALL, SUCCESS, REFUND, RECHARGE_REFUND'],
    tar_type: GZIP,
  })
}

/** Throws `RefusedError` with code `invalid_request` naming every field that breaks its rule. */
export function checkDownloadFundFlow(request: DownloadFundFlowRequest): void {
  check('downloadfundflow', request, {
    appid: APPID,
    bill_date: DAY,
    account_type: [matches(/^(Basic|Operation|Fees)$/), 'Basic, Operation, Fees'],
    tar_type: GZIP,
  })
}

type Rule = readonly [holds: (text: string) => boolean, rule: string]

/** Of the numbers that an order can be named by, the one that was given. */
function orderRule(
  request: OrderNumber,
  oneOf: Rule = ONE_OF_TWO,
): { out_trade_no: Rule } | { transaction_id: Rule } {
  if (names(request, 'out_trade_no')) return { out_trade_no: OUT_TRADE_NO }
  return { transaction_id: names(request, 'transaction_id') ? TRANSACTION_ID : oneOf }
}

const ONE_OF_FOUR: Rule = [
  () => false,
  '或 out_trade_no、out_refund_no、refund_id，须给其一 / or out_trade_no, out_refund_no, refund_id: one of them is required',
]
const ONE_OF_TWO: Rule = [() => false, '或 out_trade_no，须给其一 / or out_trade_no: one of them is required']

/** Every field of a request, or of each kind of request, has a rule. */
type Rules<Request> = Request extends unknown ? { readonly [Name in keyof Required<Request>]: Rule } : never

/** Absent and empty are the same; a rule that allows the empty text makes its field optional. */
function check<Request extends object>(call: string, request: Request, rules: Rules<Request>): void {
  const values = new Map<string, unknown>(Object.entries(request ?? {}))
  const problems = Object.entries<Rule>(rules).flatMap(([name, [holds, rule]]) => {
    const value = values.get(name) ?? ''
    if (typeof value === 'object') return [`${name}: 应为文本或整数 / must be a text or a whole number`]
    const text = String(value)
    if (!isXmlText(text)) return [`${name}: 含有非法字符 / characters that XML forbids`]
    return holds(text) ? [] : [`${name}: ${rule}`]
  })
  if (problems.length > 0) throw invalidRequest(call, problems)
}

function matches(pattern: RegExp): (text: string) => boolean {
  return (text) => pattern.test(text)
}

function bytes(least: number, most: number): (text: string) => boolean {
  return (text) => {
    const length = Buffer.byteLength(text)
    return length >= least && length <= most
  }
}

/** v2's own pattern of an address that may be notified: absolute, no query, no fragment, no white space. */
const NOTIFY_URL = /^https?:\/\/([^\s/?#[\]@]+@)?([^\s/?#@:]+)(?::\d{2,5})?(\/[^\s?#[\]]*)$/

function isNotifyUrl(text: string): boolean {
  return text.length <= 256 && NOTIFY_URL.test(text)
}

const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}$/

function isAddress(text: string): boolean {
  return IPV4.test(text) || (text.includes(':') && URL.canParse(`http://[${text}]`))
}

const APPID: Rule = [matches(/^[!-~]{1,32}$/), '必填 / required']
const OUT_TRADE_NO: Rule = [
  matches(/^[0-9A-Za-z_\-|*]{6,32}$/),
  '6 至 32 位，数字、字母、_-|* / 6 to 32 of digits, letters and _-|*',
]
const TRANSACTION_ID: Rule = [matches(/^[0-9A-Za-z]{1,32}$/), '至多 32 位 / at most 32 digits']
const OUT_REFUND_NO: Rule = [
  matches(/^[0-9A-Za-z_\-|*@]{1,64}$/),
  '1 至 64 位，数字、字母、_-|*@ / 1 to 64 of digits, letters and _-|*@',
]
const AMOUNT: Rule = [matches(/^[1-9]\d{0,11}$/), '大于 0 的整数分 / a whole number of fen above 0']
const DAY: Rule = [matches(/^20\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])$/), 'yyyyMMdd']
const GZIP: Rule = [matches(/^(GZIP)?$/), '只能是 GZIP / must be GZIP']
const TIME: Rule = [matches(/^(\d{14})?$/), 'yyyyMMddHHmmss']
