/** Payment notifications: built, signed, delivered, judged, repeated on WeChat's ladder for a day. */
import type { Exchange } from './exchanges.ts'
import { paidFields } from './pay-v2/calls.ts'
import type { PayOrder } from './pay-v2/order.ts'
import { signV2 } from './pay-v2/sign.ts'
import { readXml, writeXml } from './pay-v2/xml.ts'
import { merchantOf, type Wechat } from './wechat.ts'

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE

/** Delays after each failed delivery. Source: API v2 docs, "支付结果通知": 24 h 4 min in total. */
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

/** Sets the notification of a payment going; it leaves when due work is next run. */
export function notifyPaid(wechat: Wechat, order: PayOrder): void {
  const outTradeNo = order.outTradeNo
  if (wechat.faults.strikes('notification-lost', { path: pathOf(order), outTradeNo })) {
    wechat.exchanges.record({
      ...heading(order),
      outcome: 'fault',
      note: '通知丢失 notification lost (fault)',
    })
    return
  }
  const copies = wechat.faults.strikes('notification-doubled', { path: pathOf(order), outTradeNo }) ? 2 : 1
  const body = notificationBody(wechat, order)
  const deliverAll = async (attempt: number): Promise<void> => {
    const acknowledged = await Promise.all(Array.from({ length: copies }, () => deliver(wechat, order, body)))
    const delay = RETRY_DELAYS_MS[attempt]
    if (acknowledged.every(Boolean) || delay === undefined) return
    wechat.schedule.at(wechat.schedule.now() + delay, () => deliverAll(attempt + 1))
  }
  wechat.schedule.at(wechat.schedule.now(), () => deliverAll(0))
}

/** Elements in alphabetical order, everything in CDATA except the amount. */
export function notificationBody(wechat: Wechat, order: PayOrder): string {
  const fields: Record<string, string | number> = {
    ...Object.fromEntries(Object.entries(paidFields(order)).map(([name, value]) => [name, String(value)])),
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
  delete fields['cash_fee_type']
  const key = merchantOf(wechat, order.mchid)?.apiKey ?? ''
  const signed = { ...fields, sign: signV2(fields, key, order.signType) }
  return writeXml(
    Object.fromEntries(Object.entries(signed).sort(([left], [right]) => (left < right ? -1 : 1))),
  )
}

async function deliver(wechat: Wechat, order: PayOrder, body: string): Promise<boolean> {
  const headers = { 'content-type': 'text/xml', 'request-id': `${wechat.random.hex(32)}-0` }
  const request = { method: 'POST', url: order.notifyUrl, headers, body }
  try {
    const response = await wechat.fetch(order.notifyUrl, {
      method: 'POST',
      headers,
      body,
      redirect: 'manual',
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    })
    const text = await response.text()
    const acknowledged = response.status === 200 && readXml(text)?.['return_code'] === 'SUCCESS'
    wechat.exchanges.record({
      ...heading(order),
      request,
      response: { status: response.status, headers: Object.fromEntries(response.headers), body: text },
      outcome: acknowledged ? 'ok' : 'refused',
      ...(acknowledged ? {} : { note: '商户未正确应答，将重试 not acknowledged, will be repeated' }),
    })
    return acknowledged
  } catch (error) {
    const note = `商户无应答，将重试 no answer, will be repeated (${error instanceof Error ? error.name : 'error'})`
    wechat.exchanges.record({ ...heading(order), request, outcome: 'fault', note })
    return false
  }
}

function heading(order: PayOrder): Pick<Exchange, 'from' | 'to' | 'title' | 'outTradeNo'> {
  return { from: 'wechat', to: 'merchant', title: 'payment notification', outTradeNo: order.outTradeNo }
}

function pathOf(order: PayOrder): string {
  return new URL(order.notifyUrl).pathname
}
