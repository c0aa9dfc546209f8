/** One notification as WeChat would post it, for unit tests of a merchant's endpoint: no server, no waiting, no order needed. */
import { z } from 'zod'
import { bilingual } from '../bilingual.ts'
import { announcerV2 } from '../pay-v2/notification.ts'
import { announcerV3 } from '../pay-v3/notification.ts'
import { createWechat } from '../wechat.ts'
import { defaultWorld, type World } from '../world.ts'
import type { NotificationTwist } from './announcement.ts'
import { type NewsEvent, news, tellNews } from './news.ts'

/** What the notification tells, and by whose keys. */
export interface NotificationToSign {
  event: NewsEvent
  /** The API the merchant speaks; v2 unless told otherwise. */
  version?: 'v2' | 'v3'
  /** Whose keys sign it; the default world of the seed unless given. */
  world?: World
  /** Of WeChat's own keys, and of all that is made up. */
  seed?: string
  /** When it is signed, in milliseconds since the epoch; now unless told otherwise. */
  now?: number
  /** 商户号; the world's first unless told otherwise. */
  mchid?: string
  openid?: string
  outTradeNo?: string
  outRefundNo?: string
  /** 1 yuan unless told otherwise. */
  totalFen?: number
  /** The whole order unless told otherwise. */
  refundFen?: number
  description?: string
  attach?: string
  /** Makes it one that must be refused, or one that is hard to read. */
  twist?: NotificationTwist
}

/** A request to the merchant's endpoint; `new Request(url, it)` is one. */
export interface SignedNotification {
  method: 'POST'
  headers: Record<string, string>
  body: string
}

/**
 * The same arguments give the same bytes. Throws an `Error` that names what is wrong: an unknown merchant, a refund over the
 * total, a merchant without APIv3 key. Source: API docs of both versions, "支付通知", "退款结果通知".
 */
export function signedNotification(asked: NotificationToSign): SignedNotification {
  const { world, seed = 'shouyin', now = Date.now(), twist } = asked
  const side = createWechat({
    world: world ?? defaultWorld({ seed }),
    seed,
    clock: () => now,
    fetch: () => Promise.reject(new TypeError('nothing is sent')),
    announcers: { v2: announcerV2, v3: announcerV3 },
  })
  const { announcement } = tellNews(side, readNews(asked))
  const { headers, body } = announcement.compose(twist)
  return { method: 'POST', headers: { ...headers, 'request-id': `${side.random.hex(32)}-0` }, body }
}

function readNews(asked: NotificationToSign): ReturnType<typeof news.parse> {
  const parsed = news.safeParse(
    {
      event: asked.event,
      version: asked.version,
      mchid: asked.mchid,
      openid: asked.openid,
      out_trade_no: asked.outTradeNo,
      out_refund_no: asked.outRefundNo,
      total_fee: asked.totalFen,
      refund_fee: asked.refundFen,
      body: asked.description,
      attach: asked.attach,
      url: 'https://merchant.example/',
    },
    { error: bilingual },
  )
  if (parsed.success) return parsed.data
  throw new Error(z.prettifyError(parsed.error))
}
