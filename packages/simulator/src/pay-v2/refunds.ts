/**
 * 申请退款, 查询退款: what WeChat's books say, in the words of v2.
 * Source: API v2 docs of the two calls; texts as seen on the service, where the documents have several or none.
 */
import { beijingSpaced } from '../beijing-time.ts'
import { createRefund, type RefundRefusal, refundById, refundOf } from '../pay/refund.ts'
import type { CouponUse, FundsAccount, PayOrder, PaySide, Refund, RefundState } from '../pay/state.ts'
import { done, refused, rejected, type V2Fields, type V2Outcome, type V2Request } from './gateway.ts'
import { orderNamed } from './named-order.ts'

const MISMATCH = '订单金额或退款金额与之前请求不一致，请核实后再试'

/** Two codes have been seen for some of these; the one seen more is given. */
const REFUSALS: Record<
  Exclude<RefundRefusal, 'total-differs' | 'number-reused'>,
  [code: string, text: string]
> = {
  'no-such-order': ['ORDERNOTEXIST', '订单号不存在'],
  'fully-refunded': ['ERROR', '订单已全额退款'],
  'over-the-rest': ['INVALID_REQUEST', 'refund_fee大于可退金额'],
  'too-many': ['INVALID_REQUEST', '请求参数符合参数格式，但不符合业务规则'],
  'too-late': ['TRADE_OVERDUE', '订单已经超过退款期限'],
  'not-enough-funds': ['NOTENOUGH', '基本账户余额不足，请充值后重新发起'],
  'account-abnormal': [
    'USER_ACCOUNT_ABNORMAL',
    '用户账户异常或已注销，不能原路退回，请使用其他方式进行退款。',
  ],
}

/** The answer means accepted, not refunded. */
export function refund(request: V2Request): V2Outcome {
  const { side, merchant, fields } = request
  const text = (name: string): string => fields[name] ?? ''
  if (!merchant.permissions.refund) return refused('NOAUTH', '商户无此接口权限')
  if (text('transaction_id') === '' && text('out_trade_no') === '') return rejected('缺少参数')
  const [totalFen, refundFen] = [Number(text('total_fee')), Number(text('refund_fee'))]
  if (refundFen > totalFen) return rejected('invalid refund_fee')
  const order = orderNamed(request)
  if (order === undefined && text('transaction_id') !== '')
    return refused('INVALID_TRANSACTIONID', '无效transaction_id')
  if (order !== undefined && text('out_trade_no') !== '' && order.outTradeNo !== text('out_trade_no'))
    return refused('INVALID_REQUEST', '支付单号校验不一致，请核实后再试')
  const fault = faultOf(side, merchant.mchid, fields)
  if (fault !== undefined) return refused(...FAULTS[fault])
  const answer = createRefund(side, {
    order,
    version: 'v2',
    outRefundNo: text('out_refund_no'),
    refundFen,
    totalFen,
    reason: text('refund_desc'),
    notifyUrl: text('notify_url') === '' ? (merchant.refundNotifyUrl ?? '') : text('notify_url'),
    fundsAccount: FUNDS_ACCOUNTS[text('refund_account')],
  })
  return answer.outcome === 'refused' ? refusedFor(side, answer.why) : done(acceptedFields(answer.refund))
}

function refusedFor({ world }: PaySide, why: RefundRefusal): V2Outcome {
  return why === 'total-differs' || why === 'number-reused'
    ? refused(world.behaviour.refundMismatch, MISMATCH)
    : refused(...REFUSALS[why])
}

type RefundFault = 'refund-needs-retry' | 'refund-not-ready' | 'refund-too-many-invalid'

/** All to be asked for again under the same number. */
const FAULTS: Record<RefundFault, [code: string, text: string]> = {
  'refund-needs-retry': ['BIZERR_NEED_RETRY', '退款业务流程错误，需要商户触发重试来解决'],
  'refund-not-ready': ['ORDER_NOT_READY', '订单处理中，暂时无法退款，请稍后再试'],
  'refund-too-many-invalid': ['INVALID_REQ_TOO_MUCH', '无效请求过多'],
}
const FAULT_KINDS: RefundFault[] = ['refund-needs-retry', 'refund-not-ready', 'refund-too-many-invalid']

function faultOf(
  { faults }: PaySide,
  mchid: string,
  fields: Record<string, string>,
): RefundFault | undefined {
  const { out_trade_no: outTradeNo, out_refund_no: outRefundNo } = fields
  return faults.strike(FAULT_KINDS, { path: '/secapi/pay/refund', mchid, outTradeNo, outRefundNo })?.kind
}

const FUNDS_ACCOUNTS: Record<string, FundsAccount> = {
  REFUND_SOURCE_UNSETTLED_FUNDS: 'UNSETTLED',
  REFUND_SOURCE_RECHARGE_FUNDS: 'AVAILABLE',
}

export const REFUND_SOURCES: Record<FundsAccount, string> = {
  UNSETTLED: 'REFUND_SOURCE_UNSETTLED_FUNDS',
  AVAILABLE: 'REFUND_SOURCE_RECHARGE_FUNDS',
}

