import { describe, expect, test } from 'vitest'
import { ProtocolError } from '../errors.ts'
import type { RawBody } from '../raw-body.ts'
import { acknowledge, readNotification, refuse } from './notification.ts'
import { type Fields, type SignType, sign } from './sign.ts'
import { parseXml, serialiseXml } from './xml.ts'

const MCHID = '10000100'
const KEY = '8934e7d15453e97507ef794cf7b0519d'
/** The documented sample, whose own key was never published. */
const PAID: Fields = {
  appid: 'wx2421b1c4370ec43b',
  attach: '支付测试',
  bank_type: 'OTHERS',
  cash_fee: '1',
  fee_type: 'CNY',
  is_subscribe: 'N',
  mch_id: MCHID,
  nonce_str: '5d2b6c2a8db53831f7eda20af46e531c',
  openid: 'oUpF8uMEb4qRXf22hE3X68TekukE',
  out_trade_no: '1409811653',
  result_code: 'SUCCESS',
  return_code: 'SUCCESS',
  time_end: '20140903131540',
  total_fee: '1',
  trade_type: 'JSAPI',
  transaction_id: '1004400740201409030005092168',
}

function notified(fields: Fields, signType: SignType = 'MD5', key: string = KEY): string {
  return serialiseXml({ ...fields, sign: sign(fields, key, signType) })
}

const read = (body: RawBody): unknown => readNotification(body, MCHID, KEY)

describe('a notification is read', () => {
  test.each<[string, string]>([
    ['signed with MD5', notified(PAID)],
    ['signed with HMAC-SHA256, told by its length', notified(PAID, 'HMAC-SHA256')],
    ['naming its type', notified({ ...PAID, sign_type: 'HMAC-SHA256' }, 'HMAC-SHA256')],
    ['with fields added later', notified({ ...PAID, a_field_added_later: 'x', coupon_fee_0: '1' })],
    ['with empty fields', notified(PAID).replace('</xml>', '<device_info><![CDATA[]]></device_info></xml>')],
    [
      'with bare numbers and line feeds',
      notified(PAID)
        .replace('<![CDATA[1]]>', '1')
        .replace(/(<\/\w+>)</g, '$1\n<'),
    ],
  ])('%s', (_what, body) => {
    const paid = {
      out_trade_no: '1409811653',
      total_fee: 1,
      mch_id: MCHID,
      appid: PAID['appid'],
      attach: '支付测试',
    }
    expect(read(body)).toMatchObject(paid)
    expect(read(Buffer.from(body))).toMatchObject(paid)
    expect(read(new Uint8Array(Buffer.from(body)).buffer)).toMatchObject(paid)
  })

  test('but not what a parser made of it: the line to move is named', () => {
    expect(() => read({ xml: PAID } as unknown as string)).toThrow('express.raw')
  })
})

describe('a notification is refused', () => {
  test.each<[string, string, string | Uint8Array]>([
    ['bad_signature', 'without a signature', serialiseXml(PAID)],
    [
      'bad_signature',
      'with an empty signature',
      notified(PAID).replace(/(<sign><!\[CDATA\[).*?(\]\])/, '$1$2'),
    ],
    ['bad_signature', 'signed with another key', notified(PAID, 'MD5', 'x'.repeat(32))],
    [
      'bad_signature',
      'whose sum was changed',
      notified(PAID).replace('<total_fee><![CDATA[1', '<total_fee><![CDATA[2'),
    ],
    [
      'bad_signature',
      'to which a field was added',
      notified(PAID).replace('</xml>', '<extra>1</extra></xml>'),
    ],
    [
      'bad_signature',
      'whose signature is in lower case',
      notified(PAID).replace(/<sign>.*<\/sign>/, (text) => text.toLowerCase().replace('cdata', 'CDATA')),
    ],
    [
      'bad_signature',
      'that names another type than it is signed with',
      notified({ ...PAID, sign_type: 'HMAC-SHA256' }),
    ],
    ['bad_signature', 'of a failure that nobody signed', '<xml><return_code>FAIL</return_code></xml>'],
    ['bad_message', 'for another merchant, signed with our key', notified({ ...PAID, mch_id: '10000101' })],
    ['bad_message', 'that announces no payment', notified({ ...PAID, result_code: 'FAIL' })],
    ['bad_message', 'that reports a failed communication', notified({ ...PAID, return_code: 'FAIL' })],
    ['bad_message', 'without a payer', notified({ ...PAID, openid: '' })],
    ['bad_message', 'without an appid', notified({ ...PAID, appid: '' })],
    ['bad_message', 'whose sum is not whole fen', notified({ ...PAID, total_fee: '1e2' })],
    ['bad_message', 'that is JSON', '{"return_code":"SUCCESS"}'],
    ['bad_message', 'that is empty', new Uint8Array()],
    ['bad_message', 'with a DOCTYPE', `<!DOCTYPE xml>${notified(PAID)}`],
    [
      'bad_message',
      'that says a field twice',
      notified(PAID).replace('<xml>', '<xml><total_fee>1</total_fee>'),
    ],
    ['bad_message', 'that is far too long', ' '.repeat(70_000)],
  ])('%s: %s', (code, _what, body) => {
    expect(() => read(body)).toThrow(ProtocolError)
    expect(() => read(body)).toThrow(expect.objectContaining({ code }))
  })
})

test('the signature is looked at before anything else is believed', () => {
  const forged = serialiseXml({ ...PAID, mch_id: 'x', total_fee: 'x', sign: 'x' })
  expect(() => read(forged)).toThrow(expect.objectContaining({ code: 'bad_signature' }))
})

test('acknowledgement and refusal are the documented bytes', () => {
  expect(acknowledge()).toBe(
    '<xml><return_code><![CDATA[SUCCESS]]></return_code><return_msg><![CDATA[OK]]></return_msg></xml>',
  )
  expect(refuse('签名失败')).toBe(
    '<xml><return_code><![CDATA[FAIL]]></return_code><return_msg><![CDATA[签名失败]]></return_msg></xml>',
  )
})

test.each([
  ['x'.repeat(1000), 'x'.repeat(128)],
  ['a]]>b', 'a]]>b'],
  ['\u0000', '失败'],
  ['', '失败'],
])('a refusal is always a message of its own', (reason, said) => {
  expect(parseXml(refuse(reason))['return_msg']).toBe(said)
})
