import { expect, test } from 'vitest'
import { openShop } from './wechat.fixture.ts'

const MINUTE = 60_000

test('an order that nobody began to pay is closed without asking WeChat', async () => {
  const shop = await openShop()
  const order = await shop.order()
  expect(await shop.engine.closeOrder(order.orderId)).toMatchObject({ state: 'closed' })
  expect([...shop.wechat.queries, ...shop.wechat.closes]).toEqual([])
  await shop.sweep()
  expect(shop.events).toMatchObject([{ type: 'order.closed', order: { orderId: order.orderId } }])
})

test('an order with a pay sheet is closed at WeChat first, after asking whether it was paid', async () => {
  const shop = await openShop()
  const order = await shop.order()
  await shop.prepay(order)
  expect(await shop.engine.closeOrder(order.orderId)).toMatchObject({ state: 'closed' })
  const [prepay] = shop.wechat.prepays
  expect(shop.wechat.queries).toEqual([prepay?.outTradeNo])
  expect(shop.wechat.closes).toEqual([prepay?.outTradeNo])
  expect((await shop.engine.closeOrder(order.orderId)).state, 'again').toBe('closed')
  expect(shop.wechat.closes).toHaveLength(1)
})

test('closing finds a payment that was faster', async () => {
  const shop = await openShop()
  const order = await shop.order()
  await shop.prepay(order)
  shop.wechat.pay(shop.wechat.prepays[0]?.outTradeNo ?? '')
  expect(await shop.engine.closeOrder(order.orderId)).toMatchObject({ state: 'paid', paidVia: 'query' })
  expect(shop.wechat.closes).toEqual([])
})

test.each([
  ['query', 'lost'],
  ['close', 'lost'],
  ['close', 'answer-lost'],
  ['close', 'refused'],
] as const)(
  'when the answer to %s is %s, the order stays unpaid, cannot be paid, and the sweep closes it',
  async (verb, fault) => {
    const shop = await openShop()
    const order = await shop.order()
    await shop.prepay(order)
    shop.wechat.fault(verb, fault)
    await expect(shop.engine.closeOrder(order.orderId)).rejects.toMatchObject({ code: 'try_again' })
    expect(await shop.engine.order(order.orderId)).toMatchObject({ state: 'unpaid' })
    shop.pass(MINUTE)
    await shop.sweep()
    expect(await shop.engine.order(order.orderId)).toMatchObject({ state: 'closed' })
    expect(shop.events.map(({ type }) => type)).toEqual(['order.closed'])
  },
)

test('an open payment that WeChat does not know is only believed to be gone when it is not new', async () => {
  const shop = await openShop()
  const order = await shop.order()
  await shop.prepay(order)
  shop.wechat.forget(shop.wechat.prepays[0]?.outTradeNo ?? '')
  await expect(shop.engine.closeOrder(order.orderId)).rejects.toMatchObject({ code: 'try_again' })
  shop.pass(5 * MINUTE)
  expect(await shop.engine.closeOrder(order.orderId)).toMatchObject({ state: 'closed' })
})

test('an unknown order cannot be closed', async () => {
  const shop = await openShop()
  await expect(shop.engine.closeOrder('ord_none')).rejects.toMatchObject({ code: 'order_not_found' })
})
