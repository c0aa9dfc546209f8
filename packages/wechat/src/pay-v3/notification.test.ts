import { beforeAll, describe, expect, test } from 'vitest'
import { ProtocolError, type WechatError } from '../errors.ts'
import { rejection } from '../wechat.fake.ts'
import type { MessageHeaders } from './verify.ts'
import {
  APPID,
  CERTIFICATE_MODE,
  certificateList,
  MCHID,
  NOW,
  type NotificationToSend,
  notified,
  payTown,
  type SentNotification,
  SIGNERS,
} from './wechat-pay.fake.ts'

const PAID = {
  appid: APPID,
  mchid: MCHID,
  out_trade_no: '1217752501201407033233368018',
  transaction_id: '4200000001202406010000000001',
  trade_type: 'JSAPI',
  trade_state: 'SUCCESS',
  trade_state_desc: '支付成功',
  bank_type: 'OTHERS',
  attach: '',
  success_time: '2024-06-01T10:00:00+08:00',
  payer: { openid: 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o' },
  amount: { total: 100, payer_total: 100, currency: 'CNY', payer_currency: 'CNY' },
}
const REFUNDED = {
  mchid: MCHID,
  out_trade_no: PAID.out_trade_no,
  transaction_id: PAID.transaction_id,
  out_refund_no: '7752501201407033233368018',
  refund_id: '50200207182018070300011301001',
  refund_status: 'SUCCESS',
  success_time: '2024-06-01T10:00:00+08:00',
  amount: { total: 100, refund: 40, payer_total: 100, payer_refund: 40 },
  user_received_account: '支付用户零钱',
}
const COMBINED = {
  combine_appid: APPID,
  combine_mchid: MCHID,
  combine_out_trade_no: 'CART-0001',
  combine_payer_info: { openid: 'o' },
  scene_info: { device_id: 'POS1:1' },
  sub_orders: [
    {
      mchid: '1900000110',
      out_trade_no: 'TEA-0001',
      transaction_id: '4200',
      trade_type: 'JSAPI',
      trade_state: 'SUCCESS',
      success_time: '2024-06-01T10:00:00+08:00',
      amount: { total_amount: 100, payer_amount: 100, currency: 'CNY', payer_currency: 'CNY' },
    },
  ],
}
const { appid: _, mchid: __, ...rest } = PAID
const PARTNER = {
  ...rest,
  sp_appid: APPID,
  sp_mchid: MCHID,
  sub_mchid: '1900000110',
  payer: { sub_openid: 'o2' },
}

const { pay } = payTown({})
const read = (message: { headers: MessageHeaders; body: Uint8Array }): Promise<unknown> =>
  pay.readNotification(message)
const told = async (sending: NotificationToSend): Promise<unknown> => read(await notified(sending))

describe('a notification tells', () => {
  test('of a payment, with every member that came', async () => {
    expect(await told({ resource: { ...PAID, a_member_added_later: 'x' } })).toMatchObject({
      kind: 'transaction',
      event_type: 'TRANSACTION.SUCCESS',
      id: 'b62e271c-3389-58a0-8146-4a704966e8f1',
      summary: '支付成功',
      transaction: {
        out_trade_no: PAID.out_trade_no,
        payer: PAID.payer,
        amount: { total: 100, currency: 'CNY' },
        fields: { a_member_added_later: 'x' },
      },
    })
  })

  test.each([
    ['SUCCESS', 'REFUND.SUCCESS'],
    ['ABNORMAL', 'REFUND.ABNORMAL'],
    ['CLOSED', 'REFUND.CLOSED'],
    ['CLOSE', 'REFUND.CLOSED'],
  ])('of a refund that is %s', async (refund_status, event_type) => {
    const notification = await told({
      event_type,
      original_type: 'refund',
      resource: { ...REFUNDED, refund_status },
    })
    expect(notification).toMatchObject({
      kind: 'refund',
      event_type,
      refund: { mchid: MCHID, out_refund_no: REFUNDED.out_refund_no, amount: { refund: 40 } },
    })
  })

  test('of a combined order, all of it paid', async () => {
    expect(await told({ resource: COMBINED })).toMatchObject({
      kind: 'combine_transaction',
      transaction: {
        combine_out_trade_no: 'CART-0001',
        sub_orders: [{ transaction_id: '4200', amount: { total_amount: 100 } }],
      },
    })
  })

  test('a service provider of a sub-merchant’s payment and refund', async () => {
    expect(await told({ resource: PARTNER })).toMatchObject({
      kind: 'partner_transaction',
      transaction: { sub_mchid: '1900000110', payer: { sub_openid: 'o2' } },
    })
    const { mchid: _mchid, ...refund } = REFUNDED
    const resource = { ...refund, sp_mchid: MCHID, sub_mchid: '1900000110' }
    expect(await told({ event_type: 'REFUND.SUCCESS', resource })).toMatchObject({
      kind: 'refund',
      refund: { mchid: MCHID, sub_mchid: '1900000110' },
    })
  })

  test('of the self-test, and of products that are not read here', async () => {
    const echo = { echo_message: 'hello' }
    expect(
      await told({ event_type: 'SECURITY_ECHO.SUCCESS', original_type: 'security', resource: echo }),
    ).toMatchObject({ kind: 'echo', echo })
    const resource = { mchid: MCHID, out_contract_code: '1' }
    expect(await told({ event_type: 'PAYSCORE.USER_OPEN_SERVICE', resource })).toMatchObject({
      kind: 'other',
      resource,
    })
  })

  test('with associated data, without, and empty', async () => {
    for (const original_type of ['', 'transaction'])
      expect(await told({ original_type, resource: PAID })).toMatchObject({ kind: 'transaction' })
    const sealed = { associated_data: undefined }
    expect(await told({ original_type: '', sealed, resource: PAID })).toMatchObject({ kind: 'transaction' })
  })

  test('signed with a certificate or with the public key, as its serial says', async () => {
    const answers = {
      'GET /v3/certificates': async () => ({
        json: await certificateList(['certificate']),
        signer: 'certificate' as const,
      }),
    }
    const town = payTown(answers, { platformCertificates: 'download' })
    for (const signer of ['publicKey', 'certificate', 'publicKey'] as const)
      expect(await town.pay.readNotification(await notified({ resource: PAID, signer }))).toMatchObject({
        kind: 'transaction',
      })
    expect(town.asked.length).toBe(1)
  })

  test('as bytes, as an ArrayBuffer and as text', async () => {
    const { pay } = payTown({})
    const { headers, body } = await notified({ resource: PAID })
    const bytes = new Uint8Array(body)
    for (const each of [bytes, bytes.buffer, new TextDecoder().decode(bytes)])
      expect(await pay.readNotification({ headers, body: each })).toMatchObject({ kind: 'transaction' })
  })

  test('up to five minutes from our clock', async () => {
    for (const skew of [-300_000, 300_000])
      expect(await told({ resource: PAID, now: NOW + skew })).toMatchObject({ kind: 'transaction' })
  })
})

describe('a server that is put together wrongly', () => {
  test('is told which line to move, and nothing is verified', async () => {
    const { pay } = payTown({})
    const { headers, body } = await notified({ resource: PAID })
    const parsed: unknown = JSON.parse(new TextDecoder().decode(body))
    for (const each of [parsed, undefined]) {
      const error = await rejection(pay.readNotification({ headers, body: each as Uint8Array }))
      expect(error).toMatchObject({ code: 'config', message: expect.stringContaining('express.raw') })
    }
  })

  test('is told that the headers are missing', async () => {
    const { body } = await notified({ resource: PAID })
    const message = { body } as { body: Uint8Array; headers: MessageHeaders }
    expect(await rejection(payTown({}).pay.readNotification(message))).toMatchObject({
      code: 'config',
      message: expect.stringContaining('req.headers'),
    })
  })
})

describe('headers', () => {
  let sent: SentNotification
  beforeAll(async () => {
    sent = await notified({ resource: PAID })
  })

  test('may come as any server has them', async () => {
    const { headers, body } = sent
    const entries = Object.entries(headers)
    const distinct = Object.fromEntries(entries.map(([name, value]) => [name.toLowerCase(), [value]]))
    const upper = Object.fromEntries(entries.map(([name, value]) => [name.toUpperCase(), value]))
    const { 'Wechatpay-Signature-Type': _type, ...untyped } = headers
    for (const each of [new Headers(headers), distinct, upper, untyped])
      expect(await read({ headers: each, body })).toMatchObject({ kind: 'transaction' })
  })

  const NAMES = ['Wechatpay-Timestamp', 'Wechatpay-Nonce', 'Wechatpay-Serial', 'Wechatpay-Signature']
  test.each(NAMES)('%s missing is refused', async (name) => {
    for (const value of [undefined, null, [], ''] as never[]) {
      const error = await rejection(read({ ...sent, headers: { ...sent.headers, [name]: value } }))
      expect(error).toMatchObject({ code: 'bad_signature', message: expect.stringContaining(name) })
    }
  })

  test.each(NAMES)('%s that is no text is refused', async (name) => {
    for (const value of [5, [5], [null], {}] as never[]) {
      const headers = { ...sent.headers, [name]: value }
      expect(await rejection(read({ ...sent, headers }))).toMatchObject({ code: 'bad_signature' })
    }
  })

  test.each(NAMES)('%s doubled is refused, however that shows', async (name) => {
    const value = sent.headers[name] ?? ''
    const joined = new Headers(sent.headers)
    joined.append(name, value)
    for (const headers of [
      joined,
      { ...sent.headers, [name]: [value, value] },
      { ...sent.headers, [name]: `${value}, ${value}` },
      { ...sent.headers, [name.toLowerCase()]: value },
    ])
      expect(await rejection(read({ ...sent, headers }))).toMatchObject({
        code: 'bad_signature',
        message: expect.stringContaining(name),
      })
  })

  test.each([
    [
      'Wechatpay-Timestamp',
      ['now', '-1', '1717207200.0', '0x1', '2024-06-01T10:00:00+08:00', '1e9', '9'.repeat(20)],
    ],
    ['Wechatpay-Nonce', [' ', 'a b', 'x\ny', 'x'.repeat(65), '随机']],
    ['Wechatpay-Serial', ['a b', '../x', 'x'.repeat(65), 'PUB-KEY']],
    ['Wechatpay-Signature', ['?', 'AAAA AAAA', '=', 'A'.repeat(3000), 'AAAA\n', '_-_-']],
    ['Wechatpay-Signature-Type', ['WECHATPAY2-SM2-WITH-SM3', 'none']],
  ])('%s malformed is refused', async (name, values) => {
    for (const value of values) {
      const error = await rejection(read({ ...sent, headers: { ...sent.headers, [name]: value } }))
      expect(error).toMatchObject({
        code: 'bad_signature',
        outcome: 'unknown',
        message: expect.stringContaining(name),
      })
    }
  })

  test('with a probe’s signature, a short one, or one that only decodes alike fail like any other', async () => {
    const { 'Wechatpay-Signature': right = '' } = sent.headers
    const alike = right.replace(
      /(.)==$/,
      (_all, last: string) => `${String.fromCharCode(last.charCodeAt(0) + 1)}==`,
    )
    for (const value of [
      'WECHATPAY/SIGNTEST/Jz3k5vbQ==',
      'AAAA',
      right.slice(0, -4),
      right.replace('==', ''),
      alike,
    ]) {
      const error = await rejection(
        read({ ...sent, headers: { ...sent.headers, 'Wechatpay-Signature': value } }),
      )
      expect(error).toMatchObject({ code: 'bad_signature' })
    }
  })

  test('naming another key than signed are refused', async () => {
    const town = payTown({}, { platformCertificates: [SIGNERS.certificate.pem] })
    for (const serial of [
      SIGNERS.certificate.serial,
      SIGNERS.nextCertificate.serial,
      'PUB_KEY_ID_0000000000000000000000000000',
    ]) {
      const headers = { ...sent.headers, 'Wechatpay-Serial': serial }
      expect(await rejection(town.pay.readNotification({ ...sent, headers }))).toMatchObject({
        code: 'bad_signature',
      })
    }
  })

  test('of another time are refused, and the difference is named', async () => {
    const { 'Wechatpay-Timestamp': _time, ...others } = sent.headers
    const forged = { ...others, 'Wechatpay-Timestamp': String(NOW / 1000 + 1) }
    expect(await rejection(read({ ...sent, headers: forged }))).toMatchObject({ code: 'bad_signature' })
    for (const [now, skew, words] of [
      [NOW - 301_000, 301, '301 s ahead of'],
      [NOW + 301_000, -301, '301 s behind'],
    ] as const) {
      const error = await rejection(told({ resource: PAID, now }))
      expect(error).toMatchObject({
        code: 'bad_time',
        clockSkewSeconds: skew,
        message: expect.stringContaining(words),
      })
    }
  })
})

describe('a notification is refused', () => {
  test('whose body was changed by a single bit', async () => {
    const { headers, body } = await notified({ resource: PAID })
    for (let at = 0; at < body.length; at += 7) {
      const changed = body.slice()
      changed[at] = (changed[at] ?? 0) ^ 1
      expect(await rejection(read({ headers, body: changed }))).toMatchObject({ code: 'bad_signature' })
    }
    for (const other of [
      body.subarray(1),
      body.subarray(0, -1),
      new Uint8Array([...body, 10]),
      new Uint8Array(),
    ])
      expect(await rejection(read({ headers, body: other }))).toMatchObject({ code: 'bad_signature' })
  })

  test('that was made again from its parts, as a body parser does', async () => {
    const { headers, body } = await notified({ resource: PAID })
    const again = JSON.stringify(JSON.parse(Buffer.from(body).toString()), null, 1)
    expect(await rejection(read({ headers, body: Buffer.from(again) }))).toMatchObject({
      code: 'bad_signature',
    })
  })

  test('sealed with another APIv3 key, and that is said', async () => {
    const error = (await rejection(told({ resource: PAID, apiV3Key: 'x'.repeat(32) }))) as WechatError
    expect(error.code).toBe('wrong_key')
    expect(error.message).toContain('APIv3 密钥解不开')
    expect(error.message).toContain('it is not the APIv2 key')
  })

  test.each<[string, Record<string, unknown>]>([
    ['of another tag', { ciphertext: `${'A'.repeat(44)}` }],
    ['cut to less than a tag', { ciphertext: 'AAAA' }],
    ['that is no base64', { ciphertext: '*'.repeat(64) }],
    ['with another nonce', { nonce: '61f9c719728b' }],
    ['with other associated data', { associated_data: 'refund' }],
  ])('whose ciphertext is one %s', async (_what, sealed) => {
    expect(await rejection(told({ resource: PAID, sealed }))).toMatchObject({ code: 'wrong_key' })
  })

  test.each<[string, NotificationToSend]>([
    ['whose ciphertext is empty', { resource: PAID, sealed: { ciphertext: '' } }],
    ['without a nonce', { resource: PAID, sealed: { nonce: undefined } }],
    ['of another algorithm', { resource: PAID, sealed: { algorithm: 'AEAD_SM4_GCM' } }],
    ['without a resource', { resource: PAID, envelope: { resource: undefined } }],
    ['whose resource is a text', { resource: PAID, envelope: { resource: 'x' } }],
    ['without a type', { resource: PAID, envelope: { event_type: undefined } }],
    ['without an id', { resource: PAID, envelope: { id: undefined } }],
    ['whose plaintext is no JSON', { resource: '{xxx' }],
    ['whose plaintext says a member twice', { resource: `{"mchid":"${MCHID}","mchid":"${MCHID}"}` }],
    [
      'whose sum would be rounded',
      { resource: JSON.stringify(PAID).replace('"total":100', '"total":9007199254740993') },
    ],
    ['whose sum is not whole', { resource: { ...PAID, amount: { total: 0.1 } } }],
    ['without a payer', { resource: { ...PAID, payer: {} } }],
    ['without an appid', { resource: { ...PAID, appid: '' } }],
    ['that announces no payment', { resource: { ...PAID, trade_state: 'NOTPAY' } }],
    ['of another merchant’s payment', { resource: { ...PAID, mchid: '1900000110' } }],
    ['of another provider’s payment', { resource: { ...PARTNER, sp_mchid: '1900000110' } }],
    ['of a provider’s payment by nobody', { resource: { ...PARTNER, payer: {} } }],
    ['of another merchant’s combination', { resource: { ...COMBINED, combine_mchid: '1900000110' } }],
    ['of a combination of nothing', { resource: { ...COMBINED, sub_orders: [] } }],
    [
      'of a combination paid in part',
      {
        resource: {
          ...COMBINED,
          sub_orders: [...COMBINED.sub_orders, { mchid: '1', out_trade_no: '2', trade_state: 'NOTPAY' }],
        },
      },
    ],
    [
      'of another merchant’s refund',
      { event_type: 'REFUND.SUCCESS', resource: { ...REFUNDED, mchid: '1900000110' } },
    ],
    ['of a refund in another state', { event_type: 'REFUND.CLOSED', resource: REFUNDED }],
    [
      'of a refund in no state',
      { event_type: 'REFUND.SUCCESS', resource: { ...REFUNDED, refund_status: 'MAYBE' } },
    ],
    [
      'of a refund that names nobody',
      { event_type: 'REFUND.SUCCESS', resource: { ...REFUNDED, mchid: undefined } },
    ],
    ['of a refund in another shape', { event_type: 'REFUND.SUCCESS', resource: PAID }],
    [
      'of another merchant’s other product',
      { event_type: 'PAYSCORE.USER_OPEN_SERVICE', resource: { mchid: '1900000110' } },
    ],
  ])('%s', async (_what, sending) => {
    const error = await rejection(told(sending))
    expect(error).toBeInstanceOf(ProtocolError)
    expect(error).toMatchObject({ code: 'bad_message', outcome: 'unknown' })
  })

  test('as unknown where the certificate that signed it cannot be fetched', async () => {
    const answers = { 'GET /v3/certificates': () => ({ status: 500, json: { code: 'SYSTEM_ERROR' } }) }
    const town = payTown(answers, CERTIFICATE_MODE)
    const asking = town.pay.readNotification(await notified({ resource: PAID, signer: 'certificate' }))
    expect(await rejection(asking)).toMatchObject({ code: 'no_usable_answer', outcome: 'unknown' })
  })

  test('before anything of it is opened or read', async () => {
    const { headers } = await notified({ resource: PAID })
    for (const body of ['', '{', '[]', 'null', '{"resource":{}}'])
      expect(await rejection(read({ headers, body: Buffer.from(body) }))).toMatchObject({
        code: 'bad_signature',
      })
  })
})

test('acknowledgement and refusal are the documented bytes', () => {
  expect(pay.acknowledge()).toEqual({
    status: 200,
    contentType: 'application/json; charset=utf-8',
    body: '{"code":"SUCCESS","message":"成功"}',
  })
  expect(pay.refuse('签名错误')).toMatchObject({ status: 401, body: '{"code":"FAIL","message":"签名错误"}' })
  expect(pay.refuse('', 500)).toMatchObject({ status: 500, body: '{"code":"FAIL","message":"失败"}' })
  expect(JSON.parse(pay.refuse('x'.repeat(1000)).body).message.length).toBe(64)
})
