/** The HTTP room's only ties to `node:crypto`: keys and seals of cookies, and texts that nobody can guess. */
import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'
import type { RandomBytes } from '../crypto.ts'

/** A key for one purpose: what is sealed for one cannot be used as another. */
export function deriveKey(secret: string, purpose: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', secret, '', `shouyin ${purpose}`, 32))
}

/** HMAC-SHA256, base64url. */
export function mac(key: Uint8Array, text: string): string {
  return createHmac('sha256', key).update(text).digest('base64url')
}

/** Compares in constant time. */
export function macMatches(key: Uint8Array, text: string, given: string): boolean {
  const expected = Buffer.from(mac(key, text))
  const received = Buffer.from(given)
  return expected.length === received.length && timingSafeEqual(expected, received)
}

const ALPHANUMERICS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
/** Bytes from here on are dropped, or the first letters of the alphabet would come up more often. */
const FAIR_BYTES = 256 - (256 % ALPHANUMERICS.length)

/** Random letters and digits: about six bits each. */
export function randomText(randomBytes: RandomBytes, length: number): string {
  let text = ''
  while (text.length < length) {
    for (const byte of randomBytes(length)) {
      if (byte < FAIR_BYTES && text.length < length) text += ALPHANUMERICS.charAt(byte % ALPHANUMERICS.length)
    }
  }
  return text
}
