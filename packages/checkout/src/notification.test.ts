import { expect, test } from 'vitest'
import type { Order } from './order.ts'
import { NOW, openShop, PAYER, type Shop } from './wechat.fixture.ts'

test('a paid order is recorded, acknowledged, and told to the merchant once', async () => {
  const shop = await openShop()
  const { order, outTradeNo } = await onSale(shop)
  shop.wechat.pay(outTradeNo)
  expect(await shop.notify(shop.wechat.notification(outTradeNo))).toBe('SUCCESS')
  const paid = await shop.engine.order(order.orderId)
  expect(paid).toMatchObject({
    state: 'paid',
    paidVia: 'notification',
    paidAt: new Date(NOW).toISOString(),
    transactionId: `4200-${outTradeNo}`,
    outTradeNo,
    payer: PAYER,
  })
  await shop.sweep()
  expect(shop.events).toEqual([
    { id: expect.stringMatching(/^evt_/), type: 'order.paid', occurredAt: expect.any(String), order: paid },
  ])
})

test('the same notification again is acknowledged and changes nothing', async () => {
  const shop = await openShop()
  const { outTradeNo } = await onSale(shop)
  shop.wechat.pay(outTradeNo)
  const body = shop.wechat.notification(outTradeNo)
  expect([await shop.notify(body), await shop.notify(body)]).toEqual(['SUCCESS', 'SUCCESS'])
  await shop.sweep()
  expect(shop.events).toHaveLength(1)
})

test('copies of one notification and a query, all at once, in two processes, leave one order.paid', async () => {
  const shop = await openShop()
  const { order, outTradeNo } = await onSale(shop)
  shop.wechat.pay(outTradeNo)
  const body = shop.wechat.notification(outTradeNo)
  const second = shop.secondProcess()
  const answers = await Promise.all([
    shop.notify(body),
    second.receiveNotification({ account: 'default', body }),
    shop.notify(body),
    shop.engine.confirm(order.orderId),
  ])
  expect(answers).toMatchObject(['SUCCESS', { body: 'SUCCESS' }, 'SUCCESS', { state: 'paid' }])
  await shop.sweep()
  expect(shop.events).toMatchObject([{ type: 'order.paid' }])
})

test('a slow subscriber does not delay the acknowledgement', async () => {
  const shop = await openShop()
  const { outTradeNo } = await onSale(shop)
  let shipped = (): void => {}
  shop.engine.subscribe('order.paid', () => new Promise<void>((resolve) => (shipped = resolve)))
  shop.wechat.pay(outTradeNo)
  expect(await shop.notify(shop.wechat.notification(outTradeNo))).toBe('SUCCESS')
  await expect.poll(() => shop.events.length).toBe(1)
  shipped()
})

test.each([
  ['another sum', { totalFen: 1 }, 'wrong_sum'],
  ['another currency', { currency: 'USD' }, 'wrong_sum'],
  ['another payer', { payer: 'oSomebodyElse' }, 'wrong_payer'],
] as const)('a payment of %s waits for a person and is not fulfilled', async (_what, change, reason) => {
  const shop = await openShop()
  const { order, outTradeNo } = await onSale(shop)
  shop.wechat.pay(outTradeNo, change)
  expect(await shop.notify(shop.wechat.notification(outTradeNo))).toBe('SUCCESS')
  const review = { reason, outTradeNo, transactionId: `4200-${outTradeNo}` }
  expect(await shop.engine.order(order.orderId)).toMatchObject({ state: 'review', review })
  expect(await shop.prepay(order)).toMatchObject({ state: 'review' })
  await shop.sweep()
  expect(shop.events).toMatchObject([{ type: 'order.review', review }])
})

test('money that arrives after the order was closed waits for a person', async () => {
  const shop = await openShop()
  const { order, outTradeNo } = await onSale(shop)
  const payment = { ...paid(outTradeNo), totalFen: 990 }
  expect((await shop.engine.closeOrder(order.orderId)).state).toBe('closed')
  expect(await shop.notify(shop.wechat.notification(outTradeNo, { payment }))).toBe('SUCCESS')
  expect(await shop.engine.order(order.orderId)).toMatchObject({
    state: 'review',
    review: { reason: 'paid_after_close', totalFen: 990, payer: PAYER },
  })
  await shop.sweep()
  expect(shop.events.map(({ type }) => type)).toEqual(['order.closed', 'order.review'])
})

