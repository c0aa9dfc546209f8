/** Payment notifications (支付结果通知) and their acknowledgement. Source: API v2 docs, "支付结果通知". */
import { ProtocolError } from '../errors.ts'
import { type RawBody, rawBody } from '../raw-body.ts'
import { required } from './fields.ts'
import type { PaymentNotification } from './messages.ts'
import { paidFields } from './paid-fields.ts'
import { type Fields, isSigned, type SignType } from './sign.ts'
import { isXmlText, parseXml, serialiseXml } from './xml.ts'

/**
 * Reads a notification: signature first, over all that arrived, then whose it is, then what it says. Throws `ProtocolError`
 * with `bad_signature` or `bad_message`, `ConfigError` for a body that was parsed before; then answer with `refuse` so that WeChat sends it again.
 */
export function readNotification(body: RawBody, mchid: string, apiKey: string): PaymentNotification {
  const fields = parseXml(rawBody(body))
  if (!isSigned(fields, apiKey, signTypeOf(fields))) {
    throw new ProtocolError('bad_signature', '支付通知签名错误 / the notification is not signed with our key')
  }
  if (fields['mch_id'] !== mchid) {
    throw new ProtocolError('bad_message', '支付通知的商户号不符 / mch_id is another merchant’s')
  }
  if (fields['return_code'] !== 'SUCCESS' || fields['result_code'] !== 'SUCCESS') {
    const message = '支付通知不是成功结果 / the notification does not announce a payment'
    throw new ProtocolError('bad_message', message)
  }
  return Object.assign(paidFields(fields), { appid: required(fields, 'appid'), mch_id: mchid, fields })
}

/** The answer after which WeChat stops sending. */
export function acknowledge(): string {
  return serialiseXml({ return_code: 'SUCCESS', return_msg: 'OK' })
}

/** The longest `return_msg` that is documented. */
const MAX_REASON_LENGTH = 128

/** The answer after which WeChat sends again; the reason is for its log and ours. */
export function refuse(reason: string): string {
  const short = String(reason ?? '').slice(0, MAX_REASON_LENGTH)
  return serialiseXml({ return_code: 'FAIL', return_msg: isXmlText(short) && short !== '' ? short : '失败' })
}

/** The order's type, which the notification need not name: HMAC-SHA256 is twice as long as MD5. */
function signTypeOf(fields: Fields): SignType {
  const named = fields['sign_type'] ?? ''
  if (named !== '') return named === 'HMAC-SHA256' ? 'HMAC-SHA256' : 'MD5'
  return fields['sign']?.length === 64 ? 'HMAC-SHA256' : 'MD5'
}
