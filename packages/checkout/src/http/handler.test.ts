/** What holds for every answer: numbers for support, headers, no caching, and notifications passed through untouched. */
import { ConfigError } from '@shouyin/wechat'
import { describe, expect, test } from 'vitest'
import { errorOf, ORIGIN, openSite, PAYER, SECRET, type TestSite } from './site.fixture.ts'

describe('every answer', () => {
  test.each(['/pay/sign-in', '/pay/orders/x/status', '/pay/page-configuration', '/pay/nothing', '/pay'])(
    '%s is not cached, not sniffed, leaks no address and carries its number',
    async (path) => {
      const { headers } = await (await openSite()).browser().get(path)
      expect(Object.fromEntries(headers)).toMatchObject({
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'same-origin',
        'x-request-id': expect.stringMatching(/^[0-9A-Za-z]{16}$/),
      })
    },
  )

  test('keeps the number that a proxy gave, and no other text', async () => {
    const browser = (await openSite()).browser()
    const numberOf = async (given: string): Promise<string> =>
      (await errorOf(await browser.get('/pay/nothing', { 'x-request-id': given }))).requestId
    expect(await numberOf('3f0c-proxy_1')).toBe('3f0c-proxy_1')
    expect(await numberOf('<script>alert(1)</script>')).toMatch(/^[0-9A-Za-z]{16}$/)
  })

  test('to an error of ours tells its number to the payer and the cause only to the log', async () => {
    const site = await openSite()
    site.shop.engine.order = () => Promise.reject(new Error('disk I/O error at /var/lib/orders.sqlite'))
    const browser = await site.signedIn()
    const failed = await browser.get('/pay/orders/o1/status')
    const { code, detail, requestId } = await errorOf(failed)
    expect([failed.status, code]).toEqual([500, 'internal'])
    expect(detail).not.toContain('sqlite')
    expect(site.log).toMatchObject([{ event: 'http.failed', requestId, error: { message: /disk/ } }])
    const page = await browser.get('/pay/orders/o1')
    expect([page.status, await page.text()]).toEqual([500, expect.stringContaining('系统开了小差')])
  })
})

describe('a notification', () => {
  const post = (site: TestSite, body: string | Uint8Array, account = 'default'): Promise<Response> =>
    site.handler(
      new Request(`${ORIGIN}/pay/notifications/v2/${account}`, { method: 'POST', body: Buffer.from(body) }),
    )

  test('is passed on byte for byte, without session or origin', async () => {
    const site = await openSite()
    const bytes = new Uint8Array([0xef, 0xbb, 0xbf, 0x3c, 0xff, 0x00])
    let received: unknown
    site.shop.engine.receiveNotification = async (notification) => {
      received = notification
      return { status: 200, contentType: 'text/xml; charset=utf-8', body: '<xml/>' }
    }
    const answer = await post(site, bytes)
    expect(received).toEqual({ account: 'default', body: Buffer.from(bytes) })
    expect([answer.status, answer.headers.get('content-type'), await answer.text()]).toEqual([
      200,
      'text/xml; charset=utf-8',
      '<xml/>',
    ])
  })

  test('makes an order paid', async () => {
    const site = await openSite()
    const order = await site.shop.order({ payer: PAYER })
    await site.shop.prepay(order)
    const { outTradeNo = '' } = site.shop.wechat.prepays[0] ?? {}
    site.shop.wechat.pay(outTradeNo)
    await post(site, site.shop.wechat.notification(outTradeNo))
    expect(await site.shop.engine.order(order.orderId)).toMatchObject({ state: 'paid' })
  })

  test('of 64 kB is read, and one byte more is not', async () => {
    const site = await openSite()
    site.shop.engine.receiveNotification = async () => ({ status: 200, contentType: 'text/xml', body: '' })
    expect((await post(site, 'x'.repeat(65_536))).status).toBe(200)
    expect((await post(site, 'x'.repeat(65_537))).status).toBe(413)
  })

  test.each(['GET', 'PUT', 'DELETE'])('is not taken by %s', async (method) => {
    const site = await openSite()
    const answer = await site.handler(new Request(`${ORIGIN}/pay/notifications/v2/default`, { method }))
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'POST'])
  })
})

describe('the site', () => {
  test('may live under another path', async () => {
    const site = await openSite({ site: { origin: ORIGIN, secret: SECRET, basePath: '/shop/checkout' } })
    const answer = await site.browser().get('/shop/checkout/sign-in')
    const backTo = new URL(answer.headers.get('location') ?? '').searchParams.get('redirect_uri')
    expect(backTo).toBe(`${ORIGIN}/shop/checkout/callback`)
  })

  test.each([
    [{ origin: 'https://shop.example.com/' }, 'origin'],
    [{ origin: 'shop.example.com' }, 'origin'],
    [{ origin: 'http://shop.example.com' }, 'origin'],
    [{ basePath: 'pay' }, 'basePath'],
    [{ basePath: '/pay/' }, 'basePath'],
    [{ secret: 'short' }, 'secret'],
    [{ allowedReturnOrigins: ['https://m.example.com/x'] }, 'allowedReturnOrigins'],
    [{ returnUrl: 'javascript:alert(1)' }, 'returnUrl'],
  ])('is not opened with %o', async (change, field) => {
    const opened = openSite({ site: { origin: ORIGIN, secret: SECRET, ...change } })
    await expect(opened).rejects.toThrow(ConfigError)
    await expect(opened).rejects.toThrow(field)
  })

  test('names everything that is wrong at once, and no value', async () => {
    const opened = openSite({ site: { origin: 'x', secret: 'short', basePath: 'pay' } })
    await expect(opened).rejects.toMatchObject({ problems: { length: 3 } })
    await expect(opened).rejects.not.toThrow('short')
  })
})