test('a second payment of a paid order leaves it paid, and is seen', async () => {
  const shop = await openShop()
  const { order, outTradeNo: first } = await onSale(shop, { expiresInSeconds: 86_400 })
  shop.pass(2 * 3600_000)
  await shop.prepay(order)
  const second = shop.wechat.prepays.at(-1)?.outTradeNo ?? ''
  for (const number of [first, second, first]) {
    const notice = shop.wechat.notification(number, { payment: paid(number) })
    expect(await shop.notify(notice)).toBe('SUCCESS')
  }
  expect(await shop.engine.order(order.orderId)).toMatchObject({
    state: 'paid',
    outTradeNo: first,
    review: { reason: 'paid_twice', outTradeNo: second },
  })
  await shop.sweep()
  expect(shop.events.map(({ type }) => type)).toEqual(['order.paid', 'order.review'])
})

test('money for an attempt that was replaced pays the order, and the attempt left open is closed', async () => {
  const shop = await openShop()
  const { order, outTradeNo: first } = await onSale(shop, { expiresInSeconds: 86_400 })
  shop.pass(2 * 3600_000)
  await shop.prepay(order)
  await shop.notify(shop.wechat.notification(first, { payment: paid(first) }))
  expect(await shop.engine.order(order.orderId)).toMatchObject({ state: 'paid', outTradeNo: first })
  await shop.sweep()
  const second = shop.wechat.prepays.at(-1)?.outTradeNo
  expect(shop.wechat.closes).toEqual([first, second])
  expect(shop.events).toMatchObject([{ type: 'order.paid' }])
})

test('news of an order that is not ours is kept and refused, so that WeChat goes on sending', async () => {
  const shop = await openShop()
  const notice = shop.wechat.notification('T-unknown', { payment: paid('T-unknown') })
  expect(await shop.notify(notice)).toBe('FAIL 订单不存在')
  expect(shop.log).toMatchObject([{ level: 'error', event: 'notification.unknown_attempt' }])
})

test("another merchant account cannot bring news of this one's orders", async () => {
  const shop = await openShop()
  const { order, outTradeNo } = await onSale(shop)
  const notice = shop.wechat.notification(outTradeNo, { payment: paid(outTradeNo) })
  expect(await shop.notify(notice, 'second')).toBe('FAIL 订单不存在')
  expect(await shop.engine.order(order.orderId)).toMatchObject({ state: 'unpaid' })
})

test('a wrong signature and a wrong appid are refused, and the order stays unpaid', async () => {
  const shop = await openShop()
  const { order, outTradeNo } = await onSale(shop)
  const payment = paid(outTradeNo)
  const forged = shop.wechat.notification(outTradeNo, { payment, signed: false })
  expect(await shop.notify(forged)).toBe('FAIL 签名或参数格式校验错误')
  const foreign = shop.wechat.notification(outTradeNo, { payment, appid: 'another' })
  expect(await shop.notify(foreign)).toBe('FAIL appid不匹配')
  expect(await shop.engine.order(order.orderId)).toMatchObject({ state: 'unpaid' })
})

test('an account that does not exist is not found', async () => {
  const shop = await openShop()
  const reply = await shop.engine.receiveNotification({ account: 'nobody', body: new Uint8Array() })
  expect(reply).toMatchObject({ status: 404, body: '' })
})

test('a database that fails has WeChat send again, and nothing is half recorded', async () => {
  let broken = false
  const shop = await openShop({
    wrap: (store) => ({
      ...store,
      recordNews: (news) => (broken ? Promise.reject(new Error('disk full')) : store.recordNews(news)),
    }),
  })
  const { order, outTradeNo } = await onSale(shop)
  shop.wechat.pay(outTradeNo)
  const body = shop.wechat.notification(outTradeNo)
  broken = true
  expect(await shop.notify(body)).toBe('FAIL 系统繁忙，请稍后重试')
  expect(await shop.engine.order(order.orderId)).toMatchObject({ state: 'unpaid' })
  broken = false
  expect(await shop.notify(body)).toBe('SUCCESS')
  expect(await shop.engine.order(order.orderId)).toMatchObject({ state: 'paid' })
})

async function onSale(
  shop: Shop,
  change: Parameters<Shop['order']>[0] = {},
): Promise<{ order: Order; outTradeNo: string }> {
  const order = await shop.order(change)
  await shop.prepay(order)
  return { order, outTradeNo: shop.wechat.prepays.at(-1)?.outTradeNo ?? '' }
}

function paid(outTradeNo: string) {
  const transactionId = `4200-${outTradeNo}`
  return { state: 'paid', transactionId, payer: PAYER, totalFen: 990, currency: 'CNY', paidAt: NOW } as const
}
