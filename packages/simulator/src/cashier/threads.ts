/** The numbers by which messages belong together: read from any of them, whatever protocol it speaks, or off an order. */
import type { PayOrder } from '../pay/state.ts'

export interface Threads {
  mchid?: string
  appid?: string
  openid?: string
  outTradeNo?: string
  outRefundNo?: string
  transactionId?: string
}

const FIELDS: Record<string, keyof Threads> = {
  mch_id: 'mchid',
  mchid: 'mchid',
  sp_mchid: 'mchid',
  combine_mchid: 'mchid',
  appid: 'appid',
  sp_appid: 'appid',
  combine_appid: 'appid',
  openid: 'openid',
  sp_openid: 'openid',
  out_trade_no: 'outTradeNo',
  combine_out_trade_no: 'outTradeNo',
  out_refund_no: 'outRefundNo',
  transaction_id: 'transactionId',
}
const NAMES = Object.keys(FIELDS).join('|')
const XML = new RegExp(`<(${NAMES})>(?:<!\\[CDATA\\[)?([^<\\]]{1,64})`, 'g')
const JSON_TEXT = new RegExp(`"(${NAMES})"\\s*:\\s*"([^"\\\\]{1,64})"`, 'g')
const QUERY = new RegExp(`[?&, ](${NAMES})="?([^&#", ]{1,64})`, 'g')
/** Numbers in paths of v3. */
const PATHS: [RegExp, keyof Threads][] = [
  [/\/out-trade-no\/([^/?]{1,64})/, 'outTradeNo'],
  [/\/combine-transactions\/out-trade-no\/([^/?]{1,64})/, 'outTradeNo'],
  [/\/refunds\/([^/?]{1,64})/, 'outRefundNo'],
  [/\/transactions\/id\/([^/?]{1,64})/, 'transactionId'],
]

/** What is found first counts: the texts are given in the order of trust, such as address, request, answer. */
export function threadsOf(texts: readonly string[]): Threads {
  const threads: Threads = {}
  const [address = ''] = texts
  for (const [pattern, name] of PATHS) take(threads, name, pattern.exec(address)?.[1])
  for (const text of texts)
    for (const [, field = '', value] of text.matchAll(patternFor(text))) take(threads, FIELDS[field], value)
  return threads
}

/** Of an order at the cashier; a combined one (合单) goes by its own number, as the merchant asked and is told. */
export function threadsOfOrder(order: PayOrder): Threads {
  const { appid, mchid, outTradeNo, openid } = order.combined ?? order
  const transactionId = order.combined?.transactionId ?? order.payment?.transactionId
  return { appid, mchid, outTradeNo, openid, ...(transactionId === undefined ? {} : { transactionId }) }
}

function patternFor(text: string): RegExp {
  if (text.startsWith('<')) return XML
  return text.startsWith('{') ? JSON_TEXT : QUERY
}

function take(threads: Threads, name: keyof Threads | undefined, value: string | undefined): void {
  if (name !== undefined && value !== undefined) threads[name] ??= value
}