function acceptedFields(accepted: Refund): V2Fields {
  const { order, coupons } = accepted
  return {
    ...orderFields(order),
    out_refund_no: accepted.outRefundNo,
    refund_id: accepted.refundId,
    refund_channel: '',
    refund_fee: accepted.refundFen,
    ...(coupons.length === 0 ? {} : { settlement_refund_fee: accepted.settlementFen }),
    coupon_refund_fee: couponsFen(coupons),
    coupon_refund_count: coupons.length,
    cash_refund_fee: accepted.cashFen,
    ...numbered(coupons, ''),
  }
}

function orderFields({ outTradeNo, totalFen, payment }: PayOrder): V2Fields {
  return {
    transaction_id: payment?.transactionId ?? '',
    out_trade_no: outTradeNo,
    total_fee: totalFen,
    ...(payment === undefined || payment.coupons.length === 0
      ? {}
      : { settlement_total_fee: payment.settlementFen }),
    fee_type: 'CNY',
    cash_fee: payment?.cashFen ?? 0,
  }
}

/** Each coupon that went back, counted from 0 behind `prefix`. */
function numbered(coupons: readonly CouponUse[], prefix: string): V2Fields {
  const each = coupons.map(({ id, kind, fen }, index) => ({
    [`coupon_type${prefix}_${index}`]: kind,
    [`coupon_refund_id${prefix}_${index}`]: id,
    [`coupon_refund_fee${prefix}_${index}`]: fen,
  }))
  return Object.assign({}, ...each)
}

const couponsFen = (coupons: readonly CouponUse[]): number => coupons.reduce((sum, { fen }) => sum + fen, 0)

const PAGE = 10

/** One refund by a number of its own, or ten of an order from `offset` on. */
export function refundquery(request: V2Request): V2Outcome {
  const { side, merchant, fields } = request
  const numbers = ['refund_id', 'out_refund_no', 'transaction_id', 'out_trade_no']
  if (numbers.every((name) => (fields[name] ?? '') === '')) return rejected('缺少参数')
  const one = refundNamed(side, merchant.mchid, fields)
  if (one === 'none') return refused('REFUNDNOTEXIST', '退款订单查询失败')
  if (one !== 'by-order') return done(queriedFields(one.order, [one]))
  const order = orderNamed(request)
  if (order === undefined && (fields['transaction_id'] ?? '') !== '')
    return refused('INVALID_TRANSACTIONID', '无效transaction_id')
  if (order === undefined || order.refunds.length === 0) return refused('REFUNDNOTEXIST', '退款订单查询失败')
  const offset = Number(fields['offset'] ?? 0)
  if (offset >= order.refunds.length) return refused('PARAM_ERROR', '参数错误')
  const page = order.refunds.slice(offset, offset + PAGE)
  return done({ total_refund_count: order.refunds.length, ...queriedFields(order, page) })
}

/** WeChat's refund number counts before the merchant's, and both before the numbers of the order. */
function refundNamed(
  side: PaySide,
  mchid: string,
  { refund_id: refundId = '', out_refund_no: outRefundNo = '' }: Record<string, string>,
): Refund | 'none' | 'by-order' {
  if (refundId !== '') return refundById(side, { mchid, refundId }) ?? 'none'
  if (outRefundNo !== '') return refundOf(side, { mchid, outRefundNo }) ?? 'none'
  return 'by-order'
}

function queriedFields(order: PayOrder, refunds: readonly Refund[]): V2Fields {
  return {
    ...orderFields(order),
    refund_fee: refunds.reduce((sum, { refundFen }) => sum + refundFen, 0),
    refund_count: refunds.length,
    ...Object.assign({}, ...refunds.map(refundFields)),
  }
}

/** v3 calls the last two CLOSED and ABNORMAL. */
export const REFUND_STATES: Record<RefundState, string> = {
  PROCESSING: 'PROCESSING',
  SUCCESS: 'SUCCESS',
  CLOSED: 'REFUNDCLOSE',
  ABNORMAL: 'CHANGE',
}

/** `accout` is how WeChat spells it; the time of success is the only one of v2 with dashes and colons. */
function refundFields(each: Refund, index: number): V2Fields {
  const { coupons, succeededAt } = each
  const fields: V2Fields = {
    out_refund_no: each.outRefundNo,
    refund_id: each.refundId,
    refund_channel: each.channel,
    refund_fee: each.refundFen,
    ...(coupons.length === 0
      ? {}
      : {
          settlement_refund_fee: each.settlementFen,
          coupon_refund_fee: couponsFen(coupons),
          coupon_refund_count: coupons.length,
        }),
    refund_status: REFUND_STATES[each.state],
    refund_account: REFUND_SOURCES[each.fundsAccount],
    refund_recv_accout: each.receivedAccount,
    ...(succeededAt === undefined ? {} : { refund_success_time: beijingSpaced(succeededAt) }),
  }
  const indexed = Object.entries(fields).map(([name, value]) => [`${name}_${index}`, value])
  return { ...Object.fromEntries(indexed), ...numbered(coupons, `_${index}`) }
}
