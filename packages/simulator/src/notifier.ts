/**
 * Payment notifications: built, signed, delivered, judged, repeated on WeChat's ladder for a day.
 * Source: API v2 docs, "支付结果通知"; the shape of the message as captured.
 */
import type { Exchange } from './exchanges.ts'
import type { PayOrder } from './pay-v2/order.ts'
import { paidFields } from './pay-v2/paid-fields.ts'
import { signV2 } from './pay-v2/sign.ts'
import { readXml, writeXml } from './pay-v2/xml.ts'
import { merchantOf, type Wechat } from './wechat.ts'

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE

/** Delays after each failed delivery, 24 h 4 min in total. */
export const RETRY_DELAYS_MS: readonly number[] = [
  15 * SECOND,
  15 * SECOND,
  30 * SECOND,
  3 * MINUTE,
  10 * MINUTE,
  20 * MINUTE,
  30 * MINUTE,
  30 * MINUTE,
  30 * MINUTE,
  60 * MINUTE,
  3 * HOUR,
  3 * HOUR,
  3 * HOUR,
  6 * HOUR,
  6 * HOUR,
]

const ANSWER_WITHIN_MS = 5000
/** An acknowledgement is a hundred bytes; a page of HTML is not one, however long it goes on. */
const MOST_ANSWER_BYTES = 64 * 1024

/** Sets the notification of a payment going; it leaves when due work is next run. */
export function notifyPaid(wechat: Wechat, order: PayOrder): void {
  const { outTradeNo } = order
  const { orders } = wechat
  const { pathname: path } = new URL(order.notifyUrl)
  if (wechat.faults.strikes('notification-lost', { path, outTradeNo })) {
    const note = '通知丢失，不会重发 notification lost, not repeated (fault)'
    wechat.exchanges.record({ ...heading(order), outcome: 'fault', note })
    return
  }
  const copies = wechat.faults.strikes('notification-doubled', { path, outTradeNo }) ? 2 : 1
  const body = notificationBody(wechat, order)
  const deliverAll = async (attempt: number): Promise<void> => {
    const delay = RETRY_DELAYS_MS[attempt]
    const each = (): Promise<boolean> => deliver(wechat, order, body, delay)
    const acknowledged = await Promise.all(Array.from({ length: copies }, each))
    // A reset in the meantime begins another world, which owes nobody this news.
    if (acknowledged.every(Boolean) || delay === undefined || wechat.orders !== orders) return
    wechat.schedule.at(wechat.schedule.now() + delay, () => deliverAll(attempt + 1))
  }
  wechat.schedule.at(wechat.schedule.now(), () => deliverAll(0))
}

/** Elements in alphabetical order, everything in CDATA except the amount; no `sign_type`, whatever the algorithm. */
function notificationBody(wechat: Wechat, order: PayOrder): string {
  const texts = Object.entries(paidFields(order)).map(([name, value]) => [name, String(value)] as const)
  const fields: Record<string, string | number> = {
    ...Object.fromEntries(texts),
    return_code: 'SUCCESS',
    result_code: 'SUCCESS',
    appid: order.appid,
    mch_id: order.mchid,
    nonce_str: wechat.random.hex(32),
    out_trade_no: order.outTradeNo,
    total_fee: order.totalFee,
    ...(order.attach === '' ? {} : { attach: order.attach }),
    ...(order.deviceInfo === '' ? {} : { device_info: order.deviceInfo }),
  }
  const key = merchantOf(wechat, order.mchid)?.apiKey ?? ''
  const signed = { ...fields, sign: signV2(fields, key, order.signType) }
  return writeXml(
    Object.fromEntries(Object.entries(signed).sort(([left], [right]) => (left < right ? -1 : 1))),
  )
}

/** One delivery; whether it was acknowledged. Never throws: a merchant that does not answer is an outcome too. */
async function deliver(
  wechat: Wechat,
  order: PayOrder,
  body: string,
  delay: number | undefined,
): Promise<boolean> {
  const headers = { 'content-type': 'text/xml', 'request-id': `${wechat.random.hex(32)}-0` }
  const request = { method: 'POST', url: order.notifyUrl, headers, body }
  const next =
    delay === undefined
      ? '不再重发 not repeated'
      : `${delay / SECOND} 秒后重发 repeated in ${delay / SECOND} s`
  try {
    const signal = AbortSignal.timeout(ANSWER_WITHIN_MS)
    const init = { method: 'POST', headers, body, redirect: 'manual', signal } as const
    const response = await wechat.fetch(order.notifyUrl, init)
    const text = await boundedText(response)
    const acknowledged = response.status === 200 && readXml(text)?.['return_code'] === 'SUCCESS'
    wechat.exchanges.record({
      ...heading(order),
      request,
      response: { status: response.status, headers: Object.fromEntries(response.headers), body: text },
      outcome: acknowledged ? 'ok' : 'refused',
      note: acknowledged ? undefined : `商户未正确应答 not acknowledged，${next}`,
    })
    return acknowledged
  } catch (error) {
    const why =
      error instanceof Error && error.name === 'TimeoutError'
        ? '5 秒内无应答 no answer within 5 s'
        : '无法送达 not reached'
    wechat.exchanges.record({ ...heading(order), request, outcome: 'fault', note: `${why}，${next}` })
    return false
  }
}

async function boundedText(response: Response): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true })
    // Cut with a mark, so that the beginning of a flood is not taken for an acknowledgement.
    if (text.length > MOST_ANSWER_BYTES) return `${text.slice(0, MOST_ANSWER_BYTES)}…`
  }
  return text + decoder.decode()
}

function heading(order: PayOrder): Pick<Exchange, 'from' | 'to' | 'title' | 'outTradeNo'> {
  return { from: 'wechat', to: 'merchant', title: 'payment notification', outTradeNo: order.outTradeNo }
}
