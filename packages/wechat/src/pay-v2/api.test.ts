import { describe, expect, test } from 'vitest'
import type { WechatError } from '../errors.ts'
import { fen } from '../fen.ts'
import { type Answer, type FakeWechat, fakeWechat, rejection } from '../wechat.fake.ts'
import { createPayV2, type PayV2, type PayV2Options } from './api.ts'
import type { OrderQueryRequest, UnifiedOrderRequest } from './messages.ts'
import { type Fields, isSigned, type SignType, sign } from './sign.ts'
import { parseXml, serialiseXml } from './xml.ts'

const APPID = 'wx2421b1c4370ec43b'
const MCHID = '1900000109'
const KEY = '8934e7d15453e97507ef794cf7b0519d'
const ORDER: UnifiedOrderRequest = {
  appid: APPID,
  body: '腾讯充值中心-QQ会员充值',
  out_trade_no: '1217752501201407033233368018',
  total_fee: fen(888),
  spbill_create_ip: '8.8.8.8',
  notify_url: 'https://example.com/wechatpay/notify',
  trade_type: 'JSAPI',
  openid: 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o',
}
const COMMON = {
  return_code: 'SUCCESS',
  return_msg: 'OK',
  appid: APPID,
  mch_id: MCHID,
  nonce_str: 'IITRi8Iabbblz1Jc',
}
const PREPAID = {
  ...COMMON,
  result_code: 'SUCCESS',
  trade_type: 'JSAPI',
  prepay_id: 'wx201410272009395522657a690389285100',
}
const PAID = {
  ...COMMON,
  result_code: 'SUCCESS',
  trade_state: 'SUCCESS',
  trade_state_desc: '支付成功',
  openid: 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o',
  bank_type: 'OTHERS',
  total_fee: '888',
  cash_fee: '888',
  transaction_id: '4200000001202601010000000001',
  out_trade_no: '1217752501201407033233368018',
  attach: '',
  time_end: '20260101101010',
}

function signed(fields: Fields, signType: SignType = 'HMAC-SHA256', key: string = KEY): string {
  return serialiseXml({ ...fields, sign: sign(fields, key, signType) })
}

function scene(answer: Answer, options: Partial<PayV2Options> = {}): { pay: PayV2; wechat: FakeWechat } {
  const wechat = fakeWechat({
    '/pay/unifiedorder': answer,
    '/pay/orderquery': answer,
    '/pay/closeorder': answer,
  })
  return { pay: createPayV2({ mchid: MCHID, apiKey: KEY, fetch: wechat.fetch, ...options }), wechat }
}

const failed = (err_code: string, err_code_des: string): string =>
  signed({ ...COMMON, result_code: 'FAIL', err_code, err_code_des })
const refusedAtOnce = (return_msg: string): string =>
  `<xml><return_code><![CDATA[FAIL]]></return_code>\n<return_msg><![CDATA[${return_msg}]]></return_msg>\n</xml>`

describe('a request', () => {
  test.each(['MD5', 'HMAC-SHA256'] as const)(
    'is signed with %s over all that is sent, and says so',
    async (signType) => {
      const { pay, wechat } = scene(() => signed(PREPAID, signType), { signType, nonce: () => 'nonce' })
      expect(await pay.unifiedorder({ ...ORDER, attach: '' })).toEqual({
        prepay_id: PREPAID.prepay_id,
        trade_type: 'JSAPI',
      })
      const sent = parseXml(wechat.asked[0]?.body ?? '')
      expect({ ...sent, sign: '' }).toEqual({
        ...ORDER,
        total_fee: '888',
        mch_id: MCHID,
        nonce_str: 'nonce',
        sign_type: signType,
        sign: '',
      })
      expect(isSigned(sent, KEY, signType)).toBe(true)
    },
  )

  test('is signed anew when it is repeated', async () => {
    const { pay, wechat } = scene(() => signed(PREPAID))
    await pay.unifiedorder(ORDER)
    await pay.unifiedorder(ORDER)
    const [first, second] = wechat.asked.map(({ body }) => parseXml(body))
    expect(first?.['nonce_str']).toMatch(/^[0-9A-Za-z]{32}$/)
    expect(first?.['nonce_str']).not.toBe(second?.['nonce_str'])
  })

  test('cannot be given another merchant, nonce or signature', async () => {
    const { pay, wechat } = scene(() => signed(PREPAID))
    await pay.unifiedorder(
      Object.assign({}, ORDER, { mch_id: '1', sign: 'x', sign_type: 'MD5', nonce_str: '' }),
    )
    expect(isSigned(parseXml(wechat.asked[0]?.body ?? ''), KEY, 'HMAC-SHA256')).toBe(true)
    expect(parseXml(wechat.asked[0]?.body ?? '')['mch_id']).toBe(MCHID)
  })
})

