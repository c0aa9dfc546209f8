/**
 * What WeChat tells of the text it verified when a signature failed (`sign_information`), held against what was signed: either
 * something between changed the request, or the key is another one. Source: as seen in answers of code SIGN_ERROR.
 */
import { isJsonObject, type JsonObject } from './json.ts'

/** As it was signed; the body as sent, empty for none. */
export interface SentRequest {
  method: string
  path: string
  body: string
}

/** A sentence for people, lengths and addresses only; undefined where WeChat tells nothing. */
export function signatureAdvice(detail: JsonObject, sent: SentRequest): string | undefined {
  const told = detail['sign_information']
  if (!isJsonObject(told)) return undefined
  const { method, url, sign_message_length: length, truncated_sign_message: text } = told
  if (typeof length !== 'number' || typeof text !== 'string') return undefined
  if (method !== sent.method || url !== sent.path)
    return '请求在途中被改了方法或地址，常见于改写路径的代理 / method or path were changed on the way, as by a proxy that rewrites paths'
  const signed = lengthOf(sent, text)
  if (length !== signed)
    return `请求在途中被改动：微信收到的原文 ${length} 字节，签名的是 ${signed} 字节 / changed on the way: WeChat got ${length} bytes, ${signed} were signed`
  return '签名原文与微信所见等长，应是密钥不对：私钥、证书、商户号不是一套 / the text is as long as WeChat’s, so it is the key: private key, certificate and merchant number do not belong together'
}

/** Time and nonce are each request's own, and told back in the third and fourth line. */
function lengthOf({ method, path, body }: SentRequest, text: string): number {
  const [, , timestamp = '', nonce = ''] = text.split('\n')
  return new TextEncoder().encode(`${method}\n${path}\n${timestamp}\n${nonce}\n${body}\n`).byteLength
}
