/** The control API: who is in the world, what time it is, what goes wrong, what was said. JSON, below `/_simulator/`. */
import { Hono } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { streamSSE } from 'hono/streaming'
import { z } from 'zod'
import { faultRequest } from './faults.ts'
import { orderByPrepayId, type PayOrder, pay } from './pay-v2/order.ts'
import { voidTicket } from './tokens.ts'
import { reset, userByOpenid, type Wechat } from './wechat.ts'
import { parseWorld } from './world.ts'

const advance = z.object({
  advanceSeconds: z
    .number()
    .min(0)
    .max(366 * 24 * 3600),
})
const payRequest = z.object({
  prepay_id: z.string().optional(),
  out_trade_no: z.string().optional(),
  openid: z.string().optional(),
  result: z.enum(['ok', 'cancel', 'fail']).default('ok'),
})

export function controlApi(wechat: Wechat, seed: string): Hono {
  return new Hono()
    .get('/world', (c) => c.json(wechat.world))
    .put('/world', async (c) => {
      reset(wechat, parseWorld(await c.req.json()), seed)
      return c.json(wechat.world)
    })
    .post('/reset', (c) => {
      reset(wechat, wechat.world, seed)
      return c.json({})
    })
    .get('/clock', (c) => c.json(timeOf(wechat)))
    .post('/clock', async (c) => {
      await wechat.schedule.advance(advance.parse(await c.req.json()).advanceSeconds)
      return c.json(timeOf(wechat))
    })
    .get('/faults', (c) => c.json(wechat.faults.armed()))
    .post('/faults', async (c) => c.json(wechat.faults.arm(faultRequest.parse(await c.req.json()))))
    .delete('/faults', (c) => {
      wechat.faults.disarm()
      return c.json([])
    })
    .post('/tickets/void', (c) => {
      for (const { appid } of wechat.world.officialAccounts) voidTicket(wechat, appid)
      return c.json({})
    })
    .get('/orders', (c) => c.json([...wechat.orders.values()].map(orderView)))
    .post('/pay', async (c) => {
      const { result, openid, ...which } = payRequest.parse(await c.req.json())
      const order = findOrder(wechat, which)
      if (order === undefined) throw new HTTPException(404, { message: '没有这个订单 / no such order' })
      const payer = userByOpenid(wechat, order.appid, openid ?? order.openid)
      pay(wechat, { order, userId: payer?.id ?? '', result })
      return c.json(orderView(order))
    })
    .get('/exchanges', (c) => {
      if (!(c.req.header('accept') ?? '').includes('text/event-stream')) return c.json(wechat.exchanges.all())
      return streamSSE(c, async (stream) => {
        for (const exchange of wechat.exchanges.all())
          await stream.writeSSE({ data: JSON.stringify(exchange) })
        const stop = wechat.exchanges.follow(
          (exchange) => void stream.writeSSE({ data: JSON.stringify(exchange) }),
        )
        await new Promise<void>((resolve) => stream.onAbort(resolve))
        stop()
      })
    })
    .delete('/exchanges', (c) => {
      wechat.exchanges.clear()
      return c.json([])
    })
}

function timeOf(wechat: Wechat): { now: string; nowMs: number } {
  const nowMs = wechat.schedule.now()
  return { now: new Date(nowMs).toISOString(), nowMs }
}

function findOrder(
  wechat: Wechat,
  which: { prepay_id?: string | undefined; out_trade_no?: string | undefined },
): PayOrder | undefined {
  if (which.prepay_id !== undefined) return orderByPrepayId(wechat, which.prepay_id)
  return [...wechat.orders.values()].find(({ outTradeNo }) => outTradeNo === which.out_trade_no)
}

function orderView(order: PayOrder): object {
  return {
    mchid: order.mchid,
    appid: order.appid,
    out_trade_no: order.outTradeNo,
    body: order.body,
    total_fee: order.totalFee,
    openid: order.openid,
    trade_state: order.state,
    notify_url: order.notifyUrl,
    prepay_ids: order.prepays.map(({ id }) => id),
    created_at: new Date(order.createdAt).toISOString(),
    ...(order.payment === undefined
      ? {}
      : {
          transaction_id: order.payment.transactionId,
          paid_at: new Date(order.payment.paidAt).toISOString(),
        }),
  }
}
