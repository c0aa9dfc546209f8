/**
 * Refund notifications (退款结果通知): not signed, but closed with the APIv2 key. Whoever can close one knows the key; yet the cipher
 * (AES-ECB) does not notice when whole blocks are moved, so confirm with `refundquery` before money follows. Source: API v2 docs,
 * "退款结果通知".
 */
import { ProtocolError } from '../errors.ts'
import { type RawBody, rawBody } from '../raw-body.ts'
import { BLOCK_BYTES, type CipherKey, cipherKey, unsealed } from './crypto.ts'
import { required } from './fields.ts'
import type { RefundNotification } from './refund-messages.ts'
import { announcedRefund } from './refund-replies.ts'
import { parseXml } from './xml.ts'

/**
 * Makes the reader of a merchant's notifications. It tells whose a notification is, then what it says once it is opened, and throws
 * `ProtocolError` with `wrong_key` where our key does not open it, with `bad_message` for everything else; then answer with
 * `refuse` so that WeChat sends it again.
 */
export function refundNotificationReader(
  mchid: string,
  apiKey: string,
): (body: RawBody) => RefundNotification {
  const key = cipherKey(apiKey)
  return (body) => {
    const envelope = parseXml(rawBody(body))
    if (envelope['return_code'] !== 'SUCCESS') {
      const message = '退款通知不是成功结果 / the notification does not announce a refund'
      throw new ProtocolError('bad_message', message)
    }
    if (envelope['mch_id'] !== mchid) {
      throw new ProtocolError('bad_message', '退款通知的商户号不符 / mch_id is another merchant’s')
    }
    const appid = required(envelope, 'appid')
    const root = opened(required(envelope, 'req_info'), key)
    return Object.assign(announcedRefund(parseXml(root, 'root')), { appid, mch_id: mchid })
  }
}

function opened(text: string, key: CipherKey): Uint8Array {
  const sealed = Buffer.from(text, 'base64')
  // Only what is written in the standard alphabet and padded comes back as it was.
  if (sealed.toString('base64') !== text) {
    throw new ProtocolError('bad_message', 'req_info 不是 base64 / req_info is not base64')
  }
  if (sealed.length % BLOCK_BYTES !== 0) {
    throw new ProtocolError('bad_message', 'req_info 不完整 / req_info is cut short')
  }
  const plaintext = unsealed(sealed, key)
  // One wrong key in 256 leaves a padding that looks right, and behind it no text.
  if (plaintext !== undefined && isXml(plaintext)) return plaintext
  throw new ProtocolError(
    'wrong_key',
    '退款通知无法解密：APIv2 密钥不符，或内容被改动 / req_info does not open: the APIv2 key is another one, or it was altered',
  )
}

function isXml(plaintext: Buffer): boolean {
  return /^\s*<(root\b|\?xml)/.test(plaintext.toString('latin1', 0, 64))
}
