/** Published examples, replayed byte for byte. Each vector names its source. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parseErrorText } from './account-api.ts'
import { md5Hex } from './crypto.ts'
import { pageSignature, signedUrl } from './jssdk.ts'
import { authorizeUrl, isDocumentedState } from './oauth.ts'
import { type Fields, isSigned, type SignType, sign, textToSign } from './pay-v2/sign.ts'
import { parseXml, serialiseXml } from './pay-v2/xml.ts'

interface PayVector {
  name: string
  api: string
  unverified?: boolean
  input: {
    sign_type: SignType
    key: string
    params: Fields
    string_to_sign?: string
    xml?: string
    text?: string
  }
  expected: { sign?: string; paySign?: string; hex_lower?: string; [name: string]: unknown }
}

interface AccountVector {
  name: string
  kind: string
  input: unknown
  expected: unknown
}

const read = (name: string): string =>
  readFileSync(new URL(`../../../vectors/${name}.json`, import.meta.url), 'utf8')
const pay = (JSON.parse(read('pay')) as { vectors: PayVector[] }).vectors.filter(
  ({ unverified }) => unverified !== true,
)
const account = JSON.parse(read('official-account')) as AccountVector[]

const ofKind = (...kinds: string[]): AccountVector[] => account.filter(({ kind }) => kinds.includes(kind))
const signed = pay.filter(
  ({ input, expected }) =>
    input.params !== undefined &&
    input.key !== undefined &&
    (expected.sign ?? expected.paySign) !== undefined,
)

describe('Pay v2 signatures', () => {
  test('there are as many vectors as the file had when this was written', () => {
    expect(signed.length).toBeGreaterThanOrEqual(7)
  })

  test.each(signed)('$name', ({ input, expected }) => {
    const { params, key, sign_type } = input
    if (input.string_to_sign !== undefined) expect(textToSign(params, key)).toBe(input.string_to_sign)
    expect(sign(params, key, sign_type)).toBe(expected.sign ?? expected.paySign)
    expect(isSigned({ ...params, sign: String(expected.sign ?? expected.paySign) }, key, sign_type)).toBe(
      true,
    )
    expect(parseXml(serialiseXml(params))).toEqual(
      Object.fromEntries(Object.entries(params).filter(([, value]) => value !== '')),
    )
  })

  test.each(pay.filter(({ api }) => api === 'v2.md5'))('$name', ({ input, expected }) => {
    expect(md5Hex(input.text ?? '')).toBe(expected.hex_lower)
  })

  test.each(ofKind('pay.v2.sign', 'pay.v2.paySign'))('$name', ({ input, expected }) => {
    const { params, key, signType } = input as { params: Fields; key: string; signType?: SignType }
    const wanted = expected as {
      stringSignTemp?: string
      sign?: string
      paySign?: string
      wrongPaySign?: string
    }
    const type = signType ?? (params['signType'] as SignType)
    if (wanted.stringSignTemp !== undefined) expect(textToSign(params, key)).toBe(wanted.stringSignTemp)
    const right = wanted.sign ?? wanted.paySign
    const trap = 'algorithmUsed' in (input as object)
    if (right !== undefined && !trap) expect(sign(params, key, type)).toBe(right)
    if (right !== undefined && trap) expect(sign(params, key, type)).not.toBe(right)
  })
})

describe('JSSDK signatures', () => {
  test.each(ofKind('jssdk.signature').filter(({ name }) => !name.includes('hash-kept')))(
    '$name',
    ({ input, expected }) => {
      expect(pageSignature(input as never)).toBe((expected as { signature: string }).signature)
    },
  )

  test.each(ofKind('jssdk.signUrl'))('$name', ({ input, expected }) => {
    expect(signedUrl((input as { href: string }).href)).toBe((expected as { url: string }).url)
  })
})

describe('web authorization', () => {
  test.each(ofKind('oauth.authorizeUrl'))('$name', ({ input, expected }) => {
    const { appid, ...request } = input as { appid: string }
    expect(authorizeUrl('https://open.weixin.qq.com', appid, request as never)).toBe(
      (expected as { url: string }).url,
    )
  })

  test.each(ofKind('oauth.state'))('$name', ({ input, expected }) => {
    expect(isDocumentedState((input as { state: string }).state)).toBe(
      (expected as { documentedValid: boolean }).documentedValid,
    )
  })
})

test.each(ofKind('api.errmsg'))('$name', ({ input, expected }) => {
  const { errmsg } = (input as { body: { errmsg: string } }).body
  const wanted = expected as { message: string; rid?: string; hint?: string }
  const { message, requestId } = parseErrorText(errmsg)
  expect(message).toBe(wanted.message)
  expect(requestId).toBe(wanted.rid ?? wanted.hint)
})
