/** The control API: who is in the world, what time it is, what goes wrong, what was said. JSON, below `/_simulator/`. */
import { type Context, Hono } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { streamSSE } from 'hono/streaming'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { z } from 'zod'
import { certificateAuthority } from './certificates.ts'
import type { Exchange } from './exchanges.ts'
import { faultRequest } from './faults.ts'
import { allOrders, prepaidOf, prepayIsAlive } from './pay/order.ts'
import { type PayResult, pay, payerOf } from './pay/payment.ts'
import { allRefunds } from './pay/refund.ts'
import type { PayOrder, Refund } from './pay/state.ts'
import { userByOpenid } from './simulation.ts'
import { voidTicket } from './tokens.ts'
import { reset, type Wechat } from './wechat.ts'
import { parseWorld, worldSchema } from './world.ts'

const MOST_SECONDS = 366 * 24 * 3600

const clockRequest = z.object({ advanceSeconds: z.number().min(0).max(MOST_SECONDS) })
const payRequest = z
  .object({
    prepay_id: z.string().optional(),
    out_trade_no: z.string().optional(),
    openid: z.string().optional(),
    method: z.string().optional(),
    result: z.enum(['ok', 'cancel', 'fail']).default('ok'),
  })
  .refine(({ prepay_id: prepayId, out_trade_no: outTradeNo }) => (prepayId ?? outTradeNo) !== undefined, {
    message: '需要 prepay_id 或 out_trade_no / prepay_id or out_trade_no is needed',
  })

/** Each verb of design is one line here; refusals are `{"error":{"code","message"}}` with a status of 4xx. */
export function controlApi(wechat: Wechat): Hono {
  const caPem = (): string => certificateAuthority(wechat.seed).certificatePem
  return new Hono()
    .get('/world', (c) => c.json({ ...wechat.world, caPem: caPem() }))
    .put('/world', async (c) => {
      const described = await c.req.json()
      reset(
        wechat,
        orRefuse(400, () => parseWorld(described)),
      )
      return c.json(wechat.world)
    })
    .get('/world.schema.json', (c) => c.json(worldSchema()))
    .get('/ca.pem', (c) => c.text(caPem()))
    .post('/reset', (c) => {
      reset(wechat, wechat.world)
      return c.json({})
    })
    .get('/clock', (c) => c.json(timeOf(wechat)))
    .post('/clock', async (c) => {
      const { advanceSeconds } = await bodyOf(c, clockRequest)
      await wechat.schedule.advance(advanceSeconds)
      return c.json(timeOf(wechat))
    })
    .get('/faults', (c) => c.json(wechat.faults.armed()))
    .post('/faults', async (c) => c.json(wechat.faults.arm(await bodyOf(c, faultRequest))))
    .delete('/faults', (c) => {
      wechat.faults.disarm()
      return c.json([])
    })
    .post('/tickets/void', (c) => {
      for (const { appid } of wechat.world.officialAccounts) voidTicket(wechat, appid)
      return c.json({})
    })
    .get('/orders', (c) => c.json(allOrders(wechat).map(orderView)))
    .get('/refunds', (c) => c.json(allRefunds(wechat).map(refundView)))
    .post('/pay', async (c) => c.json(orderView(paidByHand(wechat, await bodyOf(c, payRequest)))))
    .get('/exchanges', (c) => {
      const follows = (c.req.header('accept') ?? '').includes('text/event-stream')
      return follows ? follow(c, wechat) : c.json(wechat.exchanges.all())
    })
    .delete('/exchanges', (c) => {
      wechat.exchanges.clear()
      return c.json([])
    })
}

async function bodyOf<Value>(c: Context, shape: z.ZodType<Value>): Promise<Value> {
  const parsed = shape.safeParse(await c.req.json())
  if (parsed.success) return parsed.data
  throw new HTTPException(400, { message: z.prettifyError(parsed.error) })
}

/** Turns an error of the world or of the pay sheet, which are words for a person, into an answer. */
function orRefuse<Value>(status: ContentfulStatusCode, work: () => Value): Value {
  try {
    return work()
  } catch (cause) {
    throw new HTTPException(status, {
      message: cause instanceof Error ? cause.message : String(cause),
      cause,
    })
  }
}

