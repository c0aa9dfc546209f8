/**
 * The only file that sends: one exchange, bounded in time and in answer size, with failures as `TransportError`; the second
 * domain when the first cannot be reached, and the one rule for asking again.
 */
import { TransportError, WechatError, type WechatErrorCode } from './errors.ts'

/** Proxies, custom certificate authorities and client certificates come in through a `fetch` of the caller's. */
export type Fetch = (input: Request | URL | string, init?: RequestInit) => Promise<Response>

export interface Transport {
  fetch: Fetch
  /** Time for one exchange, connection and body included, in milliseconds. */
  timeoutMs: number
  /** Told of every exchange, for traces and metrics. */
  onExchange?: OnExchange | undefined
  /** Milliseconds since the epoch; only `onExchange` needs it. */
  clock?: (() => number) | undefined
}

/** One exchange as it may be logged: no query, no headers, no bodies. */
export interface Exchange {
  method: string
  /** Scheme, host and path. The path of Pay v3 holds order numbers; queries, which can hold secrets, are left out. */
  url: string
  /** Milliseconds since the epoch. */
  startedAt: number
  durationMs: number
  /** HTTP status; absent when nobody answered. */
  status?: number
  /** WeChat's number of the request (`Request-ID`). */
  requestId?: string
  /** Why there is no usable answer. Refusals and signatures are looked at later, where the protocol is known. */
  error?: WechatErrorCode
}

/** Hears of every request with its answer, for traces; neither holds a secret. */
export type OnExchange = (exchange: Exchange) => void

export interface Answer {
  status: number
  headers: Headers
  body: string
}

/** An answer of any status, its body as it came: for protocols that sign bytes and refuse with a status. */
export interface RawAnswer {
  status: number
  headers: Headers
  bytes: Uint8Array
}

/** An answer of any status, its body read while it comes. */
export interface StreamedAnswer {
  status: number
  headers: Headers
  /** Read it to its end, or leave it by `break`; either closes the connection. Throws `TransportError`. */
  chunks: AsyncIterable<Uint8Array>
}

/**
 * Time for a call of Pay v2 and v3 unless told otherwise. Longer than the 10 s that Node's fetch gives a connection: a domain that swallows
 * packets has to be known as unreachable before time runs out, or the second one is never asked.
 */
export const PAY_TIMEOUT_MS = 12_000

/** No protocol answer in scope comes near this; files are streamed. */
const MAX_ANSWER_BYTES = 256 * 1024

/**
 * Sends a request and reads the whole answer as UTF-8 text. Throws `TransportError` (outcome unknown) when the connection
 * fails, time runs out, the status is not of success (Pay v2 and the account's API answer 200 to everything they understood,
 * refusals included; another status is a proxy's), or the answer is too long or not UTF-8.
 */
export async function send(transport: Transport, url: string, init: RequestInit = {}): Promise<Answer> {
  const { status, headers, bytes } = await exchange(transport, url, init)
  if (status < 200 || status > 299) {
    throw unusable(status, `应答不是微信的（HTTP ${status}）`, `HTTP ${status} is a proxy’s`)
  }
  return { status, headers, body: utf8(status, bytes) }
}

/** Sends a request and reads the whole answer, whatever its status. Throws `TransportError` (outcome unknown). */
export async function exchange(
  transport: Transport,
  url: string,
  init: RequestInit = {},
): Promise<RawAnswer> {
  const { fetch, timeoutMs } = transport
  const signal = AbortSignal.timeout(timeoutMs)
  const run = async (): Promise<RawAnswer> => {
    const response = await fetch(url, { ...init, signal, redirect: 'manual' })
    return { status: response.status, headers: response.headers, bytes: await boundedBytes(response) }
  }
  return observed(transport, url, init, () => usable(timeoutMs, signal, () => orAborted(run(), signal)))
}

/**
 * Sends a request and hands on the body while it comes, of any length. Time runs anew with every piece. Throws
 * `TransportError` (outcome unknown), also from within the body.
 */
