/** Money as bills print it, in yuan, read digit by digit. Source: API v2 and v3 docs, "交易账单", "资金账单". */
import { type Fen, fen } from '../fen.ts'

declare const brand: unique symbol

/** Thousandths of a fen: 手续费 is printed with five decimals of a yuan, and `0.00600` is 600 of these. */
export type MilliFen = number & { readonly [brand]: 'milli-fen' }

/** `'1.50'` yuan is 150 fen. More decimals must be zeros. Throws `RangeError` for anything else. */
export function billFen(text: string): Fen {
  return fen(scaled(text, 2))
}

/** `'-0.00600'` yuan is -600. Throws `RangeError` for anything that is not an amount of at most five decimals. */
export function milliFen(text: string): MilliFen {
  return scaled(text, 5) as MilliFen
}

/** 600 is `'0.00600'` yuan. */
export function milliFenToYuan(amount: MilliFen): string {
  const digits = String(Math.abs(amount)).padStart(6, '0')
  return `${amount < 0 ? '-' : ''}${digits.slice(0, -5)}.${digits.slice(-5)}`
}

/** A number of things; old summaries print `45.0`. Throws `RangeError` for anything else. */
export function billCount(text: string): number {
  return scaled(text, 0)
}

const [MINUS, POINT, ZERO, NINE] = [0x2d, 0x2e, 0x30, 0x39]

/** The amount in units of the last of so many decimals. A loop, because a bill has millions of these. */
function scaled(text: string, decimals: number): number {
  const isNegative = text.charCodeAt(0) === MINUS
  let value = 0
  let digits = 0
  let after = -1
  for (let at = isNegative ? 1 : 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (code === POINT && after < 0 && digits > 0) {
      after = 0
    } else if (code < ZERO || code > NINE || (after >= decimals && code !== ZERO)) {
      throw notAnAmount()
    } else {
      digits += 1
      if (after < decimals) value = value * 10 + (code - ZERO)
      if (after >= 0) after += 1
    }
  }
  if (digits === 0 || after === 0) throw notAnAmount()
  for (let place = Math.max(after, 0); place < decimals; place += 1) value *= 10
  if (!Number.isSafeInteger(value)) throw notAnAmount()
  return isNegative && value !== 0 ? -value : value
}

function notAnAmount(): RangeError {
  return new RangeError('not an amount of a bill / 不是账单金额')
}
