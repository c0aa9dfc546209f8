/**
 * Combined orders (合单支付): several orders of several merchants, paid with one password, all or none. Source: API v3 docs,
 * "合单JSAPI下单", "合单查询订单", "合单关闭订单". Refunds go by the sub-order.
 */
import { ProtocolError } from '../errors.ts'
import type { Fen } from '../fen.ts'
import { names } from '../given.ts'
import type { JsonObject } from './json.ts'
import {
  amount,
  object,
  objects,
  optionalAmount,
  optionalObject,
  optionalText,
  text,
  time,
} from './members.ts'
import type { LimitPay, PaidState, PayerIdentity, Promotion, UnpaidState } from './messages.ts'
import { ours, paidState, promotion, unpaidState } from './replies.ts'
import {
  APPID,
  CLIENT_ADDRESS,
  check,
  MCHID,
  matches,
  notifyUrl,
  OPENID,
  OUT_TRADE_NO,
  oneOf,
  optional,
  POSITIVE_FEN,
  type Rule,
  SENSITIVE,
  TIME,
  text as textRule,
} from './request-rules.ts'

/** 合单下单; `combine_mchid` is added. */
export interface CombinePrepayRequest {
  combine_appid: string
  /** 合单商户订单号: at most 32 of digits, letters and `_ - | *`. */
  combine_out_trade_no: string
  /** 2 to 10 for merchants of their own, 1 to 50 for service providers. */
  sub_orders: readonly SubOrderToPay[]
  combine_payer_info: { openid: string; sub_openid?: string; identity?: PayerIdentity }
  notify_url: string
  scene_info?: { payer_client_ip: string; device_id?: string }
  time_start?: string
  time_expire?: string
  limit_pay?: readonly LimitPay[]
  /** 贴息信息 (分付). */
  subsidy_info?: JsonObject
}

/** One of the orders that are paid together (子单). */
export interface SubOrderToPay {
  mchid: string
  /** 二级商户号, of a service provider's. */
  sub_mchid?: string
  sub_appid?: string
  out_trade_no: string
  description: string
  /** Required here, unlike elsewhere; at most 128 bytes. */
  attach: string
  amount: { total_amount: Fen; currency: 'CNY' }
  detail?: string
  goods_tag?: string
  settle_info?: { profit_sharing?: boolean; subsidy_amount?: Fen }
}

/** 合单关闭: exactly the sub-orders of the order; `combine_appid` and all their numbers. */
export interface CombineCloseRequest {
  combine_appid: string
  combine_out_trade_no: string
  sub_orders: readonly { mchid: string; out_trade_no: string; sub_mchid?: string; sub_appid?: string }[]
}

/** A combined order by either of its numbers. */
export type CombineNumber = { combine_out_trade_no: string } | { combine_transaction_id: string }

/** 合单查询, and the notification of a combined order. */
export interface CombineTransaction {
  combine_appid: string
  combine_mchid: string
  combine_out_trade_no: string
  combine_transaction_id: string | undefined
  combine_payer_info: { openid: string | undefined; sub_openid: string | undefined }
  scene_info: { device_id: string | undefined } | undefined
  sub_orders: readonly SubOrder[]
  /** Every member that arrived. */
  fields: JsonObject
}

interface SubOrderMembers {
  mchid: string
  sub_mchid: string | undefined
  out_trade_no: string
  fields: JsonObject
}

/** A sub-order that was paid. */
export type PaidSubOrder = SubOrderMembers & {
  trade_state: PaidState
  transaction_id: string
  trade_type: string | undefined
  bank_type: string | undefined
  success_time: string
  attach: string | undefined
  amount: {
    total_amount: Fen
    payer_amount: Fen | undefined
    currency: string
    payer_currency: string | undefined
  }
  promotion_detail: readonly Promotion[]
}

/** One order of a combination; narrow it by `trade_state`. */
export type SubOrder = PaidSubOrder | (SubOrderMembers & { trade_state: UnpaidState })

export function checkCombinePrepay(request: CombinePrepayRequest): void {
  check('combine.prepay', request, {
    combine_appid: APPID,
    combine_out_trade_no: COMBINE_OUT_TRADE_NO,
    'combine_payer_info.openid': OPENID,
    notify_url: notifyUrl(255),
    'scene_info.payer_client_ip': names(request, 'scene_info') ? CLIENT_ADDRESS : optional(CLIENT_ADDRESS),
    time_start: optional(TIME),
    time_expire: optional(TIME),
    ...(names(request?.combine_payer_info, 'identity') ? IDENTITY_RULES : {}),
    ...subOrderRules(request?.sub_orders, SUB_ORDER_RULES),
  })
}

export function checkCombineClose(request: CombineCloseRequest): void {
  check('combine.close', request, {
    combine_appid: APPID,
    combine_out_trade_no: COMBINE_OUT_TRADE_NO,
    ...subOrderRules(request?.sub_orders, {
      mchid: MCHID,
      sub_mchid: optional(MCHID),
      out_trade_no: OUT_TRADE_NO,
    }),
  })
}

