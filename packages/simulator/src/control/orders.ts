/** `orders` and `pay`: what merchants opened, and what a person would do with it on the phone. */
import { Hono } from 'hono'
import { z } from 'zod'
import { threadsOfOrder } from '../cashier/threads.ts'
import { allOrders, prepaidOf, prepayIsAlive } from '../pay/order.ts'
import { type PayResult, pay, payerOf } from '../pay/payment.ts'
import type { PayOrder } from '../pay/state.ts'
import { userByOpenid } from '../simulation.ts'
import type { Wechat } from '../wechat.ts'
import type { User } from '../world.ts'
import { bodyOf, orRefuse, queryOf, refusal } from './refusal.ts'

const payment = z
  .strictObject({
    prepay_id: z.string().optional(),
    out_trade_no: z.string().optional(),
    /** Which merchant's or sub-merchant's, where two use one number. */
    mchid: z.string().optional(),
    openid: z.string().optional(),
    method: z.string().optional(),
    result: z.enum(['ok', 'cancel', 'fail']).default('ok'),
  })
  .refine(({ prepay_id: prepayId, out_trade_no: outTradeNo }) => (prepayId ?? outTradeNo) !== undefined, {
    message: '需要 prepay_id 或 out_trade_no / prepay_id or out_trade_no is needed',
  })

type PaymentByHand = z.infer<typeof payment>

/** What to show of the orders; the newest `limit` of them. */
const filter = z.strictObject({
  out_trade_no: z.string().optional(),
  mchid: z.string().optional(),
  openid: z.string().optional(),
  trade_state: z.string().optional(),
  limit: z.coerce.number().int().min(1).optional(),
})

export function orderRoutes(wechat: Wechat): Hono {
  return new Hono()
    .get('/orders', (c) => c.json(shown(wechat, queryOf(c, filter)).map(orderView)))
    .post('/pay', async (c) => c.json(orderView(paidByHand(wechat, await bodyOf(c, payment)))))
}

function shown(wechat: Wechat, { limit, ...wanted }: z.infer<typeof filter>): PayOrder[] {
  const orders = allOrders(wechat).filter(
    (order) =>
      (wanted.out_trade_no === undefined || isNumbered(order, wanted.out_trade_no)) &&
      (wanted.mchid === undefined || wanted.mchid === order.mchid || wanted.mchid === order.subMchid) &&
      (wanted.openid === undefined || wanted.openid === order.openid) &&
      (wanted.trade_state === undefined || wanted.trade_state === order.state),
  )
  return limit === undefined ? orders : orders.slice(-limit)
}

/** By its own number, or by that of the combination it belongs to. */
function isNumbered({ outTradeNo, combined }: PayOrder, number: string): boolean {
  return outTradeNo === number || combined?.outTradeNo === number
}

/** The order's payer pays, unless another one is named and refused. */
function paidByHand(wechat: Wechat, { prepay_id: prepayId, result, ...which }: PaymentByHand): PayOrder {
  const prepaid = prepayId === undefined ? undefined : prepaidOf(wechat, prepayId)
  const orders = prepayId === undefined ? ordersNumbered(wechat, which) : (prepaid?.orders ?? [])
  const [order] = orders
  if (order === undefined) throw refusal(404, '没有这个订单 / no such order')
  if (!orders.some((each) => isMeant(each, which)))
    throw refusal(409, 'prepay_id 是另一个订单的 / the prepay_id is another order’s')
  if (prepaid !== undefined && order.state === 'NOTPAY' && !prepayIsAlive(wechat, prepaid))
    throw refusal(409, '该订单已过期，请重新下单')
  const payer = which.openid === undefined ? payerOf(wechat, order) : payerNamed(wechat, order, which.openid)
  orRefuse(409, () => pay(wechat, { orders, userId: payer?.id ?? '', result, method: which.method }))
  wechat.exchanges.record({
    from: 'user',
    to: 'wechat',
    title: 'pay',
    outcome: result === 'ok' ? 'ok' : 'refused',
    note: RESULT_NOTES[result],
    ...threadsOfOrder(order),
    userId: payer?.id,
  })
  return order
}

type Which = Pick<PaymentByHand, 'out_trade_no' | 'mchid'>

function isMeant(order: PayOrder, { out_trade_no: number, mchid }: Which): boolean {
  return (
    (number === undefined || isNumbered(order, number)) &&
    (mchid === undefined || order.mchid === mchid || order.subMchid === mchid)
  )
}

/** The order of a number with all others it is combined with, or all orders of a combined number. */
function ordersNumbered(wechat: Wechat, which: Which): readonly PayOrder[] {
  const meant = allOrders(wechat).filter((order) => isMeant(order, which))
  const payments = new Set(meant.map((order) => order.combined?.orders ?? order))
  if (payments.size > 1)
    throw refusal(
      409,
      '多个订单用了这个号，请给 mchid 或 prepay_id / several orders have this number: give mchid or prepay_id',
    )
  const [first] = meant
  return first?.combined?.orders ?? (first === undefined ? [] : [first])
}

/** By an openid of either account that an order is about. */
function payerNamed(wechat: Wechat, { appid, subAppid = '' }: PayOrder, openid: string): User | undefined {
  return userByOpenid(wechat, appid, openid) ?? userByOpenid(wechat, subAppid, openid)
}

const RESULT_NOTES: Record<PayResult, string> = {
  ok: '用户付款 the payer paid',
  cancel: '用户取消 the payer closed the pay sheet',
  fail: '支付失败 the payment failed',
}

function orderView(order: PayOrder): object {
  const { payment: paid, combined } = order
  return {
    version: order.version,
    mchid: order.mchid,
    ...(order.subMchid === undefined ? {} : { sub_mchid: order.subMchid }),
    appid: order.appid,
    out_trade_no: order.outTradeNo,
    ...(combined === undefined ? {} : { combine_out_trade_no: combined.outTradeNo }),
    body: order.description,
    total_fee: order.totalFen,
    openid: order.openid,
    trade_state: order.state,
    notify_url: order.notifyUrl,
    prepay_ids: (combined ?? order).prepays.map(({ id }) => id),
    created_at: new Date(order.createdAt).toISOString(),
    ...(paid === undefined
      ? {}
      : {
          transaction_id: paid.transactionId,
          paid_at: new Date(paid.paidAt).toISOString(),
          bank_type: paid.bankType,
          cash_fee: paid.cashFen,
          refunded_fee: refundedFen(order),
        }),
  }
}

/** In fen; what was asked back and not closed. */
function refundedFen({ refunds }: PayOrder): number {
  return refunds.reduce((sum, { state, refundFen }) => (state === 'CLOSED' ? sum : sum + refundFen), 0)
}
