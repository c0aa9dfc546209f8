import { describe, expect, test } from 'vitest'
import type { WechatError } from '../errors.ts'
import type { Exchange } from '../transport.ts'
import { rejection } from '../wechat.fake.ts'
import {
  APPID,
  MCHID,
  MERCHANT,
  NOW,
  ORDER,
  type PayAnswer,
  type PayTown,
  payTown,
  signedHeaders,
} from './wechat-pay.fake.ts'

const JSAPI = 'POST /v3/pay/transactions/jsapi'
const QUERY = 'GET /v3/pay/transactions/out-trade-no/TEA-0001'
const PREPAID = { prepay_id: 'wx201410272009395522657a690389285100' }
const UNPAID = {
  appid: APPID,
  mchid: MCHID,
  out_trade_no: 'TEA-0001',
  trade_state: 'NOTPAY',
  trade_state_desc: '',
}

/** A WeChat that says the same to an order and to a question. */
function scene(answer: PayAnswer, options = {}): PayTown {
  return payTown({ [JSAPI]: answer, [QUERY]: answer }, options)
}

const ordering = (answer: PayAnswer): Promise<unknown> => rejection(scene(answer).pay.prepay(ORDER))
const asking = (answer: PayAnswer): Promise<unknown> =>
  rejection(scene(answer).pay.query({ out_trade_no: 'TEA-0001' }))
const no =
  (status: number, code: string, message = '', detail?: unknown): PayAnswer =>
  () => ({ status, json: { code, message, ...(detail === undefined ? {} : { detail }) } })

