/** Refunds of an order: how much, how often, how long, out of whose money, and what becomes of them. */
import { describe, expect, test } from 'vitest'
import { aCoupon, type Books, openBooks } from './books.fixture.ts'
import { fundsOf } from './funds.ts'
import { balanceAccount, balanceOf, COUPON_FUNDS, cardAccount, FEES, IN_TRANSIT } from './ledger.ts'
import { arrive, closeRefund, getStuck, refundById, refundOf, sendElsewhere } from './refund.ts'
import { restFen } from './refund-parts.ts'

const DAY = 24 * 3600

describe('an accepted refund', () => {
  test('takes the money from the merchant at once and gives its part of the fee back', () => {
    const { side, merchant, paid, accepted } = openBooks()
    const order = paid()
    const refund = accepted(order, 5000)
    expect(refund).toMatchObject({
      state: 'PROCESSING',
      cashFen: 5000,
      feeFen: 30,
      fundsAccount: 'UNSETTLED',
    })
    expect([order.state, restFen(order)]).toEqual(['REFUND', 5000])
    expect(fundsOf(side, merchant.mchid).unsettledFen).toBe(9940 - 4970)
    expect(balanceOf(side.pay.ledger, IN_TRANSIT)).toBe(5000)
  })

  test('arrives in seconds in a balance, in a minute on a card', async () => {
    const { side, payer, paid, accepted, advance, told } = openBooks()
    const balance = accepted(paid(), 100, { outRefundNo: 'R-balance' })
    const card = accepted(paid({}, '0403'), 200, { outRefundNo: 'R-card' })
    await advance(4)
    expect([balance.state, card.state]).toEqual(['SUCCESS', 'PROCESSING'])
    await advance(56)
    expect([card.state, card.receivedAccount]).toEqual(['SUCCESS', '招商银行储蓄卡0403'])
    expect(told.slice(2)).toEqual(['R-balance SUCCESS', 'R-card SUCCESS'])
    expect(balanceOf(side.pay.ledger, balanceAccount(payer.id))).toBe(90_100)
    expect(balanceOf(side.pay.ledger, cardAccount(payer.id, '0403'))).toBe(990_200)
    expect(balanceOf(side.pay.ledger, IN_TRANSIT)).toBe(0)
  })

  test('is found by either number, and only by those it concerns', () => {
    const { side, merchant, paid, accepted } = openBooks()
    const refund = accepted(paid(), 100)
    const { outRefundNo, refundId } = refund
    expect(refundOf(side, { mchid: merchant.mchid, outRefundNo })).toBe(refund)
    expect(refundById(side, { mchid: merchant.mchid, refundId })).toBe(refund)
    expect(refundOf(side, { mchid: '1900000000', outRefundNo })).toBeUndefined()
    expect(refundById(side, { mchid: '1900000000', refundId })).toBeUndefined()
  })

  test('under its number again is the same one; with other content it is none', () => {
    const { paid, accepted, refund } = openBooks()
    const order = paid()
    const first = accepted(order, 100, { outRefundNo: 'R1' })
    expect(accepted(order, 100, { outRefundNo: 'R1', reason: 'another' })).toBe(first)
    const answers = [
      refund(order, 101, { outRefundNo: 'R1' }),
      refund(order, 100, { outRefundNo: 'R1', totalFen: 9999 }),
    ]
    for (const answer of answers) expect(answer).toEqual({ outcome: 'refused', why: 'number-reused' })
  })
})

describe('a refund is refused', () => {
  const why = ({ refund }: Books, ...asked: Parameters<Books['refund']>): string => {
    const answer = refund(...asked)
    return answer.outcome === 'refused' ? answer.why : answer.outcome
  }

  test('of what nobody paid, of another total, of more than is left', () => {
    const books = openBooks()
    const order = books.paid()
    expect(why(books, books.order(), 100)).toBe('no-such-order')
    expect(why(books, order, 100, { totalFen: 10_001 })).toBe('total-differs')
    expect(why(books, order, 10_001)).toBe('over-the-rest')
    books.accepted(order, 10_000)
    expect(why(books, order, 1)).toBe('fully-refunded')
  })

  test('after fifty of one order', () => {
    const books = openBooks()
    const order = books.paid()
    for (let count = 1; count <= 50; count += 1) books.accepted(order, 1)
    expect(why(books, order, 1)).toBe('too-many')
  })

  test('a year after the payment', async () => {
    const books = openBooks()
    const order = books.paid()
    await books.advance(365 * DAY - 1)
    books.accepted(order, 1)
    await books.advance(1)
    expect(why(books, order, 1)).toBe('too-late')
  })

  test('to a payer who has left WeChat', () => {
    const books = openBooks()
    const order = books.paid()
    books.payer.accountClosed = true
    expect(why(books, order, 1)).toBe('account-abnormal')
  })

  test('when the merchant has not so much, and nothing is written down', () => {
    const books = openBooks()
    const [first, second] = [books.paid(), books.paid()]
    books.accepted(first, 10_000)
    expect(why(books, second, 5000, { fundsAccount: 'AVAILABLE', outRefundNo: 'R1' })).toBe(
      'not-enough-funds',
    )
    expect(books.accepted(second, 5000, { outRefundNo: 'R1' }).state).toBe('PROCESSING')
  })
})

