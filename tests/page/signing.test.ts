/** Which address is signed, what a refused signature and old parameters lead to. */
import { expect, test, vi } from 'vitest'
import { ok, server, session, useFakeTime, wait } from './merchant.ts'
import { ANDROID, openPage } from './window.ts'

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
