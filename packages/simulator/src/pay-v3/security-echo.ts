/** 安全自检 (`/v3/security/echo`): every key of both sides used once. Source: API v3 docs of the call. */
import { done, NOTHING, type V3Call, v3Call } from './call.ts'
import { sealSensitive } from './crypto.ts'
import { object, optional, text } from './fields.ts'
import { merchantKeys } from './keys.ts'
import { tell } from './notification.ts'
import { sensitiveTexts } from './sensitive.ts'
import { notifyUrl } from './transaction-fields.ts'

export const securityEcho: V3Call = v3Call({
  title: 'security/echo',
  path: NOTHING,
  query: NOTHING,
  body: object('请求', {
    echo_message: text('回显信息', { most: 1024 }),
    encrypted_echo_message: optional(text('加密回显信息', { most: 1024 })),
    notify_url: optional(notifyUrl(256)),
  }),
  run(asked) {
    const { side, merchant, body } = asked
    const { echo_message: message, encrypted_echo_message: hidden, notify_url: url } = body
    const read = sensitiveTexts(asked, hidden === undefined ? {} : { '/body/encrypted_echo_message': hidden })
    if ('refusal' in read) return read.refusal
    const [text] = read.texts
    if (url !== undefined) {
      const { mchid } = merchant
      const resource = { echo_message: message }
      tell(side, { mchid, url, outTradeNo: '', event: 'SECURITY_ECHO.SUCCESS', resource })
    }
    if (text === undefined) return done({ echo_message: message })
    const { publicKey } = merchantKeys(side, merchant)
    return done({
      echo_message: message,
      encrypted_echo_message: sealSensitive(text, publicKey, side.random),
    })
  },
})
