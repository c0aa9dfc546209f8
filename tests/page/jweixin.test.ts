/** The real jweixin script: from either host, beside a loader, as an import, or not at all. */
import { expect, test, vi } from 'vitest'
import { at, JWEIXIN, ok, server, useFakeTime, wait } from './merchant.ts'
import { openPage } from './window.ts'

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

test('a host that never answers gives way to the second one', async () => {
  useFakeTime()
  const page = await openPage({ bridge: ok, server, loads: (url) => (url.includes('res2') ? true : 'never') })
  const prepared = page.sdk.prepare()
  await vi.advanceTimersByTimeAsync(4000)
  await prepared
  expect(page.scripts).toEqual(JWEIXIN)
})
