/**
 * 统一下单, 查询订单, 关闭订单, 撤销订单: the rules of business behind the front.
 * Source: API v2 docs of the four calls; re-entry as most often observed, since the documents leave it open.
 */
import { parseBeijingCompact } from '../beijing-time.ts'
import { closeOrder, isClosedUnseen, openOrder, openPrepay, orderOf } from '../pay/order.ts'
import { type ReversalAnswer, reverseOrder } from '../pay/reversal.ts'
import type { OrderState, PayOrder, PaySide } from '../pay/state.ts'
import { userByOpenid } from '../simulation.ts'
import { worldMoment } from '../wire-clock.ts'
import { done, refused, rejected, type V2Fields, type V2Outcome, type V2Request } from './gateway.ts'
import { alone, orderNamed } from './named-order.ts'
import { paidFields, promotionDetail } from './paid-fields.ts'

/** Documents say one minute; the text of the refusal speaks of five. */
const SHORTEST_LIFE_MS = 60_000

export function unifiedorder(request: V2Request): V2Outcome {
  const { side, merchant, fields } = request
  const number = { mchid: merchant.mchid, outTradeNo: fields['out_trade_no'] ?? '' }
  if (!merchant.permissions.jsapi) return rejected('您没有JSAPI支付权限')
  if (isClosedUnseen(side, number)) return closedRefusal(side)
  const present = orderOf(side, number)
  const refusal =
    present === undefined
      ? (payerRefusal(side, fields) ?? timeRefusal(side, fields, SHORTEST_LIFE_MS))
      : (reEntryRefusal(side, present, fields) ?? timeRefusal(side, fields, 1))
  if (refusal !== undefined) return refusal
  const order = present ?? opened(request)
  return done({ trade_type: 'JSAPI', prepay_id: openPrepay(side, order) })
}

function payerRefusal(side: PaySide, fields: Record<string, string>): V2Outcome | undefined {
  const { appid = '', openid = '', trade_type: tradeType } = fields
  if (tradeType !== 'JSAPI') return refused('NOAUTH', '商户无此接口权限')
  if (openid === '') return rejected('JSAPI支付必须传openid')
  if (userByOpenid(side, appid, openid) !== undefined) return undefined
  const elsewhere = side.world.users.some(({ openids }) => Object.values(openids).includes(openid))
  return refused('PARAM_ERROR', elsewhere ? 'appid和openid不匹配' : '无效的openid')
}

function reEntryRefusal(
  side: PaySide,
  order: PayOrder,
  fields: Record<string, string>,
): V2Outcome | undefined {
  if (order.state === 'SUCCESS' || order.state === 'REFUND') return refused('ORDERPAID', '商户订单已支付')
  if (order.state !== 'NOTPAY') return closedRefusal(side)
  if (order.firstRequest === businessParameters(fields)) return undefined
  return side.world.behaviour.reentryRefusal === 'INVALID_REQUEST'
    ? OTHER_PARAMETERS
    : refused('OUT_TRADE_NO_USED', '商户订单号重复')
}

function closedRefusal({ world }: PaySide): V2Outcome {
  return world.behaviour.closedReentry === 'ORDER_CLOSED'
    ? refused('ORDERCLOSED', '订单已关闭')
    : OTHER_PARAMETERS
}

const OTHER_PARAMETERS = refused('INVALID_REQUEST', '201 商户订单号重复')

/** An order that is there already may be asked for again to the end of its time. */
function timeRefusal(
  side: PaySide,
  fields: Record<string, string>,
  shortestMs: number,
): V2Outcome | undefined {
  const expiresAt = expiryOf(side, fields)
  if (expiresAt === undefined || expiresAt >= side.schedule.now() + shortestMs) return undefined
  return rejected('time_expire时间过短，刷卡至少1分钟，其他5分钟')
}

function expiryOf(
  side: PaySide,
  { mch_id: mchid = '', time_expire: text = '' }: Record<string, string>,
): number | undefined {
  const at = parseBeijingCompact(text)
  return at === undefined ? undefined : worldMoment(side, mchid, at)
}

