/**
 * What v3 tells a merchant's `notify_url`: encrypted with the APIv3 key, signed anew for each delivery. A merchant without
 * that key is told nothing. Source: API v3 docs, "支付成功通知", "退款结果通知", "合单支付通知"; the envelope as captured.
 */

import { beijingRfc3339 } from '../beijing-time.ts'
import type { Announcement, NotificationTwist } from '../notifications/announcement.ts'
import { announce } from '../notifications/notifier.ts'
import type { Announcer, CombinedOrder, PayOrder, PaySide } from '../pay/state.ts'
import { merchantOf } from '../simulation.ts'
import type { Merchant } from '../world.ts'
import { combinationNotice } from './combination-view.ts'
import { seal } from './crypto.ts'
import { notificationKey, otherNotificationKey } from './keys.ts'
import { refundNotice } from './refund-view.ts'
import { signatureHeaders } from './signature-headers.ts'
import { transactionView } from './transaction-view.ts'
import { STALE_SECONDS, twistedHeaders } from './twisted.ts'

export interface News {
  /** Whose APIv3 key and signature it is. */
  mchid: string
  url: string
  outTradeNo: string
  outRefundNo?: string
  event: NewsEvent
  /** What is encrypted. */
  resource: object
}

export type NewsEvent =
  | 'TRANSACTION.SUCCESS'
  | 'REFUND.SUCCESS'
  | 'REFUND.ABNORMAL'
  | 'REFUND.CLOSED'
  | 'SECURITY_ECHO.SUCCESS'

export const announcerV3: Announcer = {
  paid(side, orders) {
    const [first] = orders
    const news = first?.combined === undefined ? orders.map(payment) : [combinedPayment(first.combined)]
    for (const each of news) tell(side, each)
  },
  refunded(side, refund) {
    const url = refund.notifyUrl
    if (url === '' || refund.state === 'PROCESSING') return
    const { outRefundNo, order } = refund
    const { mchid, outTradeNo } = order
    const event = `REFUND.${refund.state}` as const
    tell(side, { mchid, url, outTradeNo, outRefundNo, event, resource: refundNotice(refund) })
  },
}

function payment(order: PayOrder): News {
  const { mchid, notifyUrl: url, outTradeNo } = order
  return { mchid, url, outTradeNo, event: 'TRANSACTION.SUCCESS', resource: transactionView(order) }
}

function combinedPayment(combined: CombinedOrder): News {
  const { mchid, notifyUrl: url, outTradeNo } = combined
  return { mchid, url, outTradeNo, event: 'TRANSACTION.SUCCESS', resource: combinationNotice(combined) }
}

/** Sets it going. The same body is delivered each time; time, nonce, key and signature are of each delivery. */
export function tell(side: PaySide, news: News): void {
  const merchant = merchantOf(side, news.mchid)
  if (merchant === undefined || merchant.apiV3Key === null) return
  const { apiV3Key: key } = merchant
  const body = envelope(side, news, { key })
  announce(side, {
    url: news.url,
    title: EVENTS[news.event].title,
    mchid: news.mchid,
    outTradeNo: news.outTradeNo,
    ...(news.outRefundNo === undefined ? {} : { outRefundNo: news.outRefundNo }),
    twists: TWISTS,
    compose: (twist) => {
      const said = twist === undefined ? body : twistedBody(side, news, { key, body, twist })
      return { headers: headersFor(side, merchant, { body: said, twist }), body: said }
    },
    isAcknowledgement: ({ status, body: answer }) =>
      status === 204 || (status === 200 && !refuses(side, answer)),
  })
}

/** Documents of old let the body decide as well; those of today name the status only. */
function refuses({ world }: PaySide, answer: string): boolean {
  return world.behaviour.refusingBody === 'read' && /"code"\s*:\s*"FAIL"/.test(answer)
}

const TWISTS: readonly NotificationTwist[] = [
  'probe',
  'wrong-signature',
  'unknown-serial',
  'wrong-aad',
  'stale',
  'corrupted',
  'key-switch',
]

interface Twisting {
  key: string
  /** The right one. */
  body: string
  twist: NotificationTwist
}

function twistedBody(side: PaySide, news: News, { key, body, twist }: Twisting): string {
  const { original } = EVENTS[news.event]
  if (twist === 'wrong-aad') return envelope(side, news, { key, associatedData: `not ${original}` })
  return twist === 'corrupted' ? envelope(side, news, { key, isCut: true }) : body
}

function headersFor(
  side: PaySide,
  merchant: Merchant,
  { body, twist }: { body: string; twist: NotificationTwist | undefined },
): Record<string, string> {
  const key = twist === 'key-switch' ? otherNotificationKey(side, merchant) : notificationKey(side, merchant)
  const secondsAgo = twist === 'stale' ? STALE_SECONDS : 0
  const headers = signatureHeaders(side, { mchid: merchant.mchid, key, secondsAgo }, body)
  return { 'content-type': 'application/json', ...twistedHeaders(headers, twist, side.random) }
}

/** 通知摘要 and the kind of what is encrypted. */
const EVENTS: Record<NewsEvent, { title: Announcement['title']; original: string; summary: string }> = {
  'TRANSACTION.SUCCESS': { title: 'payment notification', original: 'transaction', summary: '支付成功' },
  'REFUND.SUCCESS': { title: 'refund notification', original: 'refund', summary: '退款成功' },
  'REFUND.ABNORMAL': { title: 'refund notification', original: 'refund', summary: '退款异常' },
  'REFUND.CLOSED': { title: 'refund notification', original: 'refund', summary: '退款关闭' },
  'SECURITY_ECHO.SUCCESS': { title: 'echo notification', original: 'security', summary: '回调通知成功' },
}

interface Envelope {
  key: string
  /** What it is really sealed with, where it does not say the truth. */
  associatedData?: string
  /** Half of the contents is missing. */
  isCut?: boolean
}

/** Members in the order captured. */
function envelope(
  { random, schedule }: PaySide,
  { event, resource }: News,
  { key, associatedData, isCut = false }: Envelope,
): string {
  const { original, summary } = EVENTS[event]
  const nonce = random.text(12)
  const whole = JSON.stringify(resource)
  const text = isCut ? whole.slice(0, Math.ceil(whole.length / 2)) : whole
  const ciphertext = seal({ key, nonce, associatedData: associatedData ?? original }, text)
  return JSON.stringify({
    id: uuid(random.hex(32)),
    create_time: beijingRfc3339(schedule.now()),
    resource_type: 'encrypt-resource',
    event_type: event,
    summary,
    resource: {
      original_type: original,
      algorithm: 'AEAD_AES_256_GCM',
      ciphertext,
      associated_data: original,
      nonce,
    },
  })
}

function uuid(hex: string): string {
  return hex.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, '$1-$2-5$3-8$4-$5')
}
