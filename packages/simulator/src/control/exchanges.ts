/** `exchanges`: everything that was said, at once or as it is being said. */
import { type Context, Hono } from 'hono'
import { streamSSE } from 'hono/streaming'
import type { Exchange } from '../exchanges.ts'
import type { Wechat } from '../wechat.ts'

export function exchangeRoutes(wechat: Wechat): Hono {
  return new Hono()
    .get('/exchanges', (c) => {
      const follows = (c.req.header('accept') ?? '').includes('text/event-stream')
      return follows ? follow(c, wechat) : c.json(wechat.exchanges.all())
    })
    .delete('/exchanges', (c) => {
      wechat.exchanges.clear()
      return c.json([])
    })
}

/** What was said so far, then each new exchange as it comes, none left out and none twice. */
function follow(c: Context, { exchanges }: Wechat): Response {
  return streamSSE(c, async (stream) => {
    let written = Promise.resolve()
    const tell = (exchange: Exchange): void => {
      written = written.then(() => stream.writeSSE({ data: JSON.stringify(exchange) }))
    }
    const stop = exchanges.follow(tell)
    for (const exchange of exchanges.all()) tell(exchange)
    await new Promise<void>((resolve) => stream.onAbort(resolve))
    stop()
  })
}
