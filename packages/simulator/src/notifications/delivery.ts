/** One delivery of a notification: composed, posted, its answer judged and written down. */

import type { Exchange } from '../exchanges.ts'
import type { Simulation } from '../simulation.ts'
import type { Announcement, NotificationTwist } from './announcement.ts'
import type { Notification } from './deliveries.ts'

/** As merchants remember WeChat's; nobody may rely on it. */
const USER_AGENT = 'Mozilla/4.0'
const ANSWER_WITHIN_MS = 5000
/** An acknowledgement is a hundred bytes; a page of HTML is not one, however long it goes on. */
const MOST_ANSWER_BYTES = 64 * 1024

export interface Delivery {
  notification: Notification
  twist: NotificationTwist | undefined
  /** What happens if it is not acknowledged. */
  next: string
}

/** Whether it was acknowledged. Never throws: a merchant that does not answer is an outcome too. */
export async function deliver(
  simulation: Simulation,
  { notification, twist, next }: Delivery,
): Promise<boolean> {
  const { random, fetch, exchanges, schedule, deliveries } = simulation
  const { announcement, attempts } = notification
  const url = deliveries.forwardTo ?? announcement.url
  const at = new Date(schedule.now()).toISOString()
  const { headers: own, body } = announcement.compose(twist)
  const headers = { 'user-agent': USER_AGENT, accept: '*/*', ...own, 'request-id': `${random.hex(32)}-0` }
  const request = { method: 'POST', url, headers, body }
  const record = (said: Pick<Exchange, 'outcome' | 'note' | 'response'>): number =>
    exchanges.record({ ...heading(announcement), request, ...said }).id
  try {
    const signal = AbortSignal.timeout(ANSWER_WITHIN_MS)
    const response = await fetch(url, { method: 'POST', headers, body, redirect: 'manual', signal })
    const { status } = response
    const text = await boundedText(response)
    const acknowledged = announcement.isAcknowledgement({ status, body: text })
    const exchange = record({
      response: { status, headers: Object.fromEntries(response.headers), body: text },
      outcome: acknowledged ? 'ok' : 'refused',
      note: noteOf(acknowledged, twist, next),
    })
    attempts.push({ at, url, status, acknowledged, exchange })
    return acknowledged
  } catch (error) {
    const exchange = record({ outcome: 'fault', note: `${failureOf(error)}，${next}` })
    attempts.push({ at, url, status: undefined, acknowledged: false, exchange })
    return false
  }
}

/** With the system's code where there is one, such as ECONNREFUSED or what is wrong with the certificate. */
function failureOf(error: unknown): string {
  if (!(error instanceof Error)) return '无法送达 not reached'
  if (error.name === 'TimeoutError') return '5 秒内无应答 no answer within 5 s'
  const { cause } = error
  const code = cause instanceof Error && 'code' in cause ? ` (${cause.code})` : ''
  return `无法送达 not reached${code}`
}

/** What no merchant may believe. */
const FALSE: readonly (NotificationTwist | undefined)[] = [
  'probe',
  'wrong-signature',
  'unknown-serial',
  'wrong-aad',
]

function noteOf(
  acknowledged: boolean,
  twist: NotificationTwist | undefined,
  next: string,
): string | undefined {
  const made = twist === undefined ? '' : `故障 fault notification-${twist}：`
  if (acknowledged && FALSE.includes(twist))
    return `${made}商户接受了假的通知！没有验签 the merchant believed a false one: it does not verify`
  if (!acknowledged) return `${made}商户未正确应答 not acknowledged，${next}`
  return made === '' ? undefined : `${made}商户已应答 acknowledged`
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

/** How the log names it. */
export function heading({
  title,
  mchid,
  outTradeNo,
  outRefundNo,
}: Announcement): Pick<Exchange, 'from' | 'to' | 'title' | 'mchid' | 'outTradeNo' | 'outRefundNo'> {
  return { from: 'wechat', to: 'merchant', title, mchid, outTradeNo, outRefundNo }
}
