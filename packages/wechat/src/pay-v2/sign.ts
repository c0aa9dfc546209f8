/** Signatures of Pay v2 (签名算法). Source: API v2 docs, "签名算法". */
import { equalInConstantTime, hmacSha256Hex, md5Hex } from '../crypto.ts'

export type SignType = 'MD5' | 'HMAC-SHA256'

/** One flat message: element name to text, as on the wire. */
export type Fields = Readonly<Record<string, string>>

/** Upper-case hex: 32 characters for MD5, 64 for HMAC-SHA256. */
export function sign(fields: Fields, apiKey: string, signType: SignType): string {
  const text = textToSign(fields, apiKey)
  return (signType === 'MD5' ? md5Hex(text) : hmacSha256Hex(text, apiKey)).toUpperCase()
}

/** Whether the message carries its right `sign`, over everything that arrived, known to us or not. Constant time. */
export function isSigned(fields: Fields, apiKey: string, signType: SignType): boolean {
  return equalInConstantTime(fields['sign'] ?? '', sign(fields, apiKey, signType))
}

/** `name=value` joined by `&` in ASCII order, without `sign` and without empty values, then the key. Holds the key: never log it. */
export function textToSign(fields: Fields, apiKey: string): string {
  const pairs = Object.entries(fields)
    .filter(([name, value]) => name !== 'sign' && value !== '')
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`)
  return `${pairs.join('&')}&key=${apiKey}`
}