interface PaymentByHand {
  prepay_id?: string | undefined
  out_trade_no?: string | undefined
  openid?: string | undefined
  method?: string | undefined
  result: PayResult
}

/** What a person would do on the phone. The order's payer pays, unless another one is named and refused. */
function paidByHand(wechat: Wechat, { prepay_id: prepayId, result, ...which }: PaymentByHand): PayOrder {
  const prepaid = prepayId === undefined ? undefined : prepaidOf(wechat, prepayId)
  const orders = prepaid?.orders ?? ordersNumbered(wechat, which.out_trade_no)
  const [order] = orders
  if (order === undefined) throw new HTTPException(404, { message: '没有这个订单 / no such order' })
  if (prepaid !== undefined && order.state === 'NOTPAY' && !prepayIsAlive(wechat, prepaid))
    throw new HTTPException(409, { message: '该订单已过期，请重新下单' })
  const payer =
    which.openid === undefined ? payerOf(wechat, order) : userByOpenid(wechat, order.appid, which.openid)
  orRefuse(409, () => pay(wechat, { orders, userId: payer?.id ?? '', result, method: which.method }))
  wechat.exchanges.record({
    from: 'user',
    to: 'wechat',
    title: 'pay',
    outcome: result === 'ok' ? 'ok' : 'refused',
    note: RESULT_NOTES[result],
    outTradeNo: order.outTradeNo,
  })
  return order
}

/** The order of a number, with all others it is combined with; or all orders of a combined number. */
function ordersNumbered(wechat: Wechat, outTradeNo: string | undefined): readonly PayOrder[] {
  const order = allOrders(wechat).find(
    (each) => each.outTradeNo === outTradeNo || each.combined?.outTradeNo === outTradeNo,
  )
  return order?.combined?.orders ?? (order === undefined ? [] : [order])
}

const RESULT_NOTES: Record<PayResult, string> = {
  ok: '用户付款 the payer paid',
  cancel: '用户取消 the payer closed the pay sheet',
  fail: '支付失败 the payment failed',
}

/** What was said so far, then each new exchange as it comes, none left out and none twice. */
function follow(c: Context, wechat: Wechat): Response {
  return streamSSE(c, async (stream) => {
    let written = Promise.resolve()
    const tell = (exchange: Exchange): void => {
      written = written.then(() => stream.writeSSE({ data: JSON.stringify(exchange) }))
    }
    const stop = wechat.exchanges.follow(tell)
    for (const exchange of wechat.exchanges.all()) tell(exchange)
    await new Promise<void>((resolve) => stream.onAbort(resolve))
    stop()
  })
}

function timeOf(wechat: Wechat): { now: string; nowMs: number } {
  const nowMs = wechat.schedule.now()
  return { now: new Date(nowMs).toISOString(), nowMs }
}

function orderView(order: PayOrder): object {
  const { payment } = order
  return {
    mchid: order.mchid,
    appid: order.appid,
    out_trade_no: order.outTradeNo,
    body: order.description,
    total_fee: order.totalFen,
    openid: order.openid,
    trade_state: order.state,
    notify_url: order.notifyUrl,
    prepay_ids: order.prepays.map(({ id }) => id),
    created_at: new Date(order.createdAt).toISOString(),
    ...(payment === undefined
      ? {}
      : { transaction_id: payment.transactionId, paid_at: new Date(payment.paidAt).toISOString() }),
  }
}

function refundView(refund: Refund): object {
  const { order, succeededAt } = refund
  return {
    mchid: order.mchid,
    out_trade_no: order.outTradeNo,
    transaction_id: order.payment?.transactionId,
    out_refund_no: refund.outRefundNo,
    refund_id: refund.refundId,
    refund_fee: refund.refundFen,
    total_fee: order.totalFen,
    refund_status: refund.state,
    created_at: new Date(refund.createdAt).toISOString(),
    ...(succeededAt === undefined ? {} : { success_at: new Date(succeededAt).toISOString() }),
  }
}
