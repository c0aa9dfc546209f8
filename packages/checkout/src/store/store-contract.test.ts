/** The promises of `Store`, held by every store there is: each verb atomic, one winner, nothing lost with a process. */
import { describe, expect, test } from 'vitest'
import type { AttemptFile } from '../attempt.ts'
import {
  decided,
  fileOf,
  NOW,
  PAYER,
  paidNews,
  someAttempt,
  someOrder,
  storedAttempt,
} from './order.fixture.ts'
import type { Receipt, Store, Written } from './store.ts'
import { STORES } from './stores.fixture.ts'

describe.each(STORES)('%s', (_name, open) => {
  test('an order is read back as it was written', async () => {
    const [store] = await open(1)
    const order = someOrder({ attach: '七夕', returnUrl: '/thanks' })
    expect(await store.createOrder(order)).toEqual({ created: true, order })
    expect(await store.order(order.orderId)).toEqual({
      order,
      attempt: undefined,
      attempts: 0,
      version: 1,
      leasedUntil: 0,
    })
    expect(await store.order('ord_none')).toBeUndefined()
  })

  test('one reference makes one order, whoever asks at once', async () => {
    const [one, two] = await open(2)
    const orders = [someOrder({ reference: 'same' }), someOrder({ reference: 'same' })] as const
    const results = await Promise.all([one.createOrder(orders[0]), (two ?? one).createOrder(orders[1])])
    expect(results.map(({ created }) => created).sort()).toEqual([false, true])
    expect(results[0].order.orderId).toBe(results[1].order.orderId)
  })

  test('the same reference of another merchant account is another order', async () => {
    const [store] = await open(1)
    await store.createOrder(someOrder({ reference: 'same' }))
    expect(await store.createOrder(someOrder({ reference: 'same', account: 'second' }))).toMatchObject({
      created: true,
    })
  })

  test("a payer's orders come newest first, no more than asked for", async () => {
    const [store] = await open(1)
    const times = [3, 1, 2].map((hour) => new Date(NOW + hour * 3600_000).toISOString())
    for (const createdAt of times) await store.createOrder(someOrder({ createdAt }))
    await store.createOrder(someOrder({ payer: 'oSomebodyElse' }))
    const found = await store.ordersOf({ payer: PAYER, limit: 2 })
    expect(found.map(({ createdAt }) => createdAt)).toEqual([times[0], times[2]])
  })

  test('of two processes that open a payment at once, one does', async () => {
    const [one, two] = await open(2)
    const order = someOrder()
    await one.createOrder(order)
    const results = await Promise.all(
      [one, two ?? one].map((store) =>
        store.openAttempt({ version: 1, attempt: someAttempt(order), leasedUntil: NOW + 15_000 }),
      ),
    )
    expect(results.sort()).toEqual<Written[]>(['stale', 'written'])
    expect(await one.order(order.orderId)).toMatchObject({ attempts: 1, leasedUntil: NOW + 15_000 })
  })

  test('an attempt survives the process that died before the answer came', async () => {
    const [one, two] = await open(2)
    const order = someOrder()
    const attempt = someAttempt(order, { attach: '七夕' })
    await one.createOrder(order)
    await one.openAttempt({ version: 1, attempt, leasedUntil: NOW + 15_000 })
    const found = await (two ?? one).order(order.orderId)
    expect(found?.attempt).toEqual(attempt)
    expect(found?.order.outTradeNo).toBe(attempt.outTradeNo)
    const takeover = { orderId: order.orderId, version: 2, leasedUntil: NOW + 30_000 }
    expect(await (two ?? one).claimOrder(takeover)).toBe('written')
    const late = { prepayId: 'wx-late', prepaidAt: NOW, nextQueryAt: NOW + 5000 }
    const { orderId } = order
    const recorded = one.recordPrepay({ orderId, version: 2, outTradeNo: attempt.outTradeNo, ...late })
    expect(await recorded, 'the lease went to another').toBe('stale')
  })

  test('a lease given back is free, one taken over is not given back by its former holder', async () => {
    const [store] = await open(1)
    const order = someOrder()
    const { orderId } = order
    await store.createOrder(order)
    await store.claimOrder({ orderId, version: 1, leasedUntil: NOW + 15_000 })
    expect(await store.releaseOrder({ orderId, version: 1 })).toBe('stale')
    expect(await store.releaseOrder({ orderId, version: 2 })).toBe('written')
    expect(await store.order(orderId)).toMatchObject({ leasedUntil: 0, version: 3 })
  })

  test('the same payment brought by two processes at once leaves one event', async () => {
    const [one, two] = await open(2)
    const file = await storedAttempt(one)
    const results = await Promise.all([record(one, file, 'evt_1'), record(two ?? one, file, 'evt_2')])
    expect(results.sort()).toEqual<Written[]>(['stale', 'written'])
    expect(await claimAll(two ?? one)).toHaveLength(1)
    expect((await fileOf(one, file.attempt)).order).toMatchObject({ state: 'paid', paidVia: 'notification' })
  })

  test('an event of the same meaning is not written twice, even for a later version', async () => {
    const [store] = await open(1)
    const file = await storedAttempt(store)
    await record(store, file, 'evt_1')
    const { version } = await fileOf(store, file.attempt)
    await record(store, { ...file, version }, 'evt_2')
    expect((await claimAll(store)).map(({ event }) => event.id)).toEqual(['evt_1'])
  })

  test('a payment is stored with all that WeChat said of it, and nothing more is asked', async () => {
    const [store] = await open(1)
    const file = await storedAttempt(store)
    await record(store, file, 'evt_1')
    const { attempt } = await fileOf(store, file.attempt)
    expect(attempt).toMatchObject({
      state: 'paid',
      payment: { transactionId: `4200${attempt.outTradeNo}`, totalFen: 990, payer: PAYER, paidAt: NOW },
    })
    expect(await store.dueQueries({ now: NOW + 9_999_999, limit: 10 })).toEqual([])
    expect(await store.dueOrders({ now: NOW + 9_999_999, limit: 10 })).toEqual([])
  })

  test('money for review is kept with the order and told by its event', async () => {
    const [store] = await open(1)
    const file = await storedAttempt(store)
    const verdict = decided(file, paidNews(file.attempt, { totalFen: 1 }))
    await store.recordNews({ ...readOf(file), verdict, eventId: 'evt_1', now: NOW })
    const review = {
      reason: 'wrong_sum',
      outTradeNo: file.attempt.outTradeNo,
      transactionId: `4200${file.attempt.outTradeNo}`,
      totalFen: 1,
      payer: PAYER,
    }
    expect((await fileOf(store, file.attempt)).order).toMatchObject({ state: 'review', review })
    expect(await claimAll(store)).toMatchObject([{ event: { type: 'order.review', review } }])
  })

  test('a notification is stored once however often it comes', async () => {
    const [one, two] = await open(2)
    const receipt = someReceipt('<xml>1</xml>')
    const times = await Promise.all([
      one.recordReceipt(receipt, 'unknown_attempt'),
      (two ?? one).recordReceipt({ ...receipt, receiptId: 'rcp_2' }, 'unknown_attempt'),
    ])
    expect(times.sort()).toEqual([1, 2])
    const others = { ...receipt, receiptId: 'rcp_3', body: '<xml>2</xml>' }
    expect(await one.recordReceipt(others, 'repeated')).toBe(1)
  })

  test('news that was judged against an older order writes nothing at all', async () => {
    const [store] = await open(1)
    const file = await storedAttempt(store)
    const { orderId } = file.order
    await store.claimOrder({ orderId, version: file.version, leasedUntil: NOW + 15_000 })
    const verdict = decided(file, paidNews(file.attempt))
    const receipt = someReceipt('<xml>2</xml>')
    const written = store.recordNews({ ...readOf(file), verdict, eventId: 'evt_1', now: NOW, receipt })
    expect(await written).toBe('stale')
    expect((await fileOf(store, file.attempt)).order.state).toBe('unpaid')
    expect(await claimAll(store)).toEqual([])
  })

  test('an event is taken by one process, and again when that one never came back', async () => {
    const [one, two] = await open(2)
    const file = await storedAttempt(one)
    await record(one, file, 'evt_1')
    const taken = await Promise.all([claimAll(one), claimAll(two ?? one)])
    expect(taken.flat()).toHaveLength(1)
    expect(await claimAll(two ?? one, NOW + 59_999)).toEqual([])
    expect(await claimAll(two ?? one, NOW + 60_000)).toMatchObject([{ tries: 1, event: { id: 'evt_1' } }])
  })

  test('a delivered event is never taken again, an undelivered one when it is due', async () => {
    const [store] = await open(1)
    const file = await storedAttempt(store)
    await record(store, file, 'evt_1')
    await claimAll(store)
    await store.eventUndelivered({ eventId: 'evt_1', dueAt: NOW + 10 })
    expect(await claimAll(store, NOW + 9)).toEqual([])
    expect(await claimAll(store, NOW + 10)).toHaveLength(1)
    await store.eventDelivered({ eventId: 'evt_1', now: NOW + 11 })
    await store.eventUndelivered({ eventId: 'evt_1', dueAt: NOW })
    expect(await claimAll(store, NOW + 9_999_999)).toEqual([])
  })

  test('events wait for a process that subscribed to their type', async () => {
    const [store] = await open(1)
    const file = await storedAttempt(store)
    await record(store, file, 'evt_1')
    const query = { now: NOW, until: NOW + 1, limit: 10 }
    expect(await store.claimEvents({ types: [], ...query })).toEqual([])
    expect(await store.claimEvents({ types: ['order.closed'], ...query })).toEqual([])
    expect(await store.claimEvents({ types: ['order.paid'], ...query })).toHaveLength(1)
  })

  test('WeChat is asked about an attempt by one process at a time, at most once in an interval', async () => {
    const [one, two] = await open(2)
    const { attempt } = await storedAttempt(one)
    const claim = (store: Store, now: number): Promise<boolean> =>
      store.claimQuery({
        outTradeNo: attempt.outTradeNo,
        now,
        notSince: now - 1000,
        nextQueryAt: now + 30_000,
      })
    const results = await Promise.all([claim(one, NOW), claim(two ?? one, NOW)])
    expect(results.sort()).toEqual([false, true])
    expect(await claim(one, NOW + 999)).toBe(false)
    expect(await claim(one, NOW + 1000)).toBe(true)
    expect(await one.dueQueries({ now: NOW + 30_999, limit: 10 })).toEqual([])
    expect(await one.dueQueries({ now: NOW + 31_000, limit: 10 })).toMatchObject([{ state: 'open' }])
  })

  test('an order is due at its expiry, unless another works on it', async () => {
    const [store] = await open(1)
    const { order } = await storedAttempt(store)
    const expiry = Date.parse(order.expiresAt)
    expect(await store.dueOrders({ now: expiry - 1, limit: 10 })).toEqual([])
    const [due] = await store.dueOrders({ now: expiry, limit: 10 })
    expect(due).toMatchObject({ order: { orderId: order.orderId }, attempt: { state: 'open' } })
    const { orderId } = order
    await store.claimOrder({ orderId, version: 3, leasedUntil: expiry + 15_000, dueAt: expiry })
    expect(await store.dueOrders({ now: expiry + 14_999, limit: 10 })).toEqual([])
    expect(await store.dueOrders({ now: expiry + 15_000, limit: 10 })).toHaveLength(1)
    await store.restOrder({ orderId, version: 4 })
    expect(await store.dueOrders({ now: expiry + 9_999_999, limit: 10 })).toEqual([])
  })

  test('two processes that write all at once both get their turn', async () => {
    const [one, two] = await open(2)
    const orders = Array.from({ length: 40 }, () => someOrder())
    await Promise.all(
      orders.map(async (order, index) => {
        const [first, second] = index % 2 === 0 ? [one, two ?? one] : [two ?? one, one]
        await first.createOrder(order)
        const attempt = someAttempt(order)
        await second.openAttempt({ version: 1, attempt, leasedUntil: NOW })
        await first.claimOrder({ orderId: order.orderId, version: 2, leasedUntil: NOW })
      }),
    )
    const versions = await Promise.all(
      orders.map(async ({ orderId }) => (await two?.order(orderId))?.version),
    )
    expect(new Set(versions)).toEqual(new Set([3]))
  })

  test('closing an order leaves one order.closed', async () => {
    const [store] = await open(1)
    const order = someOrder()
    const { orderId } = order
    await store.createOrder(order)
    const expiry = { expiresAt: NOW + 5, leasedUntil: NOW + 15_000, dueAt: NOW + 60_000 }
    await store.expireOrder({ orderId, version: 1, ...expiry })
    const event = { type: 'order.closed', subject: orderId } as const
    const closed = { ...order, state: 'closed' } as const
    const close = { orderId, order: closed, event, eventId: 'evt_1', now: NOW }
    expect(await store.closeOrder({ ...close, version: 1 })).toBe('stale')
    expect(await store.closeOrder({ ...close, version: 2 })).toBe('written')
    const file = await store.order(orderId)
    expect(file?.order).toMatchObject({ state: 'closed', expiresAt: new Date(NOW + 5).toISOString() })
    expect(await claimAll(store)).toHaveLength(1)
  })
})

function readOf({ order, version }: AttemptFile): { orderId: string; version: number } {
  return { orderId: order.orderId, version }
}

function record(store: Store, file: AttemptFile, eventId: string): Promise<Written> {
  const verdict = decided(file, paidNews(file.attempt))
  return store.recordNews({ ...readOf(file), verdict, eventId, now: NOW })
}

function claimAll(store: Store, now: number = NOW): ReturnType<Store['claimEvents']> {
  return store.claimEvents({
    types: ['order.paid', 'order.closed', 'order.review'],
    now,
    until: now + 60_000,
    limit: 10,
  })
}

function someReceipt(body: string): Receipt {
  return { receiptId: 'rcp_1', account: 'default', outTradeNo: 'T00000000', body, receivedAt: NOW }
}
