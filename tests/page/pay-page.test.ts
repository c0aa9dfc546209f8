/** The rendered pay page, which stands without the merchant's own scripts. */
import { describe, expect, test } from 'vitest'
import { JWEIXIN, ok, server, session } from './merchant.ts'
import { CHROME, openPayPage } from './window.ts'

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
