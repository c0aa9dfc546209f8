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

async function ask<Answer>(path: string, body?: object): Promise<Answer | Refusal> {
  const init: RequestInit =
    body === undefined
      ? {}
      : { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
  try {
    const answer: unknown = await (await fetch(path, { ...init, credentials: 'same-origin' })).json()
    // A proxy's error page may be JSON of its own.
    if (typeof answer === 'object' && answer !== null) return answer as Answer | Refusal
  } catch {}
  const message = '网络不太稳定，请稍后再试'
  return { error: { code: 'try_again', message, detail: 'no answer from the server', requestId: '' } }
}
