/** 统一下单, 查询订单, 关闭订单: the rules of business behind the front. */
import { beijingCompact, parseBeijingCompact } from '../beijing-time.ts'
import { userByOpenid, type Wechat } from '../wechat.ts'
import { CLOSE_RULES, QUERY_RULES, UNIFIED_ORDER_RULES } from './fields.ts'
import { type V2Call, V2Refusal, type V2Request } from './gateway.ts'
import { openPrepay, orderOf, type PayOrder } from './order.ts'

export const V2_CALLS: Record<string, V2Call> = {
  '/pay/unifiedorder': { rules: UNIFIED_ORDER_RULES, run: unifiedorder },
  '/pay/orderquery': { rules: QUERY_RULES, run: orderquery },
  '/pay/closeorder': { rules: CLOSE_RULES, run: closeorder },
}

const SHORTEST_LIFE_MS = 60_000

function unifiedorder(request: V2Request): Record<string, string | number> | V2Refusal {
  const { wechat, merchant, fields } = request
  const present = orderOf(wechat, merchant.mchid, fields['out_trade_no'] ?? '')
  const refusal = present === undefined ? newOrderRefusal(wechat, fields) : reEntryRefusal(present, fields)
  if (refusal !== undefined) return refusal
  const order = present ?? opened(request)
  return { trade_type: 'JSAPI', prepay_id: openPrepay(wechat, order) }
}

function newOrderRefusal(wechat: Wechat, fields: Record<string, string>): V2Refusal | undefined {
  const { appid = '', openid = '', trade_type: tradeType, time_expire: timeExpire } = fields
  if (tradeType !== 'JSAPI') return new V2Refusal('NOAUTH', '商户无此接口权限')
  if (openid === '') return new V2Refusal('PARAM_ERROR', 'JSAPI支付必须传openid')
  if (userByOpenid(wechat, appid, openid) === undefined) {
    const elsewhere = wechat.world.users.some(({ openids }) => Object.values(openids).includes(openid))
    return new V2Refusal('PARAM_ERROR', elsewhere ? 'appid和openid不匹配' : '无效的openid')
  }
  if (timeExpire === undefined || timeExpire === '') return undefined
  const expires = parseBeijingCompact(timeExpire)
  if (expires === undefined) return new V2Refusal('PARAM_ERROR', '时间格式错误')
  if (expires < wechat.schedule.now() + SHORTEST_LIFE_MS) {
    return new V2Refusal('INVALID_REQUEST', 'time_expire时间过短，刷卡至少1分钟，其他5分钟')
  }
  return undefined
}

function reEntryRefusal(order: PayOrder, fields: Record<string, string>): V2Refusal | undefined {
  if (order.state === 'SUCCESS') return new V2Refusal('ORDERPAID', '该订单已支付')
  if (order.state === 'CLOSED') return new V2Refusal('ORDERCLOSED', '该订单已关闭')
  if (order.firstRequest !== businessParameters(fields))
    return new V2Refusal('INVALID_REQUEST', '201 商户订单号重复')
  return undefined
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

function orderquery({ wechat, merchant, fields }: V2Request): Record<string, string | number> | V2Refusal {
  const { transaction_id: transactionId = '', out_trade_no: outTradeNo = '' } = fields
  const order =
    transactionId === ''
      ? orderOf(wechat, merchant.mchid, outTradeNo)
      : [...wechat.orders.values()].find(
          ({ mchid, payment }) => mchid === merchant.mchid && payment?.transactionId === transactionId,
        )
  if (order === undefined) return new V2Refusal('ORDERNOTEXIST', '此交易订单号不存在')
  const known = {
    trade_state: order.state,
    trade_state_desc: STATE_TEXTS[order.state],
    out_trade_no: order.outTradeNo,
  }
  if (order.payment === undefined) return { ...known, total_fee: order.totalFee }
  return { ...known, ...paidFields(order), attach: order.attach }
}

/** What a query and a notification say alike; the empty attach of a query is left to it. */
export function paidFields(order: PayOrder): Record<string, string | number> {
  return {
    openid: order.openid,
    is_subscribe: 'N',
    trade_type: 'JSAPI',
    bank_type: 'OTHERS',
    total_fee: order.totalFee,
    fee_type: 'CNY',
    cash_fee: order.totalFee,
    cash_fee_type: 'CNY',
    transaction_id: order.payment?.transactionId ?? '',
    time_end: beijingCompact(order.payment?.paidAt ?? 0),
  }
}

function closeorder({ wechat, merchant, fields }: V2Request): Record<string, string | number> | V2Refusal {
  const order = orderOf(wechat, merchant.mchid, fields['out_trade_no'] ?? '')
  if (order === undefined) return new V2Refusal('ORDERNOTEXIST', '订单不存在')
  if (order.state === 'SUCCESS') return new V2Refusal('ORDERPAID', '订单已支付')
  if (order.state === 'CLOSED') return new V2Refusal('ORDERCLOSED', '订单已关闭')
  order.state = 'CLOSED'
  return { result_msg: 'OK' }
}
