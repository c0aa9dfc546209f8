/**
 * The HTTP port as a forward proxy, for SDKs and browsers that cannot be told another address of WeChat's. WeChat's hosts
 * end in the simulator, loopback passes through, and nothing else is reached: a request meant for the real world is a
 * mistake here. Source: RFC 9110, CONNECT; RFC 9112, absolute-form.
 */
import {
  type IncomingHttpHeaders,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  request,
  type ServerResponse,
} from 'node:http'
import { connect } from 'node:net'
import { type Duplex, pipeline } from 'node:stream'
import { isWechatHost } from './hosts.ts'
import { isLoopback, isLoopbackAddress } from './loopback.ts'

export interface ProxyOptions {
  /** Answers a request as the port itself does. */
  answer(incoming: IncomingMessage, outgoing: ServerResponse): void
  /** Takes over a connection that was opened to port 80 of one of WeChat's hosts. */
  plain(socket: Duplex): void
  /** Takes over a connection that was opened to port 443 of one of WeChat's hosts. */
  secure(socket: Duplex): void
}

export interface Proxy {
  /** For the server's `request` event: requests to the port itself, and those that name another host. */
  request(incoming: IncomingMessage, outgoing: ServerResponse): void
  /** For the server's `connect` event. */
  connect(incoming: IncomingMessage, socket: Duplex, head: Buffer): void
}

const MOST_TUNNELS = 512
const IDLE_MS = 10 * 60 * 1000
const ESTABLISHED = 'HTTP/1.1 200 Connection Established\r\n\r\n'

/** A refusal: status, reason in the status line (all that many clients show), and a sentence for the person. */
interface Refusal {
  status: number
  reason: string
  message: string
}

export function createProxy({ answer, plain, secure }: ProxyOptions): Proxy {
  let tunnels = 0

  /** Joins the two connections until either ends. */
  function tunnel(target: URL, socket: Duplex, head: Buffer): void {
    if (tunnels >= MOST_TUNNELS) return refuseTunnel(socket, TOO_MANY)
    tunnels += 1
    const upstream = connect({ host: addressOf(target), port: portOf(target), timeout: IDLE_MS })
    upstream.once('timeout', () => upstream.destroy())
    upstream.once('close', () => {
      tunnels -= 1
    })
    const failed = (): void => refuseTunnel(socket, notReached(target))
    upstream.once('error', failed)
    upstream.once('connect', () => {
      upstream.off('error', failed)
      socket.write(ESTABLISHED)
      upstream.write(head)
      pipeline(socket, upstream, socket, () => undefined)
    })
  }

  return {
    request(incoming, outgoing) {
      const target = absoluteTarget(incoming)
      if (target === undefined) return answer(incoming, outgoing)
      const own = isLoopback(target.hostname) && portOf(target) === incoming.socket.localPort
      if (own || serviceOf(target) !== undefined) return answer(inOriginForm(incoming, target), outgoing)
      const refusal = refusalOf(target, incoming)
      return refusal === undefined ? forward(target, incoming, outgoing) : refuse(outgoing, refusal)
    },
    connect(incoming, socket, head) {
      socket.on('error', () => socket.destroy())
      const target = connectTarget(incoming)
      if (target === undefined) return refuseTunnel(socket, MALFORMED)
      const service = serviceOf(target)
      if (service !== undefined) {
        socket.write(ESTABLISHED)
        if (head.length > 0) socket.unshift(head)
        return { plain, secure }[service](socket)
      }
      const refusal = refusalOf(target, incoming)
      return refusal === undefined ? tunnel(target, socket, head) : refuseTunnel(socket, refusal)
    },
  }
}

/** `GET http://host/path`: what a client says to a proxy. */
function absoluteTarget({ url = '' }: IncomingMessage): URL | undefined {
  return /^https?:\/\//i.test(url) && URL.canParse(url) ? new URL(url) : undefined
}

