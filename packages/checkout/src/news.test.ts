import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { AttemptFile } from './attempt.ts'
import { judge, type PaymentNews } from './news.ts'
import { NOW, paidNews, someAttempt, someOrder } from './store/order.fixture.ts'

const news = fc.record({
  attempt: fc.nat(2),
  payment: fc.oneof(
    fc.constantFrom({ state: 'unpaid' }, { state: 'closed' }, { state: 'absent' }),
    fc.record({
      state: fc.constant('paid'),
      transactionId: fc.constantFrom('t1', 't2', 't3'),
      totalFen: fc.constantFrom(990, 990, 1),
      payer: fc.constantFrom('same', 'same', 'other'),
    }),
  ),
  late: fc.boolean(),
})

/** What every history of news must keep true, whatever its order, repetitions and lies. */
test('whatever news comes in whatever order, an order is fulfilled at most once and no money is lost', () => {
  fc.assert(
    fc.property(fc.array(news, { maxLength: 12 }), (history) => {
      const events: string[] = []
      const seen = new Set<string>()
      let order = someOrder({ payer: undefined })
      const attempts = [1, 2, 3].map((number) => someAttempt(order, { number, state: 'open' }))
      for (const each of history) {
        const attempt = attempts[each.attempt]
        if (attempt === undefined) continue
        const file: AttemptFile = { order, attempt, attempts: 3, version: 1, leasedUntil: 0 }
        const heard = newsOf(each.payment, attempt)
        const now = each.late ? NOW + 9_000_000 : NOW
        const verdict = judge(file, heard, now)
        if (heard.payment.state === 'paid') seen.add(heard.payment.transactionId)
        if (verdict.kind === 'nothing') continue
        if (verdict.event !== undefined) events.push(`${verdict.event.type} ${verdict.event.subject}`)
        const before = order
        order = verdict.order
        attempts[each.attempt] = verdict.attempt
        expect(before.state === 'paid' ? order.state : 'paid', 'paid stays paid').toBe('paid')
        expect(judge({ ...file, order, attempt: verdict.attempt }, heard, now).kind).toBe(
          heard.payment.state === 'paid' &&
            verdict.attempt.payment?.transactionId !== heard.payment.transactionId
            ? 'review'
            : 'nothing',
        )
      }
      expect(events.filter((event) => event.startsWith('order.paid')).length).toBeLessThanOrEqual(1)
      const reviewed = events.filter((event) => event.startsWith('order.review')).map((e) => e.split(' ')[1])
      const accounted = new Set([...reviewed, order.transactionId])
      for (const transaction of seen) expect(accounted, transaction).toContain(transaction)
    }),
  )
})

function newsOf(
  payment: { state: string; transactionId?: string; totalFen?: number; payer?: string },
  attempt: AttemptFile['attempt'],
): PaymentNews {
  const { account, outTradeNo } = attempt
  if (payment.state === 'paid') {
    const { transactionId = '', totalFen = 0, payer } = payment
    const transaction = `${transactionId}-${outTradeNo}`
    return paidNews(attempt, {
      transactionId: transaction,
      totalFen,
      payer: payer === 'same' ? attempt.payer : 'oSomebodyElse',
    })
  }
  const state = payment.state === 'closed' ? 'closed' : payment.state === 'absent' ? 'absent' : 'unpaid'
  return { source: 'sweep', account, outTradeNo, payment: { state } }
}

test('money that went back before we knew of it is looked at by a person, and nothing is shipped for it', () => {
  const order = someOrder()
  const attempt = someAttempt(order, { state: 'open' })
  const file = { order, attempt, attempts: 1, version: 1, leasedUntil: 0 }
  const verdict = judge(file, paidNews(attempt, { refunded: true }), NOW)
  expect(verdict).toMatchObject({
    kind: 'review',
    order: { state: 'review', review: { reason: 'refunded' } },
  })
})
