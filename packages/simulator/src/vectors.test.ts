/** The simulator's own arithmetic against the published examples; the client is held against the same files. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { payDirectoryCovers } from './bridge-rules.ts'
import { domainCovers } from './domains.ts'
import { callbackUrl } from './oauth.ts'
import type { SignType } from './pay/state.ts'
import { checkV2, signV2 } from './pay-v2/sign.ts'
import { readXml, writeXml } from './pay-v2/xml.ts'

interface Vector {
  name: string
  kind?: string
  unverified?: boolean
  input: Record<string, unknown>
  expected: Record<string, unknown>
}

const read = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../../vectors/${name}.json`, import.meta.url), 'utf8'))
const account = read('official-account') as Vector[]
const pay = (read('pay') as { vectors: Vector[] }).vectors

const signed = pay.filter(
  ({ input, expected, unverified }) =>
    unverified !== true &&
    'params' in input &&
    'key' in input &&
    ('sign' in expected || 'paySign' in expected),
)

describe('Pay v2', () => {
  test.each(signed)('$name', ({ input, expected }) => {
    const params = input['params'] as Record<string, string>
    const key = String(input['key'])
    const type = input['sign_type'] as SignType
    const right = String(expected['sign'] ?? expected['paySign'])
    expect(signV2(params, key, type)).toBe(right)
    expect(checkV2(params, right, key, type).valid).toBe(true)
    expect(checkV2(params, right.toLowerCase(), key, type).valid).toBe(false)
    expect(checkV2(params, right, key, type).stringToSign).not.toContain(key)
    expect(readXml(writeXml(params))).toEqual(params)
  })
})

test.each(account.filter(({ kind }) => kind === 'oauth.callbackUrl'))('$name', ({ input, expected }) => {
  const { redirect_uri, code, state } = input as Record<string, string>
  expect(callbackUrl(redirect_uri ?? '', code ?? '', state ?? '')).toBe(expected['url'])
})

test.each(account.filter(({ kind }) => kind === 'oauth.domain'))('$name', ({ input, expected }) => {
  const { configured, redirect_uri } = input as { configured: string[]; redirect_uri: string }
  expect(domainCovers(configured, redirect_uri, false)).toBe(expected['ok'])
})

test.each(account.filter(({ kind }) => kind === 'pay.directory'))('$name', ({ input, expected }) => {
  const { configured, page } = input as { configured: string[]; page: string }
  expect(payDirectoryCovers(configured, page)).toBe(expected['ok'])
})
