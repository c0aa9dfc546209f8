import { describe, expect, test } from 'vitest'
import { fen } from '../fen.ts'
import { type Answer, type FakeWechat, fakeWechat, rejection } from '../wechat.fake.ts'
import { createPayV2, type PayV2 } from './api.ts'
import type { Refund, RefundQueryRequest, RefundRequest } from './refund-messages.ts'
import { type Fields, isSigned, sign } from './sign.ts'
import { parseXml, serialiseXml } from './xml.ts'

const APPID = 'wx2421b1c4370ec43b'
const MCHID = '1900000109'
const KEY = '8934e7d15453e97507ef794cf7b0519d'
const ASKED: RefundRequest = {
  appid: APPID,
  out_trade_no: '1217752501201407033233368018',
  out_refund_no: 'R1217752501201407033233368018@1',
  total_fee: fen(888),
  refund_fee: fen(300),
  refund_desc: '商品已售完',
}
const COMMON = {
  return_code: 'SUCCESS',
  return_msg: 'OK',
  appid: APPID,
  mch_id: MCHID,
  nonce_str: 'NfsMFbUFpdbEhPXP',
  result_code: 'SUCCESS',
}
const ORDER = {
  transaction_id: '4200000001202601010000000001',
  out_trade_no: '1217752501201407033233368018',
  total_fee: '888',
}
const ACCEPTED: Fields = {
  ...COMMON,
  ...ORDER,
  out_refund_no: 'R1217752501201407033233368018@1',
  refund_id: '50000000012026010100000000001',
  refund_fee: '300',
  refund_channel: '',
  cash_fee: '688',
  cash_refund_fee: '200',
  coupon_refund_fee: '100',
  coupon_refund_count: '2',
  coupon_type_0: 'CASH',
  coupon_refund_id_0: '10000',
  coupon_refund_fee_0: '60',
  coupon_type_1: 'NO_CASH',
  coupon_refund_id_1: '10001',
  coupon_refund_fee_1: '40',
}

function signed(fields: Fields): string {
  return serialiseXml({ ...fields, sign: sign(fields, KEY, 'HMAC-SHA256') })
}

/** A merchant whose certificate is presented on one connection only. */
function scene(answer: Answer): { pay: PayV2; behindCertificate: FakeWechat; open: FakeWechat } {
  const behindCertificate = fakeWechat({ '/secapi/pay/refund': answer, '/secapi/pay/reverse': answer })
  const open = fakeWechat({ '/pay/refundquery': answer })
  const pay = createPayV2({
    mchid: MCHID,
    apiKey: KEY,
    fetch: open.fetch,
    certificateFetch: behindCertificate.fetch,
  })
  return { pay, behindCertificate, open }
}

