/**
 * A `fetch` that presents the merchant's API certificate (双向证书), as refunds of Pay v2 need it, and that knows proxies and
 * certificate authorities of one's own. The only room tied to Node's sockets. Source: API v2 docs, "商户证书".
 */
import { Agent, type Dispatcher, ProxyAgent, fetch as undiciFetch } from 'undici'
import { textProblems, timeoutProblems } from '../configuration.ts'
import { ConfigError } from '../errors.ts'
import { Secret } from '../secret.ts'
import type { Fetch } from '../transport.ts'
import {
  type CertificateSource,
  isProblems,
  type MerchantCertificate,
  merchantCertificate,
} from './certificate.ts'
import { pemBlocks } from './pem.ts'

export type CertificateFetchOptions = CertificateSource & {
  /** 商户号, 8 to 10 digits. */
  mchid: string
  /** Authorities to trust instead of the system's: PEM, for a proxy that opens TLS or a simulator. */
  ca?: string | readonly string[]
  /** An outgoing HTTP proxy, `http://[user:password@]host:port`; it sees the host's name and nothing else (CONNECT). */
  proxy?: string | Secret
  /** Time for a connection; 10000 ms unless told otherwise. The time of a call is that of `createPayV2`. */
  connectTimeoutMs?: number
  /** Milliseconds since the epoch. */
  clock?: () => number
}

/** A `certificateFetch` for `createPayV2`. Connections are kept alive and do not keep a process running. */
export interface CertificateFetch extends Fetch {
  /** 证书序列号, upper-case hex. */
  readonly serial: string
  /** When the certificate ends, in milliseconds since the epoch; renew it in time. */
  readonly expiresAt: number
  /** Ends kept connections once their calls are done. */
  close(): Promise<void>
}

/**
 * Throws `ConfigError` naming every problem at once and no value: a file that does not open, a key that is not the certificate's,
 * a certificate that has expired or is another merchant's.
 */
export function createCertificateFetch(options: CertificateFetchOptions): CertificateFetch {
  const certificate = checked(options)
  const dispatcher = dispatcherOf(options, certificate)
  const certificateFetch: Fetch = async (input, init) => {
    const request = new Request(input, init)
    const body = request.body === null ? null : new Uint8Array(await request.arrayBuffer())
    const { method, headers, signal, redirect } = request
    const sent = { method, headers: [...headers], body, signal, redirect, dispatcher }
    // The same class as Node's own, in the library's build of it.
    return (await undiciFetch(request.url, sent)) as unknown as Response
  }
  let closing: Promise<void> | undefined
  const close = (): Promise<void> => {
    closing ??= dispatcher.close()
    return closing
  }
  const { serial, expiresAt } = certificate
  return Object.assign(certificateFetch, { serial, expiresAt, close })
}

function checked(options: CertificateFetchOptions): MerchantCertificate {
  const { mchid, ca, proxy, connectTimeoutMs, clock = Date.now } = options
  const certificate = merchantCertificate(options, mchid, clock())
  const problems = [
    ...textProblems('mchid', mchid, /^\d{8,10}$/, '应为 8 至 10 位数字 / must be 8 to 10 digits'),
    ...(isProblems(certificate) ? certificate : []),
    ...caProblems(ca),
    ...proxyProblems(proxy),
    ...timeoutProblems('connectTimeoutMs', connectTimeoutMs),
  ]
  if (isProblems(certificate) || problems.length > 0) throw new ConfigError(problems)
  return certificate
}

function authorities(ca: string | readonly string[]): string[] {
  return [ca].flat().flatMap((text) => pemBlocks(text, /^CERTIFICATE$/))
}

function caProblems(ca: CertificateFetchOptions['ca']): string[] {
  const isRight = ca === undefined || authorities(ca).length > 0
  return isRight ? [] : ['ca: 不是 PEM 格式的证书 / not a certificate in PEM']
}

function proxyProblems(proxy: CertificateFetchOptions['proxy']): string[] {
  const text = proxy instanceof Secret ? proxy.reveal() : proxy
  if (text === undefined || (/^https?:\/\/[^/]/.test(text) && URL.canParse(text))) return []
  return ['proxy: 应为 http://主机:端口 / must be http://host:port']
}

function dispatcherOf(
  { ca, proxy, connectTimeoutMs = 10_000 }: CertificateFetchOptions,
  { chain, privateKey }: MerchantCertificate,
): Dispatcher {
  const tls = {
    cert: chain,
    key: privateKey.reveal(),
    timeout: connectTimeoutMs,
    ...(ca === undefined ? {} : { ca: authorities(ca) }),
  }
  if (proxy === undefined) return new Agent({ connect: tls })
  return new ProxyAgent({ uri: proxy instanceof Secret ? proxy.reveal() : proxy, requestTls: tls })
}
