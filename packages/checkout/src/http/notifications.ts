/** Where WeChat posts news of payments: raw bytes in, WeChat's acknowledgement or refusal out. No session, no origin check. */
import { Hono } from 'hono'
import type { HttpContext, HttpEnv } from './context.ts'
import { PublicFault } from './public-error.ts'
import { readBody } from './request-body.ts'

/** WeChat's are a few kilobytes. */
const MAX_BODY_BYTES = 64 * 1024

export function notificationRoutes(http: HttpContext): Hono<HttpEnv> {
  const app = new Hono<HttpEnv>()
  app.post('/notifications/v2/:account', async (c) => {
    const body = await readBody(c.req.raw, MAX_BODY_BYTES)
    const answer = await http.engine.receiveNotification({ account: c.req.param('account'), body })
    return new Response(answer.body, {
      status: answer.status,
      headers: { 'content-type': answer.contentType },
    })
  })
  app.all('/notifications/v2/:account', (c) => {
    c.header('allow', 'POST')
    throw new PublicFault('bad_request', 'notifications are posted', { status: 405 })
  })
  return app
}
