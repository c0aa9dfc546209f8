/** The cashier (收银台): what the pay sheet shows, and what comes of the six digits. */

import type { PasswordAnswer, PasswordEntry, Sheet } from '../bridge/bridge-host.ts'
import { prepaidOf, prepayIsAlive } from '../pay/order.ts'
import { cashFen, couponsFor, methodProblem, pay, payMethods } from '../pay/payment.ts'
import type { PayOrder } from '../pay/state.ts'
import { userOf } from '../simulation.ts'
import type { Wechat } from '../wechat.ts'
import type { PasswordGuard } from './pay-password.ts'
import { payeeName } from './payment-notices.ts'
import { threadsOfOrder } from './threads.ts'

const BANK_SECONDS = 10
const BANK_REFUSAL = '支付失败，银行卡交易受限，请更换支付方式'

/** `orders` is what the prepay_id stands for, at least one. */
export function sheetOf(
  wechat: Wechat,
  {
    prepayId,
    orders,
    userId,
  }: { prepayId: string; orders: readonly [PayOrder, ...PayOrder[]]; userId: string },
): Sheet {
  const [first] = orders
  const coupons = orders.flatMap((order) => couponsFor(wechat, order, userId))
  return {
    prepayId,
    payee: payeeName(wechat, first),
    body: first.description,
    totalFee: orders.reduce((sum, { totalFen }) => sum + totalFen, 0),
    cashFee: cashFen(wechat, orders, userId),
    coupons: coupons.map(({ name, fen }) => ({ name, fee: fen })),
    parts: first.combined === undefined ? [] : orders.map((order) => partOf(wechat, order)),
    methods: payMethods(wechat, userId).map((method) => {
      const { id, name, balanceFen } = method
      const problem = methodProblem(wechat, { orders, userId }, method)
      return { id, name, balanceFee: balanceFen, ...(problem === undefined ? {} : { problem }) }
    }),
  }
}

function partOf(wechat: Wechat, order: PayOrder): Sheet['parts'][number] {
  return { payee: payeeName(wechat, order), body: order.description, totalFee: order.totalFen }
}

/** Takes the money when the password is right and the bank plays along; every attempt is recorded. */
export function enterPassword(wechat: Wechat, guard: PasswordGuard, entry: PasswordEntry): PasswordAnswer {
  const prepaid = prepaidOf(wechat, entry.prepayId)
  const user = userOf(wechat, entry.userId)
  if (prepaid === undefined || user === undefined) return { outcome: 'failed', words: '订单不存在' }
  const { orders } = prepaid
  if (!prepayIsAlive(wechat, prepaid))
    return concluded(wechat, orders, entry, { outcome: 'failed', words: '该订单已过期，请重新下单' })
  const wrong = guard.refusal(user, entry.password)
  if (wrong !== undefined) return concluded(wechat, orders, entry, { outcome: 'again', words: wrong })
  if (entry.ending === 'refused')
    return concluded(wechat, orders, entry, { outcome: 'failed', words: BANK_REFUSAL })
  if (entry.ending === 'slow') return payLater(wechat, orders, entry)
  return concluded(wechat, orders, entry, payNow(wechat, orders, entry))
}

function payNow(
  wechat: Wechat,
  orders: readonly PayOrder[],
  { userId, method }: PasswordEntry,
): PasswordAnswer {
  try {
    pay(wechat, { orders, userId, result: 'ok', method })
    return { outcome: 'paid' }
  } catch (error) {
    return { outcome: 'again', words: error instanceof Error ? error.message : '支付失败' }
  }
}

function payLater(wechat: Wechat, orders: readonly PayOrder[], entry: PasswordEntry): PasswordAnswer {
  const { epoch, schedule } = wechat
  schedule.at(schedule.now() + BANK_SECONDS * 1000, async () => {
    if (wechat.epoch === epoch) concluded(wechat, orders, entry, payNow(wechat, orders, entry))
  })
  return concluded(wechat, orders, entry, { outcome: 'processing' })
}

function concluded(
  wechat: Wechat,
  orders: readonly PayOrder[],
  { userId }: PasswordEntry,
  answer: PasswordAnswer,
): PasswordAnswer {
  const [order] = orders
  const note = {
    paid: '用户输入密码付款 the payer confirmed with the password',
    processing: `银行处理中，${BANK_SECONDS} 秒后到账 the bank takes its time: ${BANK_SECONDS} s`,
  }
  wechat.exchanges.record({
    from: 'user',
    to: 'wechat',
    title: 'pay',
    outcome: 'words' in answer ? 'refused' : 'ok',
    note: 'words' in answer ? answer.words : note[answer.outcome],
    ...(order === undefined ? {} : threadsOfOrder(order)),
    userId,
  })
  return answer
}
