import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { type CheckoutOptions, createCheckout } from './checkout.ts'

const options: CheckoutOptions = {
  origin: 'https://shop.example.com',
  secret: 'a secret of the tests, long enough to sign with',
  account: {
    appid: 'wx2421b1c4370ec43b',
    appSecret: '0123456789abcdef'.repeat(2),
    mchid: '1900000109',
    apiKey: 'test'.repeat(8),
  },
  database: ':memory:',
  fetch: () => Promise.reject(new TypeError('no network in this test')),
}

test('every option that cannot be right is named at once', async () => {
  const { account } = options
  const wrong = createCheckout({
    ...options,
    origin: 'shop.example.com',
    secret: 'short',
    account: { ...account, name: 'a/b', appid: 'wx', appSecret: 'x', mchid: 'm', apiKey: 'k' },
  })
  const named = ['account.name', 'origin', 'secret', 'mchid', 'apiKey', 'appid']
  await expect(wrong).rejects.toMatchObject({ name: 'ConfigError' })
  for (const name of named) await expect(wrong).rejects.toThrow(name)
})

test('no key or secret is in the error that names wrong options', async () => {
  const { account } = options
  const wrong = createCheckout({
    ...options,
    secret: 'shortone',
    account: { ...account, apiKey: 'wrongkey' },
  })
  await expect(wrong).rejects.toThrow(expect.not.stringMatching(/shortone|wrongkey/))
})

test('addresses are below the base path', async () => {
  const checkout = await createCheckout({ ...options, basePath: '/cashier' })
  onTestFinished(() => checkout.close())
  expect(checkout.basePath).toBe('/cashier')
  expect(checkout.payPageUrl('ord_1')).toBe('https://shop.example.com/cashier/orders/ord_1')
  expect(checkout.signInUrl('/me')).toMatch(/^https:\/\/shop\.example\.com\/cashier\/sign-in\?return=%2Fme$/)
  expect(await checkout.visitor(new Request('https://shop.example.com/'))).toBeUndefined()
})

test('orders outlive the process', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'shouyin-checkout-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const database = join(folder, 'checkout.sqlite')
  const before = await createCheckout({ ...options, database })
  const order = await before.createOrder({ reference: 'A-1', description: '热茶', totalFen: 990 })
  await before.close()
  const after = await createCheckout({ ...options, database })
  onTestFinished(() => after.close())
  expect(await after.order(order.orderId)).toEqual(order)
})

test('a payment that WeChat cannot be asked about is to be tried again', async () => {
  const checkout = await createCheckout(options)
  onTestFinished(() => checkout.close())
  const order = await checkout.createOrder({ reference: 'A-1', description: '热茶', totalFen: 990 })
  const wish = { orderId: order.orderId, payer: 'oPayer', clientAddress: '203.0.113.7' }
  await expect(checkout.prepay(wish)).rejects.toMatchObject({ code: 'try_again', retryable: true })
  expect(await checkout.order(order.orderId)).toMatchObject({ state: 'unpaid' })
})

test('what is logged of a payment that went wrong names no key, no secret and no payer', async () => {
  const lines: string[] = []
  const checkout = await createCheckout({ ...options, log: (entry) => void lines.push(inspect(entry)) })
  onTestFinished(() => checkout.close())
  const order = await checkout.createOrder({ reference: 'A-1', description: '热茶', totalFen: 990 })
  const wish = { orderId: order.orderId, payer: 'oPayerNobodyMaySee', clientAddress: '203.0.113.7' }
  await expect(checkout.prepay(wish)).rejects.toThrow(expect.not.stringMatching('oPayerNobodyMaySee'))
  await checkout.confirm(order.orderId)
  const body = new TextEncoder().encode('<xml><openid>oPayerNobodyMaySee</openid></xml>')
  await checkout.receiveNotification({ account: 'default', body })
  expect(lines.length).toBeGreaterThan(2)
  const { appSecret, apiKey } = options.account
  for (const secret of [options.secret, appSecret, apiKey, 'oPayerNobodyMaySee']) {
    expect(lines.join('\n')).not.toContain(secret)
  }
})
