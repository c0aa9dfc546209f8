/** Published examples, replayed byte for byte. Each vector names its source. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parseErrorText } from './account-api.ts'
import { md5Hex } from './crypto.ts'
import { pageSignature, textToSign as pageTextToSign, signedUrl } from './jssdk.ts'
import { authorizeUrl, isDocumentedState } from './oauth.ts'
import { paymentParameters } from './pay-v2/bridge.ts'
import { cipherKey, sealed as sealedWith, unsealed } from './pay-v2/crypto.ts'
import { refundNotificationReader } from './pay-v2/refund-notification.ts'
import { orderQueryReply } from './pay-v2/replies.ts'
import { type Fields, isSigned, type SignType, sign, textToSign } from './pay-v2/sign.ts'
import { parseXml, serialiseXml } from './pay-v2/xml.ts'
import { Secret } from './secret.ts'

/** The columns of both files that are used here; a vector has some of them. */
interface Vector {
  name: string
  kind?: string
  api?: string
  unverified?: boolean
  input: Input
  expected: Expected
}

interface Input {
  params?: Fields
  key?: string
  api_key?: string
  req_info?: string
  key_ascii?: string
  plaintext?: string
  sign_type?: SignType
  signType?: SignType
  string_to_sign?: string
  algorithmUsed?: SignType
  text?: string
  ticket?: string
  nonceStr?: string
  timestamp?: number
  url?: string
  href?: string
  appid?: string
  redirectUri?: string
  scope?: 'snsapi_base' | 'snsapi_userinfo'
  state?: string
  connectRedirect?: boolean
  body?: { errmsg: string }
}

interface Expected {
  sign?: string
  paySign?: string
  stringSignTemp?: string
  hex_lower?: string
  plaintext?: string | null
  ciphertext_base64?: string
  req_info?: string
  string1?: string
  signature?: string
  url?: string
  documentedValid?: boolean
  message?: string
  rid?: string
  hint?: string
}

