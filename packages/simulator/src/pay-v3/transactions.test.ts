/** JSAPI orders of Pay v3: opened, come upon again, found, paid, closed. */
import { describe, expect, test } from 'vitest'
import { openV3Scene, SUB_MCHID, withSubMerchant } from './merchant-v3.fixture.ts'

const JSAPI = '/v3/pay/transactions/jsapi'
const NUMBER = '/v3/pay/transactions/out-trade-no/T20261124001'

test('an order is opened, paid, announced and found', async () => {
  const scene = openV3Scene()
  const { merchant, account, openid } = scene
  const opened = await scene.v3(JSAPI, { body: scene.v3Order({ attach: 'table 4' }) })
  expect(opened.status).toBe(200)
  expect(opened.json).toEqual({ prepay_id: expect.stringMatching(/^wx\w{34}$/) })
  expect(await scene.isFromWechat(opened.headers, opened.text)).toBe(true)

  const unpaid = await scene.v3(`${NUMBER}?mchid=${merchant.mchid}`)
  expect(unpaid.json).toEqual({
    appid: account.appid,
    mchid: merchant.mchid,
    out_trade_no: 'T20261124001',
    trade_state: 'NOTPAY',
    trade_state_desc: '订单未支付',
    amount: { total: 12800, currency: 'CNY' },
  })

  await scene.control('pay', { out_trade_no: 'T20261124001' })
  const { envelope, resource } = await scene.newest()
  const paid = {
    appid: account.appid,
    mchid: merchant.mchid,
    out_trade_no: 'T20261124001',
    transaction_id: expect.stringMatching(/^42000\d{23}$/),
    trade_type: 'JSAPI',
    bank_type: 'OTHERS',
    attach: 'table 4',
    success_time: '2026-11-24T10:00:00+08:00',
    trade_state: 'SUCCESS',
    trade_state_desc: '支付成功',
    payer: { openid },
    amount: { total: 12800, currency: 'CNY', payer_total: 12800, payer_currency: 'CNY' },
  }
  expect(envelope).toMatchObject({
    id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/),
    create_time: '2026-11-24T10:00:00+08:00',
    resource_type: 'encrypt-resource',
    event_type: 'TRANSACTION.SUCCESS',
    summary: '支付成功',
    resource: { original_type: 'transaction', algorithm: 'AEAD_AES_256_GCM', associated_data: 'transaction' },
  })
  expect(resource).toEqual(paid)
  expect((await scene.v3(`${NUMBER}?mchid=${merchant.mchid}`)).json).toEqual(paid)
  const byId = `/v3/pay/transactions/id/${resource['transaction_id']}?mchid=${merchant.mchid}`
  expect((await scene.v3(byId)).json).toEqual(paid)
})

test('the notification is repeated until 200 or 204, signed anew each time, the same body', async () => {
  const scene = openV3Scene()
  scene.acknowledge = () => Response.json({ code: 'FAIL', message: '失败' }, { status: 500 })
  await scene.v3Paid()
  await scene.simulator.settle()
  scene.acknowledge = () => new Response(null, { status: 204 })
  await scene.simulator.advance(24 * 3600)
  expect(scene.delivered).toHaveLength(2)
  const [first, second] = scene.delivered
  expect(second?.body).toBe(first?.body)
  expect(second?.at).toBe((first?.at ?? 0) + 15_000)
  expect(second?.headers['wechatpay-timestamp']).not.toBe(first?.headers['wechatpay-timestamp'])
  for (const { headers, body } of scene.delivered)
    expect(await scene.isFromWechat(new Headers(headers), body)).toBe(true)
})

test('200 acknowledges whatever the body says', async () => {
  const scene = openV3Scene()
  scene.acknowledge = () => Response.json({ code: 'FAIL', message: '失败' })
  await scene.v3Paid()
  await scene.simulator.advance(24 * 3600)
  expect(scene.delivered).toHaveLength(1)
})

