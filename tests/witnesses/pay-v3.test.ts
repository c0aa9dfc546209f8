/**
 * Published libraries, unmodified, and our Pay v3 client, in both directions: what ours signs and encrypts they verify and decrypt, what they
 * sign, seal and encrypt as WeChat does ours accepts; what is tampered with both refuse.
 */
import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { createRequire } from 'node:module'
import { fen } from '@shouyin/wechat'
import { createPayV3, type PayV3 } from '@shouyin/wechat/pay-v3'
import { Headers as UndiciHeaders } from 'undici'
import { describe, expect, test } from 'vitest'

const require = createRequire(import.meta.url)

const { Rsa, Formatter, Aes } = require('wechatpay-axios-plugin') as {
  Rsa: {
    sign(text: string, key: KeyObject): string
    verify(text: string, signature: string, key: KeyObject): boolean
    encrypt(text: string, key: KeyObject): string
    decrypt(text: string, key: KeyObject): string
  }
  Formatter: {
    request(...parts: string[]): string
    response(...parts: string[]): string
    joinedByLineFeed(...parts: string[]): string
  }
  Aes: { AesGcm: { encrypt(text: string, key: string, nonce: string, data: string): string } }
}
const NodeV3 = require('wechatpay-node-v3') as new (
  options: object,
) => {
  getSignature(method: string, nonce: string, timestamp: string, path: string, body?: string): string
  sign(text: string): string
}

const MCHID = '1900000109'
const APPID = 'wx2421b1c4370ec43b'
const API_V3_KEY = '0123456789abcdef0123456789abcdef'
const SERIAL = 'PUB_KEY_ID_0114232134912410000000000000'
const NOW = Date.UTC(2026, 0, 5, 4)

/** The merchant's key, with a signer that keeps it; and WeChat's. */
const merchant = generateKeyPairSync('rsa', { modulusLength: 2048 })
const wechat = generateKeyPairSync('rsa', { modulusLength: 2048 })

interface Sent {
  method: string
  path: string
  body: string
  authorization: Record<string, string>
}

/** A client whose requests are kept; they are answered with what the library signs. */
function scene(answer: object): { pay: PayV3; sent: Sent[] } {
  const sent: Sent[] = []
  const pay = createPayV3({
    mchid: MCHID,
    apiV3Key: API_V3_KEY,
    publicKeys: { [SERIAL]: wechat.publicKey },
    signer: {
      serial: '1DDE55AD98ED71D6EDD4A4A16996DE7B47773A8C',
      sign: async (text) => Rsa.sign(text, merchant.privateKey),
      decrypt: async (text) => Rsa.decrypt(text, merchant.privateKey),
    },
    clock: () => NOW,
    async fetch(input, init) {
      const request = new Request(input, init)
      const { pathname, search } = new URL(request.url)
      sent.push({
        method: request.method,
        path: pathname + search,
        body: await request.text(),
        authorization: parametersOf(request.headers.get('authorization') ?? ''),
      })
      const body = JSON.stringify(answer)
      return new Response(body, { headers: { 'content-type': 'application/json', ...signedByThem(body) } })
    },
  })
  return { pay, sent }
}

function parametersOf(authorization: string): Record<string, string> {
  expect(authorization).toMatch(/^WECHATPAY2-SHA256-RSA2048 /)
  return Object.fromEntries(
    [...authorization.matchAll(/(\w+)="([^"]*)"/g)].map(([, name, value]) => [name, value]),
  )
}

function signedByThem(body: string): Record<string, string> {
  const [timestamp, nonce] = [String(NOW / 1000), 'EcZ9Cmy4Xyx1i6RlJQzLcCyEqDa26NBz']
  return {
    'wechatpay-timestamp': timestamp,
    'wechatpay-nonce': nonce,
    'wechatpay-serial': SERIAL,
    'wechatpay-signature': Rsa.sign(Formatter.response(timestamp, nonce, body), wechat.privateKey),
  }
}

