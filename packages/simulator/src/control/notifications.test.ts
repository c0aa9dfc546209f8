/** Notifications on demand: recorded, triggered, replayed, sent to a laptop. */
import { describe, expect, test } from 'vitest'
import { openScene, START } from '../merchant.fixture.ts'
import { signV2 } from '../pay-v2/sign.ts'
import { readXml } from '../pay-v2/xml.ts'
import { openV3Scene } from '../pay-v3/merchant-v3.fixture.ts'

const NUMBER = 'T20261124001'
const HERE = 'http://localhost:3000/wechat'

test('each notification is listed with its deliveries, and when it will be repeated', async () => {
  const scene = openScene()
  scene.acknowledge = () => new Response('busy', { status: 500 })
  await scene.paid()
  await scene.simulator.advance(20)
  const url = 'https://shop.example.com/notify'
  const attempt = { url, status: 500, acknowledged: false }
  expect(await scene.control('notifications')).toMatchObject([
    {
      id: 1,
      title: 'payment notification',
      url,
      mchid: scene.merchant.mchid,
      out_trade_no: NUMBER,
      state: 'waiting',
      next_at: new Date(START + 30_000).toISOString(),
      attempts: [
        { ...attempt, at: new Date(START).toISOString() },
        { ...attempt, at: new Date(START + 15_000).toISOString() },
      ],
    },
  ])
  await scene.simulator.advance(24 * 3600 + 300)
  expect(await scene.control('notifications/1')).toMatchObject({ state: 'given-up' })
  await expect(scene.control('notifications/2')).rejects.toThrow(/^404 .*没有这个通知/)
})

describe('trigger', () => {
  test('makes up a paid order, and tells of it as WeChat does', async () => {
    const { control, delivered, merchant, account, openid } = openScene()
    const asked = { event: 'payment.success', out_trade_no: 'ANY', total_fee: 1234, attach: '茶', url: HERE }
    expect(await control('trigger', asked)).toMatchObject({ state: 'acknowledged', out_trade_no: 'ANY' })
    const fields = readXml(delivered[0]?.body ?? '') ?? {}
    expect(delivered[0]?.url).toBe(HERE)
    expect(fields).toMatchObject({
      mch_id: merchant.mchid,
      appid: account.appid,
      openid,
      attach: '茶',
      cash_fee: '1234',
    })
    expect(fields['sign']).toBe(signV2(fields, merchant.apiKey, 'MD5'))
    expect(await control('orders')).toEqual([])
  })

  test('tells of an order that is there with its own numbers, and changes nothing about it', async () => {
    const scene = openScene()
    await scene.paid()
    await scene.simulator.settle()
    await scene.control('trigger', { event: 'payment.success', out_trade_no: NUMBER })
    const [first, again] = scene.delivered.map(({ body }) => readXml(body))
    expect(again?.['transaction_id']).toBe(first?.['transaction_id'])
    await scene.control('trigger', {
      event: 'refund.success',
      out_trade_no: NUMBER,
      refund_fee: 1,
      url: HERE,
    })
    expect(scene.delivered[2]?.body).toContain('<req_info>')
    expect(await scene.control('orders')).toMatchObject([{ trade_state: 'SUCCESS', refunded_fee: 0 }])
    expect(await scene.control('refunds')).toEqual([])
  })

  test('tells of an unpaid order although nobody could pay it any more', async () => {
    const scene = openScene()
    await scene.v2('/pay/unifiedorder', scene.order({ time_expire: '20261124100500', attach: '茶' }))
    scene.pass(600)
    await scene.control('trigger', { event: 'payment.success', out_trade_no: NUMBER })
    expect(readXml(scene.delivered[0]?.body ?? '')).toMatchObject({ out_trade_no: NUMBER, attach: '茶' })
  })

  test.each([
    ['payment.success', 'TRANSACTION.SUCCESS', { trade_state: 'SUCCESS', out_trade_no: 'ANY' }],
    ['refund.success', 'REFUND.SUCCESS', { refund_status: 'SUCCESS', out_refund_no: 'RANY' }],
    ['refund.abnormal', 'REFUND.ABNORMAL', { refund_status: 'ABNORMAL' }],
    ['refund.closed', 'REFUND.CLOSED', { refund_status: 'CLOSED' }],
  ])('%s of v3 is %s, signed and encrypted', async (event, type, said) => {
    const scene = openV3Scene()
    await scene.control('trigger', { event, version: 'v3', out_trade_no: 'ANY', url: HERE })
    const { envelope, resource } = await scene.newest()
    expect(envelope['event_type']).toBe(type)
    expect(resource).toMatchObject({ mchid: scene.merchant.mchid, ...said })
  })

  test.each([
    [{ event: 'payment.failed' }, /^400 .*无效选项.*event/s],
    [{ event: 'payment.success', url: 'ftp://x' }, /^400 .*url/],
    [{ event: 'payment.success', amount: 1 }, /^400 .*amount/],
    [{ event: 'payment.success' }, /^409 .*a url is needed/],
    [{ event: 'payment.success', mchid: '99', url: HERE }, /^409 .*no merchant 99/],
    [{ event: 'refund.success', total_fee: 10, refund_fee: 11, url: HERE }, /^409 .*over-the-rest/],
  ])('%o is refused', async (asked, words) => {
    await expect(openScene().control('trigger', asked)).rejects.toThrow(words)
  })

  test('says when WeChat would say nothing', async () => {
    const { control } = openScene(({ merchants }) => {
      for (const merchant of merchants) merchant.apiV3Key = null
    })
    const asked = { event: 'payment.success', version: 'v3', url: HERE }
    await expect(control('trigger', asked)).rejects.toThrow(/^409 .*no APIv3 key/)
  })
})

test('a recorded one is sent again, once, whatever became of it', async () => {
  const scene = openV3Scene()
  await scene.control('faults', { kind: 'notification-lost' })
  await scene.v3Paid()
  await scene.simulator.advance(60)
  expect(scene.delivered).toHaveLength(0)
  scene.acknowledge = () => new Response(null, { status: 500 })
  expect(await scene.control('replay', { id: 1 })).toMatchObject({ attempts: [{ status: 500 }] })
  const { resource, headers } = await scene.newest()
  expect(resource['out_trade_no']).toBe(NUMBER)
  expect(Number(headers['wechatpay-timestamp'])).toBe(START / 1000 + 60)
  await scene.simulator.advance(24 * 3600)
  expect(scene.delivered).toHaveLength(1)
  await expect(scene.control('replay', { id: 9 })).rejects.toThrow(/^404/)
})

describe('forward', () => {
  test('sends every merchant’s notifications to one address until it ends', async () => {
    const scene = openScene()
    await scene.control('forward', { to: HERE })
    expect(await scene.control('forward')).toEqual({ to: HERE })
    await scene.paid('T20261124001')
    await scene.simulator.settle()
    await scene.control('trigger', { event: 'payment.success' })
    await scene.send('http://localhost:9090/_simulator/forward', { method: 'DELETE' })
    await scene.paid('T20261124002')
    await scene.simulator.settle()
    expect(scene.delivered.map(({ url }) => url)).toEqual([HERE, HERE, 'https://shop.example.com/notify'])
  })

  test('goes to this machine only, unless another one is meant', async () => {
    const { control } = openScene()
    const to = 'https://shop.example.com/notify'
    await expect(control('forward', { to })).rejects.toThrow(/^400 .*只转发到本机/)
    expect(await control('forward', { to, anywhere: true })).toEqual({ to })
  })
})
