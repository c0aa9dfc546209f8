/** The browser SDK on the real jweixin script, against every end a payment can come to. */
import { readFileSync } from 'node:fs'
import type { PageConfiguration, PaymentSession } from '@shouyin/checkout/contract'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { ANDROID, CHROME, openPage, openPayPage, type PageOptions } from './window.ts'

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
    expiresAt: '2099-01-01T00:00:00Z',
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

test('an "ok" in the newer spelling is an ok', async () => {
  const page = await openPage({
    bridge: { ...ok, getBrandWCPayRequest: { errMsg: 'getBrandWCPayRequest:ok' } },
    server,
    loads: () => false,
  })
  await page.sdk.prepare()
  expect(await page.sdk.pay('o1', { wait })).toEqual({ state: 'paid' })
})

test('on a page with an AMD loader jweixin is had all the same, and the loader misses nothing', async () => {
  const defined: unknown[][] = []
  const define = Object.assign((...module: unknown[]) => defined.push(module), { amd: {} })
  const page = await openPage({ bridge: ok, server, define, jweixin: '1.4.0 as served' })
  const prepared = page.sdk.prepare()
  await prepared
  expect(defined).toEqual([])
  expect(await page.sdk.pay('o1', { wait })).toEqual({ state: 'paid' })
  expect(page.invoked.map(({ method }) => method)).toContain('preVerifyJSAPI')
  expect((globalThis as { define?: unknown }).define).toBe(define)
})

test.each(['1.4.0', '1.6.0'] as const)(
  'jweixin %s, refused twice, is not believed to be ready',
  async (jweixin) => {
    const page = await openPage({
      jweixin,
      bridge: { ...ok, preVerifyJSAPI: { errMsg: 'config:invalid signature' } },
      server,
    })
    await page.sdk.prepare()
    await page.sdk.pay('o1', { wait })
    expect(page.invoked.filter(({ method }) => method === 'preVerifyJSAPI')).toHaveLength(2)
    const sheet = page.invoked.find(({ method }) => method === 'getBrandWCPayRequest')
    expect(sheet?.parameters).not.toHaveProperty('verifySignature')
  },
)

test('a ticket that WeChat retired early is signed anew, and jweixin pays', async () => {
  let verdicts = 0
  const page = await openPage({
    bridge: {
      ...ok,
      preVerifyJSAPI: () => {
        verdicts += 1
        return { errMsg: verdicts === 1 ? 'config:invalid signature' : 'config:ok' }
      },
    },
    server,
  })
  await page.sdk.prepare()
  expect(await page.sdk.pay('o1', { wait })).toEqual({ state: 'paid' })
  const sheet = page.invoked.find(({ method }) => method === 'getBrandWCPayRequest')
  expect(sheet?.parameters).toHaveProperty('verifySignature')
})

test('a sheet that jweixin is not let through to is opened by the bridge', async () => {
  const page = await openPage({
    bridge: {
      ...ok,
      getBrandWCPayRequest: (parameters) => ({
        err_msg:
          'verifySignature' in parameters
            ? 'getBrandWCPayRequest:fail, the permission value is offline verifying'
            : 'get_brand_wcpay_request:ok',
      }),
    },
    server,
  })
  await page.sdk.prepare()
  expect(await page.sdk.pay('o1', { wait })).toEqual({ state: 'paid' })
})

test('jweixin as an npm import is used as it is', async () => {
  const page = await openPage({ bridge: ok, server })
  const called: string[] = []
  const wx = {
    config: () => called.push('config'),
    error: () => undefined,
    ready: () => undefined,
    checkJsApi: ({ complete }: { complete: () => void }) => complete(),
    chooseWXPay: ({ complete }: { complete: (result: object) => void }) =>
      complete({ errMsg: 'chooseWXPay:cancel' }),
  }
  await page.sdk.prepare({ wx })
  expect(await page.sdk.pay('o1', { wait })).toEqual({ state: 'cancelled', unseen: true })
  expect([page.scripts, called]).toEqual([[], ['config']])
})

