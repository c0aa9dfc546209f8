/**
 * The control API changes money and time, and any web page that a developer opens could ask it to: by a form, or by a
 * name that it makes resolve to 127.0.0.1. It therefore answers only under a loopback name, and only its own pages.
 */
import type { MiddlewareHandler } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { isLoopback } from './loopback.ts'

/** Refuses with 403 what comes under another host's name or from another origin's page. */
export const sameOriginOnly: MiddlewareHandler = async (c, next) => {
  const host = c.req.header('host') ?? new URL(c.req.url).host
  if (!(URL.canParse(`http://${host}`) && isLoopback(new URL(`http://${host}`).hostname)))
    throw refusal('只在本机地址上应答 answers under a loopback name only')
  const origin = c.req.header('origin')
  if (origin !== undefined && !(URL.canParse(origin) && new URL(origin).host === host))
    throw refusal('不接受其他网站页面的请求 not for pages of other sites')
  await next()
}

function refusal(message: string): HTTPException {
  return new HTTPException(403, { message })
}
