/**
 * Lists in a flat message: `refund_id_$n` is the n-th refund's, `coupon_refund_fee_$n_$m` the m-th coupon's of the n-th refund,
 * counted from 0. Source: API v2 docs, "查询订单", "查询退款".
 */
import type { Fields } from './sign.ts'

/**
 * The suffixes (`_0`, `_1`, …) under which a list's leading field came, in the order of their numbers. A gap is passed over:
 * what came is what WeChat said.
 */
export function rowsOf(fields: Fields, leading: string): string[] {
  const start = `${leading}_`
  const numbers: number[] = []
  for (const name in fields) {
    if (!name.startsWith(start) || fields[name] === '') continue
    const number = name.slice(start.length)
    if (/^\d{1,4}$/.test(number)) numbers.push(Number(number))
  }
  return numbers.sort((left, right) => left - right).map((number) => `_${number}`)
}