test('unless the world reads it as documents of old did', async () => {
  const scene = openV3Scene(({ behaviour }) => {
    behaviour.refusingBody = 'read'
  })
  scene.acknowledge = () => Response.json({ code: 'FAIL', message: '失败' })
  await scene.v3Paid()
  await scene.simulator.settle()
  scene.acknowledge = () => Response.json({ code: 'SUCCESS', message: '成功' })
  await scene.simulator.advance(24 * 3600)
  expect(scene.delivered).toHaveLength(2)
})

test('a merchant without an APIv3 key is told nothing', async () => {
  const scene = openV3Scene(({ merchants }) => {
    for (const merchant of merchants) merchant.apiV3Key = null
  })
  await scene.v3Paid()
  await scene.simulator.advance(24 * 3600)
  expect(scene.delivered).toEqual([])
})

describe('a number that is there already', () => {
  test('with the same parameters: the same order, its members in any order', async () => {
    const scene = openV3Scene()
    const first = await scene.v3(JSAPI, { body: scene.v3Order() })
    const turned = Object.fromEntries(Object.entries(scene.v3Order()).reverse())
    expect((await scene.v3(JSAPI, { body: turned })).json).toEqual(first.json)
  })

  test('another time_expire changes nothing: the first request set it', async () => {
    const scene = openV3Scene()
    await scene.v3(JSAPI, { body: scene.v3Order({ time_expire: '2026-11-24T10:05:00+08:00' }) })
    const again = await scene.v3(JSAPI, { body: scene.v3Order({ time_expire: '2026-11-25T10:05:00+08:00' }) })
    expect(again.status).toBe(200)
    await scene.simulator.advance(301)
    await expect(scene.control('pay', { out_trade_no: 'T20261124001' })).rejects.toThrow('订单已超时')
  })

  test.each([{ description: '正山小种' }, { amount: { total: 1 } }, { attach: 'x' }])(
    'with %j',
    async (changed) => {
      const scene = openV3Scene()
      await scene.v3(JSAPI, { body: scene.v3Order() })
      const reply = await scene.v3(JSAPI, { body: scene.v3Order(changed) })
      expect([reply.status, reply.json]).toEqual([
        400,
        { code: 'INVALID_REQUEST', message: '请求重入时，参数与首次请求时不一致' },
      ])
      expect(reply.headers.get('request-id')).toMatch(/-268498688$/)
    },
  )

  test('in a world that follows the documents: OUT_TRADE_NO_USED', async () => {
    const scene = openV3Scene(({ behaviour }) => {
      behaviour.reentryRefusal = 'OUT_TRADE_NO_USED'
    })
    await scene.v3(JSAPI, { body: scene.v3Order() })
    const reply = await scene.v3(JSAPI, { body: scene.v3Order({ description: '正山小种' }) })
    expect([reply.status, reply.json]).toEqual([
      403,
      { code: 'OUT_TRADE_NO_USED', message: '商户订单号重复' },
    ])
  })

  test('when its time is over', async () => {
    const scene = openV3Scene()
    const order = scene.v3Order({ time_expire: '2026-11-24T10:05:00+08:00' })
    await scene.v3(JSAPI, { body: order })
    await scene.simulator.advance(300)
    expect((await scene.v3(JSAPI, { body: order })).json).toEqual({
      code: 'INVALID_REQUEST',
      message: '该订单已失效',
    })
  })

  test('when it is paid', async () => {
    const scene = openV3Scene()
    await scene.v3Paid()
    const reply = await scene.v3(JSAPI, { body: scene.v3Order() })
    expect([reply.status, reply.json]).toEqual([400, { code: 'INVALID_REQUEST', message: '该订单已支付' }])
  })

  test('when it was ordered through v2', async () => {
    const scene = openV3Scene()
    await scene.v2('/pay/unifiedorder', scene.order())
    expect((await scene.v3(JSAPI, { body: scene.v3Order() })).json['code']).toBe('INVALID_REQUEST')
  })
})

