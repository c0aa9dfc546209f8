/** 合单: several orders paid by one act, announced once, closed and looked up together. */
import { describe, expect, test } from 'vitest'
import { openV3Scene, SUB_MCHID, type V3Scene, withSubMerchant } from './merchant-v3.fixture.ts'

const JSAPI = '/v3/combine-transactions/jsapi'
const NUMBER = '/v3/combine-transactions/out-trade-no/C20261124001'

function part(mchid: string, outTradeNo: string, total: number): Record<string, unknown> {
  return {
    mchid,
    attach: 'basket',
    amount: { total_amount: total, currency: 'CNY' },
    out_trade_no: outTradeNo,
    description: '明前龙井',
  }
}

function combination({ merchant, account, openid }: V3Scene, change: object = {}): object {
  return {
    combine_appid: account.appid,
    combine_mchid: merchant.mchid,
    combine_out_trade_no: 'C20261124001',
    scene_info: { payer_client_ip: '127.0.0.1', device_id: 'POS1' },
    sub_orders: [part(merchant.mchid, 'T20261124001', 100), part(SUB_MCHID, 'T20261124002', 200)],
    combine_payer_info: { openid },
    notify_url: 'https://shop.example.com/combined',
    ...change,
  }
}

test('one act pays all parts, one notification tells of them, one query shows them', async () => {
  const scene = openV3Scene(withSubMerchant)
  expect((await scene.v3(JSAPI, { body: combination(scene) })).json['prepay_id']).toMatch(/^wx\w{34}$/)
  const unpaid = await scene.v3(NUMBER)
  expect(unpaid.json).toEqual({
    combine_appid: scene.account.appid,
    combine_mchid: scene.merchant.mchid,
    combine_out_trade_no: 'C20261124001',
    scene_info: { device_id: 'POS1' },
    sub_orders: [
      {
        mchid: scene.merchant.mchid,
        out_trade_no: 'T20261124001',
        trade_state: 'NOTPAY',
        amount: { total_amount: 100, currency: 'CNY' },
      },
      {
        mchid: SUB_MCHID,
        out_trade_no: 'T20261124002',
        trade_state: 'NOTPAY',
        amount: { total_amount: 200, currency: 'CNY' },
      },
    ],
  })
  await scene.control('pay', { out_trade_no: 'C20261124001' })
  const { envelope, resource } = await scene.newest()
  expect(scene.delivered).toHaveLength(1)
  expect(envelope).toMatchObject({
    event_type: 'TRANSACTION.SUCCESS',
    resource: { original_type: 'transaction' },
  })
  const paid = (mchid: string, outTradeNo: string, total: number): object => ({
    mchid,
    out_trade_no: outTradeNo,
    transaction_id: expect.stringMatching(/^42000\d{23}$/),
    trade_type: 'JSAPI',
    trade_state: 'SUCCESS',
    bank_type: 'OTHERS',
    attach: 'basket',
    success_time: '2026-11-24T10:00:00+08:00',
    amount: { total_amount: total, payer_amount: total, currency: 'CNY', payer_currency: 'CNY' },
  })
  expect(resource).toEqual({
    combine_appid: scene.account.appid,
    combine_mchid: scene.merchant.mchid,
    combine_out_trade_no: 'C20261124001',
    scene_info: { device_id: 'POS1' },
    sub_orders: [paid(scene.merchant.mchid, 'T20261124001', 100), paid(SUB_MCHID, 'T20261124002', 200)],
    combine_payer_info: { openid: scene.openid },
  })
  const found = await scene.v3(NUMBER)
  expect(found.json).toMatchObject(resource)
  const byId = `/v3/combine-transactions/id/${found.json['combine_transaction_id']}`
  expect((await scene.v3(byId)).json).toEqual(found.json)
})

test('its parts are not found as single orders, and are refunded as such', async () => {
  const scene = openV3Scene(withSubMerchant)
  await scene.v3(JSAPI, { body: combination(scene) })
  await scene.control('pay', { out_trade_no: 'C20261124001' })
  const [, merchant = scene.merchant] = scene.world.merchants
  const single = `/v3/pay/transactions/out-trade-no/T20261124002?mchid=${SUB_MCHID}`
  expect((await scene.v3(single, { merchant })).json['code']).toBe('ORDER_NOT_EXIST')
  const body = {
    out_trade_no: 'T20261124002',
    out_refund_no: 'R1',
    amount: { refund: 50, total: 200, currency: 'CNY' },
  }
  expect((await scene.v3('/v3/refund/domestic/refunds', { body, merchant })).json['status']).toBe(
    'PROCESSING',
  )
  await scene.simulator.advance(4)
  const states = (await scene.v3(NUMBER)).json['sub_orders'] as { trade_state: string }[]
  expect(states.map(({ trade_state }) => trade_state)).toEqual(['SUCCESS', 'REFUND'])
})

