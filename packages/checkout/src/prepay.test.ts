import { expect, test } from 'vitest'
import type { Prepaid } from './engine.ts'
import { NOW, openShop, PAYER } from './wechat.fixture.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const OTHER = 'oAnotherPayer000000000000001'

test('a payer gets what the pay sheet needs, and WeChat what the order says', async () => {
  const shop = await openShop()
  const order = await shop.order({ attach: '七夕' })
  const prepaid = await shop.prepay(order)
  expect(prepaid).toMatchObject({
    state: 'payable',
    expiresAt: new Date(NOW + 2 * HOUR - 5 * MINUTE).toISOString(),
    chooseWXPay: { package: 'prepay_id=wx-prepay-1' },
    bridge: { package: 'prepay_id=wx-prepay-1' },
  })
  expect(shop.wechat.prepays).toMatchObject([
    {
      totalFen: 990,
      description: '热茶',
      attach: '七夕',
      payer: PAYER,
      clientAddress: '203.0.113.7',
      notifyUrl: 'https://shop.example.com/pay/notifications/v2/default',
      startedAt: NOW,
      payableUntil: NOW + 2 * HOUR,
    },
  ])
  expect(shop.wechat.prepays[0]?.outTradeNo).toMatch(/^[0-9A-Z]{26}$/)
})

test('a payer who taps again gets the same prepay order', async () => {
  const shop = await openShop()
  const order = await shop.order()
  const first = await shop.prepay(order)
  shop.pass(HOUR)
  expect(await shop.prepay(order)).toEqual(first)
  expect(shop.wechat.prepays).toHaveLength(1)
})

test('two taps at once open one attempt, with one call', async () => {
  const shop = await openShop()
  const order = await shop.order()
  const answers = await Promise.all([shop.prepay(order), shop.prepay(order), shop.prepay(order)])
  expect(new Set(answers.map(sheetOf))).toEqual(new Set(['prepay_id=wx-prepay-1']))
  expect(shop.wechat.prepays).toHaveLength(1)
})

test('a tap in each of two processes opens one attempt', async () => {
  const shop = await openShop()
  const order = await shop.order()
  const wish = { orderId: order.orderId, payer: PAYER, clientAddress: '203.0.113.8' }
  const answers = await Promise.all([shop.prepay(order), shop.secondProcess().prepay(wish)])
  expect(answers.map(sheetOf)).toEqual(['prepay_id=wx-prepay-1', 'prepay_id=wx-prepay-1'])
  expect(shop.wechat.prepays).toHaveLength(1)
})

test('a tap while another never gets its answer is asked to try again, not left waiting', async () => {
  const shop = await openShop()
  const order = await shop.order()
  const held = shop.wechat.hold('prepay')
  const first = shop.prepay(order)
  await held.reached
  await expect(shop.prepay(order)).rejects.toMatchObject({ code: 'try_again', retryable: true })
  held.release()
  expect(sheetOf(await first)).toBe('prepay_id=wx-prepay-1')
})

test.each(['lost', 'answer-lost'] as const)(
  'an unknown answer (%s) is asked for again under the same number, the same to the byte',
  async (fault) => {
    const shop = await openShop()
    const order = await shop.order()
    shop.wechat.fault('prepay', fault)
    await expect(shop.prepay(order)).rejects.toMatchObject({ code: 'try_again', retryable: true })
    shop.pass(90_000)
    expect((await shop.prepay(order)).state).toBe('payable')
    const [first, second, ...more] = shop.wechat.prepays
    expect(second).toEqual(first)
    expect(more).toEqual([])
  },
)

test('a process that dies while WeChat answers leaves an attempt that another finishes', async () => {
  const shop = await openShop()
  const order = await shop.order()
  const held = shop.wechat.hold('prepay')
  const abandoned = shop.prepay(order)
  await held.reached
  shop.pass(15_000)
  const wish = { orderId: order.orderId, payer: PAYER, clientAddress: '198.51.100.9' }
  const answer = await shop.secondProcess().prepay(wish)
  expect(answer.state).toBe('payable')
  expect(shop.wechat.prepays[1]).toEqual(shop.wechat.prepays[0])
  held.release()
  expect(sheetOf(await abandoned), 'the late one finds what the other stored').toBe(sheetOf(answer))
})

