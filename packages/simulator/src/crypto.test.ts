/** Keys that a seed fixes. */
import { createHash, type KeyObject, sign, verify } from 'node:crypto'
import { expect, test } from 'vitest'
import { rsaKeys } from './crypto.ts'

const text = Buffer.from('明前龙井')

test('keys of a label sign what their public half verifies, and no other', () => {
  const signature = sign('sha256', text, rsaKeys('a merchant').privateKey)
  expect(verify('sha256', text, rsaKeys('a merchant').publicKey, signature)).toBe(true)
  expect(verify('sha256', text, rsaKeys('another').publicKey, signature)).toBe(false)
})

test('they are RSA of 2048 bits, and each number of the Chinese remainder form is right', () => {
  const { privateKey } = rsaKeys('a merchant')
  expect(privateKey.asymmetricKeyDetails).toEqual({ modulusLength: 2048, publicExponent: 65_537n })
  const { n, d, p, q, dp, dq, qi } = numbers(privateKey)
  expect(p * q).toBe(n)
  expect((65_537n * d) % ((p - 1n) * (q - 1n))).toBe(1n)
  expect([d % (p - 1n), d % (q - 1n), (qi * q) % p]).toEqual([dp, dq, 1n])
})

test('the keys of a label never change: what was signed yesterday verifies today', () => {
  const { privateKey } = rsaKeys('fixed for ever')
  const signature = sign('sha256', text, privateKey)
  expect(createHash('sha256').update(signature).digest('hex')).toBe(
    'ecc5fc043e68759a460d9439690b79ced08681b5a7c3ff83a7614555fe8cca16',
  )
})

function numbers(key: KeyObject): Record<'n' | 'd' | 'p' | 'q' | 'dp' | 'dq' | 'qi', bigint> {
  const { n, d, p, q, dp, dq, qi } = key.export({ format: 'jwk' })
  const number = (text = ''): bigint => BigInt(`0x${Buffer.from(text, 'base64url').toString('hex')}`)
  return {
    ...{ n: number(n), d: number(d), p: number(p), q: number(q) },
    ...{ dp: number(dp), dq: number(dq), qi: number(qi) },
  }
}
