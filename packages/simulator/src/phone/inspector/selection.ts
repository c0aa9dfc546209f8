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
 * What names the order itself, its refunds or its 微信支付订单号; bills that have a line of it, and who asked for them; and how
 * its payer came: the last sign-in before the order, and how its pages were configured.
 */
function ofOrder(exchanges: readonly Exchange[], outTradeNo: string): Exchange[] {
  const own = exchanges.filter((exchange) => exchange.outTradeNo === outTradeNo)
  const numbers = valuesOf(own, ['outRefundNo', 'transactionId'])
  const isOfPayer = isOneOf(valuesOf(own, ['openid', 'userId']), ['openid', 'userId'])
  const isOfNumber = isOneOf(numbers, ['outRefundNo', 'transactionId'])
  const bills = exchanges.filter(
    ({ title, response }) =>
      BILL.test(title) && [outTradeNo, ...numbers].some((number) => response?.body.includes(number) === true),
  )
  const from = lastSignIn(exchanges.filter(isOfPayer), own)
  const until = own.findLast(({ title }) => title === 'pay') ?? own.at(-1)
  return exchanges.filter((exchange) => {
    if (exchange.outTradeNo !== undefined) return exchange.outTradeNo === outTradeNo
    if (WAY_IN.test(exchange.title))
      return isOfPayer(exchange) && exchange.id >= from && exchange.id <= (until?.id ?? 0)
    return isOfNumber(exchange) || bills.includes(exchange) || asksFor(exchange, bills)
  })
}

/** Its number; 0 when it is no longer kept. */
function lastSignIn(ofPayer: readonly Exchange[], own: readonly Exchange[]): number {
  const first = own[0]?.id ?? 0
  return ofPayer.findLast(({ id, title }) => title === 'authorize' && id < first)?.id ?? 0
}

/** v3 answers 申请账单 with the address that the file is then downloaded from. */
function asksFor({ title, response }: Exchange, bills: readonly Exchange[]): boolean {
  return BILL.test(title) && bills.some(({ request }) => isSaidIn(response?.body, request?.url))
}

function isSaidIn(body: string | undefined, url: string | undefined): boolean {
  const query = url?.split('?')[1]
  return query !== undefined && body?.includes(query) === true
}

const WAY_IN = /^(authorize|\/sns\/|wx\.config)/
const BILL = /bill|fundflow/

type Thread = 'outRefundNo' | 'transactionId' | 'openid' | 'userId'

function valuesOf(exchanges: readonly Exchange[], threads: readonly Thread[]): Set<string> {
  return new Set(exchanges.flatMap((exchange) => threads.flatMap((thread) => exchange[thread] ?? [])))
}

function isOneOf(values: ReadonlySet<string>, threads: readonly Thread[]): (exchange: Exchange) => boolean {
  return (exchange) => threads.some((thread) => values.has(exchange[thread] ?? ''))
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