describe('time_expire', () => {
  test.each([
    ['2026-11-24T10:00:01+08:00', 60],
    ['2026-11-24T02:02:00Z', 120],
    ['2026-11-24T10:02:00.500+08:00', 120],
  ])('%s ends payment after %i seconds', async (time_expire, seconds) => {
    const scene = openV3Scene()
    await scene.v3(JSAPI, { body: scene.v3Order({ time_expire }) })
    scene.pass(seconds - 1)
    const unpaid = await scene.v3(`${NUMBER}?mchid=${scene.merchant.mchid}`)
    expect(unpaid.json['trade_state']).toBe('NOTPAY')
    scene.pass(2)
    await expect(scene.control('pay', { out_trade_no: 'T20261124001' })).rejects.toThrow('订单已超时')
  })
})

test('an order with weeks to pay it in is not closed before they are over', async () => {
  const scene = openV3Scene()
  const order = scene.v3Order({ time_expire: '2026-12-24T10:00:00+08:00' })
  await scene.v3(JSAPI, { body: order })
  scene.pass(29 * 24 * 3600)
  expect((await scene.v3(JSAPI, { body: order })).status).toBe(200)
  scene.pass(24 * 3600)
  const query = `${NUMBER}?mchid=${scene.merchant.mchid}`
  expect((await scene.v3(query)).json['trade_state']).toBe('CLOSED')
})

describe('closing', () => {
  const CLOSE = `${NUMBER}/close`

  test('spends the number, in the words reported where a world says so', async () => {
    const scene = openV3Scene(({ behaviour }) => {
      behaviour.closedReentry = 'INVALID_REQUEST'
    })
    await scene.v3(CLOSE, { body: { mchid: scene.merchant.mchid } })
    expect((await scene.v3(JSAPI, { body: scene.v3Order() })).json).toEqual({
      code: 'INVALID_REQUEST',
      message: '请求重入时，参数与首次请求时不一致',
    })
    expect(await scene.v2('/pay/unifiedorder', scene.order())).toMatchObject({
      err_code: 'INVALID_REQUEST',
      err_code_des: '201 商户订单号重复',
    })
  })

  test('is answered by 204 without a body, signed over an empty one, and again when repeated', async () => {
    const scene = openV3Scene()
    await scene.v3(JSAPI, { body: scene.v3Order() })
    for (const _time of ['first', 'again']) {
      const reply = await scene.v3(CLOSE, { body: { mchid: scene.merchant.mchid } })
      expect([reply.status, reply.text]).toEqual([204, ''])
      expect(await scene.isFromWechat(reply.headers, '')).toBe(true)
    }
    const closed = await scene.v3(`${NUMBER}?mchid=${scene.merchant.mchid}`)
    expect(closed.json).toMatchObject({ trade_state: 'CLOSED', trade_state_desc: '订单已关闭' })
    expect((await scene.v3(JSAPI, { body: scene.v3Order() })).json).toEqual({
      code: 'ORDER_CLOSED',
      message: '订单已关闭',
    })
  })

  test('of a paid order is refused', async () => {
    const scene = openV3Scene()
    await scene.v3Paid()
    const reply = await scene.v3(CLOSE, { body: { mchid: scene.merchant.mchid } })
    expect([reply.status, reply.json]).toEqual([400, { code: 'ORDER_PAID', message: '订单已支付' }])
  })

  test('of a number that no order has spends the number', async () => {
    const scene = openV3Scene()
    expect((await scene.v3(CLOSE, { body: { mchid: scene.merchant.mchid } })).status).toBe(204)
    expect((await scene.v3(JSAPI, { body: scene.v3Order() })).json['code']).toBe('ORDER_CLOSED')
  })

  test('of such a number is refused in a world that follows the documents', async () => {
    const scene = openV3Scene(({ behaviour }) => {
      behaviour.closeUnseen = 'refused'
    })
    const reply = await scene.v3(CLOSE, { body: { mchid: scene.merchant.mchid } })
    expect([reply.status, reply.json]).toEqual([404, { code: 'ORDER_NOT_EXIST', message: '订单不存在' }])
    expect((await scene.v3(JSAPI, { body: scene.v3Order() })).status).toBe(200)
  })
})