describe('a refund', () => {
  test('is asked for behind the certificate, and its acceptance is read with its coupons', async () => {
    const { pay, behindCertificate, open } = scene(() => signed(ACCEPTED))
    expect(await pay.refund(ASKED)).toEqual({
      transaction_id: ORDER.transaction_id,
      out_trade_no: ORDER.out_trade_no,
      out_refund_no: ASKED.out_refund_no,
      refund_id: '50000000012026010100000000001',
      total_fee: 888,
      refund_fee: 300,
      cash_fee: 688,
      cash_refund_fee: 200,
      coupon_refund_fee: 100,
      coupons: [
        { coupon_refund_id: '10000', coupon_type: 'CASH', coupon_refund_fee: 60 },
        { coupon_refund_id: '10001', coupon_type: 'NO_CASH', coupon_refund_fee: 40 },
      ],
      fields: expect.objectContaining({ nonce_str: 'NfsMFbUFpdbEhPXP' }),
    })
    const sent = parseXml(behindCertificate.asked[0]?.body ?? '')
    expect(sent).toMatchObject({ out_refund_no: ASKED.out_refund_no, total_fee: '888', refund_fee: '300' })
    expect(isSigned(sent, KEY, 'HMAC-SHA256')).toBe(true)
    expect(open.asked).toEqual([])
  })

  test('cannot be asked for without a certificate, and that is said before anything is sent', async () => {
    const wechat = fakeWechat({})
    const pay = createPayV2({ mchid: MCHID, apiKey: KEY, fetch: wechat.fetch })
    for (const call of [
      pay.refund(ASKED),
      pay.reverse({ appid: APPID, out_trade_no: ORDER.out_trade_no }),
      pay.downloadfundflow({ appid: APPID, bill_date: '20260101', account_type: 'Basic' }),
    ]) {
      const error = await rejection(call)
      expect(error).toMatchObject({ code: 'config', outcome: 'refused' })
      expect(String(error)).toContain('certificateFetch')
    }
    expect(wechat.asked).toEqual([])
  })

  test.each<[string, Partial<Record<keyof RefundRequest | 'out_trade_no', unknown>>]>([
    ['out_refund_no', { out_refund_no: '' }],
    ['out_refund_no', { out_refund_no: 'R 1' }],
    ['out_refund_no', { out_refund_no: 'R'.repeat(65) }],
    ['out_trade_no', { out_trade_no: '123' }],
    ['total_fee', { total_fee: 300.5 }],
    ['refund_fee', { refund_fee: 0 }],
    ['refund_fee', { refund_fee: 1.5 }],
    ['refund_fee', { refund_fee: 889 }],
    ['refund_desc', { refund_desc: '退'.repeat(27) }],
    ['refund_account', { refund_account: 'MY_ACCOUNT' }],
    ['refund_fee_type', { refund_fee_type: 'USD' }],
    ['notify_url', { notify_url: 'https://example.com/refunds?order=1' }],
  ])('that WeChat would refuse for its %s is not sent', async (name, wrong) => {
    const { pay, behindCertificate } = scene(() => signed(ACCEPTED))
    const error = await rejection(pay.refund({ ...ASKED, ...wrong } as RefundRequest))
    expect(error).toMatchObject({ code: 'invalid_request', outcome: 'refused', retryable: false })
    expect(String(error)).toMatch(new RegExp(`refund: ${name}: [^;]+$`))
    expect(behindCertificate.asked).toEqual([])
  })

  test.each<[string, Fields]>([
    ['another refund', { out_refund_no: 'R2' }],
    ['another order', { out_trade_no: '1217752501201407033233368019' }],
    ['another sum', { refund_fee: '301' }],
    ['no number of WeChat’s', { refund_id: '' }],
    ['a coupon without its sum', { coupon_refund_fee_1: '' }],
  ])('that is answered with %s is open', async (_what, wrong) => {
    const { pay } = scene(() => signed({ ...ACCEPTED, ...wrong }))
    expect(await rejection(pay.refund(ASKED))).toMatchObject({ code: 'bad_message', outcome: 'unknown' })
  })

  test.each([
    ['NOTENOUGH', '基本账户余额不足，请充值后重新发起', true],
    ['FREQUENCY_LIMITED', '频率限制', true],
    ['INVALID_REQ_TOO_MUCH', '无效请求过多', true],
    ['ORDER_NOT_READY', '订单处理中，暂时无法退款，请稍后再试', true],
    ['TRADE_OVERDUE', '订单已经超过退款期限', false],
    ['USER_ACCOUNT_ABNORMAL', '用户账户异常或已注销', false],
    ['REFUND_FEE_MISMATCH', '订单金额或退款金额与之前请求不一致，请核实后再试', false],
    ['CERT_ERROR', '证书校验错误', false],
    ['ERROR', '订单已全额退款', false],
  ])('may be refused with %s', async (err_code, err_code_des, retryable) => {
    const no = { ...COMMON, result_code: 'FAIL', err_code, err_code_des }
    const { pay } = scene(() => signed(no))
    const error = { outcome: 'refused', retryable, wechatCode: err_code, wechatText: err_code_des }
    expect(await rejection(pay.refund(ASKED))).toMatchObject(error)
  })

  test.each(['SYSTEMERROR', 'BIZERR_NEED_RETRY'])('is open after %s', async (err_code) => {
    const { pay, behindCertificate } = scene(() => signed({ ...COMMON, result_code: 'FAIL', err_code }))
    expect(await rejection(pay.refund(ASKED))).toMatchObject({ code: 'wechat_failed', outcome: 'unknown' })
    // Money is never asked for a second time unasked.
    expect(behindCertificate.asked).toHaveLength(1)
  })

  test('is not believed to be refused where an unsigned reply tells of its state', async () => {
    const { pay } = scene(() => serialiseXml({ return_code: 'FAIL', err_code: 'USER_ACCOUNT_ABNORMAL' }))
    expect(await rejection(pay.refund(ASKED))).toMatchObject({ code: 'bad_signature', outcome: 'unknown' })
  })

  test.each(['400 No required SSL certificate was sent', '400 The SSL certificate error'])(
    'answered by the page “%s” says what is wrong with the certificate',
    async (title) => {
      const page = `<html><head><title>${title}</title></head><body><center><h1>400 Bad Request</h1></center></body></html>`
      const { pay } = scene(() => new Response(page, { status: 400 }))
      const error = await rejection(pay.refund(ASKED))
      expect(error).toMatchObject({ code: 'no_usable_answer', outcome: 'unknown', status: 400 })
      expect(String(error)).toContain('商户 API 证书')
    },
  )

  test('goes to WeChat’s second domain when the first cannot be reached, under the same number', async () => {
    const { pay, behindCertificate } = scene((_asked, nth) => {
      if (nth === 1) throw new TypeError('fetch failed')
      return signed(ACCEPTED)
    })
    expect(await pay.refund(ASKED)).toMatchObject({ refund_fee: 300 })
    const [first, second] = behindCertificate.asked
    expect([first?.url.host, second?.url.host]).toEqual(['api.mch.weixin.qq.com', 'api2.mch.weixin.qq.com'])
    const [one, other] = behindCertificate.asked.map(({ body }) => parseXml(body))
    expect(one?.['out_refund_no']).toBe(other?.['out_refund_no'])
    expect(one?.['nonce_str']).not.toBe(other?.['nonce_str'])
  })
})