test('a list of APIs that the merchant keeps is not rewritten by the script', async () => {
  const page = await openPage({ bridge: ok, server })
  const configuration = at('https://shop.example.com/orders?from=menu')
  await page.sdk.prepare({ configuration, jweixin: JWEIXIN })
  expect(configuration.jsApiList).toEqual(['chooseWXPay'])
})

test('parameters that are too old are asked for anew', async () => {
  const page = await openPage({ bridge: ok, server })
  await page.sdk.prepare()
  const old = { ...session('https://shop.example.com/orders'), expiresAt: '2020-01-01T00:00:00Z' }
  expect(await page.sdk.pay('o1', { session: old, wait })).toEqual({ state: 'paid' })
  expect(page.requested.some(({ path }) => path.endsWith('/prepay'))).toBe(true)
})

test.each([null, 'maintenance', { error: 'Bad Gateway' }])(
  'a proxy’s own JSON (%s) is no answer',
  async (garbage) => {
    const page = await openPage({ bridge: ok, server: () => garbage as unknown as object })
    await page.sdk.prepare()
    expect(await page.sdk.pay('o1', { wait })).toMatchObject({ state: 'try_again' })
  },
)

test('a host that never answers gives way to the second one', async () => {
  useFakeTime()
  const page = await openPage({ bridge: ok, server, loads: (url) => (url.includes('res2') ? true : 'never') })
  const prepared = page.sdk.prepare()
  await vi.advanceTimersByTimeAsync(4000)
  await prepared
  expect(page.scripts).toEqual(JWEIXIN)
})

test('a tap waits three seconds for a configuration that never ends, then the bridge pays', async () => {
  useFakeTime()
  const page = await openPage({ bridge: { ...ok, preVerifyJSAPI: 'never' }, server })
  void page.sdk.prepare()
  const paid = page.sdk.pay('o1', { wait })
  await vi.advanceTimersByTimeAsync(2900)
  expect(page.invoked.map(({ method }) => method)).toEqual(['preVerifyJSAPI'])
  await vi.advanceTimersByTimeAsync(200)
  expect(await paid).toEqual({ state: 'paid' })
})

test('a sheet that was looked at and left is a plain cancellation', async () => {
  useFakeTime()
  let leave = (): void => undefined
  const page = await openPage({
    bridge: { ...ok, getBrandWCPayRequest: 'never' },
    server,
    loads: () => false,
  })
  await page.sdk.prepare()
  const bridge = (window as unknown as { WeixinJSBridge: { invoke: unknown } }).WeixinJSBridge
  bridge.invoke = (_method: string, _parameters: object, callback: (result: object) => void) => {
    leave = () => callback({ err_msg: 'get_brand_wcpay_request:cancel' })
  }
  const cancelled = page.sdk.pay('o1', { wait })
  await vi.advanceTimersByTimeAsync(2000)
  leave()
  expect(await cancelled).toEqual({ state: 'cancelled', unseen: false })
})

test('a sheet that paid and never said so is found out when the page is back', async () => {
  useFakeTime()
  const page = await openPage({ bridge: { ...ok, getBrandWCPayRequest: 'never' }, server })
  await page.sdk.prepare()
  const paid = page.sdk.pay('o1', { wait })
  await vi.advanceTimersByTimeAsync(100)
  page.cover(true)
  page.cover(false)
  await vi.advanceTimersByTimeAsync(3000)
  expect(await paid).toEqual({ state: 'paid' })
})

test('a sheet that answered leaves nothing to ask when the page is back', async () => {
  useFakeTime()
  let leave = (): void => undefined
  const page = await openPage({ bridge: ok, server, loads: () => false })
  await page.sdk.prepare()
  const bridge = (window as unknown as { WeixinJSBridge: { invoke: unknown } }).WeixinJSBridge
  bridge.invoke = (_method: string, _parameters: object, callback: (result: object) => void) => {
    leave = () => callback({ err_msg: 'get_brand_wcpay_request:cancel' })
  }
  const cancelled = page.sdk.pay('o1', { wait })
  await vi.advanceTimersByTimeAsync(100)
  page.cover(true)
  page.cover(false)
  leave()
  expect(await cancelled).toEqual({ state: 'cancelled', unseen: false })
  await vi.advanceTimersByTimeAsync(60_000)
  expect(page.requested.some(({ path }) => path.includes('status'))).toBe(false)
})

