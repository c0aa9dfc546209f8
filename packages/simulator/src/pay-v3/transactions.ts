/** A merchant's own orders: JSAPI下单, 查询订单, 关闭订单. Source: API v3 docs of the three calls. */
import { orderOf } from '../pay/order.ts'
import { NOTHING, type V3Call, v3Call } from './call.ts'
import { integer, note, object, optional } from './fields.ts'
import { closeByNumber, orderFound, transactionFound } from './placed-order.ts'
import { expiry, prepay } from './prepay.ts'
import { sensitiveRefusal } from './sensitive.ts'
import * as shared from './transaction-fields.ts'

const MOST_DAYS = 90
const { APPID, MCHID, OUT_TRADE_NO } = shared

const PREPAY = object('请求', {
  appid: APPID,
  mchid: MCHID,
  description: shared.DESCRIPTION,
  out_trade_no: OUT_TRADE_NO,
  time_expire: optional(shared.TIME),
  attach: optional(note('附加数据', 128)),
  notify_url: shared.NOTIFY_URL,
  goods_tag: optional(note('订单优惠标记', 32)),
  support_fapiao: optional(shared.SUPPORT_FAPIAO),
  limit_pay: optional(shared.LIMIT_PAY),
  amount: object('订单金额', { total: integer('总金额', 1), currency: optional(shared.CURRENCY) }),
  payer: object('支付者', { openid: shared.OPENID, identity: optional(shared.IDENTITY) }),
  detail: optional(shared.DETAIL),
  scene_info: optional(shared.SCENE_INFO),
  settle_info: optional(object('结算信息', { profit_sharing: optional(shared.PROFIT_SHARING) })),
  subsidy_info: optional(shared.SUBSIDY_INFO),
})

export const jsapi: V3Call = v3Call({
  title: 'transactions/jsapi',
  path: NOTHING,
  query: NOTHING,
  body: PREPAY,
  mchid: ({ body }) => body.mchid,
  permission: 'jsapi',
  run(asked) {
    const { side, body } = asked
    const { number, name } = body.payer.identity ?? {}
    return (
      sensitiveRefusal(asked, { '/body/payer/identity/number': number, '/body/payer/identity/name': name }) ??
      prepay(side, {
        version: 'v3',
        signType: 'MD5',
        mchid: body.mchid,
        appid: body.appid,
        subMchid: undefined,
        subAppid: undefined,
        outTradeNo: body.out_trade_no,
        description: body.description,
        totalFen: body.amount.total,
        openid: body.payer.openid,
        subOpenid: undefined,
        notifyUrl: body.notify_url,
        attach: body.attach ?? '',
        deviceInfo: body.scene_info?.device_id ?? '',
        goodsTag: body.goods_tag ?? '',
        limitPay: body.limit_pay ?? [],
        timeExpire: expiry(side, { mchid: body.mchid, text: body.time_expire, mostDays: MOST_DAYS }),
        firstRequest: JSON.stringify({ ...body, time_expire: undefined }),
      })
    )
  },
})

const QUERY = object('查询参数', { mchid: MCHID })

export const byNumber: V3Call = v3Call({
  title: 'transactions/out-trade-no',
  path: object('路径', { out_trade_no: OUT_TRADE_NO }),
  query: QUERY,
  body: NOTHING,
  mchid: ({ query }) => query.mchid,
  run: ({ side, query, path }) =>
    orderFound(orderOf(side, { mchid: query.mchid, outTradeNo: path.out_trade_no })),
})

export const byTransaction: V3Call = v3Call({
  title: 'transactions/id',
  path: object('路径', { transaction_id: shared.TRANSACTION_ID }),
  query: QUERY,
  body: NOTHING,
  mchid: ({ query }) => query.mchid,
  run: ({ side, query, path }) => transactionFound(side, path.transaction_id, { mchid: query.mchid }),
})

export const close: V3Call = v3Call({
  title: 'transactions/close',
  path: object('路径', { out_trade_no: OUT_TRADE_NO }),
  query: NOTHING,
  body: object('请求', { mchid: MCHID }),
  mchid: ({ body }) => body.mchid,
  run: ({ side, body, path }) => closeByNumber(side, { mchid: body.mchid, outTradeNo: path.out_trade_no }),
})
