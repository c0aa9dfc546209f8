/** Orders, attempts and verdicts as tests need them; every number is different unless it is named. */
import type { Attempt, AttemptFile } from '../attempt.ts'
import { judge, type PaymentNews } from '../news.ts'
import { newOrder, type Order } from '../order.ts'
import type { Decided, Store } from './store.ts'

/** Ten in the morning in China. */
export const NOW: number = Date.parse('2026-11-24T02:00:00Z')
export const PAYER = 'oPayerOfTheTests000000000001'

let count = 0

export function someOrder(change: Partial<Order> = {}): Order {
  count += 1
  const made = { orderId: `ord_${count}`, account: 'default', now: NOW }
  const input = { reference: `R${count}`, description: '热茶', totalFen: 990, payer: PAYER }
  return { ...newOrder(input, made), ...change }
}

export function someAttempt(order: Order, change: Partial<Attempt> = {}): Attempt {
  count += 1
  return {
    outTradeNo: `T${String(count).padStart(8, '0')}`,
    orderId: order.orderId,
    account: order.account,
    number: 1,
    state: 'opening',
    payer: PAYER,
    totalFen: order.totalFen,
    description: order.description,
    clientAddress: '203.0.113.7',
    notifyUrl: 'https://shop.example.com/pay/notifications/v2/default',
    startedAt: NOW,
    payableUntil: NOW + 7200_000,
    attach: undefined,
    prepayId: undefined,
    prepaidAt: undefined,
    payment: undefined,
    ...change,
  }
}

export function paidNews(
  { account, outTradeNo, totalFen, payer }: Attempt,
  change: Partial<Extract<PaymentNews['payment'], { state: 'paid' }>> = {},
): PaymentNews {
  const transactionId = `4200${outTradeNo}`
  const paid = { state: 'paid', transactionId, payer, totalFen, currency: 'CNY', paidAt: NOW } as const
  return { source: 'notification', account, outTradeNo, payment: { ...paid, ...change } }
}

/** The verdict about news that changes something; fails the test otherwise. */
export function decided(file: AttemptFile, news: PaymentNews, now: number = NOW): Decided {
  const verdict = judge(file, news, now)
  if (verdict.kind === 'nothing') throw new Error('the news changes nothing')
  return verdict
}

/** A stored order with an attempt that WeChat gave a prepay_id for. */
export async function storedAttempt(store: Store): Promise<AttemptFile> {
  const order = someOrder()
  const attempt = someAttempt(order)
  await store.createOrder(order)
  await store.openAttempt({ version: 1, attempt, leasedUntil: NOW + 15_000 })
  const prepay = { prepayId: 'wx1', prepaidAt: NOW, nextQueryAt: NOW + 5000 }
  await store.recordPrepay({
    orderId: order.orderId,
    version: 2,
    outTradeNo: attempt.outTradeNo,
    ...prepay,
  })
  return fileOf(store, attempt)
}

export async function fileOf(store: Store, attempt: Attempt): Promise<AttemptFile> {
  const file = await store.orderOfAttempt(attempt)
  if (file === undefined) throw new Error('the attempt is not stored')
  return file
}