test('what is null in a request is left out, as a column that is empty', async () => {
  const { pay, wechat } = scene(({ url }) =>
    signed(url.pathname === '/pay/orderquery' ? { ...COMMON, ...PAID, transaction_id: '42' } : PREPAID),
  )
  await pay.unifiedorder({ ...ORDER, attach: null, time_expire: null, limit_pay: null } as never)
  expect(wechat.asked[0]?.body).not.toContain('null')
  await pay.orderquery({ appid: APPID, out_trade_no: null, transaction_id: '42' } as never)
  expect(parseXml(wechat.asked[1]?.body ?? '')).toMatchObject({ transaction_id: '42' })
})

describe('a request that WeChat would refuse is not sent', () => {
  test.each<[string, Partial<UnifiedOrderRequest>]>([
    ['body', { body: '' }],
    ['body', { body: '商'.repeat(43) }],
    ['body', { body: 'bell \u0007' }],
    ['detail', { detail: { goods: 1 } as never }],
    ['out_trade_no', { out_trade_no: '12345' }],
    ['out_trade_no', { out_trade_no: 'x'.repeat(33) }],
    ['out_trade_no', { out_trade_no: 'order#1234' }],
    ['total_fee', { total_fee: fen(0) }],
    ['total_fee', { total_fee: 8.88 as never }],
    ['total_fee', { total_fee: fen(-1) }],
    ['spbill_create_ip', { spbill_create_ip: 'unknown' }],
    ['spbill_create_ip', { spbill_create_ip: '1.2.3' }],
    ['spbill_create_ip', { spbill_create_ip: '1.2.3.400' }],
    ['notify_url', { notify_url: 'https://example.com/notify?order=1' }],
    ['notify_url', { notify_url: 'https://example.com' }],
    ['notify_url', { notify_url: '/notify' }],
    ['openid', { openid: '' }],
    ['attach', { attach: 'x'.repeat(128) }],
    ['time_expire', { time_expire: '2026-01-01 10:10:10' }],
    ['trade_type', { trade_type: 'NATIVE' as never }],
  ])('wrong %s', async (name, wrong) => {
    const { pay, wechat } = scene(() => signed(PREPAID))
    const error = await rejection(pay.unifiedorder({ ...ORDER, ...wrong }))
    expect(error).toMatchObject({ code: 'invalid_request', outcome: 'refused', retryable: false })
    expect(String(error)).toMatch(new RegExp(`unifiedorder: ${name}: [^;]+$`))
    expect(wechat.asked).toEqual([])
  })

  test.each(['8.8.8.8', '255.255.255.255', '::1', '2001:db8::ff00:42:8329', '::ffff:1.2.3.4'])(
    'the address %s is one',
    async (spbill_create_ip) => {
      const { pay } = scene(() => signed(PREPAID))
      await pay.unifiedorder({ ...ORDER, spbill_create_ip })
    },
  )

  test('every wrong field is named at once, and no value', async () => {
    const { pay } = scene(() => signed(PREPAID))
    const error = await rejection(
      pay.unifiedorder({ ...ORDER, body: '', openid: '', out_trade_no: 'wrong number!' }),
    )
    for (const name of ['body', 'openid', 'out_trade_no']) expect(String(error)).toContain(`${name}: `)
    expect(String(error)).not.toContain('wrong number!')
  })

  test('neither is a query or a close of what cannot be a number', async () => {
    const { pay, wechat } = scene(() => signed(PAID))
    for (const call of [
      pay.orderquery({ appid: APPID, out_trade_no: '' }),
      pay.orderquery({ appid: APPID, transaction_id: '42 00' }),
      pay.closeorder({ appid: APPID, out_trade_no: '中文订单号' }),
    ]) {
      expect(await rejection(call)).toMatchObject({ code: 'invalid_request' })
    }
    expect(wechat.asked).toEqual([])
  })

  test('nor one without a number; both names are said', async () => {
    const { pay, wechat } = scene(() => signed(PAID))
    const nothing = { appid: APPID } as OrderQueryRequest
    expect(await rejection(pay.orderquery(nothing))).toMatchObject({
      code: 'invalid_request',
      message: expect.stringMatching(/transaction_id.*out_trade_no/),
    })
    expect(wechat.asked).toEqual([])
  })
})

