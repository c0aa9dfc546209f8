/** When a merchant may use what it took, and which of its money a refund is paid from. */
import { expect, test } from 'vitest'
import { openBooks } from './books.fixture.ts'
import { feeOf, fundsFor, fundsOf } from './funds.ts'
import { closeRefund } from './refund.ts'

const HOUR = 3600

test('money is unsettled until the night after the payment and available from then on', async () => {
  const { side, merchant, paid, advance } = openBooks()
  paid()
  expect(fundsOf(side, merchant.mchid)).toEqual({ unsettledFen: 9940, availableFen: 0 })
  await advance(14 * HOUR - 1)
  paid()
  expect(fundsOf(side, merchant.mchid)).toEqual({ unsettledFen: 19_880, availableFen: 0 })
  await advance(1)
  paid()
  expect(fundsOf(side, merchant.mchid)).toEqual({ unsettledFen: 9940, availableFen: 19_880 })
})

test("a refund closed on another day brings nobody's settling to a stop", async () => {
  const { side, merchant, paid, accepted, advance } = openBooks(({ behaviour }) => {
    behaviour.refundSeconds.balance = 48 * HOUR
  })
  const refund = accepted(paid(), 1000)
  paid()
  await advance(15 * HOUR)
  closeRefund(side, refund)
  expect(fundsOf(side, merchant.mchid)).toEqual({ unsettledFen: 994, availableFen: 18_886 })
})

test('a refund takes the unsettled money first, unless the merchant names an account', async () => {
  const { side, merchant, paid, advance } = openBooks()
  const { mchid } = merchant
  paid()
  await advance(24 * HOUR)
  paid({ totalFen: 5000 })
  expect(fundsFor(side, mchid, 4970, undefined)).toBe('UNSETTLED')
  expect(fundsFor(side, mchid, 4971, undefined)).toBe('AVAILABLE')
  expect(fundsFor(side, mchid, 100, 'AVAILABLE')).toBe('AVAILABLE')
  expect(fundsFor(side, mchid, 4971, 'UNSETTLED')).toBeUndefined()
  expect(fundsFor(side, mchid, 9941, undefined)).toBeUndefined()
})

test.each([
  [1, 0],
  [83, 0],
  [84, 1],
  [249, 1],
  [250, 2],
  [10_000, 60],
])('the fee of %i fen at 0.60 %% is booked as %i', (fen, expected) => {
  const { side, merchant } = openBooks()
  expect(feeOf(side, merchant.mchid, fen).feeFen).toBe(expected)
})

test('a merchant nobody knows pays no fee', () => {
  expect(feeOf(openBooks().side, '1900000000', 10_000).feeFen).toBe(0)
})
