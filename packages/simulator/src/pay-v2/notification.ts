/** What v2 tells a merchant's `notify_url`. Source: API v2 docs, "支付结果通知", "退款结果通知"; shapes as captured. */
import type { NotificationTwist } from '../notifications/announcement.ts'
import { announce } from '../notifications/notifier.ts'
import type { Announcer, Payment, PayOrder, PaySide } from '../pay/state.ts'
import { merchantOf } from '../simulation.ts'
import type { V2Fields } from './gateway.ts'
import { paidFields } from './paid-fields.ts'
import { refundNotification } from './refund-notification.ts'
import { signV2 } from './sign.ts'
import { readXml, writeXml } from './xml.ts'

export const announcerV2: Announcer = {
  paid(side, orders) {
    for (const order of orders) {
      const { payment, outTradeNo, notifyUrl } = order
      if (payment === undefined) continue
      const body = paymentNotification(side, order, payment)
      announce(side, {
        url: notifyUrl,
        title: 'payment notification',
        mchid: order.mchid,
        outTradeNo,
        twists: ['wrong-signature', 'corrupted'],
        // A repetition is the same message, nonce and all.
        compose: (twist) => ({ headers: { 'content-type': 'text/xml' }, body: twisted(body, twist) }),
        isAcknowledgement,
      })
    }
  },
  refunded(side, refund) {
    const { notifyUrl: url, order } = refund
    const merchant = merchantOf(side, order.mchid)
    if (url === '' || merchant === undefined) return
    const body = refundNotification(side, merchant, refund)
    announce(side, {
      url,
      title: 'refund notification',
      mchid: order.mchid,
      outTradeNo: order.outTradeNo,
      outRefundNo: refund.outRefundNo,
      twists: ['corrupted'],
      compose: (twist) => ({ headers: { 'content-type': 'text/xml' }, body: twisted(body, twist) }),
      isAcknowledgement,
    })
  },
}

/** Elements in alphabetical order, everything in CDATA except the amount; no `sign_type`, whatever the algorithm. */
function paymentNotification(side: PaySide, order: PayOrder, payment: Payment): string {
  const texts = Object.entries(paidFields(order, payment)).map(([name, value]) => [name, String(value)])
  const fields: V2Fields = {
    ...Object.fromEntries(texts),
    return_code: 'SUCCESS',
    result_code: 'SUCCESS',
    appid: order.appid,
    mch_id: order.mchid,
    nonce_str: side.random.hex(32),
    out_trade_no: order.outTradeNo,
    total_fee: order.totalFen,
    ...(order.attach === '' ? {} : { attach: order.attach }),
    ...(order.deviceInfo === '' ? {} : { device_info: order.deviceInfo }),
  }
  const key = merchantOf(side, order.mchid)?.apiKey ?? ''
  const signed = { ...fields, sign: signV2(fields, key, order.signType) }
  return writeXml(
    Object.fromEntries(Object.entries(signed).sort(([left], [right]) => (left < right ? -1 : 1))),
  )
}

/** Another first character of the signature or of what is encrypted; half of what is not. */
function twisted(body: string, twist: NotificationTwist | undefined): string {
  if (twist === undefined) return body
  const sealed = /(<(?:sign|req_info)><!\[CDATA\[)(.)/
  if (twist === 'corrupted' && !body.includes('<req_info>')) return body.slice(0, Math.ceil(body.length / 2))
  return body.replace(sealed, (_all, before: string, first: string) => before + (first === 'A' ? 'B' : 'A'))
}

/** HTTP 200 and XML of `return_code` SUCCESS; anything else, and WeChat comes again. */
function isAcknowledgement({ status, body }: { status: number; body: string }): boolean {
  return status === 200 && readXml(body)?.['return_code'] === 'SUCCESS'
}