describe('WeChat’s no', () => {
  test.each([
    [400, 'PARAM_ERROR'],
    [400, 'INVALID_REQUEST'],
    [400, 'APPID_MCHID_NOT_MATCH'],
    [400, 'ORDER_CLOSED'],
    [400, 'ORDERPAID'],
    [403, 'ORDER_PAID'],
    [401, 'SIGN_ERROR'],
    [403, 'NO_AUTH'],
    [403, 'OUT_TRADE_NO_USED'],
    [403, 'A_CODE_ADDED_LATER'],
    [404, 'ORDER_NOT_EXIST'],
    [404, 'RESOURCE_NOT_EXISTS'],
  ])('%i %s is refused, in its own words', async (status, code) => {
    expect(await ordering(no(status, code, '原文'))).toMatchObject({
      code: 'refused',
      outcome: 'refused',
      retryable: false,
      wechatCode: code,
      wechatText: '原文',
      status,
      requestId: '08F78BB5AF0610D302-0',
    })
  })

  test.each<[string, unknown]>([
    ['as documented', { field: '/amount/currency', value: 'MARK', issue: 'invalid', location: 'body' }],
    ['as observed', { location: 'body', value: 'MARK' }],
    [
      'of a signature',
      { detail: { issue: 'sign not match' }, field: 'signature', location: 'authorization' },
    ],
    ['with a number', { location: 'body', value: 0.01 }],
    ['with a list', { location: null, value: ['/body/payer/MARK'] }],
    ['that is a text', 'MARK'],
  ])('may have a detail %s, whose value is not told', async (_what, detail) => {
    const error = (await ordering(no(400, 'PARAM_ERROR', '参数错误', detail))) as WechatError
    expect(error).toMatchObject({ code: 'refused', wechatCode: 'PARAM_ERROR', wechatText: '参数错误' })
    expect(JSON.stringify(error) + error.stack).not.toContain('MARK')
  })

  test('names the field it is about', async () => {
    const detail = { field: '/amount/currency', location: 'body' }
    expect(String(await ordering(no(400, 'PARAM_ERROR', '参数错误', detail)))).toContain('/amount/currency')
  })

  test('does not need a Request-ID', async () => {
    const answer = (): Response => Response.json({ code: 'SIGN_ERROR', message: '签名错误' }, { status: 401 })
    expect(await ordering(answer)).toMatchObject({ code: 'refused', requestId: undefined })
  })

  test.each([500, 502, 503])('%i leaves the outcome open', async (status) => {
    for (const code of ['SYSTEM_ERROR', 'BANK_ERROR', 'SERVICE_UNAVAILABLE', 'ANYTHING'])
      expect(await ordering(no(status, code))).toMatchObject({
        code: 'wechat_failed',
        outcome: 'unknown',
        retryable: true,
      })
  })

  test('says what no repetition changes, whatever the status', async () => {
    expect(await ordering(no(500, 'OPENID_MISMATCH'))).toMatchObject({ outcome: 'unknown', retryable: false })
    expect(await ordering(no(400, 'SYSTEMERROR'))).toMatchObject({ outcome: 'unknown', retryable: true })
    expect(await ordering(no(403, 'BIZ_ERR_NEED_RETRY'))).toMatchObject({
      outcome: 'unknown',
      retryable: true,
    })
  })

  test.each(['FREQUENCY_LIMITED', 'RATELIMIT_EXCEEDED'])(
    '429 %s proves nothing where money moves',
    async (code) => {
      expect(await ordering(no(429, code))).toMatchObject({
        code: 'undecided',
        outcome: 'unknown',
        retryable: true,
      })
      expect(await asking(no(429, code))).toMatchObject({
        code: 'refused',
        outcome: 'refused',
        retryable: true,
      })
    },
  )

  test.each(['FREQUENCY_LIMITED', 'RATELIMIT_EXCEEDED'])('nor does %s at another status', async (code) => {
    for (const status of [400, 403]) {
      expect(await ordering(no(status, code))).toMatchObject({ code: 'undecided', outcome: 'unknown' })
      expect(await asking(no(status, code))).toMatchObject({ outcome: 'refused', retryable: true })
    }
  })

  test.each([402, 405, 408, 409, 410, 499])('%i is a gateway’s, whatever it says', async (status) => {
    expect(await ordering(no(status, 'REQUEST_TIMEOUT'))).toMatchObject({
      code: 'no_usable_answer',
      outcome: 'unknown',
    })
  })

  test('202 asks for the same request again', async () => {
    const undecided = { code: 'undecided', outcome: 'unknown', retryable: true }
    expect(await ordering(() => ({ status: 202 }))).toMatchObject({ ...undecided, wechatCode: 'ACCEPTED' })
    expect(await ordering(no(202, 'USERPAYING', '用户支付中'))).toMatchObject({
      ...undecided,
      wechatCode: 'USERPAYING',
    })
  })

  test('tells of a clock that is wrong, and by how much', async () => {
    const headers = { date: new Date(NOW - 412_000).toUTCString() }
    const text = 'Http头Authorization中的timestamp与发起请求的时间不得超过5分钟'
    const answer: PayAnswer = () => ({ status: 401, json: { code: 'SIGN_ERROR', message: text }, headers })
    const error = (await ordering(answer)) as WechatError
    expect(error.clockSkewSeconds).toBe(412)
    expect(error.message).toContain('本机时钟比微信快 412 秒')
    expect(error.message).toContain('412 s ahead of')
    expect(error.remedy?.en).toContain('NTP')
    expect(error.toJSON()).toMatchObject({ clockSkewSeconds: 412 })
  })

  test('says nothing of a clock that is right enough', async () => {
    const headers = { date: new Date(NOW - 3000).toUTCString() }
    const answer: PayAnswer = () => ({
      status: 401,
      json: { code: 'SIGN_ERROR', message: '签名错误' },
      headers,
    })
    expect(await ordering(answer)).toMatchObject({
      clockSkewSeconds: undefined,
      message: expect.not.stringContaining('时钟'),
    })
  })
})

