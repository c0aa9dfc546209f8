import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Fen, fen, fenToYuan, yuanToFen } from './fen.ts'

test.each([0.1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])('%d is no amount in fen', (value) => {
  expect(() => fen(value)).toThrow(RangeError)
})

test.each([
  ['0', 0],
  ['12', 1200],
  ['12.3', 1230],
  ['12.34', 1234],
  ['0.07', 7],
  ['-0.07', -7],
  ['1.10', 110],
  ['4.35', 435],
])('%s yuan is %i fen', (yuan, amount) => {
  expect(yuanToFen(yuan)).toBe(amount)
})

test.each(['', '1.234', '1,000.00', '￥1', '1e3', ' 1', '.5', '1.', '--1', '99999999999999'])(
  '%j is no amount in yuan',
  (text) => {
    expect(() => yuanToFen(text)).toThrow(RangeError)
  },
)

test('a float is no amount in yuan either, whatever it looks like', () => {
  for (const amount of [1.1, 12, Number.NaN])
    expect(() => yuanToFen(amount as unknown as string)).toThrow(RangeError)
})

test.each([1.5, Number.NaN, '100'])('%j is not written as yuan', (amount) => {
  expect(() => fenToYuan(amount as Fen)).toThrow(RangeError)
})

test('an amount survives the way to yuan and back', () => {
  fc.assert(
    fc.property(fc.integer({ min: -(10 ** 12), max: 10 ** 12 }), (amount) => {
      expect(yuanToFen(fenToYuan(fen(amount)))).toBe(amount)
    }),
  )
})