test('v2 does not find its parts as orders either, and refunds them as such', async () => {
  const scene = openV3Scene(withSubMerchant)
  await scene.v3(JSAPI, { body: combination(scene) })
  const asked = { ...scene.credentials(), out_trade_no: 'T20261124001' }
  expect((await scene.v2('/pay/closeorder', asked))['err_code']).toBe('ORDERNOTEXIST')
  expect((await scene.v2('/pay/orderquery', asked))['err_code']).toBe('ORDERNOTEXIST')
  await scene.control('pay', { out_trade_no: 'C20261124001' })
  expect((await scene.v2('/pay/orderquery', asked))['err_code']).toBe('ORDERNOTEXIST')
  expect((await scene.v2('/secapi/pay/reverse', asked))['err_code']).toBe('ORDERNOTEXIST')
  const refund = scene.refundOf({ out_trade_no: 'T20261124001', total_fee: '100', refund_fee: '40' })
  expect((await scene.v2('/secapi/pay/refund', refund))['refund_fee']).toBe('40')
})

test('a payer without the money for all pays none', async () => {
  const scene = openV3Scene((world) => {
    withSubMerchant(world)
    for (const user of world.users) user.balanceFen = 299
  })
  await scene.v3(JSAPI, { body: combination(scene) })
  await expect(scene.control('pay', { out_trade_no: 'C20261124001' })).rejects.toThrow('余额不足')
  const states = (await scene.v3(NUMBER)).json['sub_orders'] as { trade_state: string }[]
  expect(states.map(({ trade_state }) => trade_state)).toEqual(['NOTPAY', 'NOTPAY'])
})

test('a provider combines orders of its sub-merchants', async () => {
  const scene = openV3Scene(withSubMerchant)
  const sub_orders = [{ ...part(scene.merchant.mchid, 'T20261124001', 100), sub_mchid: SUB_MCHID }]
  expect((await scene.v3(JSAPI, { body: combination(scene, { sub_orders }) })).status).toBe(200)
  await scene.control('pay', { out_trade_no: 'C20261124001' })
  expect((await scene.newest()).resource).toMatchObject({ sub_orders: [{ sub_mchid: SUB_MCHID }] })
})

test('a part names an account only that its sub-merchant is bound to', async () => {
  const scene = openV3Scene(withSubMerchant)
  const own = part(scene.merchant.mchid, 'T20261124001', 100)
  const sub_orders = [{ ...own, sub_mchid: SUB_MCHID, sub_appid: 'wx0000000000000000' }]
  expect((await scene.v3(JSAPI, { body: combination(scene, { sub_orders }) })).json['code']).toBe(
    'APPID_MCHID_NOT_MATCH',
  )
})

describe('closing', () => {
  const close = (scene: V3Scene, numbers: [string, string][]): object => ({
    combine_appid: scene.account.appid,
    sub_orders: numbers.map(([mchid, out_trade_no]) => ({ mchid, out_trade_no })),
  })

  test('lists every part', async () => {
    const scene = openV3Scene(withSubMerchant)
    await scene.v3(JSAPI, { body: combination(scene) })
    const { mchid } = scene.merchant
    const some = await scene.v3(`${NUMBER}/close`, { body: close(scene, [[mchid, 'T20261124001']]) })
    expect([some.status, some.json['code']]).toEqual([400, 'INVALID_REQUEST'])
    const all = close(scene, [
      [SUB_MCHID, 'T20261124002'],
      [mchid, 'T20261124001'],
    ])
    expect((await scene.v3(`${NUMBER}/close`, { body: all })).status).toBe(204)
    expect((await scene.v3(`${NUMBER}/close`, { body: all })).status).toBe(204)
    expect((await scene.v3(NUMBER)).json).toMatchObject({
      sub_orders: [{ trade_state: 'CLOSED' }, { trade_state: 'CLOSED' }],
    })
    expect((await scene.v3(JSAPI, { body: combination(scene) })).json['code']).toBe('ORDER_CLOSED')
  })

  test('of a paid one is refused', async () => {
    const scene = openV3Scene(withSubMerchant)
    await scene.v3(JSAPI, { body: combination(scene) })
    await scene.control('pay', { out_trade_no: 'C20261124001' })
    const body = close(scene, [
      [scene.merchant.mchid, 'T20261124001'],
      [SUB_MCHID, 'T20261124002'],
    ])
    expect((await scene.v3(`${NUMBER}/close`, { body })).json['code']).toBe('ORDER_PAID')
  })
})