describe('in parts', () => {
  test('the last refund gives back the rest of everything to the fen', () => {
    const { side, paid, accepted } = openBooks(({ users: [user], merchants: [merchant] }) => {
      user?.coupons.push(aCoupon({ id: '1', fen: 331 }), aCoupon({ id: '2', kind: 'NO_CASH', fen: 333 }))
      if (merchant) merchant.feeBasisPoints = 100
    })
    const order = paid({ totalFen: 1000 })
    const refunds = [333, 1, 1, 331, 334].map((fen) => accepted(order, fen))
    const total = (of: (refund: (typeof refunds)[number]) => number): number =>
      refunds.reduce((sum, refund) => sum + of(refund), 0)
    expect(total(({ cashFen }) => cashFen)).toBe(order.payment?.cashFen)
    expect(total(({ settlementFen }) => settlementFen)).toBe(order.payment?.settlementFen)
    expect(total(({ feeFen }) => feeFen)).toBe(order.payment?.feeFen)
    expect(total(({ coupons }) => coupons.find(({ id }) => id === '1')?.fen ?? 0)).toBe(331)
    expect(balanceOf(side.pay.ledger, COUPON_FUNDS)).toBe(0)
    expect(balanceOf(side.pay.ledger, FEES)).toBe(0)
  })

  test('an order all but paid by coupons gives back no more cash than was given', () => {
    const { paid, accepted } = openBooks(({ users: [user] }) => user?.coupons.push(aCoupon({ fen: 999 })))
    const order = paid({ totalFen: 1000 })
    const cash = Array.from({ length: 49 }, () => accepted(order, 1).cashFen)
    expect(cash.reduce((sum, fen) => sum + fen, 0)).toBe(1)
    expect(accepted(order, 951)).toMatchObject({ cashFen: 0, settlementFen: 951 })
  })

  test('a coupon can be spent again when the whole of it is back, not before', async () => {
    const { paid, accepted, advance } = openBooks(({ users: [user] }) => user?.coupons.push(aCoupon()))
    const order = paid()
    accepted(order, 5000)
    await advance(4)
    expect(paid().payment?.coupons).toEqual([])
    accepted(order, 5000)
    await advance(4)
    expect(paid().payment?.coupons).toHaveLength(1)
  })
})

describe('a refund that gets stuck', () => {
  test('at the merchant that a fault names, and at no other', async () => {
    const { side, merchant, paid, accepted, advance } = openBooks()
    side.faults.arm({ kind: 'refund-abnormal', times: 2, match: { mchid: '1900000000' } })
    side.faults.arm({ kind: 'refund-abnormal', times: 1, match: { mchid: merchant.mchid } })
    const [first, second] = [accepted(paid(), 100), accepted(paid(), 100)]
    await advance(4)
    expect([first.state, second.state]).toEqual(['ABNORMAL', 'SUCCESS'])
  })

  test('and is sent elsewhere takes the time of the other way', async () => {
    const { side, paid, accepted, advance } = openBooks()
    const refund = accepted(paid(), 100)
    await advance(1)
    getStuck(side, refund)
    const destination = cardAccount('xiaoming', '0403')
    sendElsewhere(side, refund, { destination, receivedAccount: '招商银行储蓄卡0403' })
    await advance(59)
    expect(refund.state).toBe('PROCESSING')
    await advance(1)
    expect(refund.state).toBe('SUCCESS')
  })

  test('can be sent to another account, and arrives there', async () => {
    const { side, paid, accepted, advance, told } = openBooks()
    side.faults.arm({ kind: 'refund-abnormal', times: 1, match: {} })
    const refund = accepted(paid(), 100, { outRefundNo: 'R1' })
    await advance(4)
    expect([refund.state, refund.succeededAt]).toEqual(['ABNORMAL', undefined])
    const destination = cardAccount('xiaoming', '0403')
    sendElsewhere(side, refund, { destination, receivedAccount: '招商银行储蓄卡0403' })
    expect(refund).toMatchObject({ state: 'PROCESSING', channel: 'OTHER_BANKCARD' })
    await advance(60)
    expect(refund.state).toBe('SUCCESS')
    expect(balanceOf(side.pay.ledger, destination)).toBe(1_000_100)
    expect(told.slice(1)).toEqual(['R1 ABNORMAL', 'R1 SUCCESS'])
  })

  test('or be closed: the merchant has its money again, and the order can be refunded anew', () => {
    const { side, merchant, paid, accepted, told } = openBooks(({ users: [user] }) =>
      user?.coupons.push(aCoupon()),
    )
    const order = paid()
    const before = fundsOf(side, merchant.mchid)
    const refund = accepted(order, 10_000, { outRefundNo: 'R1' })
    closeRefund(side, refund)
    expect(fundsOf(side, merchant.mchid)).toEqual(before)
    expect(restFen(order)).toBe(10_000)
    expect(told.slice(1)).toEqual(['R1 CLOSED'])
    expect(accepted(order, 10_000)).toMatchObject({ cashFen: 9500, feeFen: 60 })
  })

  test('ends once', async () => {
    const { side, paid, accepted, advance } = openBooks()
    const [done, closed] = [accepted(paid(), 100), accepted(paid(), 100)]
    closeRefund(side, closed)
    await advance(60)
    expect(closed.state).toBe('CLOSED')
    expect(() => closeRefund(side, done)).toThrow('the refund has come to its end before: SUCCESS')
    expect(() => arrive(side, closed)).toThrow('the refund has come to its end before: CLOSED')
  })
})
