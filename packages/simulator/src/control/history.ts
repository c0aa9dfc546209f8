/** `POST history`: a past to look at, for bills, paging and consoles. */
import { Hono } from 'hono'
import { z } from 'zod'
import { makeHistory } from '../history.ts'
import type { Wechat } from '../wechat.ts'
import { bodyOf, refusal } from './refusal.ts'

const asked = z.strictObject({
  orders: z.int().min(1).max(20_000).default(1000),
  days: z.int().min(1).max(365).default(30),
  seed: z.string().default('history'),
})

export function historyRoutes(wechat: Wechat): Hono {
  return new Hono().post('/history', async (c) => {
    const request = await bodyOf(c, asked)
    if (wechat.pay.orders.size > 0)
      throw refusal(409, '已有订单，请先 reset / there are orders already: reset first')
    return c.json(await makeHistory(wechat, request))
  })
}
