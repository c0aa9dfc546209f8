import { expect, test } from 'vitest'
import { randomBytes } from './crypto.ts'
import { identifiers } from './identifiers.ts'

test('numbers are of the alphabet and length that WeChat accepts', () => {
  const made = identifiers(() => Date.now(), randomBytes)
  expect(made.outTradeNo()).toMatch(/^[0-9A-HJKMNP-TV-Z]{26}$/)
  expect(made.orderId()).toMatch(/^ord_.{26}$/)
  expect(made.eventId()).toMatch(/^evt_.{26}$/)
})

test('later numbers sort after earlier ones, and chance makes those of one moment differ', () => {
  let now = 1_790_000_000_000
  const made = identifiers(() => now, randomBytes)
  const first = made.outTradeNo()
  expect(made.outTradeNo()).not.toBe(first)
  now += 1
  expect(made.outTradeNo() > first).toBe(true)
})

test('every bit of chance is used', () => {
  const least = identifiers(
    () => 0,
    (count) => new Uint8Array(count),
  )
  const most = identifiers(
    () => 2 ** 48,
    (count) => new Uint8Array(count).fill(255),
  )
  expect(least.outTradeNo()).toBe('0'.repeat(26))
  expect(most.outTradeNo()).toBe('8000000000ZZZZZZZZZZZZZZZZ')
})
