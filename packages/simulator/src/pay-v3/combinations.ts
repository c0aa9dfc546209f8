/**
 * 合单支付: several orders of several merchants, paid by one act. They are all paid or none, and looked up and closed together
 * only. Source: API v3 docs, "合单JSAPI下单", "合单查询订单", "合单关单".
 */
import {
  closeOrder,
  combinedOrderOf,
  isClosedUnseen,
  type NewCombinedOrder,
  type NewOrder,
  openCombinedOrder,
  openPrepay,
  orderOf,
} from '../pay/order.ts'
import type { CombinedOrder, PaySide } from '../pay/state.ts'
import { merchantOf } from '../simulation.ts'
import type { Merchant } from '../world.ts'
import { done, NOTHING, type V3Call, type V3Outcome, v3Call } from './call.ts'
import { combinationView } from './combination-view.ts'
import { type Field, integer, list, note, object, optional, text } from './fields.ts'
import { relationRefusal } from './partner.ts'
import { bindingRefusal, closedRefusal, expiry, payerRefusal, reEntryRefusal } from './prepay.ts'
import { invalidRequest, parameterError, refusal, type V3Refusal } from './refusal.ts'
import { sensitiveRefusal } from './sensitive.ts'
import * as shared from './transaction-fields.ts'

/** Ten million yuan. */
const MOST_FEN = 1_000_000_000
const MOST_DAYS = 15
const MOST_PARTS = { direct: 10, partner: 50 }

const PART = object('子单信息', {
  mchid: text('子单商户号', { most: 32 }),
  attach: text('附加数据', { most: 128 }),
  amount: object('订单金额', { total_amount: integer('标价金额', 1), currency: shared.CURRENCY }),
  out_trade_no: shared.OUT_TRADE_NO,
  sub_mchid: optional(shared.SUB_MCHID),
  sub_appid: optional(text('子商户应用ID', { most: 32 })),
  detail: optional(note('商品详情', 6000)),
  description: shared.DESCRIPTION,
  goods_tag: optional(note('订单优惠标记', 32)),
  settle_info: optional(
    object('结算信息', {
      profit_sharing: optional(shared.PROFIT_SHARING),
      subsidy_amount: optional(shared.SUBSIDY_AMOUNT),
    }),
  ),
})

const PREPAY = object('请求', {
  combine_appid: text('合单商户appid', { most: 32 }),
  combine_mchid: text('合单商户号', { most: 32 }),
  combine_out_trade_no: shared.COMBINE_OUT_TRADE_NO,
  scene_info: optional(shared.SCENE_INFO),
  sub_orders: list('子单信息', PART),
  combine_payer_info: object('支付者', { openid: shared.OPENID, identity: optional(shared.IDENTITY) }),
  time_start: optional(shared.TIME),
  time_expire: optional(shared.TIME),
  notify_url: shared.NOTIFY_URL,
  limit_pay: optional(shared.LIMIT_PAY),
  subsidy_info: optional(shared.SUBSIDY_INFO),
})

type Part = typeof PART extends Field<infer Value> ? Value : never
type Prepay = typeof PREPAY extends Field<infer Value> ? Value : never

export const combineJsapi: V3Call = v3Call({
  title: 'combine-transactions/jsapi',
  path: NOTHING,
  query: NOTHING,
  body: PREPAY,
  mchid: ({ body }) => body.combine_mchid,
  permission: 'jsapi',
  run(asked) {
    const { side, merchant, body } = asked
    const { number, name } = body.combine_payer_info.identity ?? {}
    const at = '/body/combine_payer_info/identity'
    return (
      sensitiveRefusal(asked, { [`${at}/number`]: number, [`${at}/name`]: name }) ??
      partsRefusal(side, merchant, body.sub_orders) ??
      prepayAll(side, body)
    )
  },
})