export function checkCombineNumber(order: CombineNumber): void {
  const isByWechat = names(order, 'combine_transaction_id') && !names(order, 'combine_out_trade_no')
  const name = isByWechat ? 'combine_transaction_id' : 'combine_out_trade_no'
  check('combine.query', order, { [name]: COMBINE_OUT_TRADE_NO })
}

const COMBINE_OUT_TRADE_NO: Rule = matches(
  /^[0-9A-Za-z_\-|*]{1,32}$/,
  '至多 32 位，数字、字母、_-|* / at most 32 of digits, letters and _-|*',
)
const IDENTITY_RULES: Readonly<Record<string, Rule>> = {
  'combine_payer_info.identity.number': SENSITIVE,
  'combine_payer_info.identity.name': SENSITIVE,
}
const SUB_ORDER_RULES: Readonly<Record<string, Rule>> = {
  mchid: MCHID,
  sub_mchid: optional(MCHID),
  out_trade_no: OUT_TRADE_NO,
  description: textRule(1, 127),
  attach: textRule(1, 128),
  'amount.total_amount': POSITIVE_FEN,
  'amount.currency': oneOf(['CNY']),
  goods_tag: optional(textRule(1, 32)),
}
const MOST_SUB_ORDERS = 50

/** The rules of every sub-order under its place in the list, so that a refusal names it. */
function subOrderRules(list: unknown, rules: Readonly<Record<string, Rule>>): Readonly<Record<string, Rule>> {
  const isList = Array.isArray(list) && list.length >= 1 && list.length <= MOST_SUB_ORDERS
  if (!isList) {
    const words = `1 至 ${MOST_SUB_ORDERS} 单 / 1 to ${MOST_SUB_ORDERS} of them`
    return { sub_orders: { holds: () => false, words } }
  }
  const named = list.flatMap((_order, index) =>
    Object.entries(rules).map(([path, rule]) => [`sub_orders.${index}.${path}`, rule] as const),
  )
  return Object.fromEntries(named)
}

/** Throws `ProtocolError` for another merchant's order, or a member that is missing or mistyped. */
export function combineTransaction(message: JsonObject, mchid: string): CombineTransaction {
  const payer = optionalObject(message, 'combine_payer_info') ?? {}
  const scene = optionalObject(message, 'scene_info')
  return {
    combine_appid: text(message, 'combine_appid'),
    combine_mchid: ours(message, 'combine_mchid', mchid),
    combine_out_trade_no: text(message, 'combine_out_trade_no'),
    combine_transaction_id: optionalText(message, 'combine_transaction_id'),
    combine_payer_info: {
      openid: optionalText(payer, 'openid'),
      sub_openid: optionalText(payer, 'sub_openid'),
    },
    scene_info: scene && { device_id: optionalText(scene, 'device_id') },
    sub_orders: objects(message, 'sub_orders').map(subOrder),
    fields: message,
  }
}

/** All of a combination are paid, or none: a notification of one that is paid in part is not believed. */
export function paidCombination(order: CombineTransaction): CombineTransaction {
  const isPaid = order.sub_orders.length > 0 && order.sub_orders.every((each) => 'transaction_id' in each)
  if (isPaid) return order
  throw new ProtocolError('bad_message', '合单通知不是成功结果 / the notification announces no payment')
}

/** Throws `ProtocolError` where the answer is about another combination. */
export function expectCombination(reply: CombineTransaction, asked: CombineNumber): void {
  const isAskedFor = names(asked, 'combine_out_trade_no')
    ? reply.combine_out_trade_no === asked.combine_out_trade_no
    : reply.combine_transaction_id === asked.combine_transaction_id
  if (!isAskedFor)
    throw new ProtocolError('bad_message', '应答是另一个合单 / the reply is about another combination')
}

function subOrder(message: JsonObject): SubOrder {
  const members = {
    mchid: text(message, 'mchid'),
    sub_mchid: optionalText(message, 'sub_mchid'),
    out_trade_no: text(message, 'out_trade_no'),
    fields: message,
  }
  const trade_state = paidState(message)
  if (trade_state === undefined) return { ...members, trade_state: unpaidState(message) }
  const sums = object(message, 'amount')
  return {
    ...members,
    trade_state,
    transaction_id: text(message, 'transaction_id'),
    trade_type: optionalText(message, 'trade_type'),
    bank_type: optionalText(message, 'bank_type'),
    success_time: time(message, 'success_time'),
    attach: optionalText(message, 'attach'),
    amount: {
      total_amount: amount(sums, 'total_amount'),
      payer_amount: optionalAmount(sums, 'payer_amount'),
      currency: optionalText(sums, 'currency') ?? 'CNY',
      payer_currency: optionalText(sums, 'payer_currency'),
    },
    promotion_detail: objects(message, 'promotion_detail').map(promotion),
  }
}
