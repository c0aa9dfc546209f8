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
  const pads = padsOf(key)
  if (pads === undefined) return createHmac('sha256', key).update(text, 'utf8').digest('hex')
  const { inner, outer } = pads
  outer.write(hash('sha256', inner + text, 'binary'), BLOCK_BYTES, 'binary')
  return hash('sha256', outer, 'hex')
}

/** What HMAC puts before the text, and before the hash of that (RFC 2104). */
interface Pads {
  inner: string
  outer: Buffer
}

const BLOCK_BYTES = 64
const [INNER, OUTER] = [0x36, 0x5c]
/** One key for each merchant of a process, as a rule. */
const PADS = new Map<string, Pads>()
const MAX_PADS = 64

/**
 * Two hashes at one go cost 1.0 µs for an order, an HMAC object of Node's 1.7 µs. A key of letters and digits gives pads that
 * are ASCII, and so a text; other keys, and keys longer than a block, are left to Node.
 */
function padsOf(key: string): Pads | undefined {
  const known = PADS.get(key)
  if (known !== undefined) return known
  if (key.length > BLOCK_BYTES || !/^[\0-\x7f]*$/.test(key)) return undefined
  const inner = Buffer.alloc(BLOCK_BYTES, INNER)
  const outer = Buffer.alloc(BLOCK_BYTES + 32, OUTER)
  for (let index = 0; index < key.length; index += 1) {
    const code = key.charCodeAt(index)
    inner[index] = code ^ INNER
    outer[index] = code ^ OUTER
  }
  const pads = { inner: inner.toString('latin1'), outer }
  if (PADS.size < MAX_PADS) PADS.set(key, pads)
  return pads
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
