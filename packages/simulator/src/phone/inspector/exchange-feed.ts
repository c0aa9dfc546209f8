/** Everything said in the simulated world, as it is said. Source: `GET /_simulator/exchanges`, followed. */
import { shallowReactive } from 'vue'

export type Party = 'user' | 'page' | 'merchant' | 'wechat'

export interface Message {
  headers: Record<string, string>
  body: string
}

export interface SignatureCheck {
  valid: boolean
  /** The text that had to be signed, the key masked. */
  stringToSign: string
  expected: string
  received: string
  /** What the other side signed in its place, where the simulator found it out. */
  signedText?: string
}

export interface Exchange {
  id: number
  /** RFC 3339, simulated time. */
  at: string
  from: Party
  to: Party
  /** WeChat's own name of what was asked. */
  title: string
  request?: Message & { method: string; url: string }
  response?: Message & { status: number }
  outcome: 'ok' | 'refused' | 'fault'
  /** WeChat's own words, or why this happened. */
  note?: string
  signature?: SignatureCheck
  outTradeNo?: string
  outRefundNo?: string
  transactionId?: string
  openid?: string
  /** Whose telephone. */
  userId?: string
  /** 请求号. */
  requestId?: string
}

export interface ExchangeFeed {
  /** Oldest first. */
  readonly exchanges: readonly Exchange[]
  onArrival(listener: (exchange: Exchange) => void): void
  forget(): void
}

/** The part of `EventSource` that is used. */
export interface ExchangeSource {
  addEventListener(type: 'message', listener: (event: { data: string }) => void): void
}

export function createExchangeFeed(source: ExchangeSource): ExchangeFeed {
  const exchanges = shallowReactive<Exchange[]>([])
  const listeners: ((exchange: Exchange) => void)[] = []
  source.addEventListener('message', ({ data }) => {
    const exchange = JSON.parse(data) as Exchange
    // After a reconnection the simulator tells all again, and after a reset it counts anew: both begin at a number we had.
    const last = exchanges.at(-1)
    if (last !== undefined && exchange.id <= last.id) exchanges.length = 0
    exchanges.push(exchange)
    for (const listener of listeners) listener(exchange)
  })
  return {
    exchanges,
    onArrival(listener) {
      listeners.push(listener)
    },
    forget() {
      exchanges.length = 0
    },
  }
}
