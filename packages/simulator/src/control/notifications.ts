/** `notifications`, `trigger`, `replay`, `forward`: what WeChat tells merchants, on demand and to a laptop without a tunnel. */
import { Hono } from 'hono'
import { z } from 'zod'
import { isLoopback } from '../entry/loopback.ts'
import type { Notification } from '../notifications/deliveries.ts'
import { news, tellNews } from '../notifications/news.ts'
import { replay } from '../notifications/notifier.ts'
import type { Wechat } from '../wechat.ts'
import { bodyOf, idOf, orRefuse, refusal } from './refusal.ts'

const replayed = z.strictObject({ id: z.int() })

const forwarding = z.strictObject({
  /** Every merchant's notifications go to this very address. */
  to: z.url({ protocol: /^https?$/ }),
  /** Another machine's address is meant. */
  anywhere: z.boolean().default(false),
})

export function notificationRoutes(wechat: Wechat): Hono {
  const { deliveries, schedule } = wechat
  return new Hono()
    .get('/notifications', (c) => c.json(deliveries.all().map(notificationView)))
    .get('/notifications/:id', (c) => c.json(notificationView(known(wechat, idOf(c)))))
    .post('/trigger', async (c) => {
      const asked = await bodyOf(c, news)
      const told = orRefuse(409, () => tellNews(wechat, asked))
      await schedule.settle()
      return c.json(notificationView(told))
    })
    .post('/replay', async (c) => {
      const { id } = await bodyOf(c, replayed)
      const notification = known(wechat, id)
      replay(wechat, notification)
      await schedule.settle()
      return c.json(notificationView(notification))
    })
    .get('/forward', (c) => c.json({ to: deliveries.forwardTo ?? null }))
    .post('/forward', async (c) => {
      const { to, anywhere } = await bodyOf(c, forwarding)
      if (!anywhere && !isLoopback(new URL(to).hostname))
        throw refusal(
          400,
          '只转发到本机；确实需要时加 "anywhere": true 或 --anywhere / to this machine only, unless "anywhere": true or --anywhere is given',
        )
      deliveries.forwardTo = to
      return c.json({ to })
    })
    .delete('/forward', (c) => {
      deliveries.forwardTo = undefined
      return c.json({ to: null })
    })
}

function known({ deliveries }: Wechat, id: number): Notification {
  const notification = deliveries.find(id)
  if (notification === undefined) throw refusal(404, '没有这个通知 / no such notification')
  return notification
}

function notificationView({ id, at, announcement, attempts, state, nextAt }: Notification): object {
  const { title, url, mchid, outTradeNo, outRefundNo } = announcement
  return {
    id,
    at,
    title,
    url,
    mchid,
    out_trade_no: outTradeNo,
    ...(outRefundNo === undefined ? {} : { out_refund_no: outRefundNo }),
    state,
    ...(nextAt === undefined ? {} : { next_at: nextAt }),
    attempts,
  }
}
