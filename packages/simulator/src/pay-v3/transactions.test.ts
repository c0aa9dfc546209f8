/** JSAPI orders of Pay v3: opened, come upon again, found, paid, closed. */
import { expect, test } from 'vitest'
import { openV3Scene } from './merchant-v3.fixture.ts'

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
