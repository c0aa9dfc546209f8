/**
 * Lists in a flat message: `refund_id_$n` is the n-th refund's, `coupon_refund_fee_$n_$m` the m-th coupon's of the n-th refund,
 * counted from 0. Source: API v2 docs, "查询订单", "查询退款".
 */
import type { Fields } from './sign.ts'

/** The suffixes (`_0`, `_1`, …) under which a list's leading field came. A list that begins with 1 is read, too. */
export function rowsOf(fields: Fields, leading: string): string[] {
  const rows: string[] = []
  for (let number = 0; ; number += 1) {
    const suffix = `_${number}`
    if ((fields[leading + suffix] ?? '') !== '') rows.push(suffix)
    else if (number > 0) return rows
  }
}