describe('a reply', () => {
  test('of a query tells what was paid, with every element that came', async () => {
    const { pay } = scene(() => signed({ ...PAID, a_field_added_later: 'x' }))
    const reply = await pay.orderquery({ appid: APPID, out_trade_no: PAID.out_trade_no })
    expect(reply).toMatchObject({
      trade_state: 'SUCCESS',
      total_fee: 888,
      cash_fee: 888,
      fee_type: 'CNY',
      transaction_id: PAID.transaction_id,
      openid: PAID.openid,
      time_end: '20260101101010',
    })
    expect(reply).not.toHaveProperty('attach')
    expect(reply.fields['a_field_added_later']).toBe('x')
  })

  test('of a query keeps what coupons and promotions gave', async () => {
    const promotion_detail = '{"promotion_detail":[{"promotion_id":"109519","type":"COUPON","amount":88}]}'
    const given = {
      coupon_fee: '88',
      coupon_count: '1',
      coupon_id_0: '109519',
      coupon_fee_0: '88',
      promotion_detail,
    }
    const { pay } = scene(() => signed({ ...PAID, ...given, settlement_total_fee: '800', cash_fee: '800' }))
    expect(await pay.orderquery({ appid: APPID, out_trade_no: PAID.out_trade_no })).toMatchObject({
      total_fee: 888,
      settlement_total_fee: 800,
      coupon_fee: 88,
      coupons: [{ coupon_id: '109519', coupon_fee: 88 }],
      promotion_detail,
    })
  })

  test.each(['NOTPAY', 'CLOSED', 'REVOKED', 'USERPAYING', 'PAYERROR', 'ACCEPT'])(
    'of a query may say %s, and then little else',
    async (trade_state) => {
      const { out_trade_no } = PAID
      const { pay } = scene(() =>
        signed({ ...COMMON, result_code: 'SUCCESS', trade_state, trade_state_desc: '', out_trade_no }),
      )
      expect(await pay.orderquery({ appid: APPID, out_trade_no })).toMatchObject({
        trade_state,
        out_trade_no,
      })
    },
  )

  test('of a query by WeChat’s own number is about that number', async () => {
    const { pay } = scene(() => signed(PAID))
    const { transaction_id } = PAID
    expect(await pay.orderquery({ appid: APPID, transaction_id })).toMatchObject({
      out_trade_no: PAID.out_trade_no,
    })
    expect(await rejection(pay.orderquery({ appid: APPID, transaction_id: '42' }))).toMatchObject({
      code: 'bad_message',
    })
  })

  test('of a close says nothing more', async () => {
    const { pay } = scene(() => signed({ ...COMMON, result_code: 'SUCCESS', result_msg: 'OK' }))
    expect(await pay.closeorder({ appid: APPID, out_trade_no: ORDER.out_trade_no })).toBeUndefined()
  })
})

