/**
 * 统一下单, 查询订单, 关闭订单: the rules of business behind the front.
 * Source: API v2 docs of the three calls; re-entry as most often observed, since the documents leave it open.
 */
import { parseBeijingCompact } from '../beijing-time.ts'
import { userByOpenid, type Wechat } from '../wechat.ts'
import { CLOSE_RULES, QUERY_RULES, UNIFIED_ORDER_RULES } from './fields.ts'
import {
  done,
  refused,
  rejected,
  type V2Call,
  type V2Fields,
  type V2Outcome,
  type V2Request,
} from './gateway.ts'
import { closeOrder, openPrepay, orderByTransaction, orderOf, type PayOrder } from './order.ts'
import { paidFields } from './paid-fields.ts'

export const V2_CALLS: Record<string, V2Call> = {
  '/pay/unifiedorder': { rules: UNIFIED_ORDER_RULES, run: unifiedorder },
  '/pay/orderquery': { rules: QUERY_RULES, run: orderquery },
  '/pay/closeorder': { rules: CLOSE_RULES, run: closeorder },
}

/** Documents say one minute; the text of the refusal speaks of five. */
const SHORTEST_LIFE_MS = 60_000

function unifiedorder(request: V2Request): V2Outcome {
  const { wechat, merchant, fields } = request
  const present = orderOf(wechat, merchant.mchid, fields['out_trade_no'] ?? '')
  const refusal =
    (present === undefined ? payerRefusal(wechat, fields) : reEntryRefusal(present, fields)) ??
    timeRefusal(wechat, fields)
  if (refusal !== undefined) return refusal
  const order = present ?? opened(request)
  return done({ trade_type: 'JSAPI', prepay_id: openPrepay(wechat, order) })
}

function payerRefusal(wechat: Wechat, fields: Record<string, string>): V2Outcome | undefined {
  const { appid = '', openid = '', trade_type: tradeType } = fields
  if (tradeType !== 'JSAPI') return refused('NOAUTH', '商户无此接口权限')
  if (openid === '') return rejected('JSAPI支付必须传openid')
  if (userByOpenid(wechat, appid, openid) !== undefined) return undefined
  const elsewhere = wechat.world.users.some(({ openids }) => Object.values(openids).includes(openid))
  return refused('PARAM_ERROR', elsewhere ? 'appid和openid不匹配' : '无效的openid')
}

function reEntryRefusal(order: PayOrder, fields: Record<string, string>): V2Outcome | undefined {
  if (order.state === 'SUCCESS') return refused('ORDERPAID', '商户订单已支付')
  if (order.state === 'CLOSED') return refused('ORDERCLOSED', '订单已关闭')
  if (order.firstRequest === businessParameters(fields)) return undefined
  return refused('INVALID_REQUEST', '201 商户订单号重复')
}

function timeRefusal(wechat: Wechat, fields: Record<string, string>): V2Outcome | undefined {
  const expiresAt = parseBeijingCompact(fields['time_expire'] ?? '')
  if (expiresAt === undefined || expiresAt >= wechat.schedule.now() + SHORTEST_LIFE_MS) return undefined
  return rejected('time_expire时间过短，刷卡至少1分钟，其他5分钟')
}

function opened({ wechat, merchant, fields, signType }: V2Request): PayOrder {
  const order: PayOrder = {
    mchid: merchant.mchid,
    appid: fields['appid'] ?? '',
    outTradeNo: fields['out_trade_no'] ?? '',
    body: fields['body'] ?? '',
    totalFee: Number(fields['total_fee']),
    openid: fields['openid'] ?? '',
    notifyUrl: fields['notify_url'] ?? '',
    attach: fields['attach'] ?? '',
    deviceInfo: fields['device_info'] ?? '',
    signType,
    timeExpire: parseBeijingCompact(fields['time_expire'] ?? ''),
    createdAt: wechat.schedule.now(),
    state: 'NOTPAY',
    firstRequest: businessParameters(fields),
    prepays: [],
  }
  wechat.orders.set(`${order.mchid} ${order.outTradeNo}`, order)
  return order
}

/** All that a re-entry must repeat: everything but what is fresh in each request. */
function businessParameters(fields: Record<string, string>): string {
  const kept = Object.entries(fields).filter(
    ([name, value]) => !['nonce_str', 'sign', 'sign_type'].includes(name) && value !== '',
  )
  return JSON.stringify(kept.sort(([left], [right]) => (left < right ? -1 : 1)))
}

const STATE_TEXTS: Record<PayOrder['state'], string> = {
  NOTPAY: '订单未支付',
  SUCCESS: '支付成功',
  CLOSED: '订单已关闭',
}

function orderquery({ wechat, merchant, fields }: V2Request): V2Outcome {
  const { transaction_id: transactionId = '', out_trade_no: outTradeNo = '' } = fields
  if (transactionId === '' && outTradeNo === '') return rejected('缺少参数')
  const order =
    transactionId === ''
      ? orderOf(wechat, merchant.mchid, outTradeNo)
      : orderByTransaction(wechat, merchant.mchid, transactionId)
  if (order === undefined) return refused('ORDERNOTEXIST', '此交易订单号不存在')
  return done(stateFields(order))
}

/** An unpaid order has little to say; a paid one says everything, an `attach` that was never sent included. */
function stateFields(order: PayOrder): V2Fields {
  const { attach, deviceInfo } = order
  return {
    trade_state: order.state,
    trade_state_desc: STATE_TEXTS[order.state],
    out_trade_no: order.outTradeNo,
    total_fee: order.totalFee,
    ...(deviceInfo === '' ? {} : { device_info: deviceInfo }),
    ...(order.payment === undefined ? {} : { ...paidFields(order), cash_fee_type: 'CNY' }),
    ...(attach === '' && order.payment === undefined ? {} : { attach }),
  }
}

/** Real WeChat asks merchants to wait five minutes but was never seen refusing an earlier close; neither does this one. */
function closeorder({ wechat, merchant, fields }: V2Request): V2Outcome {
  const order = orderOf(wechat, merchant.mchid, fields['out_trade_no'] ?? '')
  if (order === undefined) return refused('ORDERNOTEXIST', '订单不存在')
  if (order.state === 'SUCCESS') return refused('ORDERPAID', '订单已支付')
  if (order.state === 'CLOSED') return refused('ORDERCLOSED', '订单已关闭')
  closeOrder(order)
  return done({ result_msg: 'OK' })
}
