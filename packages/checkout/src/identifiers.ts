/** Our own numbers: sortable by time, unguessable, and within WeChat's alphabet for 商户订单号 (6 to 32 of `0-9A-Za-z_-|*`). */
import type { RandomBytes } from './crypto.ts'

export interface Identifiers {
  /** `ord_…` */
  orderId(): string
  /** 26 characters. */
  outTradeNo(): string
  /** `evt_…` */
  eventId(): string
  /** `rcp_…` */
  receiptId(): string
}

export function identifiers(clock: () => number, randomBytes: RandomBytes): Identifiers {
  const next = (): string => sortable(clock(), randomBytes(RANDOM_BYTES))
  return {
    orderId: () => `ord_${next()}`,
    outTradeNo: next,
    eventId: () => `evt_${next()}`,
    receiptId: () => `rcp_${next()}`,
  }
}

/** Crockford's base 32: ascending in ASCII, and without letters that look like digits. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const RANDOM_BYTES = 10
const TIME_DIGITS = 10

/** Ten digits of milliseconds, sixteen of chance (80 bits). */
function sortable(now: number, random: Uint8Array): string {
  let chance = 0n
  for (const byte of random) chance = (chance << 8n) | BigInt(byte)
  return base32(BigInt(now), TIME_DIGITS) + base32(chance, (RANDOM_BYTES * 8) / 5)
}

function base32(value: bigint, digits: number): string {
  let text = ''
  for (let rest = value; text.length < digits; rest >>= 5n) text = ALPHABET.charAt(Number(rest & 31n)) + text
  return text
}