describe('refused', () => {
  test.each<[string, (scene: V3Scene) => object, string]>([
    [
      'one part only',
      ({ merchant }) => ({ sub_orders: [part(merchant.mchid, 'T20261124001', 1)] }),
      '子单数量必须在2到10之间',
    ],
    [
      'a number twice',
      ({ merchant }) => ({ sub_orders: [1, 2].map((fen) => part(merchant.mchid, 'T20261124001', fen)) }),
      '子单商户订单号重复',
    ],
    [
      'a part of nobody',
      () => ({ sub_orders: [part('1900000999', 'T20261124001', 1), part(SUB_MCHID, 'T20261124002', 1)] }),
      '商户号不存在',
    ],
    [
      'a part without attach',
      () => ({ sub_orders: [{ ...part(SUB_MCHID, 'T20261124001', 1), attach: undefined }] }),
      '输入源“/body/sub_orders/0/attach”映射到字段“附加数据”必填性规则校验失败，此字段为必填项',
    ],
    ['an openid of nobody', () => ({ combine_payer_info: { openid: 'oNobody' } }), '无效的openid'],
  ])('%s', async (_what, change, message) => {
    const scene = openV3Scene(withSubMerchant)
    const reply = await scene.v3(JSAPI, { body: combination(scene, change(scene)) })
    expect([reply.status, reply.json['message']]).toEqual([400, message])
  })

  test('the same number with another settlement', async () => {
    const scene = openV3Scene(withSubMerchant)
    await scene.v3(JSAPI, { body: combination(scene) })
    const sub_orders = [
      { ...part(scene.merchant.mchid, 'T20261124001', 100), settle_info: { profit_sharing: true } },
      part(SUB_MCHID, 'T20261124002', 200),
    ]
    expect((await scene.v3(JSAPI, { body: combination(scene, { sub_orders }) })).json['message']).toBe(
      '重复下单且结算信息不一致',
    )
  })

  test('the same number with other parts', async () => {
    const scene = openV3Scene(withSubMerchant)
    const first = await scene.v3(JSAPI, { body: combination(scene) })
    expect((await scene.v3(JSAPI, { body: combination(scene) })).json).toEqual(first.json)
    const sub_orders = [part(scene.merchant.mchid, 'T20261124001', 101), part(SUB_MCHID, 'T20261124002', 200)]
    expect((await scene.v3(JSAPI, { body: combination(scene, { sub_orders }) })).json['message']).toBe(
      '请求重入时，参数与首次请求时不一致',
    )
  })

  test('a part that belongs to another combination, whatever else is the same', async () => {
    const scene = openV3Scene(withSubMerchant)
    await scene.v3(JSAPI, { body: combination(scene) })
    const other = await scene.v3(JSAPI, {
      body: combination(scene, { combine_out_trade_no: 'C20261124002' }),
    })
    expect([other.status, other.json['message']]).toEqual([400, '请求重入时，参数与首次请求时不一致'])
    await scene.control('pay', { out_trade_no: 'C20261124001' })
    expect(await scene.control('orders?out_trade_no=T20261124001')).toMatchObject([
      { trade_state: 'SUCCESS', combine_out_trade_no: 'C20261124001' },
    ])
  })

  test('a combination that was left unpaid for a week', async () => {
    const scene = openV3Scene(withSubMerchant)
    await scene.v3(JSAPI, { body: combination(scene) })
    scene.pass(7 * 24 * 3600)
    expect((await scene.v3(JSAPI, { body: combination(scene) })).json['code']).toBe('ORDER_CLOSED')
  })

  test('a part whose number is an order already', async () => {
    const scene = openV3Scene(withSubMerchant)
    await scene.v3Paid('T20261124001')
    expect((await scene.v3(JSAPI, { body: combination(scene) })).json['message']).toBe('该订单已支付')
  })
})
