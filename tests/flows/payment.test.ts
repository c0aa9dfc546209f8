/** A payer, a merchant and WeChat, from the menu to the paid order, on one clock. */
import type { PageConfiguration, PageConfigurationAnswer } from '@shouyin/checkout/contract'
import { describe, expect, test } from 'vitest'
import {
  confirm,
  ORIGIN,
  openTown,
  payable,
  payPageData,
  payPageUrl,
  prepayIdOf,
  TEA,
  type Town,
} from './town.ts'

test('a payer opens the pay page, is signed in silently, pays, and the order is paid by the notification', async () => {
  const town = await openTown()
  const phone = town.phone()
  const order = await town.checkout.createOrder(TEA)
  const page = await phone.open(payPageUrl(order.orderId))
  expect(page).toMatchObject({ url: payPageUrl(order.orderId), status: 200 })
  expect(
    page.visited.some((url) => url.startsWith('https://open.weixin.qq.com/connect/oauth2/authorize?appid=')),
  ).toBe(true)
  await town.control('pay', { prepay_id: prepayIdOf(payPageData(page)) })
  await town.simulator.settle()
  expect(await town.checkout.order(order.orderId)).toMatchObject({ state: 'paid', paidVia: 'notification' })
  expect(await confirm(phone, order.orderId)).toMatchObject({ state: 'paid', totalFen: 12_800 })
  await town.advance(1)
  expect(town.events).toMatchObject([{ type: 'order.paid', order: { orderId: order.orderId } }])
})

test('the page’s configuration and payment parameters are what WeChat’s client accepts', async () => {
  const town = await openTown()
  const order = await town.checkout.createOrder(TEA)
  const { session } = payPageData(await town.phone().open(payPageUrl(order.orderId)))
  const page = { currentUrl: payPageUrl(order.orderId), landingUrl: payPageUrl(order.orderId) }
  const viewer = { userId: 'xiaoming', device: 'ios', entry: 'menu' }
  const { appId, nonceStr, timestamp, signature } = session?.configuration ?? {}
  const verify = {
    verifyAppId: appId,
    verifyNonceStr: nonceStr,
    verifyTimestamp: timestamp,
    verifySignature: signature,
  }
  expect(await town.control('phone/config', { viewer, page, parameters: verify })).toMatchObject({
    err_msg: 'preVerifyJSAPI:ok',
  })
  expect(await town.control('phone/cashier', { viewer, page, parameters: session?.bridge })).toMatchObject({
    sheet: { totalFee: 12_800 },
  })
  const { timestamp: timeStamp, ...rest } = session?.chooseWXPay ?? {}
  expect(
    await town.control('phone/cashier', { viewer, page, parameters: { appId, timeStamp, ...rest } }),
  ).toHaveProperty('sheet')
})

test('a payer who cancels can pay the same order with the same prepay', async () => {
  const town = await openTown()
  const phone = town.phone()
  const order = await town.checkout.createOrder(TEA)
  const first = prepayIdOf(payPageData(await phone.open(payPageUrl(order.orderId))))
  await town.control('pay', { prepay_id: first, result: 'cancel' })
  expect(await confirm(phone, order.orderId)).toMatchObject({ state: 'unpaid' })
  expect(prepayIdOf(payPageData(await phone.open(payPageUrl(order.orderId))))).toBe(first)
  expect(await town.requestsTo('/pay/unifiedorder')).toBe(1)
})

describe('when the notification', () => {
  test('is lost, the page’s question finds the payment', async () => {
    const town = await openTown()
    const phone = town.phone()
    const order = await town.checkout.createOrder(TEA)
    const prepay_id = prepayIdOf(payPageData(await phone.open(payPageUrl(order.orderId))))
    await town.control('faults', { kind: 'notification-lost' })
    await town.control('pay', { prepay_id })
    await town.simulator.settle()
    expect(await town.checkout.order(order.orderId)).toMatchObject({ state: 'unpaid' })
    expect(await confirm(phone, order.orderId)).toMatchObject({ state: 'paid' })
    expect(await town.checkout.order(order.orderId)).toMatchObject({ paidVia: 'query' })
    await town.advance(2)
    expect(town.events.map(({ type }) => type)).toEqual(['order.paid'])
  })

  test('is lost and the page is gone, the sweep finds the payment', async () => {
    const town = await openTown()
    const order = await town.checkout.createOrder(TEA)
    const prepay_id = prepayIdOf(payPageData(await town.phone().open(payPageUrl(order.orderId))))
    await town.control('faults', { kind: 'notification-lost' })
    await town.control('pay', { prepay_id })
    await town.advance(40)
    expect(await town.checkout.order(order.orderId)).toMatchObject({ state: 'paid', paidVia: 'sweep' })
    expect(town.events).toHaveLength(1)
  })

  test('arrives twice, the merchant is told once', async () => {
    const town = await openTown()
    const order = await town.checkout.createOrder(TEA)
    const prepay_id = prepayIdOf(payPageData(await town.phone().open(payPageUrl(order.orderId))))
    await town.control('faults', { kind: 'notification-doubled' })
    await town.control('pay', { prepay_id })
    await town.advance(5)
    expect(await town.requestsTo('/pay/notifications/v2/default')).toBe(2)
    expect(town.events.map(({ type }) => type)).toEqual(['order.paid'])
  })
})

