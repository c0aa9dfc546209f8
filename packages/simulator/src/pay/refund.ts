/**
 * Refunds: accepted or refused, on their way, arrived, stuck. Source: "申请退款" of both versions of the API: 365 days, fifty
 * refunds of an order, never more than was paid, one refund for one 商户退款单号.
 */
import { beijingCompact } from '../beijing-time.ts'
import { userOf } from '../simulation.ts'
import { fundsAccount, fundsFor } from './funds.ts'
import { COUPON_FUNDS, FEES, IN_TRANSIT, move } from './ledger.ts'
import { type Owner, payeeOf } from './order.ts'
import { liveRefunds, partsOf, type RefundParts, restFen } from './refund-parts.ts'
import type { FundsAccount, Payment, PayOrder, PaySide, Refund, RefundSource, RefundState } from './state.ts'

export interface RefundRequest {
  order: PayOrder | undefined
  version: Refund['version']
  outRefundNo: string
  refundFen: number
  /** What the merchant thinks the order's total is. */
  totalFen: number
  reason: string
  notifyUrl: string
  fundsAccount: FundsAccount | undefined
  /** They come to the refund; without any the merchant leaves it to WeChat. */
  sources?: readonly RefundSource[]
}

/** Why a refund is not accepted; each version of the API has its own words for it. */
export type RefundRefusal =
  | 'no-such-order'
  | 'total-differs'
  | 'number-reused'
  | 'fully-refunded'
  | 'over-the-rest'
  | 'too-many'
  | 'too-late'
  | 'not-enough-funds'
  | 'account-abnormal'

export type RefundAnswer =
  | { outcome: 'accepted'; refund: Refund }
  | { outcome: 'refused'; why: RefundRefusal }

const DAY_MS = 24 * 3600 * 1000
const REFUNDABLE_DAYS = 365
const MOST_REFUNDS = 50

/** 商户退款单号 within its owner. */
export interface RefundNumber extends Owner {
  outRefundNo: string
}

export function refundOf(side: PaySide, number: RefundNumber): Refund | undefined {
  return side.pay.refunds.get(refundKey(number))
}

export function refundById(
  side: PaySide,
  { mchid, subMchid, refundId }: Owner & { refundId: string },
): Refund | undefined {
  const refund = side.pay.refundIds.get(refundId)
  return refund?.order.mchid === mchid && refund.order.subMchid === subMchid ? refund : undefined
}

/** Oldest first. */
export function allRefunds(side: PaySide): Refund[] {
  return [...side.pay.refunds.values()]
}

/** The same number with the same content is the same refund, however often it comes. */
export function createRefund(side: PaySide, request: RefundRequest): RefundAnswer {
  const { order, outRefundNo } = request
  const payment = order?.payment
  if (order === undefined || payment === undefined) return refused('no-such-order')
  const present = refundOf(side, { ...order, outRefundNo })
  if (present !== undefined)
    return present.firstRequest === contentOf(request)
      ? { outcome: 'accepted', refund: present }
      : refused('number-reused')
  const refusal = refusalOf(side, order, payment, request)
  if (refusal !== undefined) return refused(refusal)
  const parts = partsOf(order, payment, request.refundFen)
  const from = sourceOf(side, payeeOf(order), parts, request)
  if (from === undefined) return refused('not-enough-funds')
  return { outcome: 'accepted', refund: accept(side, { order, payment, request, parts, from }) }
}

/** The account that pays for it; undefined when none has so much. */
function sourceOf(
  side: PaySide,
  payee: string,
  { settlementFen, feeFen }: RefundParts,
  { fundsAccount: named, sources = [] }: RefundRequest,
): FundsAccount | undefined {
  if (sources.some(({ account }) => account === 'UNAVAILABLE')) return undefined
  return fundsFor(side, payee, settlementFen - feeFen, sources.length === 0 ? named : 'AVAILABLE')
}

