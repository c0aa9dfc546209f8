/** The browser SDK on the real jweixin script, against every end a payment can come to. */
import { readFileSync } from 'node:fs'
import type { PageConfiguration, PaymentSession } from '@shouyin/checkout/contract'
import { expect, test } from 'vitest'
import { ANDROID, CHROME, openPage, type PageOptions } from './window.ts'

const JWEIXIN = [
  'https://res.wx.qq.com/open/js/jweixin-1.6.0.js',
  'https://res2.wx.qq.com/open/js/jweixin-1.6.0.js',
]
const at = (url: string): PageConfiguration => ({
  appId: 'wxA',
  timestamp: 1,
  nonceStr: 'N',
  signature: 'S',
  jsApiList: ['chooseWXPay'],
  url,
})
const payment = { nonceStr: 'n', package: 'prepay_id=wx1', signType: 'MD5', paySign: 'P' }

function session(url: string): PaymentSession {
  return {
    orderId: 'o1',
    configuration: at(url),
    chooseWXPay: { timestamp: '1', ...payment },
    bridge: { appId: 'wxA', timeStamp: '1', ...payment },
    expiresAt: '2026-11-24T12:00:00Z',
  }
}

/** A merchant's server whose order is paid once the sheet said ok. */
const server: NonNullable<PageOptions['server']> = (path) => {
  const url = new URL(path, 'https://shop.example.com')
  if (path.includes('page-configuration'))
    return { configuration: at(url.searchParams.get('url') ?? ''), jweixin: JWEIXIN }
  if (path.endsWith('/prepay'))
    return { state: 'payable', session: session('https://shop.example.com/orders?from=menu') }
  return { orderId: 'o1', state: 'paid', totalFen: 1, description: '' }
}
const wait = (): Promise<void> => Promise.resolve()
const ok = {
  preVerifyJSAPI: { err_msg: 'preVerifyJSAPI:ok' },
  getBrandWCPayRequest: { err_msg: 'get_brand_wcpay_request:ok' },
}

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

test('the second host is tried when the first is blocked', async () => {
  const second = await openPage({ bridge: ok, server, loads: (url) => url.includes('res2') })
  await second.sdk.prepare()
  expect(second.scripts).toEqual(JWEIXIN)
  expect(await second.sdk.pay('o1', { wait })).toEqual({ state: 'paid' })
})

test('the bridge pays alone when the script cannot be had at all', async () => {
  const none = await openPage({ bridge: ok, server, loads: () => false })
  await none.sdk.prepare()
  expect(await none.sdk.pay('o1', { wait })).toEqual({ state: 'paid' })
  expect(none.invoked.map(({ method }) => method)).toEqual(['getBrandWCPayRequest'])
  expect(none.invoked[0]?.parameters).not.toHaveProperty('verifySignature')
})

test('a signature refused for the landing URL is asked for once more with the current one, and the bridge pays in any case', async () => {
  const page = await openPage({
    bridge: { ...ok, preVerifyJSAPI: { errMsg: 'config:invalid signature' } },
    server,
  })
  page.push('https://shop.example.com/orders/o1')
  await page.sdk.prepare()
  const signed = page.requested
    .filter(({ path }) => path.includes('page-configuration'))
    .map(({ path }) => decodeURIComponent(path))
  expect(signed).toEqual([
    '/pay/page-configuration?url=https://shop.example.com/orders?from=menu',
    '/pay/page-configuration?url=https://shop.example.com/orders/o1&refused=1',
  ])
  expect(await page.sdk.pay('o1', { wait })).toEqual({ state: 'paid' })
})

test('Android signs the current URL, iOS the one that was loaded', async () => {
  const android = await openPage({ userAgent: ANDROID, bridge: ok, server })
  android.push('https://shop.example.com/orders/o1#top')
  expect(android.sdk.urlToSign()).toBe('https://shop.example.com/orders/o1')
  const ios = await openPage({ bridge: ok, server })
  ios.push('https://shop.example.com/orders/o1#top')
  expect(ios.sdk.urlToSign()).toBe('https://shop.example.com/orders?from=menu')
})

test('outside WeChat the answer is plain, and nothing is asked of the server', async () => {
  const page = await openPage({ userAgent: CHROME, server })
  await page.sdk.prepare()
  const before = page.requested.length
  expect(await page.sdk.pay('o1', { wait })).toEqual({ state: 'not_in_wechat' })
  expect(page.requested).toHaveLength(before)
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

test('when WeChat tells nobody in time the payment is pending, and a reload knows of it', async () => {
  const silent: typeof server = (path, body) =>
    path.includes('status')
      ? { orderId: 'o1', state: 'unpaid', totalFen: 1, description: '' }
      : server(path, body)
  const page = await openPage({ bridge: ok, server: silent })
  await page.sdk.prepare()
  expect(await page.sdk.pay('o1', { wait })).toEqual({ state: 'pending' })
  expect(page.sdk.wasPaying('o1')).toBe(true)
})

const agents = (
  JSON.parse(readFileSync(new URL('../../vectors/official-account.json', import.meta.url), 'utf8')) as {
    name: string
    kind: string
    input: { userAgent: string }
    expected: { isWeChat: boolean; isWeCom: boolean; isMiniProgramWebview: boolean; clientVersion: string }
  }[]
).filter(({ kind }) => kind === 'ua.parse')

test.each(agents)('$name', async ({ input, expected }) => {
  const { sdk } = await openPage()
  expect(sdk.readUserAgent(input.userAgent)).toMatchObject({
    inWechat: expected.isWeChat,
    inWecom: expected.isWeCom,
    inMiniProgram: expected.isMiniProgramWebview,
    clientVersion: expected.clientVersion,
  })
})
