import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ProtocolError } from '../errors.ts'
import { parseJsonObject } from './json.ts'

describe('a message is read', () => {
  test('with texts that look like structure', () => {
    const message = { 'a:b': '{"x":1,', c: ['[', ':', '\\"', '\\'], d: { e: 'null', f: '"' } }
    expect(parseJsonObject(JSON.stringify(message))).toEqual(message)
    expect(parseJsonObject(Buffer.from(JSON.stringify(message, null, 2)))).toEqual(message)
  })

  test('with numbers up to the last that is exact', () => {
    expect(parseJsonObject('{"a":9007199254740991,"b":-9007199254740991,"c":0.01,"d":1e2}')).toEqual({
      a: 9007199254740991,
      b: -9007199254740991,
      c: 0.01,
      d: 100,
    })
  })

  test('with members called as JavaScript’s own', () => {
    const read = parseJsonObject('{"__proto__":{"a":1},"constructor":2,"toString":3}')
    expect(Object.keys(read)).toEqual(['__proto__', 'constructor', 'toString'])
    expect(({} as Record<string, unknown>)['a']).toBeUndefined()
  })

  test('with whole characters, escaped or not', () => {
    expect(parseJsonObject(String.raw`{"a":"\ud83c\udf75🍵","b":"\\ud83c"}`)).toEqual({
      a: '🍵🍵',
      b: String.raw`\ud83c`,
    })
  })
})

describe('a message is refused', () => {
  test.each<[string, string | Uint8Array]>([
    ['without anything', ''],
    ['that is no object', '[{"a":1}]'],
    ['that is a text', '"{}"'],
    ['that is nothing', 'null'],
    ['with something behind it', '{"a":1}{"a":2}'],
    ['that is broken off', '{"a":1'],
    ['with a comment', '{"a":1/* */}'],
    ['with a comma too many', '{"a":1,}'],
    ['with a byte-order mark', '\uFEFF{"a":1}'],
    ['with a member twice', '{"total":1,"total":2}'],
    ['with a member twice, once escaped', String.raw`{"total":1,"tot\u0061l":2}`],
    ['with a member twice, deep inside', '{"a":[{"b":{"c":1,"c":1}}]}'],
    ['with __proto__ twice', '{"__proto__":1,"__proto__":2}'],
    ['with an int64 that would be rounded', '{"total":9007199254740993}'],
    ['with a number beyond all', '{"total":1e400}'],
    ['with more digits than are exact', '{"total":1.00000000000000001}'],
    ['with NaN', '{"total":NaN}'],
    ['that is too deep', `{"a":${'['.repeat(20)}${']'.repeat(20)}}`],
    ['that would overflow a stack', `{"a":${'['.repeat(500_000)}`],
    ['that is too long', `{"a":"${'x'.repeat(1_200_000)}"}`],
    ['with half a character', String.raw`{"a":"\ud83c"}`],
    ['with half a character in a name', String.raw`{"\udf75":1}`],
    ['that is not UTF-8', new Uint8Array([123, 34, 0xd6, 0xd0, 34, 58, 49, 125])],
  ])('%s', (_what, message) => {
    expect(() => parseJsonObject(message)).toThrow(ProtocolError)
  })

  test('and nothing of it is told', () => {
    expect(() => parseJsonObject('{"openid":"MARK"')).toThrow(expect.not.stringContaining('MARK'))
  })
})

test('whatever else it is, it reads as JSON.parse does', () => {
  const exact = fc.jsonValue({ maxDepth: 5, noUnicodeString: false }).filter((value) => {
    const text = JSON.stringify(value)
    return !/[\d.]{15}|\de/.test(text.replace(/"(?:[^"\\]|\\.)*"/g, '""')) && !/\\ud[89a-f]/i.test(text)
  })
  fc.assert(
    fc.property(fc.dictionary(fc.string(), exact), (value) => {
      const text = JSON.stringify(value)
      expect(parseJsonObject(text)).toEqual(JSON.parse(text))
    }),
    { numRuns: 2000 },
  )
})