describe('nobody can know what happened when', () => {
  const page = '<html>proxy</html>'
  test.each<[string, string, PayAnswer]>([
    ['nobody signed the reply', 'bad_signature', () => ({ json: PREPAID, signer: 'nobody' })],
    ['a proxy answers 200', 'bad_signature', () => new Response(page)],
    [
      'a probe comes',
      'bad_signature',
      () => ({ json: PREPAID, headers: { 'wechatpay-signature': 'WECHATPAY/SIGNTEST/Jz3k' } }),
    ],
    ['a key signed that nobody knows', 'bad_signature', () => ({ json: PREPAID, signer: 'nextCertificate' })],
    [
      'the reply is from another time',
      'bad_time',
      async () => {
        const body = new TextEncoder().encode(JSON.stringify(PREPAID))
        return { body, headers: await signedHeaders(body, { now: NOW - 301_000 }) }
      },
    ],
    [
      'the body was changed',
      'bad_signature',
      async () => {
        const headers = await signedHeaders(new TextEncoder().encode(JSON.stringify(PREPAID)))
        return { json: { prepay_id: 'another' }, headers }
      },
    ],
    [
      'the signature is of another algorithm',
      'bad_signature',
      () => ({ json: PREPAID, headers: { 'wechatpay-signature-type': 'WECHATPAY2-SM2-WITH-SM3' } }),
    ],
    ['there is no content', 'bad_message', () => ({ status: 204 })],
    ['there is no prepay_id', 'bad_message', () => ({ json: {} })],
    ['it is no JSON', 'bad_message', () => ({ body: 'prepay_id=1' })],
    ['it is a list', 'bad_message', () => ({ json: [PREPAID] })],
    ['a member comes twice', 'bad_message', () => ({ body: '{"prepay_id":"a","prepay_id":"b"}' })],
    ['a proxy answers 502', 'no_usable_answer', () => new Response(page, { status: 502 })],
    ['a proxy answers 404', 'no_usable_answer', () => new Response(page, { status: 404 })],
    ['an unknown path answers 404', 'no_usable_answer', () => new Response(null, { status: 404 })],
    ['the method is wrong', 'no_usable_answer', () => new Response(null, { status: 405 })],
    [
      'a gateway says no in JSON of its own',
      'no_usable_answer',
      () => Response.json({ code: 403, message: 'forbidden' }, { status: 403 }),
    ],
    [
      'a redirect comes',
      'no_usable_answer',
      () => new Response(null, { status: 302, headers: { location: '/' } }),
    ],
    ['the answer has no end', 'no_usable_answer', () => new Response('x'.repeat(300_000))],
    [
      'the connection breaks',
      'network',
      () => {
        throw new TypeError('fetch failed')
      },
    ],
  ])('%s', async (_when, code, answer) => {
    expect(await ordering(answer)).toMatchObject({ code, outcome: 'unknown', retryable: true })
  })

  test('the reply’s number is kept, to quote to WeChat', async () => {
    expect(
      await ordering(() => ({ json: PREPAID, headers: { 'wechatpay-signature': 'AAAA' } })),
    ).toMatchObject({
      code: 'bad_signature',
      requestId: '08F78BB5AF0610D302-0',
    })
  })

  test('a reply of another time tells which clock differs', async () => {
    const body = new TextEncoder().encode(JSON.stringify(UNPAID))
    const headers = await signedHeaders(body, { now: NOW + 3_600_000 })
    expect(await asking(() => ({ body, headers }))).toMatchObject({
      code: 'bad_time',
      clockSkewSeconds: -3600,
    })
  })
})

