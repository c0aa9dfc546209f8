/** The checkout under `node:http`, Express and whatever else takes Node's request and response. */
import type { IncomingMessage, RequestListener } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import type { Checkout } from './checkout.ts'
import { BODY_IS_GONE } from './http/consumed-body.ts'

export interface NodeListenerOptions {
  /**
   * Take the payer's address from `X-Forwarded-For`, its last entry. Only behind a proxy that writes it: anybody else can
   * claim any address.
   */
  trustForwardedFor?: boolean
}

/**
 * A listener for `createServer` or `app.use`. Mount it before body parsers: WeChat's notifications are verified byte for byte,
 * and a body that was read already is an error that says so.
 */
export function toNodeListener(
  checkout: Pick<Checkout, 'handler'>,
  options: NodeListenerOptions = {},
): RequestListener {
  const listener = getRequestListener((request, { incoming }) =>
    checkout.handler(request, { clientAddress: clientAddress(incoming as IncomingMessage, options) }),
  )
  return (incoming, outgoing) => {
    if (wasParsed(incoming)) throw new Error(BODY_IS_GONE)
    return listener(incoming, outgoing)
  }
}

function wasParsed(incoming: IncomingMessage & { body?: unknown }): boolean {
  const hasBody =
    Number(incoming.headers['content-length'] ?? 0) > 0 || 'transfer-encoding' in incoming.headers
  return hasBody && (incoming.readableEnded || incoming.body !== undefined)
}

function clientAddress(
  incoming: IncomingMessage,
  { trustForwardedFor = false }: NodeListenerOptions,
): string | undefined {
  const forwarded = String(incoming.headers['x-forwarded-for'] ?? '')
    .split(',')
    .at(-1)
    ?.trim()
  const address = trustForwardedFor && forwarded !== '' ? forwarded : incoming.socket.remoteAddress
  // An IPv4 client of a dual-stack socket; WeChat takes the plain form.
  return address?.replace(/^::ffff:/, '')
}