test('a prepay_id is not handed out in its last five minutes: the old attempt is closed, another opened', async () => {
  const shop = await openShop()
  const order = await shop.order({ expiresInSeconds: 86_400 })
  await shop.prepay(order)
  shop.pass(2 * HOUR - 5 * MINUTE)
  expect(sheetOf(await shop.prepay(order))).toBe('prepay_id=wx-prepay-2')
  const [first, second] = shop.wechat.prepays
  expect(second?.outTradeNo).not.toBe(first?.outTradeNo)
  expect(shop.wechat.queries).toEqual([first?.outTradeNo])
  expect(shop.wechat.closes).toEqual([first?.outTradeNo])
})

test('an expired prepay that was paid after all makes the order paid, and opens nothing', async () => {
  const shop = await openShop()
  const order = await shop.order({ expiresInSeconds: 86_400 })
  await shop.prepay(order)
  shop.wechat.pay(numberOf(shop.wechat.prepays))
  shop.pass(2 * HOUR)
  expect(await shop.prepay(order)).toMatchObject({ state: 'paid', order: { paidVia: 'query' } })
  expect(shop.wechat.prepays).toHaveLength(1)
})

test('a payment that wins against the close makes the order paid', async () => {
  const shop = await openShop()
  const order = await shop.order({ expiresInSeconds: 86_400 })
  await shop.prepay(order)
  shop.pass(2 * HOUR)
  shop.wechat.meanwhile('query', async () => shop.wechat.pay(numberOf(shop.wechat.prepays)))
  expect((await shop.prepay(order)).state).toBe('paid')
  expect(shop.wechat.closes).toHaveLength(1)
})

test('WeChat not answering about the old attempt opens no second one', async () => {
  const shop = await openShop()
  const order = await shop.order({ expiresInSeconds: 86_400 })
  await shop.prepay(order)
  shop.pass(2 * HOUR)
  for (const verb of ['query', 'close'] as const) {
    shop.wechat.fault(verb, 'lost')
    await expect(shop.prepay(order)).rejects.toMatchObject({ code: 'try_again' })
    expect(shop.wechat.prepays).toHaveLength(1)
  }
  shop.wechat.fault('close', 'answer-lost')
  await expect(shop.prepay(order)).rejects.toMatchObject({ code: 'try_again' })
  expect((await shop.prepay(order)).state).toBe('payable')
})

test('an order for anybody, opened by a second person, gets an attempt of theirs', async () => {
  const shop = await openShop()
  const order = await shop.order()
  await shop.prepay(order)
  expect(sheetOf(await shop.prepay(order, OTHER))).toBe('prepay_id=wx-prepay-2')
  expect(shop.wechat.prepays.map(({ payer }) => payer)).toEqual([PAYER, OTHER])
  expect(shop.wechat.closes).toEqual([shop.wechat.prepays[0]?.outTradeNo])
})

test("another payer's order cannot be paid, an unknown one neither", async () => {
  const shop = await openShop()
  const order = await shop.order({ payer: PAYER })
  await expect(shop.prepay(order, OTHER)).rejects.toMatchObject({ code: 'not_your_order' })
  await expect(shop.prepay({ ...order, orderId: 'ord_none' })).rejects.toMatchObject({
    code: 'order_not_found',
  })
  expect(shop.wechat.prepays).toEqual([])
})

test('a refusal is told with its cause, and the next try is a new attempt', async () => {
  const shop = await openShop()
  const order = await shop.order()
  shop.wechat.fault('prepay', 'refused')
  await expect(shop.prepay(order)).rejects.toMatchObject({
    code: 'payment_refused',
    retryable: false,
    cause: expect.any(Error),
  })
  expect(await shop.engine.order(order.orderId)).toMatchObject({ state: 'unpaid' })
  expect((await shop.prepay(order)).state).toBe('payable')
  expect(new Set(shop.wechat.prepays.map(({ outTradeNo }) => outTradeNo)).size).toBe(2)
})

