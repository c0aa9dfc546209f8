import { expect, test } from 'vitest'
import { yuan } from './yuan.ts'

test.each([
  [0, '0.00'],
  [1, '0.01'],
  [12800, '128.00'],
  [-105, '-1.05'],
  [9007199254740991, '90071992547409.91'],
])('%i fen are ¥%s', (fen, text) => {
  expect(yuan(fen)).toBe(text)
})