function partsRefusal(side: PaySide, merchant: Merchant, parts: readonly Part[]): V3Refusal | undefined {
  const isPartner = parts.some(({ sub_mchid: subMchid }) => subMchid !== undefined)
  const [least, most] = isPartner ? [1, MOST_PARTS.partner] : [2, MOST_PARTS.direct]
  if (parts.length < least || parts.length > most)
    return parameterError(`子单数量必须在${least}到${most}之间`)
  const numbers = new Set(parts.map(numberOf))
  if (numbers.size < parts.length) return parameterError('子单商户订单号重复')
  for (const part of parts) {
    if (part.amount.total_amount > MOST_FEN) return parameterError('子单金额超过限制', 268435464)
    const payer = merchantOf(side, part.mchid)
    if (payer === undefined) return refusal(400, 'MCH_NOT_EXISTS', '商户号不存在')
    const why = relationRefusal(side, { provider: payer, subMchid: part.sub_mchid, permission: 'jsapi' })
    if (why !== undefined) return why
    if (part.sub_mchid !== undefined && part.mchid !== merchant.mchid)
      return invalidRequest('受理关系不存在', 268443701)
    const { sub_mchid: subMchid, sub_appid: subAppid } = part
    const unbound =
      subMchid === undefined || subAppid === undefined ? undefined : bindingRefusal(side, subMchid, subAppid)
    if (unbound !== undefined) return unbound
  }
  return undefined
}

type Numbered = Pick<Part, 'mchid' | 'sub_mchid' | 'out_trade_no'>

const numberOf = ({ mchid, sub_mchid: subMchid = '', out_trade_no: outTradeNo }: Numbered): string =>
  `${mchid} ${subMchid} ${outTradeNo}`

function prepayAll(side: PaySide, body: Prepay): V3Outcome {
  const asked = combinationAsked(side, body)
  const present = combinedOrderOf(side, asked)
  if (present !== undefined)
    return againRefusal(side, present, asked.firstRequest) ?? done({ prepay_id: openPrepay(side, present) })
  const parts = body.sub_orders.map((part) => partAsked(body, part, asked))
  const why =
    bindingRefusal(side, asked.mchid, asked.appid) ??
    payerRefusal(side, {
      appid: asked.appid,
      openid: asked.openid,
      subAppid: undefined,
      subOpenid: undefined,
    }) ??
    spentRefusal(side, parts)
  return why ?? done({ prepay_id: openPrepay(side, openCombinedOrder(side, asked, parts)) })
}

/** A number of one of the parts is an order already, or was closed before it was one. */
function spentRefusal(side: PaySide, parts: readonly NewOrder[]): V3Refusal | undefined {
  for (const part of parts) {
    if (isClosedUnseen(side, part)) return closedRefusal(side)
    const present = orderOf(side, part)
    if (present !== undefined) return reEntryRefusal(side, present, part.firstRequest)
  }
  return undefined
}

/** The parts of a combination share its fate, so the first tells the state of all. */
function againRefusal(side: PaySide, present: CombinedOrder, asked: string): V3Refusal | undefined {
  const { timeExpire, firstRequest, orders } = present
  if (firstRequest !== asked && unsettled(firstRequest) === unsettled(asked))
    return invalidRequest('重复下单且结算信息不一致', 268498688)
  const state = orders[0]?.state ?? 'CLOSED'
  return reEntryRefusal(side, { state, timeExpire, firstRequest }, asked)
}

/** The request without what it says of settlement. */
function unsettled(request: string): string {
  return JSON.stringify(JSON.parse(request), (name, value: unknown) =>
    name === 'settle_info' ? undefined : value,
  )
}

function combinationAsked(side: PaySide, body: Prepay): NewCombinedOrder {
  return {
    appid: body.combine_appid,
    mchid: body.combine_mchid,
    outTradeNo: body.combine_out_trade_no,
    openid: body.combine_payer_info.openid,
    notifyUrl: body.notify_url,
    deviceId: body.scene_info?.device_id ?? '',
    timeExpire: expiry(side, { mchid: body.combine_mchid, text: body.time_expire, mostDays: MOST_DAYS }),
    firstRequest: JSON.stringify({ ...body, time_start: undefined, time_expire: undefined }),
  }
}