describe('queries', () => {
  test('an unknown number', async () => {
    const scene = openV3Scene()
    const reply = await scene.v3(`${NUMBER}?mchid=${scene.merchant.mchid}`)
    expect([reply.status, reply.json]).toEqual([404, { code: 'ORDER_NOT_EXIST', message: '订单不存在' }])
    expect(reply.headers.get('request-id')).toMatch(/-268512771$/)
  })

  test('another merchant’s payment', async () => {
    const scene = openV3Scene(withSubMerchant)
    await scene.v3Paid()
    const { resource } = await scene.newest()
    const [, other] = scene.world.merchants
    const target = `/v3/pay/transactions/id/${resource['transaction_id']}?mchid=${SUB_MCHID}`
    const reply = await scene.v3(target, other === undefined ? {} : { merchant: other })
    expect([reply.status, reply.json['message']]).toEqual([400, '商户号和订单不匹配'])
  })

  test('an order placed through v2 is found through v3, and the other way round', async () => {
    const scene = openV3Scene()
    await scene.paid('V2000001')
    const { mchid } = scene.merchant
    const found = await scene.v3(`/v3/pay/transactions/out-trade-no/V2000001?mchid=${mchid}`)
    expect(found.json).toMatchObject({ trade_state: 'SUCCESS', amount: { total: 12800 } })
    await scene.v3Paid('V3000001')
    const other = await scene.v2('/pay/orderquery', { ...scene.credentials(), out_trade_no: 'V3000001' })
    expect(other).toMatchObject({ trade_state: 'SUCCESS', total_fee: '12800' })
  })

  test('members come in the order captured, whoever relies on it', async () => {
    const scene = openV3Scene()
    await scene.v3Paid('T20261124001', { attach: 'table 4' })
    const { resource } = await scene.newest()
    expect(Object.keys(resource).join(' ')).toBe(
      'appid mchid out_trade_no transaction_id trade_type trade_state trade_state_desc bank_type attach success_time payer amount',
    )
    expect(Object.keys(resource['amount'] ?? {})).toEqual([
      'total',
      'payer_total',
      'currency',
      'payer_currency',
    ])
  })

  test('coupons are told one by one, NOCASH where v2 says NO_CASH', async () => {
    const scene = openV3Scene(({ users }) => {
      const coupon = { stockId: '9856000', minimumFen: 0, mchid: null, goodsTag: '' }
      users[0]?.coupons.push(
        { ...coupon, id: '1', name: '满减券', kind: 'CASH', fen: 500 },
        { ...coupon, id: '2', name: '立减', kind: 'NO_CASH', fen: 300 },
      )
    })
    await scene.v3Paid()
    const { resource } = await scene.newest()
    expect(resource).toMatchObject({
      amount: { total: 12800, payer_total: 12000 },
      promotion_detail: [
        { coupon_id: '1', scope: 'GLOBAL', type: 'CASH', amount: 500, wechatpay_contribute: 500 },
        { coupon_id: '2', scope: 'GLOBAL', type: 'NOCASH', amount: 300, merchant_contribute: 300 },
      ],
    })
    const asked = { ...scene.credentials(), out_trade_no: 'T20261124001', version: '1.0' }
    const { promotion_detail = '' } = await scene.v2('/pay/orderquery', asked)
    expect(JSON.parse(promotion_detail)).toMatchObject({
      promotion_detail: [
        { promotion_id: '1', type: 'COUPON', wxpay_contribute: 500, merchant_contribute: 0 },
        { promotion_id: '2', type: 'DISCOUNT', wxpay_contribute: 0, merchant_contribute: 300 },
      ],
    })
  })
})