function opened({ side, merchant, fields, signType }: V2Request): PayOrder {
  const text = (name: string): string => fields[name] ?? ''
  return openOrder(side, {
    version: 'v2',
    signType,
    mchid: merchant.mchid,
    appid: text('appid'),
    subMchid: undefined,
    subAppid: undefined,
    outTradeNo: text('out_trade_no'),
    description: text('body'),
    totalFen: Number(text('total_fee')),
    openid: text('openid'),
    subOpenid: undefined,
    notifyUrl: text('notify_url'),
    attach: text('attach'),
    deviceInfo: text('device_info'),
    goodsTag: text('goods_tag'),
    limitPay: text('limit_pay') === '' ? [] : [text('limit_pay')],
    timeExpire: expiryOf(side, fields),
    firstRequest: businessParameters(fields),
  })
}

/** All that a re-entry must repeat: everything but what is fresh in each request. */
function businessParameters(fields: Record<string, string>): string {
  const kept = Object.entries(fields).filter(
    ([name, value]) => !['nonce_str', 'sign', 'sign_type'].includes(name) && value !== '',
  )
  return JSON.stringify(kept.sort(([left], [right]) => (left < right ? -1 : 1)))
}

const STATE_TEXTS: Record<OrderState, string> = {
  NOTPAY: '订单未支付',
  SUCCESS: '支付成功',
  REFUND: '订单发生过退款，退款详情请查询退款单',
  CLOSED: '订单已关闭',
  REVOKED: '订单已撤销',
}

export function orderquery(request: V2Request): V2Outcome {
  const { fields } = request
  const { transaction_id: transactionId = '', out_trade_no: outTradeNo = '' } = fields
  if (transactionId === '' && outTradeNo === '') return rejected('缺少参数')
  const order = alone(orderNamed(request))
  if (order === undefined) return refused('ORDERNOTEXIST', '此交易订单号不存在')
  return done({ ...stateFields(order), ...(fields['version'] === '1.0' ? promotionDetail(order) : {}) })
}

/** An unpaid order has little to say; a paid one says everything, an `attach` that was never sent included. */
function stateFields(order: PayOrder): V2Fields {
  const { attach, deviceInfo, payment } = order
  return {
    trade_state: order.state,
    trade_state_desc: STATE_TEXTS[order.state],
    out_trade_no: order.outTradeNo,
    total_fee: order.totalFen,
    ...(deviceInfo === '' ? {} : { device_info: deviceInfo }),
    ...(payment === undefined ? {} : { ...paidFields(order, payment), cash_fee_type: 'CNY' }),
    ...(attach === '' && payment === undefined ? {} : { attach }),
  }
}

/** Real WeChat asks merchants to wait five minutes but was never seen refusing an earlier close; neither does this one. */
export function closeorder({ side, merchant, fields }: V2Request): V2Outcome {
  const order = alone(orderOf(side, { mchid: merchant.mchid, outTradeNo: fields['out_trade_no'] ?? '' }))
  if (order === undefined) return refused('ORDERNOTEXIST', '订单不存在')
  if (order.state === 'SUCCESS' || order.state === 'REFUND') return refused('ORDERPAID', '订单已支付')
  if (order.state !== 'NOTPAY') return refused('ORDERCLOSED', '订单已关闭')
  closeOrder(order)
  return done({ result_msg: 'OK' })
}

const REVERSAL_REFUSALS: Record<Exclude<ReversalAnswer, 'reversed'>, [code: string, text: string]> = {
  'too-late': ['REVERSE_EXPIRE', '订单无法撤销'],
  'wrong-state': ['TRADE_STATE_ERROR', '订单状态错误'],
  'not-enough-funds': ['NOTENOUGH', '余额不足'],
}

/** For payments by code (付款码); orders of JSAPI are closed or refunded instead, unless this world is lenient about it. */
export function reverse(request: V2Request): V2Outcome {
  const { side, fields } = request
  const { transaction_id: transactionId = '', out_trade_no: outTradeNo = '' } = fields
  const never = { recall: 'N' }
  if (transactionId === '' && outTradeNo === '') return rejected('缺少参数')
  const order = alone(orderNamed(request))
  if (order === undefined)
    return transactionId === ''
      ? refused('ORDERNOTEXIST', '订单不存在', never)
      : refused('INVALID_TRANSACTIONID', '无效transaction_id', never)
  if (side.world.behaviour.reverseJsapi === 'refused')
    return refused('NOT_ALLOW', '订单的支付场景不支持该请求', never)
  const answer = reverseOrder(side, order)
  return answer === 'reversed' ? done(never) : refused(...REVERSAL_REFUSALS[answer], never)
}
