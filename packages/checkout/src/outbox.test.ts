import { expect, test } from 'vitest'
import { type CheckoutEvent, createOutbox } from './outbox.ts'
import { openShop, type Shop } from './wechat.fixture.ts'

test('a subscriber that throws twice gets the same event a third time, and then no more', async () => {
  const shop = await openShop()
  const seen: CheckoutEvent[] = []
  shop.engine.subscribe('order.paid', (event) => {
    seen.push(event)
    if (seen.length < 3) throw new Error('the warehouse is closed')
  })
  await buy(shop)
  expect(await shop.sweep()).toMatchObject({ undelivered: 1, delivered: 0 })
  shop.pass(4_999)
  expect(await shop.sweep()).toMatchObject({ undelivered: 0, delivered: 0 })
  shop.pass(1)
  expect(await shop.sweep()).toMatchObject({ undelivered: 1 })
  shop.pass(9_999)
  expect(await shop.sweep()).toMatchObject({ delivered: 0 })
  shop.pass(1)
  expect(await shop.sweep()).toMatchObject({ delivered: 1 })
  shop.pass(3600_000)
  await shop.sweep()
  expect(seen).toHaveLength(3)
  expect(new Set(seen.map(({ id }) => id)).size).toBe(1)
})

test('back-off between deliveries grows to an hour, and ends there', async () => {
  const shop = await openShop()
  const times: number[] = []
  shop.engine.subscribe('order.paid', async () => {
    times.push(shop.now())
    await Promise.reject(new Error('down'))
  })
  await buy(shop)
  await shop.sweep()
  for (let minutes = 0; minutes < 6 * 60; minutes += 1) {
    shop.pass(60_000)
    await shop.sweep()
  }
  const gaps = times.slice(1).map((time, index) => (time - (times[index] ?? 0)) / 60_000)
  expect(gaps.at(-1)).toBe(60)
  expect(gaps.at(-2)).toBe(60)
})

test('an event reaches the merchant without a sweep', async () => {
  const shop = await openShop()
  await buy(shop)
  await expect.poll(() => shop.events.length).toBe(1)
})

test('an event that nobody subscribed to waits for a process that does', async () => {
  const shop = await openShop()
  const second = shop.secondProcess()
  const order = await shop.order()
  await second.closeOrder(order.orderId)
  expect(await second.sweep(new Date(shop.now()))).toMatchObject({ delivered: 0 })
  expect(shop.events).toEqual([])
  expect(await shop.sweep()).toMatchObject({ delivered: 1 })
  expect(shop.events).toMatchObject([{ type: 'order.closed' }])
})

test('an event whose process died in the middle is delivered again, under its id', async () => {
  const shop = await openShop()
  const second = shop.secondProcess()
  const dying: string[] = []
  let end = (): void => {}
  second.subscribe('order.closed', (event) => {
    dying.push(event.id)
    return new Promise<void>((resolve) => (end = resolve))
  })
  const order = await shop.order()
  await second.closeOrder(order.orderId)
  await expect.poll(() => dying.length).toBe(1)
  await shop.sweep()
  expect(shop.events).toEqual([])
  shop.pass(5 * 60_000)
  await shop.sweep()
  expect(shop.events.map(({ id }) => id)).toEqual(dying)
  end()
})

test('a database that fails while events are taken is told, and the next sweep delivers them', async () => {
  let broken = true
  const shop = await openShop({
    wrap: (store) => ({
      ...store,
      claimEvents: (query) => (broken ? Promise.reject(new Error('disk full')) : store.claimEvents(query)),
    }),
  })
  await buy(shop)
  await expect.poll(() => shop.log.map(({ event }) => event)).toContain('outbox.failed')
  broken = false
  await shop.sweep()
  expect(shop.events).toHaveLength(1)
})

async function buy(shop: Shop): Promise<void> {
  await shop.prepay(await shop.order())
  const outTradeNo = shop.wechat.prepays.at(-1)?.outTradeNo ?? ''
  shop.wechat.pay(outTradeNo)
  await shop.notify(shop.wechat.notification(outTradeNo))
}

test('an event that is written while another is being delivered does not wait for a sweep', async () => {
  const shop = await openShop()
  let release = (): void => undefined
  const held = new Promise<void>((resolve) => {
    release = resolve
  })
  const seen: string[] = []
  shop.engine.subscribe('order.paid', async ({ id }) => {
    seen.push(id)
    if (seen.length === 1) await held
  })
  await buy(shop)
  await expect.poll(() => seen.length).toBe(1)
  await buy(shop)
  release()
  await expect.poll(() => seen.length).toBe(2)
})

test('closing waits for what a sweep is delivering', async () => {
  const shop = await openShop()
  shop.engine.subscribe('order.paid', () => Promise.reject(new Error('down')))
  await buy(shop)
  await shop.sweep()
  shop.pass(5_000)
  let release = (): void => undefined
  const held = new Promise<void>((resolve) => {
    release = resolve
  })
  let ended = false
  const outbox = createOutbox({ store: shop.store, clock: shop.now, log: () => undefined })
  outbox.subscribe('order.paid', async () => {
    await held
    ended = true
  })
  const swept = outbox.deliver(shop.now())
  const idle = outbox.idle().then(() => ended)
  release()
  expect(await idle).toBe(true)
  expect(await swept).toMatchObject({ delivered: 1 })
})