export async function stream(
  transport: Transport,
  url: string,
  init: RequestInit = {},
): Promise<StreamedAnswer> {
  const { fetch, timeoutMs } = transport
  const patience = patienceOf(timeoutMs)
  const { signal } = patience
  const run = (): Promise<Response> => fetch(url, { ...init, signal, redirect: 'manual' })
  const response = await observed(transport, url, init, () =>
    usable(timeoutMs, signal, () => orAborted(run(), signal)),
  )
  const chunks = piecesOf(response, patience, timeoutMs)
  return { status: response.status, headers: response.headers, chunks }
}

/** Where a call may go, and whether it may go twice. */
export interface Route {
  /** The first is preferred; another is tried when a connection fails. */
  origins: readonly string[]
  /** The call only asks: a second question does no harm. */
  isQuestion: boolean
}

/**
 * Runs a call against WeChat's domains. A broken connection moves to the next domain, with the same number in the request; a
 * question is also repeated, once, after an answer that nobody can use (a failure inside WeChat, a wrong signature: WeChat sends
 * some on purpose). What moves money is never repeated where an answer came or time ran out: that is the caller's to settle. Nor is
 * a no to its repetition believed of what the first domain may have received.
 */
export async function routed<Result>(
  { origins, isQuestion }: Route,
  attempt: (origin: string) => Promise<Result>,
): Promise<Result> {
  const mostTries = isQuestion ? Math.max(2, origins.length) : origins.length
  let at = 0
  let mayBeThere = false
  for (let tries = 1; ; tries += 1) {
    try {
      return await attempt(origins[at % origins.length] ?? '')
    } catch (error) {
      const isUnreachable = error instanceof TransportError && error.isUnreachable
      if (tries >= mostTries || !(isUnreachable || (isQuestion && isWorthAskingAgain(error))))
        throw mayBeThere && tellsOfTheSecondOnly(error) ? mayHaveArrived(error) : error
      if (isUnreachable) at += 1
      mayBeThere ||= !isQuestion && !(error instanceof TransportError && error.isUnsent)
    }
  }
}

/** That the second refused it, or was not reached, is nothing of what the first may have received. */
function tellsOfTheSecondOnly(error: unknown): boolean {
  if (error instanceof TransportError) return error.isUnsent
  return error instanceof WechatError && error.outcome === 'refused'
}

function mayHaveArrived(cause: unknown): TransportError {
  const message =
    '连接中断前微信可能已收到请求，随后的重发没有成功，结果未知 / the connection broke when WeChat may have had the request, and its repetition failed; outcome unknown'
  return new TransportError({ message, cause })
}

/** Time that ran out is not spent a second time, and `undecided` asks for patience. */
function isWorthAskingAgain(error: unknown): boolean {
  return (
    error instanceof WechatError &&
    error.outcome === 'unknown' &&
    error.retryable &&
    ['no_usable_answer', 'bad_signature', 'bad_message', 'wechat_failed'].includes(error.code)
  )
}

/** Runs an exchange and tells `onExchange` how it went. What that throws is its own affair, not the payment's. */
async function observed<Result extends { status: number; headers: Headers }>(
  { onExchange, clock = Date.now }: Transport,
  url: string,
  { method = 'GET' }: RequestInit,
  run: () => Promise<Result>,
): Promise<Result> {
  if (onExchange === undefined) return run()
  const startedAt = clock()
  const tell = (how: Pick<Exchange, 'status' | 'requestId' | 'error'>): void => {
    const { origin, pathname } = new URL(url)
    try {
      onExchange({ method, url: origin + pathname, startedAt, durationMs: clock() - startedAt, ...how })
    } catch {}
  }
  try {
    const result = await run()
    const requestId = result.headers.get('request-id')
    tell({ status: result.status, ...(requestId === null ? {} : { requestId }) })
    return result
  } catch (error) {
    const code = error instanceof WechatError ? error.code : 'network'
    const status = error instanceof WechatError ? error.status : undefined
    tell({ error: code, ...(status === undefined ? {} : { status }) })
    throw error
  }
}