test('an answer of unifiedorder that is lost after its effect is asked again under the same number', async () => {
  const town = await openTown()
  const phone = town.phone()
  const order = await town.checkout.createOrder(TEA)
  await phone.open(`${ORIGIN}/pay/sign-in?return=/pay/orders/${order.orderId}/status`)
  // Of both of WeChat's domains: one lost answer alone is asked for again at the second.
  await town.control('faults', {
    kind: 'answer-lost-after-effect',
    times: 2,
    match: { path: '/pay/unifiedorder' },
  })
  const lost = await phone.post(`${payPageUrl(order.orderId)}/prepay`, { url: payPageUrl(order.orderId) })
  expect(lost.status).toBe(503)
  expect(await lost.json()).toMatchObject({ error: { code: 'try_again' } })
  await town.advance(60)
  const again = await phone.post(`${payPageUrl(order.orderId)}/prepay`, { url: payPageUrl(order.orderId) })
  const session = payable(await again.json())
  await town.control('pay', { prepay_id: session.bridge.package.replace('prepay_id=', '') })
  await town.advance(2)
  expect(await town.control<unknown[]>('orders')).toHaveLength(1)
  expect(town.events.map(({ type }) => type)).toEqual(['order.paid'])
})

test('an answer that is lost on one of WeChat’s domains is had from the other, under the same number', async () => {
  const town = await openTown()
  const phone = town.phone()
  const order = await town.checkout.createOrder(TEA)
  await phone.open(`${ORIGIN}/pay/sign-in?return=/pay/orders/${order.orderId}/status`)
  await town.control('faults', { kind: 'answer-lost-after-effect', match: { path: '/pay/unifiedorder' } })
  const answer = await phone.post(`${payPageUrl(order.orderId)}/prepay`, { url: payPageUrl(order.orderId) })
  expect(payable(await answer.json()).bridge.package).toMatch(/^prepay_id=wx/)
  expect(await town.requestsTo('/pay/unifiedorder')).toBe(2)
  expect(await town.control<unknown[]>('orders')).toHaveLength(1)
})

test('two taps at once make one order at WeChat', async () => {
  const town = await openTown()
  const phone = town.phone()
  const order = await town.checkout.createOrder(TEA)
  await phone.open(`${ORIGIN}/pay/sign-in?return=/pay/orders/${order.orderId}/status`)
  const tap = () => phone.post(`${payPageUrl(order.orderId)}/prepay`, { url: payPageUrl(order.orderId) })
  const [left, right] = await Promise.all([tap(), tap()])
  const sessions = [payable(await left.json()), payable(await right.json())]
  expect(sessions[0]?.bridge.package).toBe(sessions[1]?.bridge.package)
  expect(await town.requestsTo('/pay/unifiedorder')).toBe(1)
})

test('nobody pays: the order is closed at WeChat, and with us, when it expires', async () => {
  const town = await openTown()
  const order = await town.checkout.createOrder({ ...TEA, expiresInSeconds: 900 })
  await town.phone().open(payPageUrl(order.orderId))
  await town.advance(960)
  expect(await town.checkout.order(order.orderId)).toMatchObject({ state: 'closed' })
  expect(await town.control('orders')).toMatchObject([{ trade_state: 'CLOSED' }])
  expect(town.events.map(({ type }) => type)).toEqual(['order.closed'])
})

test('money that comes in the last second wins over the closing', async () => {
  const town = await openTown()
  const order = await town.checkout.createOrder({ ...TEA, expiresInSeconds: 900 })
  const prepay_id = prepayIdOf(payPageData(await town.phone().open(payPageUrl(order.orderId))))
  await town.advance(898)
  await town.control('faults', { kind: 'notification-lost' })
  await town.control('pay', { prepay_id })
  await town.advance(60)
  expect(await town.checkout.order(order.orderId)).toMatchObject({ state: 'paid' })
  expect(town.events.map(({ type }) => type)).toEqual(['order.paid'])
})

test('after two hours the prepay is dead, and the payer gets another', async () => {
  const town = await openTown()
  const phone = town.phone()
  const order = await town.checkout.createOrder({ ...TEA, expiresInSeconds: 86_400 })
  const first = prepayIdOf(payPageData(await phone.open(payPageUrl(order.orderId))))
  await town.simulator.advance(0)
  await town.advance(7300)
  const second = prepayIdOf(payPageData(await phone.open(payPageUrl(order.orderId))))
  expect(second).not.toBe(first)
  await town.control('pay', { prepay_id: second })
  await town.advance(2)
  expect(await town.checkout.order(order.orderId)).toMatchObject({ state: 'paid' })
})

test('a ticket that WeChat voided early is fetched anew once a page reports it', async () => {
  const town = await openTown()
  const phone = town.phone()
  const order = await town.checkout.createOrder(TEA)
  const url = payPageUrl(order.orderId)
  await phone.open(url)
  await town.control('tickets/void', {})
  await town.advance(120)
  const ask = async (refused: string): Promise<PageConfiguration> => {
    const page = await phone.open(`${ORIGIN}/pay/page-configuration?url=${encodeURIComponent(url)}${refused}`)
    return (JSON.parse(page.text) as PageConfigurationAnswer).configuration
  }
  expect(await accepts(town, await ask(''))).toBe(false)
  expect(await accepts(town, await ask('&refused=1'))).toBe(true)
})

/** Whether WeChat's client accepts a page's configuration. */
async function accepts(town: Town, configuration: PageConfiguration): Promise<boolean> {
  const { appId, nonceStr, timestamp, signature, url } = configuration
  const parameters = {
    verifyAppId: appId,
    verifyNonceStr: nonceStr,
    verifyTimestamp: timestamp,
    verifySignature: signature,
  }
  const viewer = { userId: 'xiaoming', device: 'ios', entry: 'menu' }
  const answer = await town.control('phone/config', {
    viewer,
    page: { currentUrl: url, landingUrl: url },
    parameters,
  })
  return (answer as { err_msg?: string }).err_msg === 'preVerifyJSAPI:ok'
}
