/** The same for a provider's sub-merchants (服务商). Source: API v3 partner docs, "JSAPI下单", "查询订单", "关闭订单". */
import { orderOf } from '../pay/order.ts'
import type { PaySide } from '../pay/state.ts'
import { userByOpenid } from '../simulation.ts'
import { NOTHING, type V3Call, type V3Outcome, v3Call } from './call.ts'
import { type Field, integer, note, object, optional } from './fields.ts'
import { relationRefusal } from './partner.ts'
import { closeByNumber, orderFound, transactionFound } from './placed-order.ts'
import { expiry, prepay } from './prepay.ts'
import { parameterError } from './refusal.ts'
import { sensitiveRefusal } from './sensitive.ts'
import * as shared from './transaction-fields.ts'

const MOST_DAYS = 15
const { MCHID, OUT_TRADE_NO, SUB_MCHID } = shared

const PREPAY = object('请求', {
  sp_appid: shared.APPID,
  sp_mchid: MCHID,
  sub_appid: optional(shared.APPID),
  sub_mchid: SUB_MCHID,
  description: shared.DESCRIPTION,
  out_trade_no: OUT_TRADE_NO,
  time_expire: optional(shared.TIME),
  attach: optional(note('附加数据', 128)),
  notify_url: shared.NOTIFY_URL,
  goods_tag: optional(note('订单优惠标记', 32)),
  support_fapiao: optional(shared.SUPPORT_FAPIAO),
  limit_pay: optional(shared.LIMIT_PAY),
  amount: object('订单金额', { total: integer('总金额', 1), currency: optional(shared.CURRENCY) }),
  payer: object('支付者', {
    sp_openid: optional(shared.OPENID),
    sub_openid: optional(shared.OPENID),
    identity: optional(shared.IDENTITY),
  }),
  detail: optional(shared.DETAIL),
  scene_info: optional(shared.SCENE_INFO),
  settle_info: optional(
    object('结算信息', {
      profit_sharing: optional(shared.PROFIT_SHARING),
      subsidy_amount: optional(shared.SUBSIDY_AMOUNT),
    }),
  ),
})

type Prepay = typeof PREPAY extends Field<infer Value> ? Value : never

export const partnerJsapi: V3Call = v3Call({
  title: 'partner/transactions/jsapi',
  path: NOTHING,
  query: NOTHING,
  body: PREPAY,
  mchid: ({ body }) => body.sp_mchid,
  permission: 'jsapi',
  run(asked) {
    const { side, merchant, body } = asked
    const { number, name } = body.payer.identity ?? {}
    return (
      relationRefusal(side, { provider: merchant, subMchid: body.sub_mchid, permission: 'jsapi' }) ??
      sensitiveRefusal(asked, { '/body/payer/identity/number': number, '/body/payer/identity/name': name }) ??
      prepayFor(side, body)
    )
  },
})

function prepayFor(side: PaySide, body: Prepay): V3Outcome {
  const { sp_openid: spOpenid, sub_openid: subOpenid } = body.payer
  if (spOpenid === undefined && subOpenid === undefined)
    return parameterError('JSAPI支付必须传openid', 268501013)
  if (subOpenid !== undefined && body.sub_appid === undefined)
    return parameterError('传入sub_openid时必须传入sub_appid')
  return prepay(side, {
    version: 'v3',
    signType: 'MD5',
    mchid: body.sp_mchid,
    appid: body.sp_appid,
    subMchid: body.sub_mchid,
    subAppid: body.sub_appid,
    outTradeNo: body.out_trade_no,
    description: body.description,
    totalFen: body.amount.total,
    // Named in the scope of one account, the payer is somebody in the scope of the other as well.
    openid: spOpenid ?? openidElsewhere(side, body),
    subOpenid,
    notifyUrl: body.notify_url,
    attach: body.attach ?? '',
    deviceInfo: body.scene_info?.device_id ?? '',
    goodsTag: body.goods_tag ?? '',
    limitPay: body.limit_pay ?? [],
    timeExpire: expiry(side, { mchid: body.sp_mchid, text: body.time_expire, mostDays: MOST_DAYS }),
    firstRequest: JSON.stringify({ ...body, time_expire: undefined }),
  })
}

function openidElsewhere(side: PaySide, { sp_appid: spAppid, sub_appid: subAppid, payer }: Prepay): string {
  return userByOpenid(side, subAppid ?? '', payer.sub_openid ?? '')?.openids[spAppid] ?? ''
}

const NUMBER = object('路径', { out_trade_no: OUT_TRADE_NO })
const QUERY = object('查询参数', { sp_mchid: MCHID, sub_mchid: SUB_MCHID })

export const partnerByNumber: V3Call = v3Call({
  title: 'partner/transactions/out-trade-no',
  path: NUMBER,
  query: QUERY,
  body: NOTHING,
  mchid: ({ query }) => query.sp_mchid,
  run: ({ side, merchant, query, path }) =>
    relationRefusal(side, { provider: merchant, subMchid: query.sub_mchid }) ??
    orderFound(
      orderOf(side, { mchid: query.sp_mchid, subMchid: query.sub_mchid, outTradeNo: path.out_trade_no }),
    ),
})

export const partnerByTransaction: V3Call = v3Call({
  title: 'partner/transactions/id',
  path: object('路径', { transaction_id: shared.TRANSACTION_ID }),
  query: QUERY,
  body: NOTHING,
  mchid: ({ query }) => query.sp_mchid,
  run: ({ side, merchant, query, path }) =>
    relationRefusal(side, { provider: merchant, subMchid: query.sub_mchid }) ??
    transactionFound(side, path.transaction_id, { mchid: query.sp_mchid, subMchid: query.sub_mchid }),
})

export const partnerClose: V3Call = v3Call({
  title: 'partner/transactions/close',
  path: NUMBER,
  query: NOTHING,
  body: object('请求', { sp_mchid: MCHID, sub_mchid: SUB_MCHID }),
  mchid: ({ body }) => body.sp_mchid,
  run: ({ side, merchant, body, path }) =>
    relationRefusal(side, { provider: merchant, subMchid: body.sub_mchid }) ??
    closeByNumber(side, { mchid: body.sp_mchid, subMchid: body.sub_mchid, outTradeNo: path.out_trade_no }),
})
