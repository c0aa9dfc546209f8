/** Money as whole fen (分, 1/100 yuan). Bills print yuan; they are converted on the digits, never through a float. */

declare const brand: unique symbol

/** A safe integer number of fen, made only by `fen` and `yuanToFen`. */
export type Fen = number & { readonly [brand]: 'fen' }

/** Checks that a number is a whole number of fen. Throws `RangeError` for floats, NaN and numbers beyond safe integers. */
export function fen(value: number): Fen {
  if (!Number.isSafeInteger(value))
    throw new RangeError('an amount in fen must be a whole number / 金额必须是整数分')
  return value as Fen
}

/** `'12.34'` yuan is 1234 fen. Accepts a sign and at most two decimals; throws `RangeError` for anything else, numbers included. */
export function yuanToFen(text: string): Fen {
  const match = typeof text === 'string' ? /^(-?)(\d{1,13})(?:\.(\d{1,2}))?$/.exec(text) : null
  if (match === null) throw new RangeError('not an amount in yuan / 不是以元为单位的金额')
  const [, sign = '', yuan = '', decimals = ''] = match
  const value = Number(yuan) * 100 + Number(decimals.padEnd(2, '0'))
  return fen(sign === '-' && value !== 0 ? -value : value)
}

/** 1234 fen is `'12.34'` yuan. Throws `RangeError` for what is no whole number of fen. */
export function fenToYuan(amount: Fen): string {
  const digits = String(Math.abs(fen(amount))).padStart(3, '0')
  return `${amount < 0 ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`
}
