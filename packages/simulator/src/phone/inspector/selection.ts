/** Which exchanges the inspector shows: those of one order from the click to the bill, those that went wrong, those that say a word. */
import type { Exchange } from './exchange-feed.ts'
import { chineseTitle } from './wording.ts'

export interface Selection {
  /** 商户订单号 that is followed; undefined is all of them. */
  outTradeNo: string | undefined
  /** Refused or faulty ones only. */
  onlyProblems: boolean
  /** Every word of it has to occur, in a title, a number, an address, a body or a note. */
  text: string
}

/** In their order. */
export function selected(
  exchanges: readonly Exchange[],
  { outTradeNo, onlyProblems, text }: Selection,
): Exchange[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean)
  const followed = outTradeNo === undefined ? exchanges : ofOrder(exchanges, outTradeNo)
  return followed.filter(
    (exchange) => (!onlyProblems || exchange.outcome !== 'ok') && words.every(isIn(spoken(exchange))),
  )
}

/** 商户订单号 of all that is there, newest first. */
export function ordersIn(exchanges: readonly Exchange[]): string[] {
  const numbers = exchanges.flatMap(({ outTradeNo }) => (outTradeNo === undefined ? [] : [outTradeNo]))
  return [...new Set(numbers.reverse())]
}

/**
 * What names the order itself, its refunds or its 微信支付订单号; bills that have a line of it; and how its payer came: the
 * sign-in and the page's configuration.
 */
function ofOrder(exchanges: readonly Exchange[], outTradeNo: string): Exchange[] {
  const own = exchanges.filter((exchange) => exchange.outTradeNo === outTradeNo)
  const numbers = valuesOf(own, ['outRefundNo', 'transactionId'])
  const payer = valuesOf(own, ['openid', 'userId'])
  return exchanges.filter((exchange) => {
    if (exchange.outTradeNo !== undefined) return exchange.outTradeNo === outTradeNo
    if (isOneOf(numbers, exchange, ['outRefundNo', 'transactionId'])) return true
    if (WAY_IN.test(exchange.title)) return isOneOf(payer, exchange, ['openid', 'userId'])
    return BILL.test(exchange.title) && (exchange.response?.body.includes(outTradeNo) ?? false)
  })
}

const WAY_IN = /^(authorize|\/sns\/|wx\.config)/
const BILL = /bill|fundflow/

type Thread = 'outRefundNo' | 'transactionId' | 'openid' | 'userId'

function valuesOf(exchanges: readonly Exchange[], threads: readonly Thread[]): Set<string> {
  return new Set(exchanges.flatMap((exchange) => threads.flatMap((thread) => exchange[thread] ?? [])))
}

function isOneOf(values: ReadonlySet<string>, exchange: Exchange, threads: readonly Thread[]): boolean {
  return threads.some((thread) => values.has(exchange[thread] ?? ''))
}

function isIn(text: string): (word: string) => boolean {
  return (word) => text.includes(word)
}

function spoken(exchange: Exchange): string {
  const { title, note, request, response, outTradeNo, outRefundNo, transactionId, requestId } = exchange
  const said = [request?.url, request?.body, response?.body, response?.status]
  const numbers = [outTradeNo, outRefundNo, transactionId, requestId]
  return [title, chineseTitle(title), note, ...numbers, ...said].join('\n').toLowerCase()
}