describe('WeChat’s no', () => {
  test.each([
    ['ORDERPAID', '商户订单已支付'],
    ['ORDERCLOSED', '订单已关闭'],
    ['ORDERNOTEXIST', '此交易订单号不存在'],
    ['INVALID_REQUEST', '201 商户订单号重复'],
    ['A_CODE_ADDED_LATER', ''],
  ])('%s is refused, in its own words', async (code, text) => {
    const { pay } = scene(() => failed(code, text))
    expect(await rejection(pay.closeorder({ appid: APPID, out_trade_no: ORDER.out_trade_no }))).toMatchObject(
      {
        code: 'refused',
        outcome: 'refused',
        retryable: false,
        wechatCode: code,
        wechatText: text,
      },
    )
  })

  test.each(['SYSTEMERROR', 'BIZERR_NEED_RETRY'])('%s leaves the outcome open', async (code) => {
    const { pay } = scene(() => failed(code, '系统错误'))
    expect(await rejection(pay.unifiedorder(ORDER))).toMatchObject({
      code: 'wechat_failed',
      outcome: 'unknown',
      retryable: true,
      wechatCode: code,
    })
  })

  test('FREQUENCY_LIMITED is a no for now', async () => {
    const { pay } = scene(() => failed('FREQUENCY_LIMITED', '频率限制'))
    expect(await rejection(pay.unifiedorder(ORDER))).toMatchObject({ outcome: 'refused', retryable: true })
  })

  test.each([
    ['签名错误', 'SIGNERROR'],
    ['缺少参数', 'LACK_PARAMS'],
    ['JSAPI支付必须传openid', 'LACK_PARAMS'],
    ['XML格式错误', 'XML_FORMAT_ERROR'],
    ['mch_id参数格式错误', 'PARAM_ERROR'],
    ['appid不存在', 'APPID_NOT_EXIST'],
    ['商户号mch_id或sub_mch_id不存在', 'MCHID_NOT_EXIST'],
    ['appid和mch_id不匹配', 'APPID_MCHID_NOT_MATCH'],
    ['appid和openid不匹配', 'PARAM_ERROR'],
    ['您没有JSAPI支付权限', 'NOAUTH'],
    ['商户号该产品权限未开通，请前往商户平台>产品中心检查后重试', 'NOAUTH'],
    ['time_expire时间过短，刷卡至少1分钟，其他5分钟', 'PARAM_ERROR'],
    [
      '输入源“/body/xml/body”映射到值字段“商品描述”字符串规则校验失败，字节数 200，大于最大值 128',
      'PARAM_ERROR',
    ],
    ['a text of tomorrow', 'RETURN_FAIL'],
  ])('on the first level, %s, is believed without a signature', async (text, wechatCode) => {
    const { pay } = scene(() => refusedAtOnce(text))
    expect(await rejection(pay.unifiedorder(ORDER))).toMatchObject({
      code: 'refused',
      outcome: 'refused',
      wechatCode,
      wechatText: text,
    })
  })

  test.each([
    ['系统错误', 'SYSTEMERROR'],
    ['SYSTEMERROR', 'SYSTEMERROR'],
    ['系统繁忙，请稍后再试', 'SYSTEMERROR'],
    ['退款业务流程错误，需要商户触发重试来解决', 'BIZERR_NEED_RETRY'],
  ])('on the first level %s leaves the outcome open', async (text, wechatCode) => {
    for (const nothing of ['', '<err_code></err_code>', '<err_code><![CDATA[]]></err_code><err_code_des/>']) {
      const { pay } = scene(() => refusedAtOnce(text).replace('</xml>', `${nothing}</xml>`))
      expect(await rejection(pay.unifiedorder(ORDER))).toMatchObject({
        wechatCode,
        wechatText: text,
        outcome: 'unknown',
      })
    }
  })

  test.each(['SYSTEM_ERROR', 'BIZ_ERR_NEED_RETRY'])('so does %s, however it is spelled', async (err_code) => {
    const { pay } = scene(() => failed(err_code, ''))
    expect(await rejection(pay.unifiedorder(ORDER))).toMatchObject({ outcome: 'unknown', retryable: true })
  })

  test.each(['ORDERPAID', 'ORDER_PAID'])(
    'nobody who cannot sign may tell that an order is paid (%s)',
    async (code) => {
      const told = refusedAtOnce('x').replace('</xml>', `<err_code>${code}</err_code></xml>`)
      const { pay } = scene(() => told)
      const closing = pay.closeorder({ appid: APPID, out_trade_no: ORDER.out_trade_no })
      expect(await rejection(closing)).toMatchObject({ code: 'bad_signature', outcome: 'unknown' })
    },
  )
})