test('a late refusal does not end what another process opened under the same number', async () => {
  const shop = await openShop()
  const order = await shop.order()
  const held = shop.wechat.hold('prepay')
  const late = shop.prepay(order)
  await held.reached
  shop.pass(15_000)
  const wish = { orderId: order.orderId, payer: PAYER, clientAddress: '203.0.113.7' }
  const prepaid = await shop.secondProcess().prepay(wish)
  shop.wechat.fault('prepay', 'refused')
  held.release()
  await expect(late).rejects.toMatchObject({ code: 'payment_refused' })
  expect(sheetOf(await shop.prepay(order))).toBe(sheetOf(prepaid))
})

test('商户订单号重复: the number is asked about and closed, then another is opened', async () => {
  const shop = await openShop()
  const order = await shop.order()
  shop.wechat.takeNextNumber()
  expect((await shop.prepay(order)).state).toBe('payable')
  const [first, second] = shop.wechat.prepays
  expect(second?.outTradeNo).not.toBe(first?.outTradeNo)
  expect(shop.wechat.queries).toEqual([first?.outTradeNo])
})

test('ORDERPAID on re-entry: the payment is asked for and recorded', async () => {
  const shop = await openShop()
  const order = await shop.order()
  shop.wechat.fault('prepay', 'answer-lost')
  await expect(shop.prepay(order)).rejects.toMatchObject({ code: 'try_again' })
  shop.wechat.pay(numberOf(shop.wechat.prepays))
  expect(await shop.prepay(order)).toMatchObject({ state: 'paid', order: { state: 'paid' } })
})

test('ORDERCLOSED on re-entry: a new attempt is opened', async () => {
  const shop = await openShop()
  const order = await shop.order()
  shop.wechat.fault('prepay', 'answer-lost')
  await expect(shop.prepay(order)).rejects.toMatchObject({ code: 'try_again' })
  await shop.wechat.gateway().close(numberOf(shop.wechat.prepays))
  expect((await shop.prepay(order)).state).toBe('payable')
  expect(shop.wechat.prepays).toHaveLength(3)
})

test('a notification that arrives before the prepay answer was stored makes the order paid all the same', async () => {
  const shop = await openShop()
  const order = await shop.order()
  shop.wechat.meanwhile('prepay', async () => {
    const outTradeNo = numberOf(shop.wechat.prepays)
    shop.wechat.pay(outTradeNo)
    expect(await shop.notify(shop.wechat.notification(outTradeNo))).toBe('SUCCESS')
  })
  expect(await shop.prepay(order)).toMatchObject({ state: 'paid', order: { paidVia: 'notification' } })
})

test('after its expiry an order is closed instead of opened', async () => {
  const shop = await openShop()
  const order = await shop.order({ expiresInSeconds: 60 })
  shop.pass(60_000)
  expect(await shop.prepay(order)).toMatchObject({ state: 'closed', order: { state: 'closed' } })
  expect(shop.wechat.prepays).toEqual([])
})

test('an order that ends in a minute tells WeChat the soonest end it accepts, and the payer its own', async () => {
  const shop = await openShop()
  const order = await shop.order({ expiresInSeconds: 60 })
  expect(await shop.prepay(order)).toMatchObject({ expiresAt: order.expiresAt })
  expect(shop.wechat.prepays).toMatchObject([{ payableUntil: NOW + 6 * MINUTE }])
})

test('one order has no more attempts than a person makes', async () => {
  const shop = await openShop()
  const order = await shop.order()
  for (let tries = 0; tries < 100; tries += 1) {
    shop.wechat.fault('prepay', 'refused')
    await expect(shop.prepay(order)).rejects.toMatchObject({ code: 'payment_refused' })
  }
  await expect(shop.prepay(order)).rejects.toMatchObject({ code: 'too_many_attempts' })
})

function sheetOf(prepaid: Prepaid): string {
  return prepaid.state === 'payable' ? prepaid.chooseWXPay.package : prepaid.state
}

function numberOf(prepays: readonly { outTradeNo: string }[]): string {
  return prepays.at(-1)?.outTradeNo ?? ''
}
