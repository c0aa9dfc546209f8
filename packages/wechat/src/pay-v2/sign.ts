/** Signatures of Pay v2 (签名算法). Source: API v2 docs, "签名算法". */
import { equalInConstantTime, hmacSha256Hex, md5Hex } from '../crypto.ts'

/** 签名类型 of API v2. */
export type SignType = 'MD5' | 'HMAC-SHA256'

/** One flat message: element name to text, as on the wire. */
export type Fields = Readonly<Record<string, string>>

/** Upper-case hex: 32 characters for MD5, 64 for HMAC-SHA256. */
export function sign(fields: Fields, apiKey: string, signType: SignType): string {
  return signatureOf(textToSign(fields, apiKey), apiKey, signType)
}

/** The signature of a text to sign, which ends with the key. */
export function signatureOf(text: string, apiKey: string, signType: SignType): string {
  return (signType === 'MD5' ? md5Hex(text) : hmacSha256Hex(text, apiKey)).toUpperCase()
}

/** Whether the message carries its right `sign`, over everything that arrived, known to us or not. Constant time. */
export function isSigned(fields: Fields, apiKey: string, signType: SignType): boolean {
  return equalInConstantTime(fields['sign'] ?? '', sign(fields, apiKey, signType))
}

/** `name=value` joined by `&` in ASCII order, without `sign` and without empty values, then the key. Holds the key: never log it. */
export function textToSign(fields: Fields, apiKey: string): string {
  let text = ''
  for (const name of sorted(Object.keys(fields))) {
    const value = fields[name]
    if (value !== '' && name !== 'sign') text += `${name}=${value}&`
  }
  return text === '' ? `&key=${apiKey}` : `${text}key=${apiKey}`
}

/** Few names, mostly in order already: WeChat's messages are sorted as they come. */
const FEW = 32

function sorted(names: string[]): string[] {
  if (names.length > FEW) return names.sort()
  for (let index = 1; index < names.length; index += 1) {
    const name = names[index] ?? ''
    let place = index
    for (; place > 0; place -= 1) {
      const before = names[place - 1] ?? ''
      if (before <= name) break
      names[place] = before
    }
    names[place] = name
  }
  return names
}
