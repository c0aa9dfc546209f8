/** AES-256-ECB, with which Pay v2 closes what it announces of refunds. Source: API v2 docs, "退款结果通知". */
import { createCipheriv, createDecipheriv } from 'node:crypto'
import { md5Hex } from '../crypto.ts'

const CIPHER = 'aes-256-ecb'

/** The plaintext, or nothing where the padding tells that the key is another one or the bytes are not whole. */
export function openedByApiKey(sealed: Uint8Array, apiKey: string): Buffer | undefined {
  try {
    const decipher = createDecipheriv(CIPHER, cipherKey(apiKey), null)
    return Buffer.concat([decipher.update(sealed), decipher.final()])
  } catch {
    return undefined
  }
}

/** What `openedByApiKey` opens. */
export function sealedByApiKey(plaintext: Uint8Array, apiKey: string): Buffer {
  const cipher = createCipheriv(CIPHER, cipherKey(apiKey), null)
  return Buffer.concat([cipher.update(plaintext), cipher.final()])
}

/** The 32 letters of the lower-case hex MD5, not the 16 bytes they stand for. */
function cipherKey(apiKey: string): Buffer {
  return Buffer.from(md5Hex(apiKey), 'latin1')
}