describe('a call', () => {
  test('that moves money is sent once', async () => {
    for (const answer of [
      no(500, 'SYSTEM_ERROR'),
      no(429, 'FREQUENCY_LIMITED'),
      () => ({ json: PREPAID, signer: 'nobody' as const }),
    ]) {
      const { pay, asked } = scene(answer)
      await rejection(pay.prepay(ORDER))
      expect(asked.length).toBe(1)
    }
  })

  test('that only asks is repeated once after a probe or a failure, signed anew', async () => {
    for (const first of [
      { json: UNPAID, signer: 'nobody' as const },
      { status: 500, json: { code: 'SYSTEM_ERROR' } },
    ]) {
      const { pay, asked } = scene((_asked, nth) => (nth === 1 ? first : { json: UNPAID }))
      expect(await pay.query({ out_trade_no: 'TEA-0001' })).toMatchObject({ trade_state: 'NOTPAY' })
      const [one, two] = asked.map(({ headers }) => headers.get('authorization'))
      expect(one).not.toBe(two)
      expect(asked.length).toBe(2)
    }
  })

  test('goes to the second domain where the first cannot be reached, under the same number', async () => {
    const { pay, asked } = scene(({ url }) => {
      if (url.host === 'api.mch.weixin.qq.com') throw new TypeError('fetch failed')
      return { json: PREPAID }
    })
    expect(await pay.prepay(ORDER)).toEqual(PREPAID)
    expect(asked.map(({ url }) => url.host)).toEqual(['api.mch.weixin.qq.com', 'api2.wechatpay.cn'])
    const numbers = asked.map(({ body }) => JSON.parse(body).out_trade_no)
    expect(numbers).toEqual(['TEA-0001', 'TEA-0001'])
  })

  test('to another origin goes nowhere else, unless that is said', async () => {
    const broken: PayAnswer = () => {
      throw new TypeError('fetch failed')
    }
    const alone = scene(broken, { origin: 'http://localhost:9090' })
    await rejection(alone.pay.prepay(ORDER))
    expect(alone.asked.map(({ url }) => url.host)).toEqual(['localhost:9090'])
    const two = scene(broken, { origin: 'http://localhost:9090', backupOrigin: 'http://localhost:9091' })
    await rejection(two.pay.prepay(ORDER))
    expect(two.asked.map(({ url }) => url.host)).toEqual(['localhost:9090', 'localhost:9091'])
  })

  test('is traced without a secret', async () => {
    const seen: Exchange[] = []
    const { pay } = scene(() => ({ json: UNPAID }), { onExchange: (one: Exchange) => seen.push(one) })
    await pay.query({ out_trade_no: 'TEA-0001' })
    expect(seen).toEqual([
      {
        method: 'GET',
        url: 'https://api.mch.weixin.qq.com/v3/pay/transactions/out-trade-no/TEA-0001',
        startedAt: NOW,
        durationMs: 0,
        status: 200,
        requestId: '08F78BB5AF0610D302-0',
      },
    ])
  })

  test('is signed by whoever keeps the key, with the serial it names', async () => {
    const local = payTown({ [JSAPI]: () => ({ json: PREPAID }) })
    const signatures: string[] = []
    const pem = MERCHANT.privateKey.replace(/-----.*?-----|\s/g, '')
    const rsa = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }
    const key = await crypto.subtle.importKey('pkcs8', Buffer.from(pem, 'base64'), rsa, false, ['sign'])
    const signer = {
      serial: MERCHANT.serial.toLowerCase(),
      async sign(text: string) {
        const bytes = await crypto.subtle.sign(rsa, key, new TextEncoder().encode(text))
        signatures.push(Buffer.from(bytes).toString('base64'))
        return signatures.at(-1) ?? ''
      },
    }
    const kms = payTown({ [JSAPI]: () => ({ json: PREPAID }) }, {
      signer,
      privateKey: undefined,
      certificate: undefined,
    } as never)
    expect(await kms.pay.prepay(ORDER)).toEqual(await local.pay.prepay(ORDER))
    expect(kms.asked[0]?.headers.get('authorization')).toContain(signatures[0])
    const { bridge } = await kms.pay.paymentParameters({ appid: APPID, prepayId: 'wx1' })
    expect(bridge.paySign).toBe(signatures[1])
    expect(await rejection(kms.pay.decrypt('AAAA'))).toMatchObject({ code: 'invalid_request' })
  })

  test('is not sent where the signer fails, and its words are not told', async () => {
    const signer = {
      serial: MERCHANT.serial,
      sign: () => Promise.reject(new Error('MARK: AKSK')),
    }
    const { pay, asked } = payTown({}, { signer, privateKey: undefined, certificate: undefined } as never)
    const error = (await rejection(pay.prepay(ORDER))) as WechatError
    expect(error).toMatchObject({ code: 'network', outcome: 'unknown' })
    expect(JSON.stringify(error) + error.stack).not.toContain('MARK')
    expect(asked).toEqual([])
  })

  test('nor where the signer of a program without types throws at once', async () => {
    const signer = {
      serial: MERCHANT.serial,
      sign: () => {
        throw new Error('MARK: AKSK')
      },
    }
    const { pay, asked } = payTown({}, { signer, privateKey: undefined, certificate: undefined } as never)
    expect(String(await rejection(pay.prepay(ORDER)))).toMatch(/^(?!.*MARK).*nothing was sent/)
    expect(asked).toEqual([])
  })

  test.each([undefined, '', 'AAAA\nBBBB', 'not base64', new Uint8Array([1])])(
    'nor where the signer gives %j for a signature',
    async (signature) => {
      const signer = { serial: MERCHANT.serial, sign: async () => signature as string }
      const { pay, asked } = payTown({}, { signer, privateKey: undefined, certificate: undefined } as never)
      const failures = [pay.prepay(ORDER), pay.paymentParameters({ appid: APPID, prepayId: 'wx20' })]
      for (const failure of failures)
        expect(await rejection(failure)).toMatchObject({
          message: expect.stringContaining('nothing was sent'),
        })
      expect(asked).toEqual([])
    },
  )
})