const refused = (why: RefundRefusal): RefundAnswer => ({ outcome: 'refused', why })

function refusalOf(
  side: PaySide,
  order: PayOrder,
  { paidAt, userId }: Payment,
  { totalFen, refundFen }: RefundRequest,
): RefundRefusal | undefined {
  const rest = restFen(order)
  if (totalFen !== order.totalFen) return 'total-differs'
  if (rest === 0) return 'fully-refunded'
  if (refundFen > rest) return 'over-the-rest'
  if (liveRefunds(order).length >= MOST_REFUNDS) return 'too-many'
  if (paidAt + REFUNDABLE_DAYS * DAY_MS <= side.schedule.now()) return 'too-late'
  return userOf(side, userId)?.accountClosed === true ? 'account-abnormal' : undefined
}

interface Accepted {
  order: PayOrder
  payment: Payment
  request: RefundRequest
  parts: RefundParts
  from: FundsAccount
}

function accept(side: PaySide, { order, payment, request, parts, from }: Accepted): Refund {
  const createdAt = side.schedule.now()
  const { version, outRefundNo, refundFen, reason, notifyUrl, sources = [] } = request
  const refund: Refund = {
    version,
    refundId: `503${side.random.digits(7)}${beijingCompact(createdAt).slice(0, 8)}${side.random.digits(11)}`,
    outRefundNo,
    order,
    refundFen,
    reason,
    notifyUrl,
    firstRequest: contentOf(request),
    fundsAccount: from,
    sources,
    state: 'PROCESSING',
    channel: 'ORIGINAL',
    receivedAccount: payment.payerAccountName,
    destination: payment.payerAccount,
    createdAt,
    history: [],
    succeededAt: undefined,
    ...parts,
  }
  takeFromMerchant(side, refund)
  order.state = 'REFUND'
  order.refunds.push(refund)
  side.pay.refunds.set(refundKey({ ...order, outRefundNo }), refund)
  side.pay.refundIds.set(refund.refundId, refund)
  remember(side, refund)
  setGoing(side, refund)
  return refund
}

function contentOf({ order, refundFen, totalFen }: RefundRequest): string {
  return JSON.stringify([order?.payment?.transactionId, refundFen, totalFen])
}

/** The merchant is debited when the refund is accepted, whenever it arrives. */
function takeFromMerchant(side: PaySide, refund: Refund): void {
  const { order, refundId, createdAt: at } = refund
  const { ledger } = side.pay
  const account = fundsAccount(side, payeeOf(order), refund.fundsAccount)
  const cashCoupons = refund.settlementFen - refund.cashFen
  const about = { at, refundId, transactionId: order.payment?.transactionId ?? '' }
  move(ledger, { ...about, kind: 'fee-back', from: FEES, to: account, fen: refund.feeFen })
  move(ledger, { ...about, kind: 'refund', from: account, to: IN_TRANSIT, fen: refund.cashFen })
  move(ledger, { ...about, kind: 'coupon-back', from: account, to: COUPON_FUNDS, fen: cashCoupons })
}

/** 零钱 arrives in seconds; a bank takes longer. A fault lets it get stuck at the bank. */
function setGoing(side: PaySide, refund: Refund): void {
  const { outRefundNo, order } = refund
  const { payment, outTradeNo, mchid } = order
  const seconds = side.world.behaviour.refundSeconds
  const isStuck = side.faults.strikes('refund-abnormal', { mchid, outTradeNo, outRefundNo })
  travel(side, refund, payment?.bankType === 'OTHERS' ? seconds.balance : seconds.bankCard, isStuck)
}

/** 异常退款: a refund that got stuck goes to a bank account in place of the one it could not reach. */
export function sendElsewhere(
  side: PaySide,
  refund: Refund,
  to: Pick<Refund, 'destination' | 'receivedAccount'>,
): void {
  Object.assign(refund, to, { state: 'PROCESSING', channel: 'OTHER_BANKCARD' })
  remember(side, refund)
  travel(side, refund, side.world.behaviour.refundSeconds.bankCard, false)
}

