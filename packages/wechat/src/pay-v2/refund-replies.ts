/** Reads what WeChat answers about refunds. Source: API v2 docs, "申请退款", "查询退款", "撤销订单". */
import { ProtocolError } from '../errors.ts'
import { names } from '../given.ts'
import {
  amount,
  oneOf,
  optional,
  optionalAmount,
  optionalCount,
  optionalRefundTime,
  required,
  withArrived,
} from './fields.ts'
import { rowsOf } from './numbered-fields.ts'
import type {
  Refund,
  RefundedCoupon,
  RefundNotification,
  RefundQueryReply,
  RefundQueryRequest,
  RefundReply,
  RefundRequest,
  ReverseReply,
} from './refund-messages.ts'
import type { Fields } from './sign.ts'

/** Throws `ProtocolError` for another refund's reply or one with a field missing. */
export function refundReply(fields: Fields, request: RefundRequest): RefundReply {
  expectSame(fields, request, ['out_refund_no', 'out_trade_no', 'transaction_id', 'refund_fee'])
  const refund = {
    ...refundedOrder(fields),
    out_refund_no: required(fields, 'out_refund_no'),
    refund_id: required(fields, 'refund_id'),
    refund_fee: amount(fields, 'refund_fee'),
    coupons: coupons(fields, ''),
    fields,
  }
  return withArrived(refund, {
    settlement_refund_fee: optionalAmount(fields, 'settlement_refund_fee'),
    cash_fee_type: optional(fields, 'cash_fee_type'),
    cash_refund_fee: optionalAmount(fields, 'cash_refund_fee'),
    coupon_refund_fee: optionalAmount(fields, 'coupon_refund_fee'),
    promotion_detail: optional(fields, 'promotion_detail'),
  })
}

/** Throws `ProtocolError` for a reply about something else, a status that is not documented, or a field missing. */
export function refundQueryReply(fields: Fields, request: RefundQueryRequest): RefundQueryReply {
  expectSame(fields, request, ['out_trade_no', 'transaction_id'])
  const refunds = rowsOf(fields, 'out_refund_no').map((suffix) => refund(fields, suffix))
  expectRefund(refunds, request)
  if (refunds.length !== (optionalCount(fields, 'refund_count') ?? refunds.length)) {
    throw new ProtocolError('bad_message', '退款笔数与明细不符 / refund_count is not the number of refunds')
  }
  return withArrived(
    { ...refundedOrder(fields), refunds, fields },
    { total_refund_count: optionalCount(fields, 'total_refund_count') },
  )
}

export function reverseReply(fields: Fields): ReverseReply {
  return { recall: oneOf(fields, 'recall', ['Y', 'N']), fields }
}

/** What a refund's notification tells, once it is opened. Throws `ProtocolError` naming a field that is not as documented. */
export function announcedRefund(fields: Fields): Omit<RefundNotification, 'appid' | 'mch_id'> {
  const refund = {
    transaction_id: required(fields, 'transaction_id'),
    out_trade_no: required(fields, 'out_trade_no'),
    refund_id: required(fields, 'refund_id'),
    out_refund_no: required(fields, 'out_refund_no'),
    total_fee: amount(fields, 'total_fee'),
    refund_fee: amount(fields, 'refund_fee'),
    refund_status: oneOf(fields, 'refund_status', ['SUCCESS', 'CHANGE', 'REFUNDCLOSE']),
    fields,
  }
  return withArrived(refund, {
    settlement_total_fee: optionalAmount(fields, 'settlement_total_fee'),
    settlement_refund_fee: optionalAmount(fields, 'settlement_refund_fee'),
    cash_refund_fee: optionalAmount(fields, 'cash_refund_fee'),
    success_time: optionalRefundTime(fields, 'success_time'),
    refund_recv_accout: optional(fields, 'refund_recv_accout'),
    refund_account: optional(fields, 'refund_account'),
    refund_request_source: optional(fields, 'refund_request_source'),
  })
}

type RefundedOrder = Pick<
  RefundReply,
  'transaction_id' | 'out_trade_no' | 'total_fee' | 'settlement_total_fee' | 'fee_type' | 'cash_fee'
>

function refundedOrder(fields: Fields): RefundedOrder {
  const order = {
    transaction_id: required(fields, 'transaction_id'),
    out_trade_no: required(fields, 'out_trade_no'),
    total_fee: amount(fields, 'total_fee'),
  }
  return withArrived(order, {
    settlement_total_fee: optionalAmount(fields, 'settlement_total_fee'),
    fee_type: optional(fields, 'fee_type'),
    cash_fee: optionalAmount(fields, 'cash_fee'),
  })
}

function refund(fields: Fields, suffix: string): Refund {
  const known = {
    out_refund_no: required(fields, `out_refund_no${suffix}`),
    refund_id: required(fields, `refund_id${suffix}`),
    refund_fee: amount(fields, `refund_fee${suffix}`),
    refund_status: oneOf(fields, `refund_status${suffix}`, [
      'SUCCESS',
      'PROCESSING',
      'REFUNDCLOSE',
      'CHANGE',
    ]),
    coupons: coupons(fields, suffix),
  }
  return withArrived(known, {
    refund_channel: optional(fields, `refund_channel${suffix}`),
    settlement_refund_fee: optionalAmount(fields, `settlement_refund_fee${suffix}`),
    coupon_refund_fee: optionalAmount(fields, `coupon_refund_fee${suffix}`),
    refund_account: optional(fields, `refund_account${suffix}`),
    refund_recv_accout: optional(fields, `refund_recv_accout${suffix}`),
    refund_success_time: optionalRefundTime(fields, `refund_success_time${suffix}`),
  })
}

/**
 * The coupons of one refund: `coupon_refund_id_$n`, or `coupon_refund_id_$n_$m` in a list of refunds. It is the id that leads,
 * for in a list `coupon_refund_fee_$n` is a refund's sum and no coupon's.
 */
function coupons(fields: Fields, suffix: string): RefundedCoupon[] {
  return rowsOf(fields, `coupon_refund_id${suffix}`).map((row) => {
    const fee = { coupon_refund_fee: amount(fields, `coupon_refund_fee${suffix}${row}`) }
    return withArrived(fee, {
      coupon_refund_id: optional(fields, `coupon_refund_id${suffix}${row}`),
      coupon_type: optional(fields, `coupon_type${suffix}${row}`),
    })
  })
}

/** What was asked about and what the reply is about must be one; a field that was not asked by is free. */
function expectSame(fields: Fields, request: object, fieldNames: readonly string[]): void {
  const asked = new Map<string, unknown>(Object.entries(request))
  for (const name of fieldNames) {
    const value = asked.get(name)
    if ((value ?? undefined) === undefined || String(value) === fields[name]) continue
    throw new ProtocolError('bad_message', `应答是另一笔退款或订单 / the reply is about another one: ${name}`)
  }
}

function expectRefund(refunds: readonly Refund[], request: RefundQueryRequest): void {
  const isAskedFor = (refund: Refund): boolean => {
    if (names(request, 'refund_id')) return refund.refund_id === request.refund_id
    return !names(request, 'out_refund_no') || refund.out_refund_no === request.out_refund_no
  }
  const one = names(request, 'refund_id') || names(request, 'out_refund_no')
  if (refunds.every(isAskedFor) && (!one || refunds.length === 1)) return
  throw new ProtocolError('bad_message', '应答是另一笔退款 / the reply is about another refund')
}
