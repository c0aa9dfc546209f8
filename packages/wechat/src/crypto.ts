/** The primitives of WeChat's protocols: MD5, HMAC-SHA256 and SHA-1 in hex, random texts, comparison in constant time. */
import { createHmac, hash, randomInt, timingSafeEqual } from 'node:crypto'

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
const NONCE_LENGTH = 32

/** Lower-case hex MD5 of the UTF-8 bytes. */
export function md5Hex(text: string): string {
  return hash('md5', text, 'hex')
}

/** Lower-case hex SHA-1 of the UTF-8 bytes. */
export function sha1Hex(text: string): string {
  return hash('sha1', text, 'hex')
}

/** Lower-case hex HMAC-SHA256 of the UTF-8 bytes. */
export function hmacSha256Hex(text: string, key: string): string {
  return createHmac('sha256', key).update(text, 'utf8').digest('hex')
}

/** Whether two texts are equal, in a time that depends on their lengths only. */
export function equalInConstantTime(left: string, right: string): boolean {
  const [a, b] = [Buffer.from(left, 'utf8'), Buffer.from(right, 'utf8')]
  return a.length === b.length && timingSafeEqual(a, b)
}

/** 32 random letters and digits from the system's generator: the longest nonce that v2 allows (随机字符串). */
export function randomNonce(): string {
  return Array.from({ length: NONCE_LENGTH }, () => ALPHABET.charAt(randomInt(ALPHABET.length))).join('')
}