describe('nobody can know what happened when', () => {
  const { sign: _, ...unsigned } = parseXml(signed(PREPAID)) as Fields & { sign: string }
  test.each<[string, string, Answer]>([
    ['the signature is missing', 'bad_signature', () => serialiseXml(unsigned)],
    ['the signature is another key’s', 'bad_signature', () => signed(PREPAID, 'HMAC-SHA256', 'x'.repeat(32))],
    ['the signature is of another type than the request’s', 'bad_signature', () => signed(PREPAID, 'MD5')],
    ['a signed field was changed', 'bad_signature', () => signed(PREPAID).replace('wx2014', 'wx2015')],
    ['a field was added', 'bad_signature', () => signed(PREPAID).replace('</xml>', '<x>1</x></xml>')],
    ['the reply is another merchant’s', 'bad_message', () => signed({ ...PREPAID, mch_id: '1900000110' })],
    [
      'the reply is another account’s',
      'bad_message',
      () => signed({ ...PREPAID, appid: 'wx0000000000000000' }),
    ],
    ['there is no prepay_id', 'bad_message', () => signed({ ...PREPAID, prepay_id: '' })],
    ['the reply says neither yes nor no', 'bad_message', () => signed({ ...PREPAID, result_code: 'MAYBE' })],
    ['there is no return_code', 'bad_message', () => '<xml></xml>'],
    ['there is a no without a code', 'bad_message', () => signed({ ...COMMON, result_code: 'FAIL' })],
    [
      'a proxy answers 502',
      'no_usable_answer',
      () => new Response('<html>Bad Gateway</html>', { status: 502 }),
    ],
    [
      'the certificate page comes',
      'no_usable_answer',
      () =>
        new Response('<html><title>400 No required SSL certificate was sent</title></html>', { status: 400 }),
    ],
    [
      'a no comes with a status of failure',
      'no_usable_answer',
      () => new Response(refusedAtOnce('签名错误'), { status: 500 }),
    ],
    ['a page comes instead of XML', 'no_usable_answer', () => '<!DOCTYPE html><html></html>'],
    ['nothing comes', 'no_usable_answer', () => ''],
    ['JSON comes', 'no_usable_answer', () => ({ code: 'SUCCESS' })],
    [
      'the connection breaks',
      'network',
      () => {
        throw new TypeError('fetch failed')
      },
    ],
  ])('%s', async (_when, code, answer) => {
    const { pay } = scene(answer)
    expect(await rejection(pay.unifiedorder(ORDER))).toMatchObject({
      code,
      outcome: 'unknown',
      retryable: true,
    })
  })

  test.each<[string, Partial<Record<keyof typeof PAID, string>>]>([
    ['another order', { out_trade_no: '1217752501201407033233368019' }],
    ['a state that is not documented', { trade_state: 'NEARLY' }],
    ['no state', { trade_state: '' }],
    ['an amount that is not whole fen', { total_fee: '8.88' }],
    ['a negative amount', { total_fee: '-888' }],
    ['no amount', { total_fee: '' }],
    ['no payer', { openid: '' }],
    ['a time of another shape', { time_end: '2026-01-01 10:10:10' }],
  ])('a query is answered with %s', async (_what, wrong) => {
    const { pay } = scene(() => signed({ ...PAID, ...wrong }))
    const query = pay.orderquery({ appid: APPID, out_trade_no: PAID.out_trade_no })
    expect(await rejection(query)).toMatchObject({ code: 'bad_message', outcome: 'unknown' })
  })

  test('an error of a call carries a remedy where the documents have one', async () => {
    const { pay } = scene(() => refusedAtOnce('签名错误'))
    const error = (await rejection(pay.unifiedorder(ORDER))) as WechatError
    expect(error.remedy?.zh).toContain('APIv2 密钥')
  })
})

test('a payer who pays later gets the same numbers in both shapes, signed for each', () => {
  const { pay } = scene(() => '', {
    clock: () => 1_414_561_699_999,
    nonce: () => '5K8264ILTKCH16CQ2502SI8ZNMTM67VS',
  })
  const { bridge, chooseWXPay } = pay.paymentParameters({ appid: APPID, prepayId: '123456789' })
  expect(bridge).toEqual({
    appId: APPID,
    timeStamp: '1414561699',
    nonceStr: '5K8264ILTKCH16CQ2502SI8ZNMTM67VS',
    package: 'prepay_id=123456789',
    signType: 'HMAC-SHA256',
    paySign: '77223AD6370C8A39986B88C80AC21A434B4F9A1BE0B74F541698507A4A995DCC',
  })
  const { appId: _, timeStamp: timestamp, ...rest } = bridge
  expect(chooseWXPay).toEqual({ timestamp, ...rest })
})

test('a certificate in the place of what presents it is found out at once', () => {
  const wrong = { certificateFetch: '-----BEGIN CERTIFICATE-----', fetch: 1, nonce: 'nonce', clock: 0 }
  const make = (): unknown => createPayV2({ mchid: MCHID, apiKey: KEY, ...wrong } as unknown as PayV2Options)
  expect(make).toThrow(
    expect.objectContaining({
      problems: ['fetch', 'certificateFetch', 'clock', 'nonce'].map(
        (name) => `${name}: 应为函数 / must be a function`,
      ),
    }),
  )
})
