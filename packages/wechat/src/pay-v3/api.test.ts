import { describe, expect, test } from 'vitest'
import { fen } from '../fen.ts'
import { Secret } from '../secret.ts'
import { rejection } from '../wechat.fake.ts'
import type { OrderNumber, PrepayRequest } from './messages.ts'
import {
  APPID,
  encryptedForMerchant,
  isOfMerchant,
  MCHID,
  NOW,
  openedByWechat,
  type PayAnswer,
  payTown,
  SIGNERS,
} from './wechat-pay.fake.ts'

const ORDER: PrepayRequest = {
  appid: APPID,
  description: '山间茶事 明前龙井',
  out_trade_no: '1217752501201407033233368018',
  notify_url: 'https://shop.example.com/notifications',
  amount: { total: fen(12800), currency: 'CNY' },
  payer: { openid: 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o' },
}
const NUMBER = { out_trade_no: ORDER.out_trade_no }
const PREPAID = { prepay_id: 'wx201410272009395522657a690389285100' }
const PAID = {
  appid: APPID,
  mchid: MCHID,
  out_trade_no: ORDER.out_trade_no,
  transaction_id: '4200000001202406010000000001',
  trade_type: 'JSAPI',
  trade_state: 'SUCCESS',
  trade_state_desc: '支付成功',
  bank_type: 'OTHERS',
  attach: '',
  success_time: '2024-06-01T10:10:10+08:00',
  payer: { openid: 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o' },
  amount: { total: 12800, payer_total: 12000, currency: 'CNY', payer_currency: 'CNY' },
}
const PARTNER = { sp_appid: APPID, sp_mchid: MCHID, sub_mchid: '1900000110' }
const JSAPI = 'POST /v3/pay/transactions/jsapi'
const QUERY = `GET /v3/pay/transactions/out-trade-no/${ORDER.out_trade_no}`
const CLOSE = `POST /v3/pay/transactions/out-trade-no/${ORDER.out_trade_no}/close`
const json =
  (value: unknown): PayAnswer =>
  () => ({ json: value })

describe('an order', () => {
  test('is placed under our number, with everything signed that is sent', async () => {
    const { pay, asked, bodies } = payTown({ [JSAPI]: json(PREPAID) })
    expect(await pay.prepay(ORDER)).toEqual(PREPAID)
    expect(bodies()).toEqual([{ ...ORDER, mchid: MCHID }])
    expect(asked[0]?.headers.get('content-type')).toBe('application/json')
    expect(asked[0]?.headers.get('wechatpay-serial')).toBe(SIGNERS.publicKey.serial)
  })

  test('is signed anew when it is repeated', async () => {
    const { pay, asked } = payTown({ [JSAPI]: json(PREPAID) })
    await pay.prepay(ORDER)
    await pay.prepay(ORDER)
    const [first, second] = asked.map(({ headers }) => headers.get('authorization'))
    expect(first).not.toBe(second)
  })

  test('cannot be given another merchant', async () => {
    const { pay, bodies } = payTown({ [JSAPI]: json(PREPAID) })
    await pay.prepay(Object.assign({}, ORDER, { mchid: '1' }))
    expect(bodies()).toMatchObject([{ mchid: MCHID }])
  })

  test('may say who must pay, and only WeChat can read it', async () => {
    const { pay, asked, bodies } = payTown({ [JSAPI]: json(PREPAID) })
    const identity = { type: 'IDCARD', number: new Secret('11010519491231002X'), name: '张三' } as const
    await pay.prepay({ ...ORDER, payer: { ...ORDER.payer, identity } })
    const [sent] = bodies() as [{ payer: { identity: Record<'type' | 'number' | 'name', string> } }]
    expect(sent.payer.identity.type).toBe('IDCARD')
    expect(await openedByWechat(sent.payer.identity.number)).toBe('11010519491231002X')
    expect(await openedByWechat(sent.payer.identity.name)).toBe('张三')
    expect(asked[0]?.headers.get('wechatpay-serial')).toBe(SIGNERS.publicKey.serial)
  })

  test('with a number that a URL must escape is asked for as it is signed', async () => {
    const { pay, asked } = payTown({
      'GET /v3/pay/transactions/out-trade-no/a%7Cb*c-d_1': json({ ...PAID, out_trade_no: 'a|b*c-d_1' }),
    })
    expect(await pay.query({ out_trade_no: 'a|b*c-d_1' })).toMatchObject({ out_trade_no: 'a|b*c-d_1' })
    expect(asked[0]?.url.search).toBe(`?mchid=${MCHID}`)
  })

  test('that was paid tells what was paid, with every member that came', async () => {
    const coupon = { coupon_id: '109519', amount: 800, name: '单品惠', scope: 'SINGLE', type: 'NOCASH' }
    const { pay } = payTown({
      [QUERY]: json({ ...PAID, promotion_detail: [coupon], a_member_added_later: ['x'] }),
    })
    const order = await pay.query(NUMBER)
    if (order.trade_state !== 'SUCCESS') throw new Error('it was paid')
    expect(order).toMatchObject({
      transaction_id: PAID.transaction_id,
      payer: PAID.payer,
      amount: { total: 12800, payer_total: 12000, currency: 'CNY' },
      promotion_detail: [coupon],
      success_time: PAID.success_time,
    })
    expect(order.attach).toBeUndefined()
    expect(order.fields['a_member_added_later']).toEqual(['x'])
  })

  test.each(['NOTPAY', 'CLOSED', 'REVOKED', 'USERPAYING', 'PAYERROR'])(
    'may be %s, and then says little',
    async (trade_state) => {
      const { appid, mchid, out_trade_no } = PAID
      const { pay } = payTown({
        [QUERY]: json({
          appid,
          mchid,
          out_trade_no,
          trade_state,
          trade_state_desc: '订单未支付',
          amount: { total: 1 },
        }),
      })
      expect(await pay.query(NUMBER)).toMatchObject({ trade_state, out_trade_no })
    },
  )

  test('is found by WeChat’s number, too', async () => {
    const { transaction_id } = PAID
    const { pay } = payTown({ [`GET /v3/pay/transactions/id/${transaction_id}`]: json(PAID) })
    expect(await pay.query({ transaction_id })).toMatchObject({ out_trade_no: PAID.out_trade_no })
  })

  test('is closed with an answer that has no content but a signature', async () => {
    const { pay, bodies } = payTown({ [CLOSE]: () => ({ status: 204 }) })
    expect(await pay.close(NUMBER)).toBeUndefined()
    expect(bodies()).toEqual([{ mchid: MCHID }])
  })

  test.each<[string, object]>([
    ['another order', { out_trade_no: '1217752501201407033233368019' }],
    ['another merchant’s', { mchid: '1900000110' }],
    ['a state that is not documented', { trade_state: 'NEARLY' }],
    ['no state', { trade_state: undefined }],
    ['an amount that is not whole fen', { amount: { total: 128.5 } }],
    ['a negative amount', { amount: { total: -12800 } }],
    ['an amount that is a text', { amount: { total: '12800' } }],
    ['no amount', { amount: undefined }],
    ['no payer', { payer: {} }],
    ['a time of another shape', { success_time: '20240601101010' }],
    ['a day that does not exist', { success_time: '2024-13-01T10:10:10+08:00' }],
  ])('that is answered with %s leaves the outcome open', async (_what, wrong) => {
    const { pay } = payTown({ [QUERY]: json({ ...PAID, ...wrong }) })
    expect(await rejection(pay.query(NUMBER))).toMatchObject({ code: 'bad_message', outcome: 'unknown' })
  })
})

describe('a request that WeChat would refuse is not sent', () => {
  test.each<[string, object]>([
    ['description', { description: '' }],
    ['description', { description: '商'.repeat(43) }],
    ['description', { description: 'tea 🍵' }],
    ['description', { description: 'bell \u0007' }],
    ['out_trade_no', { out_trade_no: '12345' }],
    ['out_trade_no', { out_trade_no: 'order#1234' }],
    ['amount.total', { amount: { total: 0 } }],
    ['amount.total', { amount: { total: 1.5 } }],
    ['amount.total', { amount: undefined }],
    ['amount.currency', { amount: { total: 1, currency: 'USD' } }],
    ['notify_url', { notify_url: 'https://shop.example.com/notify?order=1' }],
    ['notify_url', { notify_url: 'https://shop.example.com' }],
    ['payer.openid', { payer: { openid: '' } }],
    ['payer.identity.name', { payer: { openid: 'o', identity: { type: 'IDCARD', number: '1', name: '' } } }],
    ['attach', { attach: 'x'.repeat(129) }],
    ['time_expire', { time_expire: '20240601101010' }],
    ['limit_pay', { limit_pay: ['no_money'] }],
    ['detail', { detail: { invoice_id: 'x'.repeat(6200) } }],
    ['detail', { detail: 'tea' }],
    ['scene_info.payer_client_ip', { scene_info: { payer_client_ip: '1.2.3' } }],
  ])('wrong %s', async (name, wrong) => {
    const { pay, asked } = payTown({ [JSAPI]: json(PREPAID) })
    const error = await rejection(pay.prepay({ ...ORDER, ...wrong } as PrepayRequest))
    expect(error).toMatchObject({ code: 'invalid_request', outcome: 'refused', retryable: false })
    expect(String(error)).toContain(`prepay: ${name}: `)
    expect(asked).toEqual([])
  })

  test.each<[string, object]>([
    ['profit_shares', { settle_info: { profit_shares: 1n } }],
    ['detail', { detail: { cost_price: 10n } }],
    ['detail', { detail: { goods_detail: [{ merchant_goods_id: '1', quantity: 1.5, unit_price: 1 }] } }],
  ])('nor is a %s that is no whole number', async (name, wrong) => {
    const { pay, asked } = payTown({ [JSAPI]: json(PREPAID) })
    const error = await rejection(pay.prepay({ ...ORDER, ...wrong } as PrepayRequest))
    expect(error).toMatchObject({ code: 'invalid_request', message: expect.stringContaining(`${name}: `) })
    expect(asked).toEqual([])
  })

  test('what is null in it is left out, as a column that is empty', async () => {
    const { pay, bodies, asked } = payTown({
      [JSAPI]: json(PREPAID),
      'GET /v3/pay/transactions/id/4200': json({ ...PAID, transaction_id: '4200' }),
    })
    const empty = { attach: null, detail: null, scene_info: null, settle_info: null, time_expire: null }
    const payer = { ...ORDER.payer, identity: null }
    await pay.prepay({ ...ORDER, ...empty, payer } as never)
    expect(bodies()).toEqual([{ ...ORDER, mchid: MCHID }])
    await pay.query({ out_trade_no: null, transaction_id: '4200' } as never)
    expect(asked[1]?.url.pathname).toBe('/v3/pay/transactions/id/4200')
  })

  test('every wrong member is named at once, and no value', async () => {
    const { pay } = payTown({})
    const wrong = { ...ORDER, description: '', out_trade_no: 'wrong number!', payer: { openid: '' } }
    const error = await rejection(pay.prepay(wrong))
    for (const name of ['description', 'out_trade_no', 'payer.openid'])
      expect(String(error)).toContain(`${name}: `)
    expect(String(error)).not.toContain('wrong number!')
  })

  test('neither is a question about what cannot be a number', async () => {
    const { pay, asked } = payTown({})
    for (const asking of [
      pay.query({ out_trade_no: '../x' }),
      pay.query({ transaction_id: '42 00' }),
      pay.close({ out_trade_no: '' }),
      pay.queryRefund({ out_refund_no: 'a/b' }),
      pay.queryRefund({ out_refund_no: 'R1', sub_mchid: '1&x=2' }),
      pay.partner.query({ out_trade_no: 'ORDER1', sub_mchid: 'x' }),
      pay.combine.query({ combine_out_trade_no: '../id' }),
      pay.combine.query({ combine_out_trade_no: '../id', combine_transaction_id: '42' } as never),
      pay.tradeBill({ bill_date: '20240601' }),
      pay.tradeBill({ bill_date: '2024-06-01', bill_type: 'EVERYTHING' as never }),
      pay.fundFlowBill({ bill_date: '2024-06-01', account_type: 'Basic' as never }),
      pay.encrypt('x'.repeat(215)),
    ])
      expect(await rejection(asking)).toMatchObject({ code: 'invalid_request' })
    expect(asked).toEqual([])
  })

  test('nor about no number at all; both names are said', async () => {
    const { pay, asked } = payTown({})
    for (const nothing of [{}, undefined, 'ORDER1'])
      expect(await rejection(pay.query(nothing as OrderNumber))).toMatchObject({
        code: 'invalid_request',
        message: expect.stringMatching(/transaction_id.*out_trade_no/),
      })
    expect(asked).toEqual([])
  })
})

describe('a service provider', () => {
  const order = {
    ...ORDER,
    sp_appid: APPID,
    sub_mchid: PARTNER.sub_mchid,
    payer: { sp_openid: ORDER.payer.openid },
  }
  const { appid: _, ...partnerOrder } = order
  const found = {
    ...PAID,
    appid: undefined,
    mchid: undefined,
    ...PARTNER,
    payer: { sp_openid: ORDER.payer.openid },
  }
  const path = '/v3/pay/partner/transactions'

  test('orders, asks and closes for a sub-merchant', async () => {
    const { pay, asked } = payTown({
      [`POST ${path}/jsapi`]: json(PREPAID),
      [`GET ${path}/out-trade-no/${ORDER.out_trade_no}`]: json(found),
      [`POST ${path}/out-trade-no/${ORDER.out_trade_no}/close`]: () => ({ status: 204 }),
    })
    const { sub_mchid } = PARTNER
    expect(await pay.partner.prepay(partnerOrder)).toEqual(PREPAID)
    expect(await pay.partner.query({ ...NUMBER, sub_mchid })).toMatchObject({
      ...PARTNER,
      trade_state: 'SUCCESS',
    })
    await pay.partner.close({ ...NUMBER, sub_mchid })
    expect(JSON.parse(asked[0]?.body ?? '')).toEqual({ ...partnerOrder, sp_mchid: MCHID })
    expect(asked[1]?.url.search).toBe(`?sp_mchid=${MCHID}&sub_mchid=${sub_mchid}`)
    expect(JSON.parse(asked[2]?.body ?? '')).toEqual({ sp_mchid: MCHID, sub_mchid })
  })

  test('is not told another sub-merchant’s order of the same number', async () => {
    const { pay } = payTown({
      [`GET ${path}/out-trade-no/${ORDER.out_trade_no}`]: json({ ...found, sub_mchid: '1900000111' }),
    })
    const asking = pay.partner.query({ ...NUMBER, sub_mchid: PARTNER.sub_mchid })
    expect(await rejection(asking)).toMatchObject({ code: 'bad_message' })
  })

  test('needs the sub-merchant’s appid for a payer whom that knows', async () => {
    const { pay } = payTown({})
    const error = await rejection(pay.partner.prepay({ ...partnerOrder, payer: { sub_openid: 'o' } }))
    expect(String(error)).toContain('partner.prepay: sub_appid: ')
  })
})

describe('a combined order', () => {
  const part = { mchid: MCHID, out_trade_no: 'TEA-0001', description: '明前龙井', attach: 'tea' }
  const request = {
    combine_appid: APPID,
    combine_out_trade_no: 'CART-0001',
    sub_orders: [
      { ...part, amount: { total_amount: fen(100), currency: 'CNY' as const } },
      {
        ...part,
        out_trade_no: 'CUP-0001',
        mchid: '1900000111',
        amount: { total_amount: fen(50), currency: 'CNY' as const },
      },
    ],
    combine_payer_info: { openid: ORDER.payer.openid },
    notify_url: ORDER.notify_url,
  }
  const paidPart = {
    ...PAID,
    payer: undefined,
    appid: undefined,
    amount: { total_amount: 100, payer_amount: 100, currency: 'CNY' },
  }
  const path = '/v3/combine-transactions'

  test('is placed, asked for and closed as a whole', async () => {
    const { sub_orders, notify_url: _, ...found } = request
    const { pay, asked } = payTown({
      [`POST ${path}/jsapi`]: json(PREPAID),
      [`GET ${path}/out-trade-no/CART-0001`]: json({
        ...found,
        combine_mchid: MCHID,
        combine_transaction_id: '4200',
        sub_orders: [
          { ...paidPart, ...part },
          { mchid: '1900000111', out_trade_no: 'CUP-0001', trade_state: 'NOTPAY' },
        ],
      }),
      [`POST ${path}/out-trade-no/CART-0001/close`]: () => ({ status: 204 }),
    })
    expect(await pay.combine.prepay(request)).toEqual(PREPAID)
    expect(JSON.parse(asked[0]?.body ?? '')).toEqual({ ...request, combine_mchid: MCHID })
    expect(await pay.combine.query({ combine_out_trade_no: 'CART-0001' })).toMatchObject({
      combine_transaction_id: '4200',
      sub_orders: [
        { trade_state: 'SUCCESS', amount: { total_amount: 100 }, out_trade_no: 'TEA-0001' },
        { trade_state: 'NOTPAY', out_trade_no: 'CUP-0001' },
      ],
    })
    const numbers = sub_orders.map(({ mchid, out_trade_no }) => ({ mchid, out_trade_no }))
    await pay.combine.close({ combine_appid: APPID, combine_out_trade_no: 'CART-0001', sub_orders: numbers })
    expect(JSON.parse(asked[2]?.body ?? '')).toEqual({ combine_appid: APPID, sub_orders: numbers })
  })

  test('that is not one is refused before it is sent, each part named', async () => {
    const { pay } = payTown({})
    const wrong = {
      ...request,
      sub_orders: [
        ...request.sub_orders,
        { ...part, attach: '', amount: { total_amount: fen(0), currency: 'CNY' as const } },
      ],
    }
    const text = String(await rejection(pay.combine.prepay(wrong)))
    expect(text).toContain('sub_orders.2.attach: ')
    expect(text).toContain('sub_orders.2.amount.total_amount: ')
    expect(text).not.toContain('sub_orders.1')
    expect(String(await rejection(pay.combine.prepay({ ...request, sub_orders: [] })))).toContain(
      'sub_orders: ',
    )
  })
})

describe('WeChat’s own test of the keys', () => {
  test('gives back what was sent, in clear and encrypted', async () => {
    const { pay, asked } = payTown({
      'POST /v3/security/echo': async () => ({
        json: { echo_message: 'hello', encrypted_echo_message: await encryptedForMerchant('你好') },
      }),
    })
    const reply = await pay.echo({ echo_message: 'hello', encrypted_echo_message: '你好' })
    expect(reply.echo_message).toBe('hello')
    expect(reply.encrypted_echo_message?.reveal()).toBe('你好')
    const sent = JSON.parse(asked[0]?.body ?? '') as { encrypted_echo_message: string }
    expect(await openedByWechat(sent.encrypted_echo_message)).toBe('你好')
    expect(asked[0]?.headers.get('wechatpay-serial')).toBe(SIGNERS.publicKey.serial)
  })

  test('says where an answer was encrypted for somebody else', async () => {
    const { pay } = payTown({
      'POST /v3/security/echo': () => ({ json: { echo_message: 'hello', encrypted_echo_message: 'AAAA' } }),
    })
    expect(await rejection(pay.echo({ echo_message: 'hello' }))).toMatchObject({ code: 'wrong_key' })
  })
})

test('a sensitive field is encrypted for WeChat and decrypted for us', async () => {
  const { pay } = payTown({})
  const { serial, ciphertext } = await pay.encrypt(new Secret('6222020903001483077'))
  expect(serial).toBe(SIGNERS.publicKey.serial)
  expect(await openedByWechat(ciphertext)).toBe('6222020903001483077')
  expect((await pay.decrypt(await encryptedForMerchant('张三'))).reveal()).toBe('张三')
  expect(await rejection(pay.decrypt(ciphertext))).toMatchObject({ code: 'wrong_key' })
})

test('a payer who pays later gets the same numbers in both shapes, signed once', async () => {
  const { pay } = payTown({}, { clock: () => NOW + 999, nonce: () => '5K8264ILTKCH16CQ2502SI8ZNMTM67VS' })
  const { bridge, chooseWXPay } = await pay.paymentParameters({ appid: APPID, prepayId: '123456789' })
  const { paySign, ...rest } = bridge
  expect(rest).toEqual({
    appId: APPID,
    timeStamp: '1717207200',
    nonceStr: '5K8264ILTKCH16CQ2502SI8ZNMTM67VS',
    package: 'prepay_id=123456789',
    signType: 'RSA',
  })
  const signed = `${APPID}\n1717207200\n5K8264ILTKCH16CQ2502SI8ZNMTM67VS\nprepay_id=123456789\n`
  expect(await isOfMerchant(signed, paySign)).toBe(true)
  const { appId: _, timeStamp: timestamp, ...shared } = bridge
  expect(chooseWXPay).toEqual({ timestamp, ...shared })
})
