/**
 * What WeChat posts to our address (支付结果通知): verified, recorded durably, acknowledged. The merchant's effect follows from
 * the outbox, so that a slow subscriber never costs the acknowledgement its five seconds.
 */
import type { Gateway, NotificationReply } from './gateway/gateway.ts'
import type { EngineParts } from './parts.ts'
import { recordNews } from './record.ts'
import type { Receipt } from './store/store.ts'

/** Never throws: whatever goes wrong, WeChat is asked to send again, and does for a day. */
export async function receiveNotification(
  parts: EngineParts,
  { account, body }: { account: string; body: Uint8Array },
): Promise<NotificationReply> {
  const gateway = parts.gateways.get(account)
  if (gateway === undefined) return { status: 404, contentType: 'text/plain; charset=utf-8', body: '' }
  try {
    return await receive(parts, gateway, body)
  } catch (error) {
    const cause = error instanceof Error ? error.message : 'unknown'
    parts.log({ level: 'error', event: 'notification.failed', account, cause })
    return gateway.refuse('系统繁忙，请稍后重试')
  }
}

async function receive(parts: EngineParts, gateway: Gateway, body: Uint8Array): Promise<NotificationReply> {
  const { store, log } = parts
  const { account } = gateway
  const reading = gateway.readNotification(body)
  if (reading.outcome === 'refused') {
    log({ level: 'warn', event: 'notification.refused', account, cause: reading.cause })
    return gateway.refuse('签名或参数格式校验错误')
  }
  const { outTradeNo } = reading
  const now = parts.clock()
  const receipt = receiptOf(parts, { account, outTradeNo, body, now })
  if (reading.outcome === 'foreign') {
    await store.recordReceipt(receipt, 'foreign_account')
    log({ level: 'warn', event: 'notification.foreign_account', account, outTradeNo })
    return gateway.refuse('appid不匹配')
  }
  const news = { source: 'notification', account, outTradeNo, payment: reading.payment } as const
  const recorded = await recordNews(parts, news, { now, receipt })
  if (recorded !== 'unknown_attempt') return gateway.acknowledge()
  // An attempt is stored before WeChat hears of it, so this is no order of this database: a restored backup, or another
  // shop with the same merchant number. Refusing keeps WeChat sending for a day, which is the time to put that right.
  log({ level: 'error', event: 'notification.unknown_attempt', account, outTradeNo })
  return gateway.refuse('订单不存在')
}

function receiptOf(
  { identifiers }: EngineParts,
  { account, outTradeNo, body, now }: { account: string; outTradeNo: string; body: Uint8Array; now: number },
): Receipt {
  return {
    receiptId: identifiers.receiptId(),
    account,
    outTradeNo,
    body: new TextDecoder().decode(body),
    receivedAt: now,
  }
}
