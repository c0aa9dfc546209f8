/** The encryption of v2's refund notifications. Source: API v2 docs, "退款结果通知", 解密方式. */
import { createCipheriv, createHash } from 'node:crypto'

/** Base64 of AES-256-ECB; the key is the text of the key's MD5 in lower-case hex, not its bytes. */
export function encryptReqInfo(plaintext: string, apiKey: string): string {
  const key = createHash('md5').update(apiKey, 'utf8').digest('hex')
  const cipher = createCipheriv('aes-256-ecb', Buffer.from(key, 'latin1'), null)
  return Buffer.concat([cipher.update(plaintext, 'utf8'), cipher.final()]).toString('base64')
}
