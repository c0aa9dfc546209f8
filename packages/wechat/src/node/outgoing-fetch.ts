/**
 * A `fetch` for networks that are not open: through a proxy, or trusting certificate authorities of one's own. The one of Node has
 * neither option. Source: RFC 9110 (CONNECT).
 */
import { Agent, type Dispatcher, ProxyAgent, fetch as undiciFetch } from 'undici'
import { timeoutProblems } from '../configuration.ts'
import { ConfigError } from '../errors.ts'
import { Secret } from '../secret.ts'
import type { Fetch } from '../transport.ts'
import { pemBlocks } from './pem.ts'

/** Proxy, authorities and client certificate of outgoing requests. */
export interface OutgoingFetchOptions {
  /** Authorities to trust instead of the system's: PEM, for a proxy that opens TLS or a simulator. */
  ca?: string | Uint8Array | readonly (string | Uint8Array)[]
  /** An outgoing HTTP proxy, `http://[user:password@]host:port`, or empty; it sees the host's name and nothing else (CONNECT). */
  proxy?: string | Secret
  /** Time for a connection; 3000 ms unless told otherwise. Shorter than the time of a call, which is the client's affair, or the second domain is never asked. */
  connectTimeoutMs?: number
}

/** Connections are kept alive and do not keep a process running. */
export interface OutgoingFetch extends Fetch {
  /** Ends kept connections once their calls are done. */
  close(): Promise<void>
}

/** A `fetch` option for every client of this package. Throws `ConfigError` naming every problem at once and no value. */
export function createOutgoingFetch(given?: OutgoingFetchOptions): OutgoingFetch {
  const options = given ?? {}
  const problems = outgoingProblems(options)
  if (problems.length > 0) throw new ConfigError(problems)
  return fetchThrough(options)
}

/** What is wrong with the options, in Chinese and English. */
export function outgoingProblems({ ca, proxy, connectTimeoutMs }: OutgoingFetchOptions): string[] {
  return [
    ...caProblems(ca),
    ...proxyProblems(proxy),
    ...timeoutProblems('connectTimeoutMs', connectTimeoutMs),
  ]
}

function caProblems(ca: OutgoingFetchOptions['ca']): string[] {
  const isRight = ca === undefined || authorities(ca).length > 0
  return isRight ? [] : ['ca: 不是 PEM 格式的证书 / not a certificate in PEM']
}

function authorities(ca: NonNullable<OutgoingFetchOptions['ca']>): string[] {
  return [ca].flat().flatMap((text) => pemBlocks(text, /^CERTIFICATE$/))
}

function proxyProblems(proxy: OutgoingFetchOptions['proxy']): string[] {
  const text = proxy instanceof Secret ? proxy.reveal() : proxy
  if (text === undefined || text === '' || (/^https?:\/\/[^/]/.test(text) && URL.canParse(text))) return []
  return ['proxy: 应为 http://主机:端口 / must be http://host:port']
}

/** Key and certificate that are shown to whom one connects to. */
interface Shown {
  cert: string
  key: string
}

/** The fetch itself, of options that are right. */
export function fetchThrough(options: OutgoingFetchOptions, shown?: Shown): OutgoingFetch {
  const dispatcher = dispatcherOf(options, shown)
  const outgoingFetch: Fetch = async (input, init) => {
    const request = new Request(input, init)
    const body = request.body === null ? null : new Uint8Array(await request.arrayBuffer())
    const { method, headers, signal, redirect } = request
    const sent = { method, headers: [...headers], body, signal, redirect, dispatcher }
    const answer = await undiciFetch(request.url, sent)
    // The library has classes of its own; what is handed on is what everybody means by `Response` and `Headers`.
    return new Response(answer.body, { status: answer.status, headers: [...answer.headers] })
  }
  let closing: Promise<void> | undefined
  const close = (): Promise<void> => {
    closing ??= dispatcher.close()
    return closing
  }
  return Object.assign(outgoingFetch, { close })
}

function dispatcherOf(
  { ca, proxy, connectTimeoutMs = 3000 }: OutgoingFetchOptions,
  shown: Shown | undefined,
): Dispatcher {
  const tls = {
    ...shown,
    timeout: connectTimeoutMs,
    ...(ca === undefined ? {} : { ca: authorities(ca) }),
  }
  const uri = proxy instanceof Secret ? proxy.reveal() : proxy
  if (uri === undefined || uri === '') return new Agent({ connect: tls })
  return new ProxyAgent({ uri, requestTls: tls })
}
