/**
 * More than a hundred thousand mangled notifications of either kind: none is taken for news that WeChat did not send, and what is
 * thrown is ours. The seed is fixed, so that every run tries the same ones; a failure prints what it found.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { WechatError } from '../errors.ts'
import { cipherKey, sealed } from './crypto.ts'
import { readNotification } from './notification.ts'
import { refundNotificationReader } from './refund-notification.ts'
import { type Fields, type SignType, sign } from './sign.ts'
import { serialiseXml } from './xml.ts'

const MCHID = '10000100'
const KEY = '8934e7d15453e97507ef794cf7b0519d'
const RUNS = 120_000
const SEED = 20_260_105

const PAID: Fields = {
  appid: 'wx2421b1c4370ec43b',
  attach: '支付测试 <a href="?a=1&b=2">',
  bank_type: 'OTHERS',
  cash_fee: '1',
  coupon_fee_0: '1',
  fee_type: 'CNY',
  mch_id: MCHID,
  nonce_str: '5d2b6c2a8db53831f7eda20af46e531c',
  openid: 'oUpF8uMEb4qRXf22hE3X68TekukE',
  out_trade_no: '1409811653',
  result_code: 'SUCCESS',
  return_code: 'SUCCESS',
  time_end: '20140903131540',
  total_fee: '1',
  transaction_id: '1004400740201409030005092168',
}
const REFUNDED: Fields = {
  out_refund_no: '131811191610442717309',
  out_trade_no: '71106718111915575302817',
  refund_fee: '3960',
  refund_id: '50000408942018111907145868882',
  refund_recv_accout: '支付用户零钱',
  refund_status: 'SUCCESS',
  success_time: '2018-11-19 16:24:13',
  total_fee: '3960',
  transaction_id: '4200000215201811190261405420',
}

const readRefund = refundNotificationReader(MCHID, KEY)
const paid = (type: SignType): string => serialiseXml({ ...PAID, sign: sign(PAID, KEY, type) })
const closed = (fields: Fields): string => {
  const root = serialiseXml(fields).replace('<xml>', '<root>').replace('</xml>', '</root>')
  return sealed(Buffer.from(root), cipherKey(KEY)).toString('base64')
}
const refunded = (req_info: string): string =>
  serialiseXml({
    return_code: 'SUCCESS',
    appid: 'wx2421b1c4370ec43b',
    mch_id: MCHID,
    nonce_str: 'x',
    req_info,
  })

/** Pieces that mean something in XML, in the signed text, or in base64. */
const piece = fc.oneof(
  fc.constantFrom(
    ...[
      '<',
      '>',
      '&',
      ']]>',
      '<![CDATA[',
      '<!--',
      '-->',
      '<?xml version="1.0"?>',
      '<!DOCTYPE xml>',
      '</xml>',
    ],
    ...[
      '<total_fee>1</total_fee>',
      '<sign></sign>',
      '<sign_type>MD5</sign_type>',
      '<sign_type>HMAC-SHA256</sign_type>',
    ],
    ...[
      '<result_code>FAIL</result_code>',
      '<__proto__>1</__proto__>',
      '<a>1</a>',
      '<coupon_fee_1>1</coupon_fee_1>',
    ],
    ...[
      '&#49;',
      '&amp;',
      '&x;',
      '0',
      '1',
      '9',
      'A',
      '=',
      '+',
      '/',
      '\u0000',
      '\uFEFF',
      '\r\n',
      ' ',
      '中',
      '\ud800',
    ],
  ),
  fc.string({ maxLength: 4 }),
)

/** A change somewhere: a piece put in, taken out, put in place of another, or a part moved. `at` and `length` are taken modulo. */
interface Change {
  kind: 'insert' | 'remove' | 'replace' | 'repeat' | 'cut' | 'swap' | 'case'
  at: number
  length: number
  piece: string
}

const change: fc.Arbitrary<Change> = fc.record({
  kind: fc.constantFrom<Change['kind'][]>('insert', 'remove', 'replace', 'repeat', 'cut', 'swap', 'case'),
  at: fc.nat(10_000),
  length: fc.integer({ min: 1, max: 48 }),
  piece,
})