function partAsked(body: Prepay, part: Part, combined: NewCombinedOrder): NewOrder {
  return {
    version: 'v3',
    signType: 'MD5',
    mchid: part.mchid,
    appid: combined.appid,
    subMchid: part.sub_mchid,
    subAppid: part.sub_appid,
    outTradeNo: part.out_trade_no,
    description: part.description,
    totalFen: part.amount.total_amount,
    openid: combined.openid,
    subOpenid: undefined,
    notifyUrl: combined.notifyUrl,
    attach: part.attach,
    deviceInfo: combined.deviceId,
    goodsTag: part.goods_tag ?? '',
    limitPay: body.limit_pay ?? [],
    timeExpire: combined.timeExpire,
    // A part is asked for again with its combination only.
    firstRequest: combined.firstRequest,
  }
}

const NOT_THERE = refusal(404, 'ORDER_NOT_EXIST', '订单不存在', 268512771)
const NUMBER = object('路径', { combine_out_trade_no: shared.COMBINE_OUT_TRADE_NO })

export const combineByNumber: V3Call = v3Call({
  title: 'combine-transactions/out-trade-no',
  path: NUMBER,
  query: NOTHING,
  body: NOTHING,
  run({ side, merchant, path }) {
    const combined = combinedOrderOf(side, { mchid: merchant.mchid, outTradeNo: path.combine_out_trade_no })
    return combined === undefined ? NOT_THERE : done(combinationView(combined))
  },
})

export const combineByTransaction: V3Call = v3Call({
  title: 'combine-transactions/id',
  path: object('路径', { combine_transaction_id: text('合单微信支付订单号', { most: 32 }) }),
  query: NOTHING,
  body: NOTHING,
  run({ side, merchant, path }) {
    const combined = [...side.pay.combinedOrders.values()].find(
      ({ mchid, transactionId }) => mchid === merchant.mchid && transactionId === path.combine_transaction_id,
    )
    return combined === undefined ? NOT_THERE : done(combinationView(combined))
  },
})

const CLOSE = object('请求', {
  combine_appid: text('合单商户appid', { most: 32 }),
  sub_orders: list(
    '子单信息',
    object('子单信息', {
      mchid: text('子单商户号', { most: 32 }),
      out_trade_no: shared.OUT_TRADE_NO,
      sub_mchid: optional(shared.SUB_MCHID),
      sub_appid: optional(text('子商户应用ID', { most: 32 })),
    }),
  ),
})

export const combineClose: V3Call = v3Call({
  title: 'combine-transactions/close',
  path: NUMBER,
  query: NOTHING,
  body: CLOSE,
  run({ side, merchant, path, body }) {
    const combined = combinedOrderOf(side, { mchid: merchant.mchid, outTradeNo: path.combine_out_trade_no })
    if (combined === undefined) return NOT_THERE
    if (combined.appid !== body.combine_appid || !areTheParts(combined, body.sub_orders))
      return invalidRequest('关单的子单信息与下单时不一致')
    if (combined.orders.some(({ state }) => state === 'SUCCESS' || state === 'REFUND'))
      return refusal(400, 'ORDER_PAID', '订单已支付', 268449538)
    for (const order of combined.orders) if (order.state === 'NOTPAY') closeOrder(order)
    return { outcome: 'empty' }
  },
})

function areTheParts({ orders }: CombinedOrder, listed: readonly Numbered[]): boolean {
  const right = orders.map(({ mchid, subMchid, outTradeNo }) =>
    numberOf({ mchid, sub_mchid: subMchid, out_trade_no: outTradeNo }),
  )
  return right.sort().join() === listed.map(numberOf).sort().join()
}
