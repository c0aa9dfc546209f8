/** A recorded request as a command of a POSIX shell that sends it again. */
import type { Exchange } from './exchange-feed.ts'

type HttpRequest = NonNullable<Exchange['request']>

/** Made anew by whoever sends. */
const NOT_SENT = new Set([
  'host',
  'connection',
  'content-length',
  'accept-encoding',
  'transfer-encoding',
  'expect',
])

/** Undefined for what is no HTTP: a page's call of the bridge. */
export function asCurl({ method, url, headers, body }: HttpRequest): string | undefined {
  if (!/^https?:/.test(url) || method === 'INVOKE') return undefined
  const named = Object.entries(headers).filter(([name]) => !NOT_SENT.has(name.toLowerCase()))
  return [
    `curl -sS -X ${method} ${quoted(url)}`,
    ...named.map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`),
    ...(body === '' ? [] : [`--data-binary ${quoted(body)}`]),
  ].join(' \\\n  ')
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}
