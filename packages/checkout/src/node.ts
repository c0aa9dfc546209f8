/** The checkout under `node:http`, Express and whatever else takes Node's request and response. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { isIP } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import type { Checkout } from './checkout.ts'
import { BODY_IS_GONE } from './http/consumed-body.ts'

/** How a Node server's requests are understood. */
export interface NodeListenerOptions {
  /**
   * Take the payer's address from `X-Forwarded-For`, its last entry. Only behind a proxy that writes it: anybody else can
   * claim any address.
   */
  trustForwardedFor?: boolean
}

/** For `createServer`, and, with `next`, for `app.use`. */
export type NodeListener = (
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  next?: (error?: unknown) => void,
) => void

/**
 * A listener for `createServer` or `app.use`; requests that are not below the base path go to `next`. Mount it before body
 * parsers: WeChat's notifications are verified byte for byte, and a body that was read already is an error that says so.
 */
export function toNodeListener(
  checkout: Pick<Checkout, 'handler' | 'basePath'>,
  options: NodeListenerOptions = {},
): NodeListener {
  const listener = getRequestListener((request, { incoming }) =>
    checkout.handler(request, { clientAddress: clientAddress(incoming as IncomingMessage, options) }),
  )
  return (incoming: MountedMessage, outgoing, next) => {
    // Express takes the path it was mounted at off `url`.
    const url = incoming.originalUrl ?? incoming.url ?? '/'
    if (next !== undefined && !isBelow(checkout.basePath, url)) return next()
    if (wasParsed(incoming)) return refuse(outgoing, next)
    incoming.url = url
    void listener(incoming, outgoing)
  }
}

interface MountedMessage extends IncomingMessage {
  originalUrl?: string
  body?: unknown
}

function isBelow(basePath: string, url: string): boolean {
  return url.startsWith(`${basePath}/`)
}

function wasParsed(incoming: MountedMessage): boolean {
  const hasBody =
    Number(incoming.headers['content-length'] ?? 0) > 0 || 'transfer-encoding' in incoming.headers
  return hasBody && (incoming.readableDidRead || incoming.body !== undefined)
}

/** To the framework's error handler, which prints it; without one the answer says it, and WeChat sends again later. */
function refuse(outgoing: ServerResponse, next: ((error?: unknown) => void) | undefined): void {
  if (next !== undefined) return next(new Error(BODY_IS_GONE))
  outgoing.writeHead(500, { 'content-type': 'text/plain' }).end(BODY_IS_GONE)
}

function clientAddress(
  incoming: IncomingMessage,
  { trustForwardedFor = false }: NodeListenerOptions,
): string | undefined {
  const forwarded = String(incoming.headers['x-forwarded-for'] ?? '')
    .split(',')
    .at(-1)
    ?.trim()
  const isTrusted = trustForwardedFor && isIP(forwarded ?? '') !== 0
  const address = isTrusted ? forwarded : incoming.socket.remoteAddress
  // An IPv4 client of a dual-stack socket, a link-local one with its zone; WeChat takes the plain forms.
  return address?.replace(/^::ffff:/, '').replace(/%.*$/, '')
}
