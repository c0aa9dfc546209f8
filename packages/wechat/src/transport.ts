/** The only file that sends: one request, bounded in time and in answer size, with failures as `TransportError`. */
import { TransportError } from './errors.ts'

export type Fetch = (input: Request | URL | string, init?: RequestInit) => Promise<Response>

export interface Transport {
  fetch: Fetch
  /** Time for one call, connection and body included, in milliseconds. */
  timeoutMs: number
}

export interface Answer {
  status: number
  body: string
}

/** No protocol answer in scope comes near this. */
const MAX_ANSWER_BYTES = 256 * 1024

/**
 * Sends a request and reads the whole answer as UTF-8 text. Throws `TransportError` (outcome unknown) when the connection
 * fails, time runs out, the status is not of success (WeChat answers 200 to everything it understood, its refusals included;
 * another status is a proxy's), or the answer is too long or not UTF-8.
 */
export async function send(transport: Transport, url: string, init: RequestInit = {}): Promise<Answer> {
  const { fetch, timeoutMs } = transport
  const signal = AbortSignal.timeout(timeoutMs)
  const exchange = async (): Promise<Answer> => {
    const response = await fetch(url, { ...init, signal, redirect: 'manual' })
    if (!response.ok) {
      await response.body?.cancel()
      throw unusable(
        response,
        `应答不是微信的（HTTP ${response.status}）`,
        `HTTP ${response.status} is a proxy’s`,
      )
    }
    return { status: response.status, body: await text(response) }
  }
  try {
    return await Promise.race([exchange(), aborted(signal)])
  } catch (error) {
    if (error instanceof TransportError) throw error
    throw new TransportError({
      message: signal.aborted
        ? `${timeoutMs} 毫秒内没有收到微信的应答 / no answer from WeChat within ${timeoutMs} ms`
        : '连接微信失败 / WeChat could not be reached',
      cause: withoutAddress(error),
    })
  }
}

/** A fetch that was given to us may not listen to the signal; the caller is not kept waiting for it. */
function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}

async function text(response: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength
    if (bytes > MAX_ANSWER_BYTES) throw unusable(response, '应答过长', 'the answer is too long')
    chunks.push(chunk)
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks))
  } catch {
    throw unusable(response, '应答不是 UTF-8', 'the answer is not UTF-8')
  }
}

function unusable(response: Response, zh: string, en: string): TransportError {
  return new TransportError({ code: 'no_usable_answer', message: `${zh} / ${en}`, status: response.status })
}

/** Node's fetch hides the reason in `cause`; its name and code help, its message may hold an address with a query. */
function withoutAddress(error: unknown): Error {
  const reason = error instanceof Error && error.cause instanceof Error ? error.cause : error
  const code = reason instanceof Error && 'code' in reason ? String(reason.code) : ''
  const name = reason instanceof Error ? reason.name : 'Error'
  return new Error([name, code].filter((part) => part !== '').join(' '))
}