function travel(side: PaySide, refund: Refund, delay: number, isStuck: boolean): void {
  const { epoch } = side
  const { length: steps } = refund.history
  side.schedule.at(side.schedule.now() + delay * 1000, async () => {
    // Somebody may have ended it, or sent it another way, in the meantime.
    if (side.epoch !== epoch || refund.history.length !== steps) return
    if (isStuck) getStuck(side, refund)
    else arrive(side, refund)
  })
}

/** The payer has the money. Throws an `Error` when the refund has come to its end before. */
export function arrive(side: PaySide, refund: Refund): void {
  mustBeUnderWay(refund)
  const at = side.schedule.now()
  refund.succeededAt = at
  const { refundId, destination: to } = refund
  move(side.pay.ledger, { at, kind: 'refund-arrived', from: IN_TRANSIT, to, fen: refund.cashFen, refundId })
  enter(side, refund, 'SUCCESS')
  for (const { id } of refund.coupons) returnCoupon(side, refund.order, id)
}

/** A coupon can be spent again when all of it has come back. */
function returnCoupon({ pay }: PaySide, { payment, refunds }: PayOrder, couponId: string): void {
  const used = payment?.coupons.find(({ id }) => id === couponId)
  const back = refunds
    .filter(({ state }) => state === 'SUCCESS')
    .flatMap(({ coupons }) => coupons.filter(({ id }) => id === couponId))
    .reduce((sum, { fen }) => sum + fen, 0)
  if (back === used?.fen) pay.spentCoupons.delete(`${payment?.userId} ${couponId}`)
}

/** 退款异常: the bank did not take it. Throws an `Error` when the refund has come to its end before. */
export function getStuck(side: PaySide, refund: Refund): void {
  mustBeUnderWay(refund)
  enter(side, refund, 'ABNORMAL')
}

/** 退款关闭: the money returns to the merchant. Throws an `Error` when the refund has come to its end before. */
export function closeRefund(side: PaySide, refund: Refund): void {
  mustBeUnderWay(refund)
  const at = side.schedule.now()
  const { order, refundId } = refund
  const { ledger } = side.pay
  const account = fundsAccount(side, payeeOf(order), refund.fundsAccount)
  const cashCoupons = refund.settlementFen - refund.cashFen
  const about = { at, refundId, kind: 'refund-returned' as const }
  move(ledger, { ...about, from: IN_TRANSIT, to: account, fen: refund.cashFen })
  move(ledger, { ...about, from: COUPON_FUNDS, to: account, fen: cashCoupons })
  move(ledger, { ...about, from: account, to: FEES, fen: refund.feeFen })
  enter(side, refund, 'CLOSED')
}

function mustBeUnderWay({ state, outRefundNo }: Refund): void {
  if (state === 'SUCCESS' || state === 'CLOSED')
    throw new Error(`退款 ${outRefundNo} 已是终态 / the refund has come to its end before: ${state}`)
}

/** How a refund stood at a time, for what was written down then. */
export function refundAsAt({ history, channel }: Refund, ms: number): Pick<Refund, 'state' | 'channel'> {
  const moment = history.findLast(({ at }) => at <= ms)
  return { state: moment?.state ?? 'PROCESSING', channel: moment?.channel ?? channel }
}

function enter(side: PaySide, refund: Refund, state: RefundState): void {
  refund.state = state
  remember(side, refund)
  side.announcers[refund.version].refunded(side, refund)
}

function remember({ schedule }: PaySide, { history, state, channel }: Refund): void {
  history.push({ at: schedule.now(), state, channel })
}

function refundKey({ mchid, subMchid = '', outRefundNo }: RefundNumber): string {
  return `${mchid} ${subMchid} ${outRefundNo}`
}
