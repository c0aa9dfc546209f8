/** What a person does on the pay sheet: the money leaves the payer and reaches the merchant here and nowhere else. */
import { beijingCompact } from '../beijing-time.ts'
import { userByOpenid, userOf } from '../simulation.ts'
import type { BankCard, Coupon, User } from '../world.ts'
import { feeOf, fundsAccount } from './funds.ts'
import { balanceAccount, balanceOf, COUPON_FUNDS, cardAccount, FEES, move } from './ledger.ts'
import { payeeOf } from './order.ts'
import type { CouponUse, Payment, PayOrder, PaySide } from './state.ts'

export type PayResult = 'ok' | 'cancel' | 'fail'

export interface PayRequest {
  orders: readonly PayOrder[]
  /** Who pays; WeChat takes money from nobody but the order's payer. */
  userId: string
  result: PayResult
  /** `balance` (零钱), or the last digits of a bank card; the balance unless told otherwise. */
  method?: string | undefined
}

/** A way to pay that the sheet offers. */
export interface PayMethod {
  /** `balance` or the card's last digits. */
  id: string
  /** `零钱`, `招商银行储蓄卡(0403)`. */
  name: string
  balanceFen: number
}

/** Why these orders cannot be paid by this user now, in the words of WeChat's dialogs; undefined when they can. */
export function obstacle(side: PaySide, orders: readonly PayOrder[], userId: string): string | undefined {
  const now = side.schedule.now()
  for (const order of orders) {
    if (order.state === 'CLOSED' || order.state === 'REVOKED') return '该订单已关闭'
    if (order.state !== 'NOTPAY') return '该订单已支付'
    const { timeExpire } = order.combined ?? order
    if (timeExpire !== undefined && timeExpire <= now) return '订单已超时，请重新发起支付'
    if (payerOf(side, order)?.id !== userId) return '下单账号与支付账号不一致，请核实后再支付'
  }
  return undefined
}

/** The user that an order names. */
export function payerOf(side: PaySide, order: PayOrder): User | undefined {
  const { appid, openid, subAppid, subOpenid } = order
  return subOpenid === undefined
    ? userByOpenid(side, appid, openid)
    : userByOpenid(side, subAppid ?? '', subOpenid)
}

export function payMethods(side: PaySide, userId: string): PayMethod[] {
  const user = userOf(side, userId)
  const { ledger } = side.pay
  const cards = (user?.bankCards ?? []).map((card) => ({
    id: card.tail,
    name: `${card.name}${METHOD_KINDS[card.kind].name}(${card.tail})`,
    balanceFen: balanceOf(ledger, cardAccount(userId, card.tail)),
  }))
  return [{ id: 'balance', name: '零钱', balanceFen: balanceOf(ledger, balanceAccount(userId)) }, ...cards]
}

/** Why these orders cannot be paid in this way, in the words of WeChat's dialogs; undefined when they can. */
export function methodProblem(
  side: PaySide,
  { orders, userId }: Pick<PayRequest, 'orders' | 'userId'>,
  { id, balanceFen }: PayMethod,
): string | undefined {
  const { limits, name } = METHOD_KINDS[cardOf(side, userId, id)?.kind ?? 'BALANCE']
  if (orders.some(({ limitPay }) => limitPay.some((limit) => limits.includes(limit))))
    return `该商户不支持使用${name}支付`
  return balanceFen < cashFen(side, orders, userId) ? '余额不足' : undefined
}

/** 指定支付方式 that exclude a kind of payment. */
const METHOD_KINDS: Record<'BALANCE' | BankCard['kind'], { name: string; limits: readonly string[] }> = {
  BALANCE: { name: '零钱', limits: ['no_balance'] },
  DEBIT: { name: '储蓄卡', limits: ['no_debit', 'balance_only'] },
  CREDIT: { name: '信用卡', limits: ['no_credit', 'balance_only'] },
}

/** What the payer would have to give for these orders, coupons taken off. */
export function cashFen(side: PaySide, orders: readonly PayOrder[], userId: string): number {
  return orders.reduce((sum, order) => sum + order.totalFen - couponsFen(couponsFor(side, order, userId)), 0)
}

/**
 * `ok` takes the money and sets the notification going; `cancel` and `fail` leave the orders unpaid. All are paid or none.
 * Throws an `Error` with WeChat's words when they cannot be paid.
 */
