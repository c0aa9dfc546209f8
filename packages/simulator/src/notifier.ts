/**
 * Notifications on their way: delivered, judged, repeated on WeChat's ladder for a day. What they say, and what acknowledges
 * them, is the business of each version of the API. Source: docs of both versions, "支付结果通知", "支付通知".
 */
import type { Exchange } from './exchanges.ts'
import type { Simulation } from './simulation.ts'

export interface Announcement {
  url: string
  title: 'payment notification' | 'refund notification' | 'echo notification'
  outTradeNo: string
  /** Asked before each delivery; v3 signs each one anew. */
  compose(): { headers: Record<string, string>; body: string }
  isAcknowledgement(answer: { status: number; body: string }): boolean
}

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

/** Sets a notification going; it leaves when due work is next run. */
export function announce(simulation: Simulation, announcement: Announcement): void {
  const { outTradeNo, url } = announcement
  const { epoch, faults, exchanges, schedule } = simulation
  const { pathname: path } = new URL(url)
  if (faults.strikes('notification-lost', { path, outTradeNo })) {
    const note = '通知丢失，不会重发 notification lost, not repeated (fault)'
    exchanges.record({ ...heading(announcement), outcome: 'fault', note })
    return
  }
  const copies = faults.strikes('notification-doubled', { path, outTradeNo }) ? 2 : 1
  const deliverAll = async (attempt: number): Promise<void> => {
    const delay = RETRY_DELAYS_MS[attempt]
    const each = (): Promise<boolean> => deliver(simulation, announcement, delay)
    const acknowledged = await Promise.all(Array.from({ length: copies }, each))
    // A reset in the meantime begins another world, which owes nobody this news.
    if (acknowledged.every(Boolean) || delay === undefined || simulation.epoch !== epoch) return
    schedule.at(schedule.now() + delay, () => deliverAll(attempt + 1))
  }
  schedule.at(schedule.now(), () => deliverAll(0))
}

/** One delivery; whether it was acknowledged. Never throws: a merchant that does not answer is an outcome too. */
async function deliver(
  { random, fetch, exchanges }: Simulation,
  announcement: Announcement,
  delay: number | undefined,
): Promise<boolean> {
  const { url } = announcement
  const { headers: own, body } = announcement.compose()
  const headers = { ...own, 'request-id': `${random.hex(32)}-0` }
  const request = { method: 'POST', url, headers, body }
  const next =
    delay === undefined
      ? '不再重发 not repeated'
      : `${delay / SECOND} 秒后重发 repeated in ${delay / SECOND} s`
  try {
    const signal = AbortSignal.timeout(ANSWER_WITHIN_MS)
    const response = await fetch(url, { method: 'POST', headers, body, redirect: 'manual', signal })
    const { status } = response
    const text = await boundedText(response)
    const acknowledged = announcement.isAcknowledgement({ status, body: text })
    exchanges.record({
      ...heading(announcement),
      request,
      response: { status, headers: Object.fromEntries(response.headers), body: text },
      outcome: acknowledged ? 'ok' : 'refused',
      note: acknowledged ? undefined : `商户未正确应答 not acknowledged，${next}`,
    })
    return acknowledged
  } catch (error) {
    const why =
      error instanceof Error && error.name === 'TimeoutError'
        ? '5 秒内无应答 no answer within 5 s'
        : '无法送达 not reached'
    exchanges.record({ ...heading(announcement), request, outcome: 'fault', note: `${why}，${next}` })
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

function heading({
  title,
  outTradeNo,
}: Announcement): Pick<Exchange, 'from' | 'to' | 'title' | 'outTradeNo'> {
  return { from: 'wechat', to: 'merchant', title, outTradeNo }
}
