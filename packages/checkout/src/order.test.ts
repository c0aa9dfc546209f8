import { expect, test } from 'vitest'
import { isSameDebt, type NewOrder } from './order.ts'
import { someOrder } from './store/order.fixture.ts'
import { NOW, openShop, PAYER } from './wechat.fixture.ts'

const input: NewOrder = { reference: 'A-1', description: '热茶', totalFen: 990 }

test('a new order is unpaid and can be paid for two hours', async () => {
  const { engine } = await openShop()
  const order = await engine.createOrder({ ...input, returnUrl: '/thanks?o=1' })
  expect(order).toMatchObject({
    account: 'default',
    reference: 'A-1',
    description: '热茶',
    totalFen: 990,
    state: 'unpaid',
    createdAt: new Date(NOW).toISOString(),
    expiresAt: new Date(NOW + 7200_000).toISOString(),
    returnUrl: '/thanks?o=1',
  })
  expect(order.orderId).toMatch(/^ord_[0-9A-HJKMNP-TV-Z]{26}$/)
  expect(await engine.order(order.orderId)).toEqual(order)
})

test('the same reference again is the same order', async () => {
  const { engine } = await openShop()
  const orders = await Promise.all([engine.createOrder(input), engine.createOrder(input)])
  expect(orders[0]).toEqual(orders[1])
  expect(await engine.createOrder({ ...input, description: '绿茶' })).toEqual(orders[0])
  const other = await engine.createOrder({ ...input, account: 'second' })
  expect(other.orderId).not.toBe(orders[0].orderId)
})

test('the same reference for another sum or another payer is a conflict', async () => {
  const { engine } = await openShop()
  await engine.createOrder({ ...input, payer: PAYER })
  for (const change of [{ totalFen: 991 }, { payer: 'oSomebodyElse' }]) {
    await expect(engine.createOrder({ ...input, payer: PAYER, ...change })).rejects.toMatchObject({
      code: 'order_conflict',
    })
  }
})

test.each<[string, Partial<NewOrder>]>([
  ['reference', { reference: '' }],
  ['reference', { reference: 'x'.repeat(65) }],
  ['description', { description: ' ' }],
  ['description', { description: '茶'.repeat(43) }],
  ['description', { description: '茶\u0000' }],
  ['totalFen', { totalFen: 0 }],
  ['totalFen', { totalFen: 9.9 }],
  ['totalFen', { totalFen: Number.NaN }],
  ['totalFen', { totalFen: 10_000_000_001 }],
  ['payer', { payer: 'o with blanks' }],
  ['attach', { attach: 'x'.repeat(128) }],
  ['expiresInSeconds', { expiresInSeconds: 59 }],
  ['expiresInSeconds', { expiresInSeconds: 604_801 }],
  ['returnUrl', { returnUrl: '//evil.example' }],
  ['returnUrl', { returnUrl: 'javascript:alert(1)' }],
  ['returnUrl', { returnUrl: '/\\evil.example' }],
])('a new order with a wrong %s is refused (%o)', async (field, change) => {
  const { engine } = await openShop()
  await expect(engine.createOrder({ ...input, ...change })).rejects.toMatchObject({
    code: 'invalid_order',
    detail: expect.stringContaining(`${field}:`),
  })
})

test('every rule that is broken is named at once', async () => {
  const { engine } = await openShop()
  const attempt = engine.createOrder({ reference: '', description: '', totalFen: -1 })
  await expect(attempt).rejects.toThrow(/reference:.*description:.*totalFen:/)
})

test('an order for an account that is not configured is refused', async () => {
  const { engine } = await openShop()
  const attempt = engine.createOrder({ ...input, account: 'nobody' })
  await expect(attempt).rejects.toMatchObject({ code: 'unknown_account' })
})

test("a payer's orders are listed, an unnamed payer's once paid", async () => {
  const shop = await openShop()
  const named = await shop.order({ payer: PAYER })
  shop.pass(1000)
  const open = await shop.order()
  expect((await shop.engine.ordersOf(PAYER)).map(({ orderId }) => orderId)).toEqual([named.orderId])
  await shop.prepay(open)
  shop.wechat.pay(shop.wechat.prepays[0]?.outTradeNo ?? '')
  await shop.engine.confirm(open.orderId)
  const listed = await shop.engine.ordersOf(PAYER, 1000)
  expect(listed.map(({ orderId }) => orderId)).toEqual([open.orderId, named.orderId])
  expect(await shop.engine.ordersOf(PAYER, 1)).toHaveLength(1)
})
test('a repeated order is the one that is there when sum and payer are', () => {
  const bound = someOrder({ payer: PAYER })
  expect(isSameDebt(bound, { ...bound, description: '凉茶' })).toBe(true)
  expect(isSameDebt(bound, { ...bound, payer: undefined })).toBe(true)
  expect(isSameDebt(bound, { ...bound, totalFen: 1 })).toBe(false)
})

test('an order that anybody may pay is not silently taken for one that only one payer may', () => {
  const open = someOrder({ payer: undefined })
  expect(isSameDebt(open, { ...open, payer: PAYER })).toBe(false)
})
