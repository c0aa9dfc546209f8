import { describe, expect, test } from 'vitest'
import { ConfigError } from './errors.ts'
import { type RawBody, rawBody } from './raw-body.ts'

describe('the body of a notification', () => {
  const bytes = Buffer.from('<xml>通知</xml>')

  test.each<[string, RawBody]>([
    ['a Buffer', bytes],
    ['bytes', new Uint8Array(bytes)],
    ['an ArrayBuffer', new Uint8Array(bytes).buffer],
    [
      'a view of one',
      new DataView(new Uint8Array([0, ...bytes, 0]).buffer, 1, bytes.length) as unknown as RawBody,
    ],
    ['a text', '<xml>通知</xml>'],
  ])('is taken as it came: %s', (_what, body) => {
    expect(Buffer.from(rawBody(body) as Uint8Array).equals(bytes)).toBe(true)
  })

  test.each<[string, unknown, string]>([
    ['what express.json() or an XML parser made of it', { id: 'EV-1' }, 'express.json()'],
    ['an empty object, as Express leaves behind', {}, 'express.json()'],
    ['a number', 1, 'was parsed already'],
    ['nothing, as there is without a parser', undefined, 'is missing'],
    ['null', null, 'is missing'],
  ])('is refused with the line to move: %s', (_what, body, words) => {
    const read = (): unknown => rawBody(body as RawBody)
    expect(read).toThrow(ConfigError)
    expect(read).toThrow(words)
  })
})
