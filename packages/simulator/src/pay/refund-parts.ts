/**
 * Who gives what back: cash, coupons, the fee. Every part goes back in proportion, and none ever by more than is left of it,
 * so that the refund that empties an order gives back each part to the fen, in whatever pieces it came.
 */
import type { CouponUse, Payment, PayOrder, Refund } from './state.ts'

export type RefundParts = Pick<Refund, 'cashFen' | 'settlementFen' | 'coupons' | 'feeFen'>

/** `refundFen` is at most what is left. The merchant never got its own non-recharge coupons and gives none of them. */
export function partsOf(order: PayOrder, payment: Payment, refundFen: number): RefundParts {
  const before = liveRefunds(order)
  const coupons = couponsBack(order, payment, refundFen, before)
  return {
    coupons,
    cashFen: refundFen - couponsFen(coupons),
    settlementFen: refundFen - couponsFen(coupons.filter(({ kind }) => kind === 'NO_CASH')),
    feeFen: feeBack(order, payment, refundFen, before),
  }
}

/** What of an order has not been asked back. */
export function restFen(order: PayOrder): number {
  return order.totalFen - sum(liveRefunds(order).map(({ refundFen }) => refundFen))
}

/** A closed refund gave nothing back. */
export function liveRefunds({ refunds }: PayOrder): Refund[] {
  return refunds.filter(({ state }) => state !== 'CLOSED')
}

function couponsBack(
  order: PayOrder,
  payment: Payment,
  refundFen: number,
  before: readonly Refund[],
): CouponUse[] {
  const rests = payment.coupons.map((coupon) => ({ coupon, rest: coupon.fen - givenBack(coupon, before) }))
  const cashRest = payment.cashFen - sum(before.map(({ cashFen }) => cashFen))
  let share = portion(order, refundFen, {
    whole: couponsFen(payment.coupons),
    given: sum(before.map(({ coupons }) => couponsFen(coupons))),
    least: Math.max(0, refundFen - cashRest),
    most: refundFen,
  })
  let rest = sum(rests.map(({ rest: each }) => each))
  return rests.flatMap(({ coupon, rest: own }) => {
    const fen = rest === 0 ? 0 : Math.floor((share * own) / rest)
    share -= fen
    rest -= own
    return fen === 0 ? [] : [{ ...coupon, fen }]
  })
}

function givenBack({ id }: CouponUse, before: readonly Refund[]): number {
  return couponsFen(before.flatMap(({ coupons }) => coupons).filter((coupon) => coupon.id === id))
}

function feeBack(order: PayOrder, payment: Payment, refundFen: number, before: readonly Refund[]): number {
  const whole = payment.feeFen
  const given = sum(before.map(({ feeFen }) => feeFen))
  const isLast = refundFen === restFen(order)
  return portion(order, refundFen, { whole, given, least: isLast ? whole - given : 0, most: whole - given })
}

interface Portion {
  whole: number
  given: number
  least: number
  most: number
}

/** Counted over all refunds together, so that what one of them loses by rounding the next one brings. */
function portion(order: PayOrder, refundFen: number, { whole, given, least, most }: Portion): number {
  const asked = order.totalFen - restFen(order) + refundFen
  const fair = Math.floor((whole * asked) / order.totalFen) - given
  return Math.min(Math.max(fair, least), most, whole - given)
}

function couponsFen(coupons: readonly CouponUse[]): number {
  return sum(coupons.map(({ fen }) => fen))
}

function sum(amounts: readonly number[]): number {
  return amounts.reduce((total, amount) => total + amount, 0)
}
