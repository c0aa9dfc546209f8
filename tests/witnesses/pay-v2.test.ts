/**
 * Published libraries, unmodified, and our Pay v2 client, in both directions: what ours signs or closes they accept, and what they sign
 * or close ours accepts; what is wrong both refuse.
 */
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import {
  createPayV2,
  type Fields,
  isSigned,
  parseXml,
  paymentParameters,
  type SignType,
  serialiseXml,
  sign,
  signedMessage,
} from '@shouyin/wechat/pay-v2'
import { describe, expect, onTestFinished, test } from 'vitest'
// Only WeChat closes what it announces; that ours is closed as WeChat's is, is shown here.
import { cipherKey, sealed } from '../../packages/wechat/src/pay-v2/crypto.ts'

const require = createRequire(import.meta.url)

const APPID = 'wx2421b1c4370ec43b'
const MCHID = '1900000109'
const KEY = '8934e7d15453e97507ef794cf7b0519d'
const TYPES = ['MD5', 'HMAC-SHA256'] as const

const PAID: Fields = {
  appid: APPID,
  attach: '支付测试 <&>"\'',
  bank_type: 'OTHERS',
  cash_fee: '1',
  fee_type: 'CNY',
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
const REFUNDED: Fields = {
  out_refund_no: '131811191610442717309',
  out_trade_no: '71106718111915575302817',
  refund_account: 'REFUND_SOURCE_RECHARGE_FUNDS',
  refund_fee: '3960',
  refund_id: '50000408942018111907145868882',
  refund_recv_accout: '支付用户零钱',
  refund_status: 'SUCCESS',
  success_time: '2018-11-19 16:24:13',
  total_fee: '3960',
  transaction_id: '4200000215201811190261405420',
}
const ROOT = serialiseXml(REFUNDED).replace('<xml>', '<root>').replace('</xml>', '</root>')

const pay = (signType: SignType = 'MD5'): ReturnType<typeof createPayV2> =>
  createPayV2({ mchid: MCHID, apiKey: KEY, signType })

/** A refund's notification around what was closed. */
const announced = (req_info: string): string =>
  serialiseXml({
    return_code: 'SUCCESS',
    appid: APPID,
    mch_id: MCHID,
    nonce_str: 'TeqClE3i0mvn3DrK',
    req_info,
  })

/** One letter of one value changed. */
const tampered = (message: string): string => message.replace('1409811653', '1409811654')

describe('wechatpay-axios-plugin', () => {
  type Transform = (this: object, data: unknown, headers?: object, status?: number) => unknown

  const { Transformer, Aes, Hash } = require('wechatpay-axios-plugin') as {
    Transformer: new (mchid: string, secret: string) => { request: Transform[]; response: Transform[] }
    Aes: {
      AesEcb: { encrypt(text: string, key: string): string; decrypt(text: string, key: string): string }
    }
    Hash: { md5(text: string): string; sign(type: string, fields: object, key: string): string }
  }
  const transformer = new Transformer(MCHID, KEY)
  const call = { method: 'POST', url: '/pay/orderquery' }
  const theirs = (fields: Fields): string =>
    String(transformer.request.reduce<unknown>((data, step) => step.call(call, data), fields))
  /** Parses and verifies; an error of theirs comes as a value. */
  const verified = (message: string): unknown =>
    transformer.response.reduce<unknown>((data, step) => step.call(call, data, {}, 200), message)

  test.each(TYPES)('what it signs with %s we verify, and it has the same signature', (type) => {
    const fields = { ...PAID, sign_type: type }
    const message = parseXml(theirs(fields))
    expect(isSigned(message, KEY, type)).toBe(true)
    expect(message['sign']).toBe(sign(fields, KEY, type))
    expect(pay(type).readNotification(theirs(fields))).toMatchObject({
      out_trade_no: '1409811653',
      total_fee: 1,
    })
    expect(() => pay(type).readNotification(tampered(theirs(fields)))).toThrow('not signed with our key')
  })

  test.each(TYPES)('what we sign with %s it verifies', (type) => {
    const message = signedMessage(PAID, KEY, type)
    expect(verified(message)).toMatchObject({ out_trade_no: '1409811653', attach: PAID['attach'] })
    expect(() => {
      const outcome = verified(tampered(message))
      if (outcome instanceof Error) throw outcome
    }).toThrow()
  })

  test('what it closes we open', () => {
    const reqInfo = Aes.AesEcb.encrypt(ROOT, Hash.md5(KEY))
    expect(pay().readRefundNotification(announced(reqInfo))).toMatchObject({
      out_refund_no: REFUNDED['out_refund_no'],
      refund_fee: 3960,
      refund_recv_accout: '支付用户零钱',
    })
    const foreign = Aes.AesEcb.encrypt(ROOT, Hash.md5('another key of thirty-two letters'))
    expect(() => pay().readRefundNotification(announced(foreign))).toThrow('the APIv2 key is another one')
  })

  test('what we close it opens', () => {
    const reqInfo = sealed(Buffer.from(ROOT), cipherKey(KEY)).toString('base64')
    expect(Aes.AesEcb.decrypt(reqInfo, Hash.md5(KEY))).toBe(ROOT)
  })

  test.each(TYPES)('signs a page’s payment with %s as we do', (signType) => {
    const payment = {
      appid: APPID,
      prepayId: 'wx2014',
      nonceStr: 'nonce',
      timestamp: 1_414_561_699,
      signType,
    }
    const { paySign, ...signed } = paymentParameters(payment, KEY).bridge
    expect(paySign).toBe(Hash.sign(signType, signed, KEY))
  })
})

describe('tenpay', () => {
  interface Tenpay {
    urls: Record<string, string>
    orderQuery(query: object): Promise<Fields>
    getPayParamsByPrepay(order: object, type: string): Record<string, string>
    middlewareForExpress(
      kind: 'pay' | 'refund',
    ): (request: { body: string; weixin?: unknown }, response: object, next: () => void) => Promise<void>
  }

  const Tenpay = require('tenpay') as new (options: object) => Tenpay
  const tenpay = new Tenpay({ appid: APPID, mchid: MCHID, partnerKey: KEY })

  /** What its middleware makes of a notification, or how it refuses. */
  async function read(kind: 'pay' | 'refund', body: string): Promise<unknown> {
    const request: { body: string; weixin?: unknown } = { body }
    const said: string[] = []
    const response = { header: () => undefined, send: (text: string) => said.push(text) }
    await tenpay.middlewareForExpress(kind)(request, response, () => undefined)
    return request.weixin ?? parseXml(said[0] ?? '')['return_msg']
  }

  test.each(TYPES)('asks with %s, is understood, and understands our answer', async (signType) => {
    const asked: string[] = []
    const answer = signedMessage({ ...PAID, trade_state: 'SUCCESS' }, KEY, signType)
    const here = await serverThat((body) => {
      asked.push(body)
      return answer
    })
    const other = new Tenpay({ appid: APPID, mchid: MCHID, partnerKey: KEY })
    other.urls = { ...other.urls, orderquery: here }
    const reply = await other.orderQuery({ out_trade_no: '1409811653', sign_type: signType })
    expect(reply).toMatchObject({ trade_state: 'SUCCESS', attach: PAID['attach'] })
    const question = parseXml(asked[0] ?? '')
    expect(question).toMatchObject({ out_trade_no: '1409811653', sign_type: signType })
    expect(isSigned(question, KEY, signType)).toBe(true)
  })

  test('accepts the notification that we sign, and not a tampered one', async () => {
    const message = signedMessage(PAID, KEY, 'MD5')
    expect(await read('pay', message)).toMatchObject({ out_trade_no: '1409811653' })
    expect(await read('pay', tampered(message))).toBe('sign签名错误')
  })

  test('opens what we close', async () => {
    const reqInfo = sealed(Buffer.from(ROOT), cipherKey(KEY)).toString('base64')
    expect(await read('refund', announced(reqInfo))).toMatchObject({ req_info: { refund_fee: '3960' } })
  })

  test.each(TYPES)('signs a page’s payment with %s as we do', (signType) => {
    const { timeStamp, nonceStr, paySign } = tenpay.getPayParamsByPrepay({ prepay_id: 'wx2014' }, signType)
    const payment = {
      appid: APPID,
      prepayId: 'wx2014',
      nonceStr: nonceStr ?? '',
      timestamp: Number(timeStamp),
      signType,
    }
    expect(paymentParameters(payment, KEY).bridge.paySign).toBe(paySign)
  })
})

describe('node-easywechat', () => {
  const LegacySignature = require('node-easywechat/dist/Pay/LegacySignature') as new (
    merchant: object,
  ) => { sign(fields: object): Fields }
  const { buildXml, parseXml: parseTheirs } = require('node-easywechat/dist/Core/Support/Utils') as {
    buildXml(fields: object): string
    parseXml(xml: string): Promise<Fields>
  }
  const signature = new LegacySignature({ getV2SecretKey: () => KEY })

  test.each(TYPES)('what it signs with %s and writes as XML we verify', (type) => {
    const message = parseXml(buildXml(signature.sign({ ...PAID, sign_type: type })))
    expect(isSigned(message, KEY, type)).toBe(true)
    expect(pay(type).readNotification(serialiseXml(message))).toMatchObject({ attach: PAID['attach'] })
  })

  test('what we write it reads', async () => {
    expect(await parseTheirs(signedMessage(PAID, KEY, 'MD5'))).toMatchObject(PAID)
  })
})

/** A server that answers every POST; ends with the test. */
async function serverThat(answer: (body: string) => string): Promise<string> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => response.end(answer(Buffer.concat(chunks).toString())))
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
}