export function pay(side: PaySide, { orders, userId, result, method = 'balance' }: PayRequest): void {
  if (result !== 'ok') return
  const why = obstacle(side, orders, userId)
  if (why !== undefined) throw new Error(why)
  const chosen = payMethods(side, userId).find(({ id }) => id === method)
  if (chosen === undefined) throw new Error('支付方式不可用')
  const problem = methodProblem(side, { orders, userId }, chosen)
  if (problem !== undefined) throw new Error(problem)
  for (const order of orders) settleOne(side, order, { userId, method })
  const [first] = orders
  if (first?.combined !== undefined) first.combined.transactionId = newTransactionId(side)
  if (first !== undefined) side.announcers[first.version].paid(side, orders)
}

function settleOne(
  side: PaySide,
  order: PayOrder,
  { userId, method }: { userId: string; method: string },
): void {
  const { ledger, transactions, spentCoupons } = side.pay
  const at = side.schedule.now()
  const coupons = couponsFor(side, order, userId)
  const payment = paymentOf(side, order, { userId, method, coupons })
  const { transactionId, settlementFen } = payment
  const to = fundsAccount(side, payeeOf(order), 'UNSETTLED')
  move(ledger, { at, kind: 'payment', from: payment.payerAccount, to, fen: payment.cashFen, transactionId })
  const fromCoupons = settlementFen - payment.cashFen
  move(ledger, { at, kind: 'coupon', from: COUPON_FUNDS, to, fen: fromCoupons, transactionId })
  move(ledger, { at, kind: 'fee', from: to, to: FEES, fen: payment.feeFen, transactionId })
  for (const { id } of coupons) spentCoupons.add(`${userId} ${id}`)
  order.state = 'SUCCESS'
  order.payment = payment
  transactions.set(transactionId, order)
}

function paymentOf(
  side: PaySide,
  order: PayOrder,
  { userId, method, coupons }: { userId: string; method: string; coupons: CouponUse[] },
): Payment {
  const paidAt = side.schedule.now()
  const card = cardOf(side, userId, method)
  const settlementFen = order.totalFen - couponsFen(coupons.filter(({ kind }) => kind === 'NO_CASH'))
  return {
    transactionId: newTransactionId(side),
    paidAt,
    userId,
    bankType: card === undefined ? 'OTHERS' : `${card.bank}_${card.kind}`,
    payerAccount: card === undefined ? balanceAccount(userId) : cardAccount(userId, card.tail),
    payerAccountName:
      card === undefined ? '支付用户零钱' : `${card.name}${METHOD_KINDS[card.kind].name}${card.tail}`,
    coupons,
    cashFen: order.totalFen - couponsFen(coupons),
    settlementFen,
    ...feeOf(side, payeeOf(order), settlementFen),
  }
}

/** 微信支付订单号: 28 digits, the day among them. */
function newTransactionId({ random, schedule }: PaySide): string {
  return `42000${random.digits(5)}${beijingCompact(schedule.now()).slice(0, 8)}${random.digits(10)}`
}

function cardOf(side: PaySide, userId: string, method: string): BankCard | undefined {
  return userOf(side, userId)?.bankCards.find(({ tail }) => tail === method)
}

/** WeChat spends what it can by itself, each coupon once; at least one fen is left to pay. */
export function couponsFor(side: PaySide, order: PayOrder, userId: string): CouponUse[] {
  const used: CouponUse[] = []
  for (const coupon of userOf(side, userId)?.coupons ?? []) {
    if (!isSpendable(side, coupon, order, userId)) continue
    const left = order.totalFen - couponsFen(used) - 1
    if (coupon.fen <= left) {
      const { id, stockId, name, kind, fen } = coupon
      used.push({ id, stockId, name, kind, fen })
    }
  }
  return used
}

/** Spent in one order only: those of a combined order would ask for the same one twice. */
function isSpendable(side: PaySide, coupon: Coupon, order: PayOrder, userId: string): boolean {
  return (
    order.combined === undefined &&
    !side.pay.spentCoupons.has(`${userId} ${coupon.id}`) &&
    (coupon.mchid === null || coupon.mchid === payeeOf(order)) &&
    (coupon.goodsTag === '' || coupon.goodsTag === order.goodsTag) &&
    order.totalFen >= coupon.minimumFen
  )
}

function couponsFen(coupons: readonly CouponUse[]): number {
  return coupons.reduce((sum, { fen }) => sum + fen, 0)
}
