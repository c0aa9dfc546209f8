/** What the page asks of the merchant's server. The only file that sends. */
import type {
  OrderStatus,
  PageConfigurationAnswer,
  PrepayAnswer,
  PrepayRequest,
  PublicError,
} from '@shouyin/checkout/contract'

/** The server said no, or nothing; `code` is one of `PublicErrorCode`, `message` is for the payer. */
export interface Refusal {
  error: PublicError['error']
}

export interface Client {
  prepay(orderId: string, request: PrepayRequest): Promise<PrepayAnswer | Refusal>
  confirm(orderId: string): Promise<OrderStatus | Refusal>
  /** `refused`: WeChat called the last signature invalid; the server signs with a ticket fetched anew. */
  pageConfiguration(url: string, refused: boolean): Promise<PageConfigurationAnswer | Refusal>
}

export function createClient(basePath: string): Client {
  const order = (orderId: string): string => `${basePath}/orders/${encodeURIComponent(orderId)}`
  return {
    prepay: (orderId, request) => ask(`${order(orderId)}/prepay`, request),
    confirm: (orderId) => ask(`${order(orderId)}/status?confirm=1`),
    pageConfiguration: (url, refused) =>
      ask(`${basePath}/page-configuration?url=${encodeURIComponent(url)}${refused ? '&refused=1' : ''}`),
  }
}

const TIMEOUT_MS = 15_000

async function ask<Answer>(path: string, body?: object): Promise<Answer | Refusal> {
  const init: RequestInit =
    body === undefined
      ? {}
      : { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
  // AbortSignal.timeout would be shorter, and is missing from phones that WeChat still runs on.
  const patience = new AbortController()
  const timer = setTimeout(() => patience.abort(), TIMEOUT_MS)
  try {
    const response = await fetch(path, { ...init, credentials: 'same-origin', signal: patience.signal })
    const answer: unknown = await response.json()
    // A proxy's error page may be JSON of its own.
    if (isObject(answer) && (isRefusal(answer) || (response.ok && !('error' in answer))))
      return answer as Answer | Refusal
  } catch {
  } finally {
    clearTimeout(timer)
  }
  const message = '网络不太稳定，请稍后再试'
  return { error: { code: 'try_again', message, detail: 'no answer from the server', requestId: '' } }
}

function isObject(answer: unknown): answer is Record<string, unknown> {
  return typeof answer === 'object' && answer !== null
}

function isRefusal({ error }: Record<string, unknown>): boolean {
  return isObject(error) && typeof error['code'] === 'string'
}
