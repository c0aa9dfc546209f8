import { describe, expect, test } from 'vitest'
import { ProtocolError } from '../errors.ts'
import { cipherKey, sealed } from './crypto.ts'
import { refundNotificationReader } from './refund-notification.ts'
import { type Fields, sign } from './sign.ts'
import { serialiseXml } from './xml.ts'

const MCHID = '10000100'
const KEY = '8934e7d15453e97507ef794cf7b0519d'
const REFUNDED: Fields = {
  out_refund_no: '131811191610442717309',
  out_trade_no: '71106718111915575302817',
  refund_account: 'REFUND_SOURCE_RECHARGE_FUNDS',
  refund_fee: '3960',
  refund_id: '50000408942018111907145868882',
  refund_recv_accout: '支付用户零钱',
  refund_request_source: 'API',
  refund_status: 'SUCCESS',
  settlement_refund_fee: '3960',
  settlement_total_fee: '3960',
  success_time: '2018-11-19 16:24:13',
  total_fee: '3960',
  transaction_id: '4200000215201811190261405420',
}
const ENVELOPE: Fields = {
  return_code: 'SUCCESS',
  appid: 'wx2421b1c4370ec43b',
  mch_id: MCHID,
  nonce_str: 'TeqClE3i0mvn3DrK',
}

function rooted(fields: Fields): string {
  return serialiseXml(fields).replace('<xml>', '<root>').replace('</xml>', '</root>')
}

function closed(plaintext: string | Uint8Array, key = KEY): string {
  return sealed(Buffer.from(plaintext), cipherKey(key)).toString('base64')
}

function announced(req_info: string, envelope: Fields = ENVELOPE): string {
  return serialiseXml({ ...envelope, req_info })
}

const read = refundNotificationReader(MCHID, KEY)

describe('a refund’s notification is read', () => {
  test('with all that it tells', () => {
    const known = { appid: 'wx2421b1c4370ec43b', mch_id: MCHID, fields: REFUNDED }
    const sums = {
      total_fee: 3960,
      refund_fee: 3960,
      settlement_total_fee: 3960,
      settlement_refund_fee: 3960,
    }
    const body = announced(closed(rooted(REFUNDED)))
    expect(read(body)).toEqual({ ...REFUNDED, ...known, ...sums })
    expect(read(Buffer.from(body))).toEqual(read(body))
  })

  test.each<[string, string]>([
    ['with line feeds between elements', rooted(REFUNDED).replace(/(<\/\w+>)</g, '$1\n<')],
    ['with a declaration before it', `<?xml version="1.0"?>\n${rooted(REFUNDED)}`],
    ['with fields added later', rooted({ ...REFUNDED, a_field_added_later: 'x' })],
    ['with the cash that was given back', rooted({ ...REFUNDED, cash_refund_fee: '1' })],
  ])('%s', (_what, plaintext) => {
    expect(read(announced(closed(plaintext)))).toMatchObject({ refund_fee: 3960 })
  })

  test.each(['CHANGE', 'REFUNDCLOSE'])(
    'that the money did not arrive: %s, without a time',
    (refund_status) => {
      const notification = read(announced(closed(rooted({ ...REFUNDED, refund_status, success_time: '' }))))
      expect(notification).toMatchObject({ refund_status })
      expect(notification).not.toHaveProperty('success_time')
    },
  )
})

describe('a refund’s notification is refused', () => {
  const whole = closed(rooted(REFUNDED))
  const without = (name: string): string => announced(closed(rooted({ ...REFUNDED, [name]: '' })))
  const { req_info: _, ...payment } = { ...ENVELOPE, ...REFUNDED, result_code: 'SUCCESS', req_info: '' }

  test.each<[string, string, string | Uint8Array]>([
    ['wrong_key', 'closed with another key', announced(closed(rooted(REFUNDED), 'x'.repeat(32)))],
    ['wrong_key', 'closed with the upper-case key', announced(closed(rooted(REFUNDED), KEY.toUpperCase()))],
    ['wrong_key', 'whose first block was changed', announced(`AAAA${whole.slice(4)}`)],
    ['wrong_key', 'whose last block was changed', announced(`${whole.slice(0, -8)}AAAA${whole.slice(-4)}`)],
    ['wrong_key', 'that holds JSON', announced(closed('{"a":3}'))],
    ['bad_message', 'cut short within a block', announced(whole.slice(0, 40))],
    ['bad_message', 'with a letter too many', announced(`${whole}A`)],
    ['bad_message', 'that is not base64', announced('*not base64*')],
    ['bad_message', 'in the URL’s alphabet', announced(whole.replaceAll('+', '-').replaceAll('/', '_'))],
    ['bad_message', 'with nothing closed in it', serialiseXml(ENVELOPE)],
    ['bad_message', 'for another merchant', announced(whole, { ...ENVELOPE, mch_id: '10000101' })],
    ['bad_message', 'without a merchant', announced(whole, { ...ENVELOPE, mch_id: '' })],
    ['bad_message', 'without an account', announced(whole, { ...ENVELOPE, appid: '' })],
    [
      'bad_message',
      'that reports a failed communication',
      announced(whole, { ...ENVELOPE, return_code: 'FAIL' }),
    ],
    ['bad_message', 'without a status', without('refund_status')],
    ['bad_message', 'without a number', without('out_refund_no')],
    ['bad_message', 'without a sum', without('refund_fee')],
    [
      'bad_message',
      'that is still on its way',
      announced(closed(rooted({ ...REFUNDED, refund_status: 'PROCESSING' }))),
    ],
    [
      'bad_message',
      'whose sum is not whole fen',
      announced(closed(rooted({ ...REFUNDED, refund_fee: '39.60' }))),
    ],
    ['bad_message', 'whose root is a message’s', announced(closed(`<root-of-xml>${rooted(REFUNDED)}`))],
    [
      'bad_message',
      'with a DOCTYPE inside',
      announced(
        closed(
          `<?xml version="1.0"?><!DOCTYPE root [<!ENTITY x SYSTEM "file:///etc/passwd">]>${rooted(REFUNDED)}`,
        ),
      ),
    ],
    [
      'bad_message',
      'that says a field twice',
      announced(closed(rooted(REFUNDED).replace('<root>', '<root><refund_fee>1</refund_fee>'))),
    ],
    [
      'bad_message',
      'whose inside is not UTF-8',
      announced(
        closed(
          Buffer.concat([Buffer.from('<root><a>'), Buffer.from([0xd6, 0xd0]), Buffer.from('</a></root>')]),
        ),
      ),
    ],
    ['bad_message', 'that is a payment’s', serialiseXml({ ...payment, sign: sign(payment, KEY, 'MD5') })],
    ['bad_message', 'that is JSON', '{"req_info":""}'],
    ['bad_message', 'that is empty', new Uint8Array()],
  ])('%s: %s', (code, _what, body) => {
    expect(() => read(body)).toThrow(ProtocolError)
    expect(() => read(body)).toThrow(expect.objectContaining({ code }))
  })

  test('and says so where the key is another one', () => {
    expect(() => read(announced(closed(rooted(REFUNDED), 'x'.repeat(32))))).toThrow('APIv2 密钥不符')
  })

  test('before it is opened where it is another merchant’s', () => {
    const foreign = announced(closed(rooted(REFUNDED), 'x'.repeat(32)), { ...ENVELOPE, mch_id: '10000101' })
    expect(() => read(foreign)).toThrow('another merchant’s')
  })
})
