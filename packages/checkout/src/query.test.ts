import { expect, test } from 'vitest'
import { openShop } from './wechat.fixture.ts'

test("after the page's ok a lost notification is made up for by asking WeChat", async () => {
  const shop = await openShop()
  const order = await shop.order()
  await shop.prepay(order)
  shop.wechat.pay(shop.wechat.prepays[0]?.outTradeNo ?? '')
  expect(await shop.engine.confirm(order.orderId)).toMatchObject({ state: 'paid', paidVia: 'query' })
  await shop.sweep()
  expect(shop.events).toMatchObject([{ type: 'order.paid' }])
})

test('however often a page asks, WeChat is asked at most once a second, and not at all in the end', async () => {
  const shop = await openShop()
  const order = await shop.order()
  await shop.prepay(order)
  const second = shop.secondProcess()
  const { orderId } = order
  await Promise.all([shop.engine.confirm(orderId), second.confirm(orderId), shop.engine.confirm(orderId)])
  expect(shop.wechat.queries).toHaveLength(1)
  shop.pass(999)
  await second.confirm(orderId)
  expect(shop.wechat.queries).toHaveLength(1)
  shop.wechat.pay(shop.wechat.prepays[0]?.outTradeNo ?? '')
  shop.pass(1)
  expect((await second.confirm(orderId)).state).toBe('paid')
  shop.pass(10_000)
  expect((await shop.engine.confirm(orderId)).state).toBe('paid')
  expect(shop.wechat.queries).toHaveLength(2)
})

test('an order without an attempt is not asked about; an unknown one is an error', async () => {
  const shop = await openShop()
  const order = await shop.order()
  expect(await shop.engine.confirm(order.orderId)).toEqual(order)
  expect(shop.wechat.queries).toEqual([])
  await expect(shop.engine.confirm('ord_none')).rejects.toMatchObject({ code: 'order_not_found' })
})

test.each(['lost', 'refused'] as const)('an answer that was %s leaves the order as it was', async (fault) => {
  const shop = await openShop()
  const order = await shop.order()
  await shop.prepay(order)
  shop.wechat.fault('query', fault)
  expect(await shop.engine.confirm(order.orderId)).toMatchObject({ state: 'unpaid' })
  expect(shop.log).toMatchObject([{ level: 'warn', event: expect.stringMatching(/^query\./) }])
})
