import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Fields, isSigned, sign } from './sign.ts'
import { signedMessage } from './signed-message.ts'
import { isXmlText, parseXml, serialiseXml } from './xml.ts'

const KEY = '8934e7d15453e97507ef794cf7b0519d'

test('a message is signed over all that is in it, whatever its names and values', () => {
  const name = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_.-]{0,20}$/)
  const value = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 20 }).filter((text) => isXmlText(text)),
    fc.constantFrom('', ']]>', 'a]]>b', ']', '🍵', '<a>&amp;</a>', '&', '='),
  )
  fc.assert(
    fc.property(
      fc.dictionary(name, value, { maxKeys: 40, noNullPrototype: true }),
      fc.constantFrom('MD5', 'HMAC-SHA256'),
      (fields, type) => {
        const message = signedMessage(fields, KEY, type)
        const { sign: _, ...unsigned } = fields as Fields & { sign?: string }
        const expected: Fields = { ...unsigned, sign: sign(fields, KEY, type) }
        expect({ ...parseXml(message) }).toEqual({ ...parseXml(serialiseXml(expected)) })
        expect(isSigned(parseXml(message), KEY, type)).toBe(true)
      },
    ),
  )
})

test.each([{ a: '\u0001' }, { a: '1\r2' }, { a: '\ud800' }, { 'a b': '1' }])(
  '%j cannot be sent',
  (fields) => {
    expect(() => signedMessage(fields, KEY, 'MD5')).toThrow(
      expect.objectContaining({ code: 'invalid_request' }),
    )
  },
)
