/** The simulator's own arithmetic against the published examples; the client is held against the same files. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { domainCovers } from './account/domains.ts'
import { callbackUrl } from './account/oauth.ts'
import { payDirectoryCovers } from './bridge/bridge-rules.ts'
import { billText } from './pay/bill-text.ts'
import type { SignType } from './pay/state.ts'
import { encryptReqInfo } from './pay-v2/crypto.ts'
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

test('a bill is written as a captured one, byte for byte', () => {
  const { input } = pay.find(({ name }) => name === 'v3-trade-bill-hash-captured') ?? {}
  const rows = String(input?.['text_with_lf_without_bom']).trimEnd().split('\n')
  const plain = rows.map((row) => row.split(',').map((cell) => cell.replace(/^`/, '')))
  const [header = [], ...rest] = plain
  const [summaryHeader = [], summary = []] = rest.slice(-2)
  const text = billText({ header, rows: rest.slice(0, -2), summaryHeader, summary })
  expect(Buffer.from(text).toString('base64')).toBe(input?.['file_base64'])
})

test('a refund notification is encrypted as a published one', () => {
  const { input, expected } = pay.find(({ name }) => name === 'v2-refund-notify-req-info-encrypt') ?? {}
  expect(encryptReqInfo(String(input?.['plaintext']), String(input?.['api_key']))).toBe(
    expected?.['req_info'],
  )
})

test.each(account.filter(({ kind }) => kind === 'oauth.callbackUrl'))('$name', ({ input, expected }) => {
  const { redirect_uri, code, state } = input as Record<string, string>
  expect(callbackUrl(redirect_uri ?? '', code ?? '', state ?? '')).toBe(expected['url'])
})

test.each(account.filter(({ kind }) => kind === 'oauth.domain'))('$name', ({ input, expected }) => {
  const { configured, redirect_uri } = input as { configured: string[]; redirect_uri: string }
  expect(domainCovers(configured, redirect_uri, false)).toBe(expected['ok'])
})

test('child domains count only where a world says so, and no other that ends alike', () => {
  const covers = (host: string, children?: 'accepted'): boolean =>
    domainCovers(['qq.com'], `https://${host}/`, false, children)
  expect([covers('pay.qq.com'), covers('pay.qq.com', 'accepted')]).toEqual([false, true])
  expect(covers('notqq.com', 'accepted')).toBe(false)
})

test.each(account.filter(({ kind }) => kind === 'pay.directory'))('$name', ({ input, expected }) => {
  const { configured, page } = input as { configured: string[]; page: string }
  expect(payDirectoryCovers(configured, page)).toBe(expected['ok'])
})