/** The n-th refund of an order as a reply has it. */
function numbered(index: number, name: string, more: Fields = {}): Fields {
  const fields = {
    out_refund_no: name,
    refund_id: `5000000001202601010000000${name}`,
    refund_fee: '10',
    refund_status: 'PROCESSING',
    ...more,
  }
  return Object.fromEntries(Object.entries(fields).map(([key, value]) => [`${key}_${index}`, value]))
}

describe('a query of refunds', () => {
  const done: Fields = {
    ...COMMON,
    ...ORDER,
    refund_count: '2',
    total_refund_count: '2',
    cash_fee: '888',
    ...numbered(0, 'R1', {
      refund_channel: 'ORIGINAL',
      refund_status: 'SUCCESS',
      refund_account: 'REFUND_SOURCE_UNSETTLED_FUNDS',
      refund_recv_accout: '招商银行信用卡0403',
      refund_success_time: '2016-07-25 15:26:26',
      settlement_refund_fee: '9',
      coupon_refund_fee: '3',
      coupon_refund_count: '2',
      coupon_type_0: 'CASH',
      coupon_refund_id_0: '10000',
      coupon_refund_fee_0: '1',
      coupon_refund_id_1: '10001',
      coupon_refund_fee_1: '2',
    }),
    ...numbered(1, 'R2', { refund_success_time: '' }),
  }

  /** In a list, `coupon_type_0_1` is written with both numbers; the helper above counts only the first. */
  const listed = Object.fromEntries(
    Object.entries(done).map(([name, value]) => {
      const match = /^(coupon_type|coupon_refund_id|coupon_refund_fee)_(\d)_(\d)$/.exec(name)
      return match === null ? [name, value] : [`${match[1]}_${match[3]}_${match[2]}`, value]
    }),
  )

  test('reads each of them, with its coupons', async () => {
    const { pay } = scene(() => signed(listed))
    const reply = await pay.refundquery({ appid: APPID, out_trade_no: ORDER.out_trade_no })
    expect(reply).toMatchObject({ total_fee: 888, cash_fee: 888, total_refund_count: 2 })
    const [first, second] = reply.refunds
    expect(first).toEqual({
      out_refund_no: 'R1',
      refund_id: '5000000001202601010000000R1',
      refund_fee: 10,
      refund_status: 'SUCCESS',
      refund_channel: 'ORIGINAL',
      settlement_refund_fee: 9,
      coupon_refund_fee: 3,
      coupons: [
        { coupon_refund_id: '10000', coupon_type: 'CASH', coupon_refund_fee: 1 },
        { coupon_refund_id: '10001', coupon_refund_fee: 2 },
      ],
      refund_account: 'REFUND_SOURCE_UNSETTLED_FUNDS',
      refund_recv_accout: '招商银行信用卡0403',
      refund_success_time: '2016-07-25 15:26:26',
    })
    expect(second).toMatchObject({ refund_status: 'PROCESSING', coupons: [] })
    expect(second).not.toHaveProperty('refund_success_time')
  })

  test.each<[string, RefundQueryRequest, Fields]>([
    ['another order', { appid: APPID, out_trade_no: '1217752501201407033233368019' }, {}],
    ['another refund', { appid: APPID, out_refund_no: 'R3' }, { refund_count: '1' }],
    ['two refunds where one was meant', { appid: APPID, out_refund_no: 'R1' }, {}],
    [
      'a status of tomorrow',
      { appid: APPID, out_trade_no: ORDER.out_trade_no },
      { refund_status_1: 'NEARLY' },
    ],
    ['another number of refunds', { appid: APPID, out_trade_no: ORDER.out_trade_no }, { refund_count: '3' }],
    [
      'a time of another shape',
      { appid: APPID, out_trade_no: ORDER.out_trade_no },
      { refund_success_time_0: 'yesterday' },
    ],
  ])('is not answered by %s', async (_what, request, wrong) => {
    const { pay } = scene(() => signed({ ...listed, ...wrong }))
    expect(await rejection(pay.refundquery(request))).toMatchObject({ code: 'bad_message' })
  })

  test('of one refund, by either number', async () => {
    const one = { ...COMMON, ...ORDER, refund_count: '1', ...numbered(0, 'R1', { refund_status: 'CHANGE' }) }
    const { pay } = scene(() => signed(one))
    for (const number of [{ out_refund_no: 'R1' }, { refund_id: '5000000001202601010000000R1' }]) {
      const { refunds } = await pay.refundquery({ appid: APPID, ...number })
      expect(refunds.map(({ refund_status }) => refund_status)).toEqual(['CHANGE'])
    }
  })

  test.each<RefundQueryRequest>([
    { appid: APPID, out_refund_no: '' },
    { appid: APPID, refund_id: '50 00' },
    { appid: APPID, transaction_id: '' },
    { appid: APPID, out_trade_no: ORDER.out_trade_no, offset: -1 },
    { appid: APPID, out_trade_no: ORDER.out_trade_no, offset: 0.5 },
  ])('of what cannot be a number is not sent: %j', async (request) => {
    const { pay, open } = scene(() => '')
    expect(await rejection(pay.refundquery(request))).toMatchObject({ code: 'invalid_request' })
    expect(open.asked).toEqual([])
  })

  test('knows a refund that WeChat does not know', async () => {
    const { pay } = scene(() => signed({ ...COMMON, result_code: 'FAIL', err_code: 'REFUNDNOTEXIST' }))
    expect(await rejection(pay.refundquery({ appid: APPID, out_refund_no: 'R1' }))).toMatchObject({
      outcome: 'refused',
      wechatCode: 'REFUNDNOTEXIST',
    })
  })

  test('may list ten refunds with five coupons each', async () => {
    const coupons = Array.from({ length: 50 }, (_, index) => {
      const [refund, coupon] = [Math.floor(index / 5), index % 5]
      return {
        [`coupon_refund_id_${refund}_${coupon}`]: String(10_000 + index),
        [`coupon_type_${refund}_${coupon}`]: 'CASH',
        [`coupon_refund_fee_${refund}_${coupon}`]: '1',
      }
    })
    const refunds = Array.from({ length: 10 }, (_, index) => numbered(index, `R${index}`))
    const counts = { refund_count: '10', total_refund_count: '10' }
    const { pay } = scene(() => signed(Object.assign({}, COMMON, ORDER, counts, ...refunds, ...coupons)))
    const reply = await pay.refundquery({ appid: APPID, out_trade_no: ORDER.out_trade_no })
    expect(reply.refunds.map(({ coupons }) => coupons.length)).toEqual(Array.from({ length: 10 }, () => 5))
  })

  /** A WeChat that lists so many refunds in pages of ten, with these counts. */
  function pagesOf(total: number, counts: Fields): Answer {
    return ({ body }) => {
      const offset = Number(parseXml(body)['offset'])
      if (offset > 0 && offset >= total)
        return signed({ ...COMMON, result_code: 'FAIL', err_code: 'PARAM_ERROR', err_code_des: '' })
      const names = Array.from({ length: Math.min(10, total - offset) }, (_, index) => `R${offset + index}`)
      const refunds = names.map((name, index) => numbered(index, name))
      return signed(Object.assign({ refund_count: String(names.length) }, COMMON, ORDER, counts, ...refunds))
    }
  }

  test('goes on after a full page where no total is told, and says where a list ends before its total', async () => {
    const count = async (answer: Answer): Promise<number> => {
      const { pay } = scene(answer)
      let found = 0
      for await (const _refund of pay.refundsOf({ appid: APPID, out_trade_no: ORDER.out_trade_no }))
        found += 1
      return found
    }
    for (const total of [10, 23]) expect(await count(pagesOf(total, {}))).toBe(total)
    for (const total of [20, 13])
      expect(await rejection(count(pagesOf(total, { total_refund_count: '23' })))).toMatchObject({
        message: expect.stringMatching(/PARAM_ERROR|ends before its total/),
      })
  })

  test.each([0, 1, 10, 23])('walks through all pages of %i refunds', async (total) => {
    const { pay, open } = scene(pagesOf(total, { total_refund_count: String(total) }))
    const found: Refund[] = []
    for await (const refund of pay.refundsOf({ appid: APPID, out_trade_no: ORDER.out_trade_no }))
      found.push(refund)
    expect(found.map(({ out_refund_no }) => out_refund_no)).toEqual(
      Array.from({ length: total }, (_, index) => `R${index}`),
    )
    expect(open.asked).toHaveLength(Math.max(1, Math.ceil(total / 10)))
  })
})

describe('a reversal', () => {
  const order = { appid: APPID, out_trade_no: ORDER.out_trade_no }

  test('says whether to call again', async () => {
    const { pay } = scene(() => signed({ ...COMMON, recall: 'N' }))
    expect(await pay.reverse(order)).toMatchObject({ recall: 'N' })
  })

  test('that failed may ask to be called again', async () => {
    const { pay } = scene(() =>
      signed({ ...COMMON, result_code: 'FAIL', err_code: 'USERPAYING', err_code_des: '', recall: 'Y' }),
    )
    expect(await rejection(pay.reverse(order))).toMatchObject({ outcome: 'refused', retryable: true })
  })

  test('that says neither is open', async () => {
    const { pay } = scene(() => signed(COMMON))
    expect(await rejection(pay.reverse(order))).toMatchObject({ code: 'bad_message', outcome: 'unknown' })
  })
})
