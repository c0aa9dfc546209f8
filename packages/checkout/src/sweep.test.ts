import { expect, test } from 'vitest'
import { someAttempt, someOrder } from './store/order.fixture.ts'
import { openShop } from './wechat.fixture.ts'

const SECOND = 1000
const MINUTE = 60 * SECOND

test('an order that nobody paid is closed at its expiry, at WeChat first', async () => {
  const shop = await openShop()
  const order = await shop.order({ expiresInSeconds: 1800 })
  await shop.prepay(order)
  shop.pass(30 * MINUTE - 1)
  await shop.sweep()
  expect(await shop.engine.order(order.orderId)).toMatchObject({ state: 'unpaid' })
  shop.pass(1)
  expect(await shop.sweep()).toMatchObject({ closed: 1, delivered: 1 })
  expect(await shop.engine.order(order.orderId)).toMatchObject({ state: 'closed' })
  expect(shop.wechat.closes).toHaveLength(1)
  expect(await shop.sweep()).toMatchObject({ closed: 0, queried: 0, delivered: 0, more: false })
})

test('an order that was paid in its last second, its notification lost, is paid by the sweep', async () => {
  const shop = await openShop()
  const order = await shop.order({ expiresInSeconds: 60 })
  await shop.prepay(order)
  shop.pass(59 * SECOND)
  await shop.sweep()
  shop.wechat.pay(shop.wechat.prepays[0]?.outTradeNo ?? '')
  shop.pass(SECOND)
  expect(await shop.sweep()).toMatchObject({ paid: 1, closed: 0 })
  expect(await shop.engine.order(order.orderId)).toMatchObject({ state: 'paid', paidVia: 'sweep' })
  expect(shop.events).toMatchObject([{ type: 'order.paid' }])
})

test('a payment between the question and the close is found, not closed', async () => {
  const shop = await openShop()
  const order = await shop.order({ expiresInSeconds: 60 })
  await shop.prepay(order)
  shop.pass(59 * SECOND)
  await shop.sweep()
  shop.pass(SECOND)
  // The first question is the cadence's at one minute, the second the one before the close.
  shop.wechat.meanwhile('query', async () => {})
  shop.wechat.meanwhile('query', async () => shop.wechat.pay(shop.wechat.prepays[0]?.outTradeNo ?? ''))
  expect(await shop.sweep()).toMatchObject({ paid: 1, closed: 0 })
  expect(shop.wechat.closes).toHaveLength(1)
  expect(await shop.engine.order(order.orderId)).toMatchObject({ state: 'paid', paidVia: 'sweep' })
})

test('WeChat is asked 5 s, 30 s, 1 min, 3 min, 5 min, 10 min and 30 min after the prepay, then ever more rarely', async () => {
  const shop = await openShop()
  const order = await shop.order({ expiresInSeconds: 7 * 86_400 })
  await shop.prepay(order)
  const startedAt = shop.now()
  const moments = [5, 30, 60, 180, 300, 600, 1800, 3600, 7200, 21_600, 43_200, 86_400, 172_800]
  for (const seconds of moments) {
    shop.pass(startedAt + seconds * SECOND - 1 - shop.now())
    expect(await shop.sweep(), `just before ${seconds} s`).toMatchObject({ queried: 0 })
    shop.pass(1)
    expect(await shop.sweep(), `at ${seconds} s`).toMatchObject({ queried: 1 })
  }
})

test('sweeps that were missed are not made up for: one question, then on with the cadence', async () => {
  const shop = await openShop()
  const order = await shop.order({ expiresInSeconds: 86_400 })
  await shop.prepay(order)
  shop.pass(4 * MINUTE)
  expect(await shop.sweep()).toMatchObject({ queried: 1 })
  shop.pass(SECOND)
  expect(await shop.sweep()).toMatchObject({ queried: 0 })
  shop.pass(MINUTE)
  expect(await shop.sweep()).toMatchObject({ queried: 1 })
})

test('a question without an answer changes nothing and is asked again', async () => {
  const shop = await openShop()
  const order = await shop.order()
  await shop.prepay(order)
  shop.wechat.pay(shop.wechat.prepays[0]?.outTradeNo ?? '')
  shop.wechat.fault('query', 'lost')
  shop.pass(5 * SECOND)
  expect(await shop.sweep()).toMatchObject({ queried: 1, unanswered: 1, paid: 0 })
  shop.pass(25 * SECOND)
  expect(await shop.sweep()).toMatchObject({ queried: 1, unanswered: 0, paid: 1 })
  expect(await shop.engine.order(order.orderId)).toMatchObject({ state: 'paid' })
})

test('two processes that sweep at once do each piece of work once', async () => {
  const shop = await openShop()
  const expiring = await shop.order({ expiresInSeconds: 60 })
  await shop.prepay(expiring)
  const asked = await shop.order()
  await shop.prepay(asked)
  shop.pass(MINUTE)
  const now = new Date(shop.now())
  await Promise.all([shop.engine.sweep(now), shop.secondProcess().sweep(now)])
  await shop.sweep()
  expect(shop.wechat.closes).toHaveLength(1)
  expect(shop.wechat.queries).toHaveLength(3)
  expect(shop.events).toMatchObject([{ type: 'order.closed' }])
})

test('a process that dies while closing leaves the order due for another', async () => {
  const shop = await openShop()
  const order = await shop.order({ expiresInSeconds: 60 })
  await shop.prepay(order)
  shop.pass(MINUTE)
  const held = shop.wechat.hold('close')
  const dying = shop.sweep()
  await held.reached
  const second = shop.secondProcess()
  shop.pass(MINUTE - 1)
  await second.sweep(new Date(shop.now()))
  expect(shop.wechat.closes, 'too early').toHaveLength(1)
  shop.pass(1)
  await second.sweep(new Date(shop.now()))
  expect(await shop.engine.order(order.orderId)).toMatchObject({ state: 'closed' })
  held.release()
  await dying
  await shop.sweep()
  expect(shop.events).toMatchObject([{ type: 'order.closed' }])
})

test('one order that cannot be closed keeps no other from its turn, and has its own again', async () => {
  const shop = await openShop()
  for (let count = 0; count < 3; count += 1) await shop.prepay(await shop.order({ expiresInSeconds: 60 }))
  shop.pass(MINUTE)
  shop.wechat.fault('close', 'refused')
  expect(await shop.sweep()).toMatchObject({ closed: 2, unanswered: 1 })
  shop.pass(MINUTE)
  expect(await shop.sweep()).toMatchObject({ closed: 1, unanswered: 0 })
})

test('an order of an account that is not configured any more does not stop the sweep', async () => {
  const shop = await openShop()
  const stranded = someOrder({ account: 'gone', expiresAt: new Date(shop.now()).toISOString() })
  await shop.store.createOrder(stranded)
  const attempt = someAttempt(stranded)
  await shop.store.openAttempt({ version: 1, attempt, leasedUntil: 0 })
  await shop.order({ expiresInSeconds: 60 })
  shop.pass(MINUTE)
  expect(await shop.sweep()).toMatchObject({ closed: 1, unanswered: 1 })
  expect(shop.log).toContainEqual(expect.objectContaining({ event: 'sweep.failed' }))
})

test('a batch is bounded and says when more is due', async () => {
  const shop = await openShop()
  for (let count = 0; count < 51; count += 1) await shop.order({ expiresInSeconds: 60 })
  shop.pass(MINUTE)
  expect(await shop.sweep()).toMatchObject({ closed: 50, more: true })
  expect(await shop.sweep()).toMatchObject({ closed: 1, more: false })
})