const read = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../../vectors/${name}.json`, import.meta.url), 'utf8'))
const pay = (read('pay') as { vectors: Vector[] }).vectors
const account = read('official-account') as Vector[]
const ofKind = (kind: string): Vector[] => account.filter((vector) => vector.kind === kind)

/** A column that this kind of vector always has. */
function given<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error('the vector lacks a column')
  return value
}

describe('Pay v2 signatures', () => {
  const signed = [...pay, ...ofKind('pay.v2.sign'), ...ofKind('pay.v2.paySign')].filter(
    ({ input, expected, unverified }) =>
      input.key !== undefined &&
      (expected.sign ?? expected.paySign) !== undefined &&
      input.algorithmUsed === undefined &&
      unverified !== true,
  )

  test('all of them are here', () => {
    expect(signed.map(({ name }) => name)).toEqual([
      'v2-sign-md5-official',
      'v2-sign-hmac-sha256-official',
      'v2-sign-md5-skips-empty-and-sign',
      'v2-sign-hmac-sha256-skips-empty-and-sign',
      'v2-unifiedorder-jsapi-md5',
      'v2-jsapi-paysign-md5',
      'v2-jsapi-paysign-hmac-sha256',
      'v2-orderquery-response-unknown-and-empty-fields',
      'sign-v2-generic-md5-official',
      'sign-v2-generic-hmac-sha256-official',
      'paysign-v2-md5-official',
      'paysign-v2-hmac-sha256-official',
      'paysign-v2-md5-official-partner',
    ])
  })

  test.each(signed)('$name', ({ input, expected }) => {
    const params = given(input.params)
    const key = given(input.key)
    const signType = given(input.sign_type ?? input.signType ?? (params['signType'] as SignType | undefined))
    const signature = given(expected.sign ?? expected.paySign)
    expect(textToSign(params, key)).toBe(input.string_to_sign ?? expected.stringSignTemp)
    expect(sign(params, key, signType)).toBe(signature)
    const message = serialiseXml({ ...params, sign: signature })
    expect(isSigned(parseXml(message), key, signType)).toBe(true)
    expect(isSigned(parseXml(message.replace('</xml>', '<extra>1</extra></xml>')), key, signType)).toBe(false)
  })

  test.each(pay.filter(({ api }) => api === 'v2.md5'))('$name', ({ input, expected }) => {
    expect(md5Hex(given(input.text))).toBe(expected.hex_lower)
  })

  test.each(signed.filter(({ expected }) => expected.paySign !== undefined))(
    '$name, in the shapes of chooseWXPay and of the bridge',
    ({ input, expected }) => {
      const { appId, timeStamp, nonceStr, package: prepay, signType } = given(input.params)
      const payment = {
        appid: given(appId),
        prepayId: given(prepay).replace('prepay_id=', ''),
        nonceStr: given(nonceStr),
        timestamp: Number(timeStamp),
        signType: signType as SignType,
      }
      const shared = { nonceStr, package: prepay, signType, paySign: expected.paySign }
      expect(paymentParameters(payment, given(input.key))).toEqual({
        bridge: { appId, timeStamp, ...shared },
        chooseWXPay: { timestamp: timeStamp, ...shared },
      })
    },
  )

  test('a trap is not fallen into: HMAC over a text that still says MD5', () => {
    const trap = given(ofKind('pay.v2.paySign').find(({ input }) => input.algorithmUsed !== undefined))
    const params = given(trap.input.params)
    expect(sign(params, given(trap.input.key), params['signType'] as SignType)).not.toBe(
      trap.expected.paySign,
    )
  })

  test('a query’s reply with fields unknown and empty is read', () => {
    const vector = given(pay.find(({ name }) => name === 'v2-orderquery-response-unknown-and-empty-fields'))
    const fields = given(vector.input.params)
    const reply = orderQueryReply(fields, { appid: given(fields['appid']), out_trade_no: '1415757673' })
    expect(reply).toMatchObject({
      trade_state: 'SUCCESS',
      total_fee: 300,
      settlement_total_fee: 100,
      cash_fee: 0,
      fee_type: 'CNY',
      coupon_fee: 300,
      coupons: [
        { coupon_id: '10000', coupon_type: 'CASH', coupon_fee: 100 },
        { coupon_id: '10001', coupon_type: 'NO_CASH', coupon_fee: 200 },
      ],
    })
    expect(reply.fields['a_field_added_later']).toBe('x')
  })

  test.each(pay.filter(({ name }) => /^v2-doc-.*-sample$/.test(name) && !name.includes('req-info')))(
    '$name has the shape that is read and written, though its key was never published',
    ({ input, expected }) => {
      const fields = { ...input.params, sign: given(expected.sign) }
      expect({ ...parseXml(serialiseXml(fields)) }).toEqual(fields)
    },
  )
})

describe('Pay v2 refund notifications', () => {
  const sealed = pay.filter(({ api }) => api === 'v2.refund_notify.req_info')

  test('all of them are here', () => {
    expect(sealed.map(({ name }) => name)).toEqual([
      'v2-refund-notify-req-info-decrypt',
      'v2-req-info-decrypt-short',
      'v2-doc-req-info-sample',
      'v2-refund-notify-req-info-encrypt',
    ])
  })

  test.each(sealed.filter(({ unverified }) => unverified !== true))('$name', ({ input, expected }) => {
    const key = given(input.api_key)
    const plaintext = given(input.plaintext ?? expected.plaintext ?? undefined)
    const reqInfo = given(input.req_info ?? expected.req_info)
    expect(unsealed(Buffer.from(reqInfo, 'base64'), cipherKey(key))?.toString()).toBe(plaintext)
    expect(sealedWith(Buffer.from(plaintext), cipherKey(key)).toString('base64')).toBe(reqInfo)
  })

  test.each(pay.filter(({ api }) => api === 'crypto.aes_256_ecb'))('$name', ({ input, expected }) => {
    const key = new Secret(given(input.key_ascii))
    const ciphertext = sealedWith(Buffer.from(given(input.plaintext)), key)
    expect(ciphertext.toString('base64')).toBe(expected.ciphertext_base64)
    expect(unsealed(ciphertext, key)?.toString()).toBe(input.plaintext)
  })

  const envelope = { return_code: 'SUCCESS', appid: 'wx2421b1c4370ec43b', mch_id: '10000100', nonce_str: 'x' }

  test.each(
    sealed.filter(({ input, expected }) => /<root>/.test(input.plaintext ?? expected.plaintext ?? '')),
  )('$name is read', ({ input, expected }) => {
    const body = serialiseXml({ ...envelope, req_info: given(input.req_info ?? expected.req_info) })
    const notification = refundNotificationReader('10000100', given(input.api_key))(body)
    expect(notification).toMatchObject({
      refund_status: 'SUCCESS',
      refund_recv_accout: '支付用户零钱',
      refund_request_source: 'API',
    })
    expect(notification.success_time).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/)
  })

  test('the documented filler is no message, and says why', () => {
    const filler = given(sealed.find(({ unverified }) => unverified === true)).input.req_info
    const body = serialiseXml({ ...envelope, req_info: given(filler) })
    expect(() => refundNotificationReader('10000100', 'x'.repeat(32))(body)).toThrow('cut short')
  })

  test.each(pay.filter(({ api }) => api === 'v2.payment_notify'))(
    '$name has coupons without numbers',
    (each) => {
      const reply = { ...each.input.params, trade_state: 'SUCCESS' }
      const order = {
        appid: 'wx2421b1c4370ec43b',
        out_trade_no: given(given(each.input.params)['out_trade_no']),
      }
      expect(orderQueryReply(reply, order)).toMatchObject({ coupon_fee: 10, coupons: [] })
    },
  )
})

describe('JSSDK signatures', () => {
  const isTrap = ({ input }: Vector): boolean => given(input.url).includes('#')
  const page = ({ ticket, nonceStr, timestamp, url }: Input): Parameters<typeof pageSignature>[0] => ({
    ticket: given(ticket),
    nonceStr: given(nonceStr),
    timestamp: given(timestamp),
    url: given(url),
  })

  test.each(ofKind('jssdk.signature').filter((vector) => !isTrap(vector)))('$name', ({ input, expected }) => {
    expect(pageTextToSign(page(input))).toBe(expected.string1)
    expect(pageSignature(page(input))).toBe(expected.signature)
  })

  test.each(ofKind('jssdk.signature').filter(isTrap))('$name is not fallen into', ({ input, expected }) => {
    expect(pageSignature(page(input))).not.toBe(expected.signature)
  })

  test.each(ofKind('jssdk.signUrl'))('$name', ({ input, expected }) => {
    expect(signedUrl(given(input.href))).toBe(expected.url)
  })
})

describe('web authorization', () => {
  test.each(ofKind('oauth.authorizeUrl'))('$name', ({ input, expected }) => {
    const request = {
      redirectUri: given(input.redirectUri),
      scope: given(input.scope),
      state: given(input.state),
      connectRedirect: input.connectRedirect === true,
    }
    expect(authorizeUrl('https://open.weixin.qq.com', given(input.appid), request)).toBe(expected.url)
  })

  test.each(ofKind('oauth.state'))('$name', ({ input, expected }) => {
    expect(isDocumentedState(given(input.state))).toBe(expected.documentedValid)
  })
})

test.each(ofKind('api.errmsg'))('$name', ({ input, expected }) => {
  const { message, requestId } = parseErrorText(given(input.body).errmsg)
  expect(message).toBe(expected.message)
  expect(requestId).toBe(expected.rid ?? expected.hint)
})
