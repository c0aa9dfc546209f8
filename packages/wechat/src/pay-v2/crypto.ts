/** AES-256-ECB, with which Pay v2 closes what it announces of refunds. Source: API v2 docs, "退款结果通知". */
import { createCipheriv, createDecipheriv } from 'node:crypto'
import { md5Hex } from '../crypto.ts'
import { Secret } from '../secret.ts'

/** 32 letters; prints none of them. */
export type CipherKey = Secret

const CIPHER = 'aes-256-ecb'
export const BLOCK_BYTES = 16

/** Made of the 32 letters of the APIv2 key's lower-case hex MD5, not of the 16 bytes they stand for. */
export function cipherKey(apiKey: string): CipherKey {
  return new Secret(md5Hex(apiKey))
}

/**
 * The plaintext, or nothing where the padding tells that the key is another one or the bytes are not whole. It is looked at here
 * (PKCS #7, RFC 5652 section 6.3), for asking the cipher costs a third of all the opening.
 */
export function unsealed(sealed: Uint8Array, key: CipherKey): Buffer | undefined {
  const decipher = createDecipheriv(CIPHER, key.reveal(), null).setAutoPadding(false)
  const padded = decipher.update(sealed)
  const count = padded.at(-1) ?? 0
  const isWhole = padded.length === sealed.length && count > 0 && count <= BLOCK_BYTES
  const end = padded.length - count
  return isWhole && padded.subarray(end).every((byte) => byte === count) ? padded.subarray(0, end) : undefined
}

/** What `unsealed` opens. */
export function sealed(plaintext: Uint8Array, key: CipherKey): Buffer {
  const cipher = createCipheriv(CIPHER, key.reveal(), null)
  return Buffer.concat([cipher.update(plaintext), cipher.final()])
}