/** `CONNECT host:443`. */
function connectTarget({ url = '' }: IncomingMessage): URL | undefined {
  return /^[^/?#@]+:\d+$/.test(url) && URL.canParse(`http://${url}`) ? new URL(`http://${url}`) : undefined
}

/** The host that the target names counts, whatever the `Host` header says. */
function inOriginForm(incoming: IncomingMessage, target: URL): IncomingMessage {
  // As it was written: a URL parser would write some characters anew, and signatures cover them.
  const written = incoming.url?.replace(/^https?:\/\/[^/?#]*/i, '') ?? ''
  incoming.url = written.startsWith('/') ? written : `/${written}`
  incoming.headers.host = target.host
  // Who answers reads either form of the headers.
  const { rawHeaders } = incoming
  for (let at = 0; at < rawHeaders.length; at += 2)
    if (rawHeaders[at]?.toLowerCase() === 'host') rawHeaders[at + 1] = target.host
  return incoming
}

/** What WeChat's hosts listen with at this port; undefined for other hosts, and where WeChat does not listen. */
function serviceOf(target: URL): 'plain' | 'secure' | undefined {
  if (!isWechatHost(target.hostname)) return undefined
  return portOf(target) === 443 ? 'secure' : portOf(target) === 80 ? 'plain' : undefined
}

function portOf({ port, protocol }: URL): number {
  return port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port)
}

/** Where to connect: a name below `localhost` need not be known to the system. */
function addressOf({ hostname }: URL): string {
  return hostname.endsWith('localhost') ? 'localhost' : hostname.replace(/^\[|\]$/g, '')
}

/** Loopback is this machine's own: a client from elsewhere, of a simulator that listens for such, does not get there. */
function refusalOf(target: URL, { socket, method }: IncomingMessage): Refusal | undefined {
  const { hostname, host, protocol } = target
  if (isWechatHost(hostname)) return NOT_A_PORT
  if (!isLoopback(hostname))
    return {
      status: 403,
      reason: 'Not a Host of WeChat',
      message: `模拟器只代理微信的域名与本机地址，不访问 ${host} / the simulator is a proxy for WeChat's hosts and for loopback, not for ${host}`,
    }
  if (!isLoopbackAddress(socket.remoteAddress ?? '')) return NOT_FROM_OUTSIDE
  return protocol === 'https:' && method !== 'CONNECT' ? MALFORMED : undefined
}

const NOT_A_PORT: Refusal = {
  status: 403,
  reason: 'Not a Port of WeChat',
  message: '微信的域名只有 80 与 443 端口 / hosts of WeChat have the ports 80 and 443 only',
}

const NOT_FROM_OUTSIDE: Refusal = {
  status: 403,
  reason: 'Loopback Is Not Yours',
  message: '本机地址只对本机开放 / loopback is open to this machine only',
}

const MALFORMED: Refusal = {
  status: 400,
  reason: 'Bad Request',
  message: '代理请求应为 CONNECT 主机:端口 / a proxy is asked by CONNECT host:port',
}

const TOO_MANY: Refusal = {
  status: 503,
  reason: 'Too Many Tunnels',
  message: `最多 ${MOST_TUNNELS} 个隧道 / at most ${MOST_TUNNELS} tunnels`,
}

function notReached({ host }: URL): Refusal {
  return { status: 502, reason: 'Bad Gateway', message: `连不上 ${host} / ${host} is not reached` }
}

function forward(target: URL, incoming: IncomingMessage, outgoing: ServerResponse): void {
  const upstream = request({
    host: addressOf(target),
    port: portOf(target),
    path: target.pathname + target.search,
    method: incoming.method,
    headers: { ...endToEnd(incoming.headers), ...framing(incoming.headers), host: target.host },
    timeout: IDLE_MS,
  })
  upstream.once('timeout', () => upstream.destroy())
  upstream.once('response', (response) => {
    outgoing.writeHead(response.statusCode ?? 502, endToEnd(response.headers))
    pipeline(response, outgoing, () => undefined)
  })
  upstream.on('error', () => {
    if (outgoing.headersSent) outgoing.destroy()
    else refuse(outgoing, notReached(target))
  })
  pipeline(incoming, upstream, () => undefined)
}

/** Headers that concern one connection end with it. */
function endToEnd(headers: OutgoingHttpHeaders): OutgoingHttpHeaders {
  const kept = Object.entries(headers).filter(([name]) => !HOP_BY_HOP.has(name))
  return Object.fromEntries(kept)
}

/** Without it Node gives a body of no known length no frame where the method seldom has one, such as DELETE. */
function framing({ 'transfer-encoding': encoding }: IncomingHttpHeaders): OutgoingHttpHeaders {
  return encoding === undefined ? {} : { 'transfer-encoding': 'chunked' }
}

const HOP_BY_HOP: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

function refuse(outgoing: ServerResponse, { status, reason, message }: Refusal): void {
  const headers = { 'content-type': 'text/plain; charset=utf-8', connection: 'close' }
  outgoing.writeHead(status, reason, headers).end(`${message}\n`)
}

function refuseTunnel(socket: Duplex, { status, reason, message }: Refusal): void {
  const body = `${message}\n`
  const head = [
    `HTTP/1.1 ${status} ${reason}`,
    'Content-Type: text/plain; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
}
