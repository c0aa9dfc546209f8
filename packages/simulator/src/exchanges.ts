/** Everything that was said, newest last: what the inspector draws. Bounded; secrets of the signature are masked. */

export type Party = 'user' | 'page' | 'merchant' | 'wechat'

/** How a signature was verified. */
export interface SignatureCheck {
  valid: boolean
  /** The text that had to be signed, the key masked. */
  stringToSign: string
  expected: string
  received: string
  /** What the other side signed in its place, where that can be found out; masked as well. */
  signedText?: string
  /** Whose key made the signature, where it was another one's. */
  signedBy?: string
}

/** One thing said, by whom to whom, with its answer. */
export interface Exchange {
  id: number
  /** RFC 3339, simulated time. */
  at: string
  from: Party
  to: Party
  /** WeChat's name of what was asked: `unifiedorder`, `authorize`, `payment notification`. */
  title: string
  request?: { method: string; url: string; headers: Record<string, string>; body: string } | undefined
  response?: { status: number; headers: Record<string, string>; body: string } | undefined
  outcome: 'ok' | 'refused' | 'fault'
  /** WeChat's own words, or why this happened. */
  note?: string | undefined
  signature?: SignatureCheck | undefined
  /** What it is about, for those who follow one order, one payer, one merchant. */
  outTradeNo?: string | undefined
  outRefundNo?: string | undefined
  transactionId?: string | undefined
  mchid?: string | undefined
  appid?: string | undefined
  openid?: string | undefined
  /** Whose telephone. */
  userId?: string | undefined
  /** 请求号 of WeChat's answer or notification. */
  requestId?: string | undefined
}

export interface Exchanges {
  record(exchange: Omit<Exchange, 'id' | 'at'>): Exchange
  all(): readonly Exchange[]
  /** Calls back for each new exchange until the returned function is called. */
  follow(listener: (exchange: Exchange) => void): () => void
  clear(): void
}

const KEPT = 2000
/** A body longer than this is cut in the log; nothing WeChat says comes near it. */
const MOST_BODY_CHARACTERS = 64 * 1024

export function createExchanges(now: () => number): Exchanges {
  let kept: Exchange[] = []
  let count = 0
  const listeners = new Set<(exchange: Exchange) => void>()
  return {
    record(said) {
      count += 1
      const { request, response } = said
      const exchange: Exchange = {
        id: count,
        at: new Date(now()).toISOString(),
        ...said,
        ...(request === undefined ? {} : { request: { ...request, body: cut(request.body) } }),
        ...(response === undefined ? {} : { response: { ...response, body: cut(response.body) } }),
      }
      kept.push(exchange)
      // Cut now and then only: a copy for each message would cost more than the message.
      if (kept.length === 2 * KEPT) kept = kept.slice(-KEPT)
      for (const listener of listeners) listener(exchange)
      return exchange
    },
    all: () => kept.slice(-KEPT),
    follow(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    clear() {
      kept = []
      count = 0
    },
  }
}

function cut(body: string): string {
  return body.length <= MOST_BODY_CHARACTERS ? body : `${body.slice(0, MOST_BODY_CHARACTERS)}…`
}
