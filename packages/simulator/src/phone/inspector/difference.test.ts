import { expect, test } from 'vitest'
import { partAtFirstDifference } from './difference.ts'

test('two signatures part at their first different character', () => {
  expect(partAtFirstDifference('ABCD', 'ABXD')).toEqual({ common: 'AB', left: 'CD', right: 'XD' })
})

test('equal texts do not part', () => {
  expect(partAtFirstDifference('付款', '付款')).toEqual({ common: '付款', left: '', right: '' })
})

test('a text that goes on parts where the other ends', () => {
  expect(partAtFirstDifference('', 'A')).toEqual({ common: '', left: '', right: 'A' })
})

test('a character of two code units is never cut', () => {
  expect(partAtFirstDifference('🍵', '🍶')).toEqual({ common: '', left: '🍵', right: '🍶' })
})