test('a page that was lost with the sheet open asks once what became of it', async () => {
  const storage = new Map<string, string>()
  const lost = await openPage({ bridge: { ...ok, getBrandWCPayRequest: 'never' }, server, storage })
  await lost.sdk.prepare()
  void lost.sdk.pay('o1', { wait })
  await expect.poll(() => storage.size).toBe(1)
  const again = await openPage({ bridge: ok, server, storage })
  expect(again.sdk.wasPaying('o1')).toBe(false)
  expect(await again.sdk.resume('o1', { wait })).toEqual({ state: 'paid' })
  expect(await again.sdk.resume('o1', { wait })).toBeUndefined()
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

const rendered = {
  basePath: '/pay',
  orderId: 'o1',
  state: 'unpaid',
  screen: 'pay',
  jweixin: JWEIXIN,
  session: session('https://shop.example.com/orders?from=menu'),
} as const

describe('the rendered pay page', () => {
  test('asks nothing between tap and sheet, confirms after it, and stays on 支付成功', async () => {
    const page = await openPayPage(rendered, { bridge: ok, server })
    await expect.poll(() => page.invoked.length).toBeGreaterThan(0)
    page.tap('pay')
    await expect.poll(page.screen).toBe('paid')
    expect(page.requested.map(({ path }) => path)).toEqual(['/pay/orders/o1/status?confirm=1'])
    expect(page.left).toEqual([])
  })

  test('goes where the order says once it is paid', async () => {
    const page = await openPayPage({ ...rendered, afterPayment: '/thanks' }, { bridge: ok, server })
    page.tap('pay')
    await expect.poll(() => page.left).toEqual(['/thanks'])
  })

  test.each([
    [{ err_msg: 'get_brand_wcpay_request:cancel' }, 'dialog'],
    [{ err_msg: 'get_brand_wcpay_request:fail_nopermission' }, 'failed'],
  ])('after %o shows %s', async (getBrandWCPayRequest, screen) => {
    const page = await openPayPage(rendered, { bridge: { ...ok, getBrandWCPayRequest }, server })
    page.tap('pay')
    await expect.poll(page.screen).toBe(screen)
  })

  test('asks for new parameters after a sheet that did not open', async () => {
    const page = await openPayPage(rendered, {
      bridge: { ...ok, getBrandWCPayRequest: { err_msg: 'get_brand_wcpay_request:fail' } },
      server,
    })
    page.tap('pay')
    await expect.poll(page.screen).toBe('failed')
    page.tap('pay')
    await expect.poll(() => page.requested.map(({ path }) => path)).toContain('/pay/orders/o1/prepay')
  })

  test('in an ordinary browser asks to be opened in WeChat', async () => {
    const page = await openPayPage(rendered, { userAgent: CHROME, server })
    await expect.poll(page.screen).toBe('elsewhere')
  })

  test('whose parameters could not be had tries again on tap', async () => {
    const { session: _none, ...without } = rendered
    const page = await openPayPage({ ...without, screen: 'unreachable' }, { bridge: ok, server })
    page.tap('retry')
    await expect.poll(page.screen).toBe('paid')
  })

  test('after a reload goes on confirming', async () => {
    const storage = new Map([['shouyin:o1', 'ok']])
    const page = await openPayPage(rendered, { bridge: ok, server, storage })
    await expect.poll(page.screen).toBe('paid')
    expect(page.invoked.filter(({ method }) => method === 'getBrandWCPayRequest')).toEqual([])
  })
})

function useFakeTime(): void {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
}

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