const ORDER = {
  appid: APPID,
  description: '山间茶事 明前龙井',
  out_trade_no: '1217752501201407033233368018',
  notify_url: 'https://example.com/notify',
  amount: { total: fen(12_800) },
  payer: { openid: 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o' },
}
const PAID = {
  mchid: MCHID,
  appid: APPID,
  out_trade_no: ORDER.out_trade_no,
  transaction_id: '4200000001202601010000000001',
  trade_type: 'JSAPI',
  trade_state: 'SUCCESS',
  trade_state_desc: '支付成功',
  bank_type: 'OTHERS',
  attach: '',
  success_time: '2026-01-05T12:00:00+08:00',
  payer: { openid: 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o' },
  amount: { total: 12_800, payer_total: 12_800, currency: 'CNY', payer_currency: 'CNY' },
}

describe('requests', () => {
  test.each<[string, (pay: PayV3) => Promise<unknown>, object]>([
    ['a POST with a body', (pay) => pay.prepay(ORDER), { prepay_id: 'wx201410272009395522657a690389285100' }],
    ['a GET with a query', (pay) => pay.query({ out_trade_no: ORDER.out_trade_no }), PAID],
  ])('that we sign, %s, they verify and would sign alike', async (_what, call, answer) => {
    const { pay, sent } = scene(answer)
    await call(pay)
    const [{ method = '', path = '', body = '', authorization = {} } = {}] = sent
    const { timestamp = '', nonce_str = '', signature = '' } = authorization
    const text = Formatter.request(method, path, timestamp, nonce_str, body)
    expect(Rsa.verify(text, signature, merchant.publicKey)).toBe(true)
    expect(Rsa.verify(text.replace(path, `${path}x`), signature, merchant.publicKey)).toBe(false)
    // Its constructor wants a certificate to read the serial number from; the number can be given instead.
    const privateKey = merchant.privateKey.export({ type: 'pkcs8', format: 'pem' })
    const other = new NodeV3({
      appid: APPID,
      mchid: MCHID,
      serial_no: 'X',
      publicKey: Buffer.from('unused'),
      privateKey: Buffer.from(privateKey),
    })
    expect(other.getSignature(method, nonce_str, timestamp, path, body)).toBe(signature)
  })
})

describe('replies and notifications', () => {
  /** As WeChat posts it, made by the library. */
  function notification(plaintext: object): { headers: Record<string, string>; body: string } {
    const nonce = 'fdasflkja484'
    const body = JSON.stringify({
      id: 'EV-2018022511223320873',
      create_time: '2026-01-05T12:00:00+08:00',
      resource_type: 'encrypt-resource',
      event_type: 'TRANSACTION.SUCCESS',
      summary: '支付成功',
      resource: {
        original_type: 'transaction',
        algorithm: 'AEAD_AES_256_GCM',
        ciphertext: Aes.AesGcm.encrypt(JSON.stringify(plaintext), API_V3_KEY, nonce, 'transaction'),
        associated_data: 'transaction',
        nonce,
      },
    })
    return { headers: signedByThem(body), body }
  }

  test('that they sign we believe, and none that was tampered with', async () => {
    const { pay } = scene({ ...PAID, attach: 'table=3' })
    expect(await pay.query({ out_trade_no: ORDER.out_trade_no })).toMatchObject({
      trade_state: 'SUCCESS',
      attach: 'table=3',
    })
    const { headers, body } = notification(PAID)
    expect(await pay.readNotification({ headers, body: Buffer.from(body) })).toMatchObject({
      kind: 'transaction',
      transaction: { out_trade_no: ORDER.out_trade_no, amount: { total: 12_800 } },
    })
    const tampered = Buffer.from(body.replace('支付成功', '支付失败'))
    await expect(pay.readNotification({ headers, body: tampered })).rejects.toMatchObject({
      code: 'bad_signature',
    })
  })

  test('may come in the Headers of a library, which are not Node’s', async () => {
    const { pay } = scene({})
    const { headers, body } = notification(PAID)
    const theirs = new UndiciHeaders(headers)
    expect(theirs).not.toBeInstanceOf(Headers)
    const message = { headers: theirs as unknown as Headers, body: Buffer.from(body) }
    expect(await pay.readNotification(message)).toMatchObject({ kind: 'transaction' })
  })

  test('that they seal with another key we name as such', async () => {
    const { pay } = scene({})
    const { body } = notification(PAID)
    const envelope = JSON.parse(body) as { resource: { ciphertext: string; nonce: string } }
    envelope.resource.ciphertext = Aes.AesGcm.encrypt(
      '{}',
      'x'.repeat(32),
      envelope.resource.nonce,
      'transaction',
    )
    const sealed = JSON.stringify(envelope)
    const message = { headers: signedByThem(sealed), body: Buffer.from(sealed) }
    await expect(pay.readNotification(message)).rejects.toMatchObject({ code: 'wrong_key' })
  })
})

test('a page’s payment is signed as both of them sign it', async () => {
  const { pay } = scene({})
  const { bridge } = await pay.paymentParameters({ appid: APPID, prepayId: 'wx2014' })
  const text = Formatter.joinedByLineFeed(APPID, bridge.timeStamp, bridge.nonceStr, bridge.package)
  expect(Rsa.verify(text, bridge.paySign, merchant.publicKey)).toBe(true)
  expect(bridge.paySign).toBe(Rsa.sign(text, merchant.privateKey))
})

test('sensitive fields are encrypted for each other', async () => {
  const { pay } = scene({})
  const { ciphertext } = await pay.encrypt('张三')
  expect(Rsa.decrypt(ciphertext, wechat.privateKey)).toBe('张三')
  const theirs = Rsa.encrypt('110101199003070011', createPublicKey(merchant.privateKey))
  expect((await pay.decrypt(theirs)).reveal()).toBe('110101199003070011')
})