function changed(text: string, { kind, at: position, length, piece }: Change): string {
  const at = position % (text.length + 1)
  const [before, middle, after] = [text.slice(0, at), text.slice(at, at + length), text.slice(at + length)]
  switch (kind) {
    case 'insert':
      return before + piece + middle + after
    case 'remove':
      return before + after
    case 'replace':
      return before + piece + after
    case 'repeat':
      return before + middle + middle + after
    case 'cut':
      return before
    case 'swap':
      return before + after.slice(0, length) + middle + after.slice(length)
    case 'case':
      return before + (middle === middle.toUpperCase() ? middle.toLowerCase() : middle.toUpperCase()) + after
  }
}

const changes = fc.array(change, { minLength: 1, maxLength: 3 })
const mangled = (text: string, all: readonly Change[]): string => all.reduce(changed, text)

/** What came of it; nothing where it was refused with an error of ours. */
function newsOf<News>(read: () => News): News | undefined {
  try {
    return read()
  } catch (error) {
    if (error instanceof WechatError) return undefined
    throw error
  }
}

/** A mangled message may say the same in other bytes (white space between elements); what it says must then be the same. */
function expectNoOther<News>(news: News | undefined, genuine: News): boolean {
  if (news !== undefined) expect(news).toEqual(genuine)
  return news === undefined
}

test('no mangled payment notification is believed', { timeout: 60_000 }, () => {
  let refusals = 0
  for (const type of ['MD5', 'HMAC-SHA256'] as const) {
    const body = paid(type)
    const genuine = readNotification(body, MCHID, KEY)
    const read = (text: string): boolean =>
      expectNoOther(
        newsOf(() => readNotification(text, MCHID, KEY)),
        genuine,
      )
    fc.assert(
      fc.property(changes, fc.boolean(), (all, asBytes) => {
        const text = mangled(body, all)
        const message = asBytes ? Buffer.from(text).toString() : text
        if (read(message)) refusals += 1
      }),
      { numRuns: RUNS / 2, seed: SEED },
    )
  }
  expect(refusals).toBeGreaterThan(RUNS * 0.9)
})

test('no notification with mangled bytes is believed', { timeout: 60_000 }, () => {
  const body = Buffer.from(paid('MD5'))
  const genuine = readNotification(body, MCHID, KEY)
  const flip = fc.tuple(fc.nat(body.length - 1), fc.integer({ min: 1, max: 255 }))
  fc.assert(
    fc.property(fc.array(flip, { minLength: 1, maxLength: 3 }), (flips) => {
      const bytes = Buffer.from(body)
      for (const [at, bits] of flips) bytes[at] = (bytes[at] ?? 0) ^ bits
      expectNoOther(
        newsOf(() => readNotification(bytes, MCHID, KEY)),
        genuine,
      )
    }),
    { numRuns: RUNS / 2, seed: SEED },
  )
})

test('no mangled refund notification is believed', { timeout: 60_000 }, () => {
  const reqInfo = closed(REFUNDED)
  const genuine = readRefund(refunded(reqInfo))
  let refusals = 0
  fc.assert(
    fc.property(changes, fc.boolean(), (all, inside) => {
      // What stands outside is not authenticated but for the merchant; what is closed inside is the news.
      const body = inside
        ? refunded(withoutForbidden(mangled(reqInfo, all)))
        : mangled(refunded(reqInfo), all)
      const news = newsOf(() => readRefund(body))
      if (expectNoOther(news && { ...news, appid: genuine.appid }, genuine)) refusals += 1
    }),
    { numRuns: RUNS, seed: SEED },
  )
  expect(refusals).toBeGreaterThan(RUNS * 0.8)
})

test('no refund notification with mangled blocks is believed', { timeout: 60_000 }, () => {
  const bytes = Buffer.from(closed(REFUNDED), 'base64')
  const genuine = readRefund(refunded(bytes.toString('base64')))
  const flip = fc.tuple(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }))
  fc.assert(
    fc.property(fc.array(flip, { minLength: 1, maxLength: 3 }), (flips) => {
      const mangledBytes = Buffer.from(bytes)
      for (const [at, bits] of flips) mangledBytes[at] = (mangledBytes[at] ?? 0) ^ bits
      const body = refunded(mangledBytes.toString('base64'))
      expectNoOther(
        newsOf(() => readRefund(body)),
        genuine,
      )
    }),
    { numRuns: RUNS / 2, seed: SEED },
  )
})

/** What XML could not carry to us is no message at all. */
function withoutForbidden(text: string): string {
  return text.replaceAll(/[^ -~\n\u00a0-\ud7ff]/gu, '')
}
