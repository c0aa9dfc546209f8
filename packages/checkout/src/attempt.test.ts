import { expect, test } from 'vitest'
import { type Attempt, nextStep, type OrderFile } from './attempt.ts'
import { NOW, PAYER, someAttempt, someOrder } from './store/order.fixture.ts'

const HOUR = 3600_000

function fileWith(change: Partial<Attempt>): OrderFile {
  const order = someOrder({ expiresAt: new Date(NOW + 24 * HOUR).toISOString() })
  const attempt = someAttempt(order, { payableUntil: NOW + 24 * HOUR, ...change })
  return { order, attempt, attempts: 1, version: 1, leasedUntil: 0 }
}

test('a prepay_id that a re-entry answered again lives two hours from the first call, not from the second', () => {
  const file = fileWith({ state: 'open', prepayId: 'wx1', prepaidAt: NOW + 1.5 * HOUR })
  expect(nextStep(file, PAYER, NOW + 1.6 * HOUR)).toMatchObject({
    do: 'reuse',
    until: NOW + 2 * HOUR - 300_000,
  })
  expect(nextStep(file, PAYER, NOW + 2 * HOUR)).toMatchObject({ do: 'replace' })
})

test('an attempt whose answer was lost is entered again while its prepay_id can live, and replaced after that', () => {
  const file = fileWith({ state: 'opening' })
  expect(nextStep(file, PAYER, NOW + HOUR)).toMatchObject({ do: 'reenter' })
  expect(nextStep(file, PAYER, NOW + 3 * HOUR)).toMatchObject({ do: 'replace' })
})
