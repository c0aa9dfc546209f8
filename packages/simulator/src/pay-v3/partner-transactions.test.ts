/** A provider (服务商) orders, queries, closes and refunds for its sub-merchants. */
import { describe, expect, test } from 'vitest'
import { openV3Scene, SUB_APPID, SUB_MCHID, type V3Scene, withSubMerchant } from './merchant-v3.fixture.ts'

const JSAPI = '/v3/pay/partner/transactions/jsapi'
const NUMBER = '/v3/pay/partner/transactions/out-trade-no/T20261124001'

function order({ merchant, account, openid }: V3Scene, change: object = {}): object {
  return {
    sp_appid: account.appid,
    sp_mchid: merchant.mchid,
    sub_mchid: SUB_MCHID,
    description: '分店 明前龙井',
    out_trade_no: 'T20261124001',
    notify_url: 'https://shop.example.com/notify',
    amount: { total: 8800 },
    payer: { sp_openid: openid },
    ...change,
  }
}

const query = ({ merchant }: V3Scene, subMchid = SUB_MCHID): string =>
  `?sp_mchid=${merchant.mchid}&sub_mchid=${subMchid}`

test('an order for a sub-merchant is paid to it, announced to the provider and found by both numbers', async () => {
  const scene = openV3Scene(withSubMerchant)
  expect((await scene.v3(JSAPI, { body: order(scene) })).status).toBe(200)
  await scene.control('pay', { out_trade_no: 'T20261124001' })
  const { resource } = await scene.newest()
  expect(resource).toMatchObject({
    sp_appid: scene.account.appid,
    sp_mchid: scene.merchant.mchid,
    sub_mchid: SUB_MCHID,
    trade_state: 'SUCCESS',
    payer: { sp_openid: scene.openid },
    amount: { total: 8800 },
  })
  expect(resource).not.toHaveProperty('mchid')
  expect((await scene.v3(NUMBER + query(scene))).json).toEqual(resource)
  const byId = `/v3/pay/partner/transactions/id/${resource['transaction_id']}`
  expect((await scene.v3(byId + query(scene))).json).toEqual(resource)
})

test('a payer named in the sub-merchant’s scope is somebody in the provider’s too', async () => {
  const scene = openV3Scene(withSubMerchant)
  const body = order(scene, { sub_appid: SUB_APPID, payer: { sub_openid: 'sub-xiaoming' } })
  await scene.v3(JSAPI, { body })
  await scene.control('pay', { out_trade_no: 'T20261124001' })
  expect((await scene.newest()).resource).toMatchObject({
    sub_appid: SUB_APPID,
    payer: { sp_openid: scene.openid, sub_openid: 'sub-xiaoming' },
  })
})

test('a payer whom only the sub-merchant knows has no openid of the provider’s', async () => {
  const scene = openV3Scene((world) => {
    withSubMerchant(world)
    const [, user] = world.users
    if (user) user.openids = { [SUB_APPID]: 'sub-xiaohong' }
  })
  await scene.v3(JSAPI, {
    body: order(scene, { sub_appid: SUB_APPID, payer: { sub_openid: 'sub-xiaohong' } }),
  })
  await scene.control('pay', { out_trade_no: 'T20261124001' })
  expect((await scene.newest()).resource['payer']).toEqual({ sub_openid: 'sub-xiaohong' })
})

test('a refund names the sub-merchant, when asked for, found and announced', async () => {
  const scene = openV3Scene(withSubMerchant)
  await scene.v3(JSAPI, { body: order(scene) })
  await scene.control('pay', { out_trade_no: 'T20261124001' })
  const refund = {
    sub_mchid: SUB_MCHID,
    out_trade_no: 'T20261124001',
    out_refund_no: 'R1',
    notify_url: 'https://shop.example.com/refunds',
    amount: { refund: 800, total: 8800, currency: 'CNY' },
  }
  const refunds = '/v3/refund/domestic/refunds'
  expect((await scene.v3(refunds, { body: refund })).json['status']).toBe('PROCESSING')
  expect((await scene.v3(refunds, { body: { ...refund, sub_mchid: undefined } })).json['code']).toBe(
    'RESOURCE_NOT_EXISTS',
  )
  await scene.simulator.advance(4)
  expect((await scene.newest()).resource).toMatchObject({
    sp_mchid: scene.merchant.mchid,
    sub_mchid: SUB_MCHID,
    refund_status: 'SUCCESS',
  })
  expect((await scene.v3(`${refunds}/R1?sub_mchid=${SUB_MCHID}`)).json['status']).toBe('SUCCESS')
  expect((await scene.v3(`${refunds}/R1`)).status).toBe(404)
})

