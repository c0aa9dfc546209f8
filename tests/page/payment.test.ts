/** From the tap to every end a payment can come to. */
import { expect, test } from 'vitest'
import { at, JWEIXIN, ok, server, session, wait } from './merchant.ts'
import { openPage } from './window.ts'

test('one tap asks the server once, opens the sheet by jweixin, and is paid when the server says so', async () => {
  const page = await openPage({ bridge: ok, server })
  await page.sdk.prepare()
  const before = page.requested.length
  expect(await page.sdk.pay('o1', { wait })).toEqual({ state: 'paid' })
  expect(page.requested.slice(before).map(({ path }) => path)).toEqual([
    '/pay/orders/o1/prepay',
    '/pay/orders/o1/status?confirm=1',
  ])
  const sheet = page.invoked.find(({ method }) => method === 'getBrandWCPayRequest')
  expect(sheet?.parameters).toMatchObject({
    timeStamp: '1',
    package: 'prepay_id=wx1',
    paySign: 'P',
    appId: 'wxA',
  })
})

test('on a rendered page nothing is asked between tap and sheet', async () => {
  const page = await openPage({ bridge: ok, server })
  const inline = session('https://shop.example.com/orders?from=menu')
  await page.sdk.prepare({ configuration: at('https://shop.example.com/orders?from=menu'), jweixin: JWEIXIN })
  const paid = page.sdk.pay('o1', { session: inline, wait })
  await expect.poll(() => page.invoked.some(({ method }) => method === 'getBrandWCPayRequest')).toBe(true)
  expect(page.requested.filter(({ path }) => !path.includes('status'))).toEqual([])
  expect(await paid).toEqual({ state: 'paid' })
})

test('two taps at once are one payment', async () => {
  const page = await openPage({ bridge: ok, server })
  await page.sdk.prepare()
  await Promise.all([page.sdk.pay('o1', { wait }), page.sdk.pay('o1', { wait })])
  expect(page.invoked.filter(({ method }) => method === 'getBrandWCPayRequest')).toHaveLength(1)
})

test.each([
  ['get_brand_wcpay_request:cancel', { state: 'cancelled', unseen: true }],
  ['get_brand_wcpay_request:fail', { state: 'failed', reason: 'fail' }],
  ['get_brand_wcpay_request:fail_invalid appid', { state: 'failed', reason: 'invalid appid' }],
])('%s', async (err_msg, result) => {
  const page = await openPage({ bridge: { ...ok, getBrandWCPayRequest: { err_msg } }, server })
  await page.sdk.prepare()
  expect(await page.sdk.pay('o1', { wait })).toEqual(result)
  expect(page.requested.some(({ path }) => path.includes('status'))).toBe(false)
})

test.each([
  ['sign_in_required', { state: 'sign_in_required', url: '/pay/sign-in?return=%2Forders%3Ffrom%3Dmenu' }],
  ['snapshot_visitor', { state: 'snapshot_visitor' }],
  ['payment_refused', { state: 'refused', message: '微信支付拒绝了这笔支付' }],
])('the server’s %s reaches the page as an answer', async (code, result) => {
  const refusing: typeof server = (path, body) =>
    path.endsWith('/prepay')
      ? { error: { code, message: '微信支付拒绝了这笔支付', detail: '', requestId: '' } }
      : server(path, body)
  const page = await openPage({ bridge: ok, server: refusing })
  await page.sdk.prepare()
  expect(await page.sdk.pay('o1', { wait })).toEqual(result)
})

test('an order that needs no payment any more opens no sheet', async () => {
  const page = await openPage({
    bridge: ok,
    server: (path, body) =>
      path.endsWith('/prepay') ? { state: 'paid', orderId: 'o1' } : server(path, body),
  })
  await page.sdk.prepare()
  expect(await page.sdk.pay('o1', { wait })).toEqual({ state: 'paid' })
  expect(page.invoked.some(({ method }) => method === 'getBrandWCPayRequest')).toBe(false)
})

test('an "ok" in the newer spelling is an ok', async () => {
  const page = await openPage({
    bridge: { ...ok, getBrandWCPayRequest: { errMsg: 'getBrandWCPayRequest:ok' } },
    server,
    loads: () => false,
  })
  await page.sdk.prepare()
  expect(await page.sdk.pay('o1', { wait })).toEqual({ state: 'paid' })
})

test('a payer who is not signed in comes back to the very page, route included', async () => {
  const signedOut: typeof server = () => ({
    error: { code: 'sign_in_required', message: '请先登录', detail: '', requestId: '' },
  })
  const page = await openPage({
    bridge: ok,
    server: signedOut,
    url: 'https://shop.example.com/?a=1#/orders/7',
  })
  expect(await page.sdk.pay('o1', { wait })).toEqual({
    state: 'sign_in_required',
    url: '/pay/sign-in?return=%2F%3Fa%3D1%23%2Forders%2F7',
  })
})
