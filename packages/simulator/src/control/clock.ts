/** `GET` and `POST clock`: the simulated time, and what is due on the way to a later one. */
import { Hono } from 'hono'
import { z } from 'zod'
import type { Wechat } from '../wechat.ts'
import { bodyOf } from './refusal.ts'

const MOST_SECONDS = 366 * 24 * 3600

const advance = z.strictObject({ advanceSeconds: z.number().min(0).max(MOST_SECONDS) })

export function clockRoutes(wechat: Wechat): Hono {
  return new Hono()
    .get('/clock', (c) => c.json(timeOf(wechat)))
    .post('/clock', async (c) => {
      const { advanceSeconds } = await bodyOf(c, advance)
      await wechat.schedule.advance(advanceSeconds)
      return c.json(timeOf(wechat))
    })
}

function timeOf({ schedule }: Wechat): { now: string; nowMs: number } {
  const nowMs = schedule.now()
  return { now: new Date(nowMs).toISOString(), nowMs }
}
