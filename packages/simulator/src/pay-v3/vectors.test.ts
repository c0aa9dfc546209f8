/** The simulator's own arithmetic of Pay v3 against the published examples; the client is held against the same file. */
import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { sha1 } from '../crypto.ts'
import { seededRandom } from '../random.ts'
import { openSensitive, seal, sealSensitive } from './crypto.ts'
import { isSignatureOf, requestMessage, signBody, signText } from './sign.ts'

interface Vector {
  name: string
  input: Record<string, string>
  expected: Record<string, unknown>
}

interface Keys {
  pkcs8_der_base64?: string
  spki_der_base64: string
}

const file = new URL('../../../../vectors/pay.json', import.meta.url)
const { keys, vectors } = JSON.parse(readFileSync(file, 'utf8')) as {
  keys: Record<string, Keys>
  vectors: Vector[]
}

const having = (...names: string[]): Vector[] =>
  vectors.filter(({ name, input }) => /^(v3|aead)-/.test(name) && names.every((each) => each in input))

function publicKey({ input }: Vector): KeyObject {
  const der = keys[input['key_ref'] ?? '']?.spki_der_base64 ?? ''
  return createPublicKey({ key: Buffer.from(der, 'base64'), format: 'der', type: 'spki' })
}

function privateKey({ input }: Vector): KeyObject {
  const der = keys[input['key_ref'] ?? '']?.pkcs8_der_base64 ?? ''
  return createPrivateKey({ key: Buffer.from(der, 'base64'), format: 'der', type: 'pkcs8' })
}

test.each(having('canonical_url', 'key_ref'))('$name: what a merchant signs', (vector) => {
  const {
    method = '',
    canonical_url: target = '',
    timestamp = '',
    nonce_str: nonce = '',
    body = '',
    message,
  } = vector.input
  const built = requestMessage({ method, target, timestamp, nonce }, Buffer.from(body))
  expect(built.toString()).toBe(message)
  const { signature } = vector.expected
  expect(isSignatureOf(built, String(signature), publicKey(vector))).toBe(true)
  expect(signText(built, privateKey(vector))).toBe(signature)
})

test.each(having('message', 'signature'))('$name: what WeChat signs', (vector) => {
  const { message = '', signature = '' } = vector.input
  expect(isSignatureOf(message, signature, publicKey(vector))).toBe(vector.expected['valid'])
})

test.each(
  having('timestamp', 'nonce', 'body', 'signature').filter(({ expected }) => expected['valid'] === true),
)('$name: over which lines', ({ input }) => {
  const { timestamp = '', nonce = '', body = '', message = '' } = input
  const key = privateKey({ name: '', input: { key_ref: 'go_sdk' }, expected: {} })
  expect(signBody({ timestamp, nonce, key }, body)).toBe(signText(message, key))
})

test.each(having('fourth_line'))('$name: what starts a payment', (vector) => {
  expect(signText(vector.input['message'] ?? '', privateKey(vector))).toBe(vector.expected['sign'])
})

test.each(
  having('key', 'nonce', 'associated_data', 'ciphertext').filter(({ input }) => input['key']?.length === 32),
)('$name: what WeChat hides', ({ input, expected }) => {
  const { key = '', nonce = '', associated_data: associatedData = '', ciphertext } = input
  expect(seal({ key, nonce, associatedData }, String(expected['plaintext']))).toBe(ciphertext)
})

test.each(having('padding', 'ciphertext'))('$name: what merchants hide', (vector) => {
  const { ciphertext = '' } = vector.input
  expect(openSensitive(ciphertext, privateKey(vector))).toBe(vector.expected['plaintext'])
})

test.each(['', '山间茶事', 'x'.repeat(214)])('what is hidden for a merchant can be read: %j', (text) => {
  const [vector] = having('padding', 'ciphertext')
  if (vector === undefined) throw new Error('the vectors lack a key')
  const hidden = sealSensitive(text, publicKey(vector), seededRandom('hidden'))
  expect(openSensitive(hidden, privateKey(vector))).toBe(text)
})

test.each(having('csv_utf8_with_bom_and_crlf'))('$name', ({ input, expected }) => {
  expect(sha1(input['csv_utf8_with_bom_and_crlf'] ?? '')).toBe(expected['hash_value'])
})
