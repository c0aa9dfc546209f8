import { expect, test } from 'vitest'
import { beijingCompact, parseBeijingCompact } from './beijing-time.ts'

test('Beijing is eight hours ahead, also over midnight', () => {
  expect(beijingCompact(Date.parse('2026-12-31T16:00:00Z'))).toBe('20270101000000')
  expect(parseBeijingCompact('20270101000000')).toBe(Date.parse('2026-12-31T16:00:00Z'))
})

test.each([
  '',
  '2027',
  '20270230000000',
  '20270101240000',
  '20270101006000',
  '2027-01-01 00:00',
  '20271301000000',
])('%s is no time', (text) => {
  expect(parseBeijingCompact(text)).toBeUndefined()
})