test('neither its number nor WeChat’s finds it without the sub-merchant, in v2 or v3', async () => {
  const scene = openV3Scene(withSubMerchant)
  await scene.v3(JSAPI, { body: order(scene) })
  await scene.control('pay', { out_trade_no: 'T20261124001' })
  const { resource } = await scene.newest()
  const asked = { ...scene.credentials(), transaction_id: String(resource['transaction_id']) }
  expect((await scene.v2('/pay/orderquery', asked))['err_code']).toBe('ORDERNOTEXIST')
  await scene.control('faults', { kind: 'refund-abnormal' })
  const refunds = '/v3/refund/domestic/refunds'
  const amount = { refund: 800, total: 8800, currency: 'CNY' }
  const refund = { sub_mchid: SUB_MCHID, out_trade_no: 'T20261124001', out_refund_no: 'R1', amount }
  const { json } = await scene.v3(refunds, { body: refund })
  await scene.simulator.advance(4)
  const repair = `${refunds}/${json['refund_id']}/apply-abnormal-refund`
  const body = { out_refund_no: 'R1', type: 'MERCHANT_BANK_CARD' }
  expect((await scene.v3(repair, { body })).status).toBe(404)
  expect((await scene.v3(repair, { body: { ...body, sub_mchid: SUB_MCHID } })).json['status']).toBe(
    'PROCESSING',
  )
})

test('the same number belongs to each sub-merchant by itself', async () => {
  const scene = openV3Scene((world) => {
    withSubMerchant(world)
    world.merchants[0]?.subMerchants.push('1900000110')
  })
  await scene.v3(JSAPI, { body: order(scene) })
  const other = await scene.v3(JSAPI, {
    body: order(scene, { sub_mchid: '1900000110', description: 'other' }),
  })
  expect(other.status).toBe(200)
  await expect(scene.control('pay', { out_trade_no: 'T20261124001' })).rejects.toThrow(/^409 .*mchid/)
  await scene.control('pay', { out_trade_no: 'T20261124001', mchid: '1900000110' })
  expect(await scene.control('orders')).toMatchObject([
    { sub_mchid: SUB_MCHID, trade_state: 'NOTPAY' },
    { sub_mchid: '1900000110', trade_state: 'SUCCESS' },
  ])
  const refund = {
    out_trade_no: 'T20261124001',
    out_refund_no: 'R1',
    amount: { refund: 100, total: 8800, currency: 'CNY' },
  }
  await scene.control('pay', { out_trade_no: 'T20261124001', mchid: SUB_MCHID })
  for (const sub_mchid of [SUB_MCHID, '1900000110'])
    expect((await scene.v3('/v3/refund/domestic/refunds', { body: { ...refund, sub_mchid } })).status).toBe(
      200,
    )
  await expect(scene.control('refunds/R1', { action: 'close' })).rejects.toThrow(/^409 .*mchid/)
  await scene.control('refunds/R1', { action: 'close', mchid: SUB_MCHID })
})

test('two openids name one payer, each in its own scope', async () => {
  const scene = openV3Scene(withSubMerchant)
  const placed = async (payer: object): Promise<unknown> =>
    (await scene.v3(JSAPI, { body: order(scene, { sub_appid: SUB_APPID, payer }) })).json['message']
  expect(await placed({ sp_openid: 'garbage', sub_openid: 'sub-xiaoming' })).toBe('无效的openid')
  expect(await placed({ sp_openid: scene.openid, sub_openid: 'sub-xiaohong' })).toBe('appid和openid不匹配')
  expect(await placed({ sp_openid: scene.openid, sub_openid: 'sub-xiaoming' })).toBeUndefined()
  await scene.control('pay', { out_trade_no: 'T20261124001', openid: 'sub-xiaoming' })
})

