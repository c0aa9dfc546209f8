import { createHmac } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { hmacSha256Hex } from './crypto.ts'

test('HMAC-SHA256 is Node’s, for every text and key: short, long, not ASCII', () => {
  const keys = fc.oneof(
    fc.string({ unit: 'grapheme-ascii', maxLength: 70 }),
    fc.string({ unit: 'binary', maxLength: 70 }),
    fc.constantFrom('', 'k'.repeat(64), 'k'.repeat(65), '8934e7d15453e97507ef794cf7b0519d', '密钥'),
  )
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), keys, (text, key) => {
      expect(hmacSha256Hex(text, key)).toBe(createHmac('sha256', key).update(text, 'utf8').digest('hex'))
    }),
    { numRuns: 2000 },
  )
})
