/**
 * What v3 tells a merchant's `notify_url`: encrypted with the APIv3 key, signed anew for each delivery. A merchant without
 * that key is told nothing. Source: API v3 docs, "支付成功通知", "退款结果通知", "合单支付通知"; the envelope as captured.
 */

import type { Announcement } from '../announcement.ts'
import { beijingRfc3339 } from '../beijing-time.ts'
import { announce } from '../notifier.ts'
import type { Announcer, CombinedOrder, PayOrder, PaySide } from '../pay/state.ts'
import { merchantOf } from '../simulation.ts'
import { combinationNotice } from './combination-view.ts'
import { seal } from './crypto.ts'
import { notificationKey } from './keys.ts'
import { refundNotice } from './refund-view.ts'
import { signatureHeaders } from './signature-headers.ts'
import { transactionView } from './transaction-view.ts'

export interface News {
  /** Whose APIv3 key and signature it is. */
  mchid: string
  url: string
  outTradeNo: string
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
    const { mchid, outTradeNo } = refund.order
    tell(side, { mchid, url, outTradeNo, event: `REFUND.${refund.state}`, resource: refundNotice(refund) })
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
  const body = envelope(side, news, merchant.apiV3Key)
  announce(side, {
    url: news.url,
    title: EVENTS[news.event].title,
    mchid: news.mchid,
    outTradeNo: news.outTradeNo,
    compose: () => ({
      headers: {
        'content-type': 'application/json',
        ...signatureHeaders(side, notificationKey(side, merchant), body),
      },
      body,
    }),
    isAcknowledgement: ({ status }) => status === 200 || status === 204,
  })
}

/** 通知摘要 and the kind of what is encrypted. */
const EVENTS: Record<NewsEvent, { title: Announcement['title']; original: string; summary: string }> = {
  'TRANSACTION.SUCCESS': { title: 'payment notification', original: 'transaction', summary: '支付成功' },
  'REFUND.SUCCESS': { title: 'refund notification', original: 'refund', summary: '退款成功' },
  'REFUND.ABNORMAL': { title: 'refund notification', original: 'refund', summary: '退款异常' },
  'REFUND.CLOSED': { title: 'refund notification', original: 'refund', summary: '退款关闭' },
  'SECURITY_ECHO.SUCCESS': { title: 'echo notification', original: 'security', summary: '回调通知成功' },
}

/** Members in the order captured. */
function envelope({ random, schedule }: PaySide, { event, resource }: News, key: string): string {
  const { original, summary } = EVENTS[event]
  const nonce = random.text(12)
  const ciphertext = seal({ key, nonce, associatedData: original }, JSON.stringify(resource))
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