/** Names what failed without keeping what it said. */
async function usable<Result>(
  timeoutMs: number,
  signal: AbortSignal,
  run: () => Promise<Result>,
): Promise<Result> {
  try {
    return await run()
  } catch (error) {
    if (error instanceof TransportError) throw error
    const reason = reasonOf(error)
    const cause = withoutAddress(reason)
    throw new TransportError({
      message: signal.aborted
        ? `${timeoutMs} 毫秒内没有收到微信的应答 / no answer from WeChat within ${timeoutMs} ms`
        : `连接微信失败 / WeChat could not be reached: ${cause.message}${adviceOn(cause.message)}`,
      isUnreachable: !signal.aborted,
      isUnsent: isUnconnected(reason),
      cause,
    })
  }
}

/** What can be done where it is no matter of the network. */
function adviceOn(reason: string): string {
  if (/SELF_SIGNED|UNABLE_TO_(GET|VERIFY)|CERT_UNTRUSTED/.test(reason))
    return '（不信任对方的证书：给 createOutgoingFetch 或 createCertificateFetch 传 ca / its certificate is not trusted: give `ca` to createOutgoingFetch or createCertificateFetch）'
  if (/ENOTFOUND|EAI_AGAIN/.test(reason)) return '（域名解析不了 / the name cannot be resolved）'
  return ''
}

/** Node's fetch hides the reason in `cause`, that of a proxy deeper still. */
function reasonOf(error: unknown): unknown {
  return error instanceof Error && error.cause instanceof Error ? reasonOf(error.cause) : error
}

const NOT_CONNECTED = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT'])

/** Whether it failed before anything could be sent: at the name, or at the connection to its address, or to each of several. */
function isUnconnected(reason: unknown): boolean {
  if (!(reason instanceof Error)) return false
  if (reason instanceof AggregateError) return reason.errors.length > 0 && reason.errors.every(isUnconnected)
  const { code, syscall } = reason as NodeJS.ErrnoException
  return syscall === 'connect' || NOT_CONNECTED.has(code ?? '')
}

/** A fetch that was given to us may not listen to the signal; the caller is not kept waiting for it. */
async function orAborted<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
  let stop = (): void => undefined
  const aborted = new Promise<never>((_resolve, reject) => {
    stop = () => reject(signal.reason)
    if (signal.aborted) stop()
    signal.addEventListener('abort', stop, { once: true })
  })
  try {
    return await Promise.race([work, aborted])
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

interface Patience {
  signal: AbortSignal
  renew(): void
  end(): void
}

function patienceOf(timeoutMs: number): Patience {
  const controller = new AbortController()
  const start = (): NodeJS.Timeout => setTimeout(() => controller.abort(), timeoutMs).unref()
  let timer = start()
  return {
    signal: controller.signal,
    renew() {
      clearTimeout(timer)
      timer = start()
    },
    end: () => clearTimeout(timer),
  }
}

async function* piecesOf(
  response: Response,
  { signal, renew, end }: Patience,
  timeoutMs: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  const reader = response.body?.getReader()
  try {
    for (;;) {
      renew()
      const next = await usable(timeoutMs, signal, async () => reader && orAborted(reader.read(), signal))
      // The time that the reader takes for a piece is not WeChat's.
      end()
      if (next === undefined || next.done) return
      yield next.value
    }
  } finally {
    end()
    reader?.cancel().catch(() => undefined)
  }
}

async function boundedBytes(response: Response): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength
    if (bytes > MAX_ANSWER_BYTES) throw unusable(response.status, '应答过长', 'the answer is too long')
    chunks.push(chunk)
  }
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks)
}

function utf8(status: number, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw unusable(status, '应答不是 UTF-8', 'the answer is not UTF-8')
  }
}

function unusable(status: number, zh: string, en: string): TransportError {
  return new TransportError({ code: 'no_usable_answer', message: `${zh} / ${en}`, status })
}

/** Its name and code help, and what a proxy answered; its message may hold an address with a query. */
function withoutAddress(reason: unknown): Error {
  if (!(reason instanceof Error)) return new Error('Error')
  const code = 'code' in reason ? /^[A-Z]\w+$/.exec(String(reason.code))?.[0] : undefined
  const proxy = /\bProxy response \((\d{3})\)/.exec(reason.message)?.[1]
  return new Error([reason.name, code, proxy && `proxy ${proxy}`].filter(Boolean).join(' '))
}
