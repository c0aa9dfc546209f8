/** What became of a payment when the sheet was left, lost, or never said. */
import { expect, test, vi } from 'vitest'
import { ok, server, useFakeTime, wait } from './merchant.ts'
import { openPage } from './window.ts'

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
