/**
 * The control API changes money and time, and any web page that a developer opens could ask it to: by a form, or by a
 * name that it makes resolve to 127.0.0.1. It therefore answers only under names that no page can have, and only its own
 * pages.
 */
import { isIP } from 'node:net'
import type { MiddlewareHandler } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { isLoopback } from './loopback.ts'

export interface Reach {
  /** Other machines are let in as well; they come by an address, or by a name without a dot, such as a container's. */
  exposed: boolean
}

/** Refuses with 403 what comes under another host's name or from another origin's page. */
export function sameOriginOnly({ exposed }: Reach): MiddlewareHandler {
  const isOurs = (hostname: string): boolean => isLoopback(hostname) || (exposed && isNobodysDomain(hostname))
  return async (c, next) => {
    const host = c.req.header('host') ?? new URL(c.req.url).host
    if (!(URL.canParse(`http://${host}`) && isOurs(new URL(`http://${host}`).hostname)))
      throw refusal(
        exposed
          ? '只在 IP 地址或不带点的主机名上应答 answers under an IP address or a name without a dot only'
          : '只在本机地址上应答 answers under a loopback name only',
      )
    const origin = c.req.header('origin')
    if (origin !== undefined && !isOriginOf(origin, host))
      throw refusal('不接受其他网站页面的请求 not for pages of other sites')
    await next()
  }
}

/** What resolves to this machine only if it is meant to: whoever makes a name of his own resolve here has a dot in it. */
function isNobodysDomain(hostname: string): boolean {
  return isIP(hostname.replace(/^\[|\]$/g, '')) !== 0 || !hostname.includes('.')
}

/** Whatever the case, and with the scheme's own port written or not. */
function isOriginOf(origin: string, host: string): boolean {
  if (!URL.canParse(origin)) return false
  const { protocol, host: of } = new URL(origin)
  return new URL(`${protocol}//${host}`).host === of
}

function refusal(message: string): HTTPException {
  return new HTTPException(403, { message })
}
