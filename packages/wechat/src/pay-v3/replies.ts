/** Reads orders: in the answer to a query and in a notification alike. Source: API v3 docs, "查询订单", "支付成功回调通知". */
import { ProtocolError } from '../errors.ts'
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
import type {
  Merchant,
  OrderNumber,
  PaidMembers,
  PaidPartnerTransaction,
  PaidState,
  PaidTransaction,
  Partner,
  PartnerTransaction,
  PrepayReply,
  Promotion,
  Transaction,
  UnpaidMembers,
  UnpaidState,
} from './messages.ts'

export function prepayReply(reply: JsonObject): PrepayReply {
  return { prepay_id: text(reply, 'prepay_id') }
}

const PAID: readonly PaidState[] = ['SUCCESS', 'REFUND']
const UNPAID: readonly UnpaidState[] = ['NOTPAY', 'CLOSED', 'REVOKED', 'USERPAYING', 'PAYERROR']

/** Throws `ProtocolError` for another merchant's order, an undocumented state, or a member that is missing or mistyped. */
export function transaction(message: JsonObject, mchid: string): Transaction {
  const merchant: Merchant = { appid: text(message, 'appid'), mchid: ours(message, 'mchid', mchid) }
  const state = paidState(message)
  if (state === undefined) return { ...merchant, ...unpaidMembers(message) }
  const payer = { openid: text(object(message, 'payer'), 'openid') }
  return Object.assign(paidMembers(message, state), merchant, { payer })
}

/** The same of a service provider's order. */
export function partnerTransaction(message: JsonObject, mchid: string): PartnerTransaction {
  const partner: Partner = {
    sp_appid: text(message, 'sp_appid'),
    sp_mchid: ours(message, 'sp_mchid', mchid),
    sub_appid: optionalText(message, 'sub_appid'),
    sub_mchid: text(message, 'sub_mchid'),
  }
  const state = paidState(message)
  if (state === undefined) return { ...partner, ...unpaidMembers(message) }
  const payer = object(message, 'payer')
  const openids = {
    sp_openid: optionalText(payer, 'sp_openid'),
    sub_openid: optionalText(payer, 'sub_openid'),
  }
  if (openids.sp_openid === undefined && openids.sub_openid === undefined) text(payer, 'sp_openid')
  return Object.assign(paidMembers(message, state), partner, { payer: openids })
}

/** A notification tells of money that was paid, and of nothing else. */
export function paid<Order extends Transaction | PartnerTransaction>(
  order: Order,
): Extract<Order, PaidTransaction | PaidPartnerTransaction> {
  if (isPaid(order)) return order
  throw new ProtocolError('bad_message', '支付通知不是成功结果 / the notification announces no payment')
}

function isPaid<Order extends Transaction | PartnerTransaction>(
  order: Order,
): order is Extract<Order, PaidTransaction | PaidPartnerTransaction> {
  return PAID.some((state) => state === order.trade_state)
}

/** Throws `ProtocolError` where the answer is about another order than the one that was asked for. */
export function expectOrder(reply: Transaction | PartnerTransaction, asked: OrderNumber): void {
  const isAskedFor = names(asked, 'out_trade_no')
    ? reply.out_trade_no === asked.out_trade_no
    : reply.fields['transaction_id'] === asked.transaction_id
  if (!isAskedFor)
    throw new ProtocolError('bad_message', '应答是另一个订单 / the reply is about another order')
}

/** The number of a merchant that must be ours. */
export function ours(message: JsonObject, name: string, mchid: string): string {
  if (text(message, name) === mchid) return mchid
  throw new ProtocolError('bad_message', `消息属于另一个商户号 / ${name} is another merchant’s`)
}

/** The state if it is one of money paid. */
export function paidState(message: JsonObject): PaidState | undefined {
  return PAID.find((each) => each === message['trade_state'])
}

/** The state of what was not paid. Throws `ProtocolError` for a state that is not documented. */
export function unpaidState(message: JsonObject): UnpaidState {
  const state = UNPAID.find((each) => each === message['trade_state'])
  if (state !== undefined) return state
  throw new ProtocolError('bad_message', '订单状态未知 / an undocumented trade_state')
}

function unpaidMembers(message: JsonObject): UnpaidMembers {
  return {
    out_trade_no: text(message, 'out_trade_no'),
    trade_state: unpaidState(message),
    trade_state_desc: optionalText(message, 'trade_state_desc') ?? '',
    fields: message,
  }
}

function paidMembers(message: JsonObject, trade_state: PaidState): PaidMembers {
  const paidAmount = object(message, 'amount')
  const scene = optionalObject(message, 'scene_info')
  return {
    out_trade_no: text(message, 'out_trade_no'),
    trade_state,
    trade_state_desc: optionalText(message, 'trade_state_desc') ?? '',
    transaction_id: text(message, 'transaction_id'),
    trade_type: text(message, 'trade_type'),
    bank_type: optionalText(message, 'bank_type') ?? '',
    success_time: time(message, 'success_time'),
    attach: optionalText(message, 'attach'),
    amount: {
      total: amount(paidAmount, 'total'),
      payer_total: optionalAmount(paidAmount, 'payer_total'),
      currency: optionalText(paidAmount, 'currency') ?? 'CNY',
      payer_currency: optionalText(paidAmount, 'payer_currency'),
    },
    scene_info: scene && { device_id: optionalText(scene, 'device_id') },
    promotion_detail: objects(message, 'promotion_detail').map(promotion),
    fields: message,
  }
}

/** One coupon, in orders and in sub-orders of a combination. */
export function promotion(coupon: JsonObject): Promotion {
  return {
    coupon_id: text(coupon, 'coupon_id'),
    amount: amount(coupon, 'amount'),
    name: optionalText(coupon, 'name'),
    scope: optionalText(coupon, 'scope'),
    type: optionalText(coupon, 'type'),
    stock_id: optionalText(coupon, 'stock_id'),
    wechatpay_contribute: optionalAmount(coupon, 'wechatpay_contribute'),
    merchant_contribute: optionalAmount(coupon, 'merchant_contribute'),
    other_contribute: optionalAmount(coupon, 'other_contribute'),
    currency: optionalText(coupon, 'currency'),
    goods_detail: objects(coupon, 'goods_detail'),
  }
}