test('closing names both', async () => {
  const scene = openV3Scene(withSubMerchant)
  await scene.v3(JSAPI, { body: order(scene) })
  const body = { sp_mchid: scene.merchant.mchid, sub_mchid: SUB_MCHID }
  expect((await scene.v3(`${NUMBER}/close`, { body })).status).toBe(204)
  expect((await scene.v3(NUMBER + query(scene))).json['trade_state']).toBe('CLOSED')
})

describe('refused', () => {
  test.each<[string, object, string, string]>([
    ['a sub-merchant of somebody else', { sub_mchid: '1900000110' }, 'INVALID_REQUEST', '受理关系不存在'],
    ['a sub-merchant that does not exist', { sub_mchid: '1900000999' }, 'MCH_NOT_EXISTS', '商户号不存在'],
    ['nobody who pays', { payer: {} }, 'PARAM_ERROR', 'JSAPI支付必须传openid'],
    [
      'a sub_openid without sub_appid',
      { payer: { sub_openid: 'sub-xiaoming' } },
      'PARAM_ERROR',
      '传入sub_openid时必须传入sub_appid',
    ],
    [
      'another provider in the body',
      { sp_mchid: SUB_MCHID },
      'PARAM_ERROR',
      'http header中的mchid与post payload中的mchid不匹配',
    ],
    [
      'a sub_appid that is not the sub-merchant’s',
      { sub_appid: 'wx0000000000000000' },
      'APPID_MCHID_NOT_MATCH',
      'appid和mch_id不匹配',
    ],
  ])('%s', async (_what, change, code, message) => {
    const scene = openV3Scene(withSubMerchant)
    const reply = await scene.v3(JSAPI, { body: order(scene, change) })
    expect([reply.status, reply.json]).toEqual([400, { code, message }])
  })

  test('what the sub-merchant itself may not do', async () => {
    const scene = openV3Scene(withSubMerchant)
    await scene.v3(JSAPI, { body: order(scene) })
    await scene.control('pay', { out_trade_no: 'T20261124001' })
    const [, sub = scene.merchant] = scene.world.merchants
    sub.permissions = { jsapi: false, refund: false }
    const amount = { refund: 800, total: 8800, currency: 'CNY' }
    const refund = { sub_mchid: SUB_MCHID, out_trade_no: 'T20261124001', out_refund_no: 'R1', amount }
    const refused = { code: 'NO_AUTH', message: '特约子商户商户号未授权服务商的产品权限' }
    expect((await scene.v3('/v3/refund/domestic/refunds', { body: refund })).json).toEqual(refused)
    expect((await scene.v3(JSAPI, { body: order(scene, { out_trade_no: 'T20261124002' }) })).json).toEqual(
      refused,
    )
    expect((await scene.v3(NUMBER + query(scene))).status).toBe(200)
  })

  test('the provider as its own sub-merchant', async () => {
    const scene = openV3Scene(withSubMerchant)
    const reply = await scene.v3(JSAPI, { body: order(scene, { sub_mchid: scene.merchant.mchid }) })
    expect(reply.json['message']).toBe('子商户mchid不能与自身mchid相同')
  })

  test('a payment of one sub-merchant asked for under another', async () => {
    const scene = openV3Scene((world) => {
      withSubMerchant(world)
      world.merchants[0]?.subMerchants.push('1900000110')
    })
    await scene.v3(JSAPI, { body: order(scene) })
    await scene.control('pay', { out_trade_no: 'T20261124001' })
    const { resource } = await scene.newest()
    const target = `/v3/pay/partner/transactions/id/${resource['transaction_id']}${query(scene, '1900000110')}`
    expect((await scene.v3(target)).json['message']).toBe('子商户号和订单信息不匹配')
  })
})
