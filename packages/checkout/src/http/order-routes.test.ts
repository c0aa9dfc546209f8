/** What pages ask about orders: one answer that opens the pay sheet, and nothing for strangers. */
import { describe, expect, test } from 'vitest'
import type { OrderStatus, PageConfigurationAnswer, PrepayAnswer } from './contract.ts'
import { type Browser, errorOf, ORIGIN, openSite, PAYER, type TestSite } from './site.fixture.ts'

const HERE = `${ORIGIN}/orders/7?from=menu`

interface Selling {
  site: TestSite
  browser: Browser
  orderId: string
  prepay(url?: string, headers?: Record<string, string>): Promise<Response>
}

async function selling(): Promise<Selling> {
  const site = await openSite()
  const browser = await site.signedIn()
  const { orderId } = await site.shop.order({ payer: PAYER })
  const path = `/pay/orders/${orderId}/prepay`
  return {
    site,
    browser,
    orderId,
    prepay: (url = HERE, headers = {}) => browser.post(path, { url }, headers),
  }
}

describe('a wish to pay', () => {
  test('is answered once, with the page’s configuration and the payment in both shapes', async () => {
    const { prepay, orderId } = await selling()
    const answer = (await (await prepay()).json()) as PrepayAnswer
    expect(answer).toMatchObject({
      state: 'payable',
      session: {
        orderId,
        configuration: { url: HERE, jsApiList: ['chooseWXPay', 'checkJsApi'], nonceStr: expect.any(String) },
        chooseWXPay: { timestamp: '1', package: 'prepay_id=wx-prepay-1' },
        bridge: { timeStamp: '1', appId: 'wx1', package: 'prepay_id=wx-prepay-1' },
      },
    })
  })

  test('in two taps at once opens one payment at WeChat', async () => {
    const { site, prepay } = await selling()
    const answers = await Promise.all([prepay(), prepay()])
    expect(answers.map(({ status }) => status)).toEqual([200, 200])
    expect(site.shop.wechat.prepays).toHaveLength(1)
  })

  test('for an order that has its money opens nothing', async () => {
    const { site, prepay, orderId } = await selling()
    await prepay()
    site.shop.wechat.pay(site.shop.wechat.prepays[0]?.outTradeNo ?? '')
    await site.shop.engine.confirm(orderId)
    expect(await (await prepay()).json()).toEqual({ state: 'paid', orderId })
  })

  test('works without a jsapi_ticket, because the bridge needs none', async () => {
    const { site, prepay } = await selling()
    site.api.fault('/cgi-bin/ticket/getticket', { errcode: 40164, errmsg: 'invalid ip' })
    const answer = (await (await prepay()).json()) as PrepayAnswer
    expect(answer.state === 'payable' && answer.session.configuration).toBeUndefined()
    expect(site.log).toMatchObject([{ event: 'page_configuration.failed' }])
  })

  test('that WeChat does not answer may be repeated in a moment, and then works', async () => {
    const { site, prepay, orderId } = await selling()
    site.shop.wechat.fault('prepay', 'lost')
    const failed = await prepay()
    expect([failed.status, failed.headers.get('retry-after')]).toEqual([503, '2'])
    expect((await errorOf(failed)).code).toBe('try_again')
    expect(await site.shop.engine.order(orderId)).toMatchObject({ state: 'unpaid' })
    expect((await prepay()).status).toBe(200)
  })

  test('that WeChat refuses is told to the payer', async () => {
    const { site, prepay } = await selling()
    site.shop.wechat.fault('prepay', 'refused')
    const refused = await prepay()
    expect([refused.status, (await errorOf(refused)).code]).toEqual([409, 'payment_refused'])
  })
})

describe('a stranger', () => {
  test('who is not signed in is sent to sign in', async () => {
    const { site, orderId } = await selling()
    const refused = await site.browser().post(`/pay/orders/${orderId}/prepay`, { url: HERE })
    expect([refused.status, (await errorOf(refused)).code]).toEqual([401, 'sign_in_required'])
  })

  test('is answered about another payer’s order as about none, by every route', async () => {
    const { site, orderId } = await selling()
    const stranger = await site.signedIn('oStranger')
    const ask = async (id: string): Promise<unknown[]> => {
      const answers = [
        await stranger.post(`/pay/orders/${id}/prepay`, { url: HERE }),
        await stranger.get(`/pay/orders/${id}/status?confirm=1`),
      ]
      const errors = await Promise.all(answers.map(errorOf))
      return answers.map(({ status }, at) => [status, errors[at]?.code, errors[at]?.detail])
    }
    expect(await ask(orderId)).toEqual(await ask('ord_nobodys'))
    expect(await ask(orderId)).toMatchObject([
      [404, 'order_not_found', expect.anything()],
      [404, 'order_not_found', expect.anything()],
    ])
    expect(site.shop.wechat.prepays).toEqual([])
  })

  test('with a made-up identity of a snapshot page may not pay', async () => {
    const { site } = await selling()
    const visitor = await site.signedIn('oMadeUp', { is_snapshotuser: 1 })
    const { orderId } = await site.shop.order()
    const refused = await visitor.post(`/pay/orders/${orderId}/prepay`, { url: HERE })
    expect([refused.status, (await errorOf(refused)).code]).toEqual([403, 'snapshot_visitor'])
    expect(site.shop.wechat.prepays).toEqual([])
  })
})

describe('requests that no page of ours makes', () => {
  test.each([
    [{ origin: 'https://evil.example' }, 403],
    [{ origin: 'null' }, 403],
    [{ origin: 'https://shop.example.com.evil.example' }, 403],
    [{ 'sec-fetch-site': 'cross-site' }, 403],
    [{ 'sec-fetch-site': 'same-site' }, 403],
    [{ 'content-type': 'application/x-www-form-urlencoded' }, 415],
    [{ 'content-type': 'text/plain' }, 415],
  ])('%o are refused', async (headers, status) => {
    const { site, prepay } = await selling()
    const refused = await prepay(HERE, headers as unknown as Record<string, string>)
    expect([refused.status, (await errorOf(refused)).code]).toEqual([status, 'bad_request'])
    expect(site.shop.wechat.prepays).toEqual([])
  })

  test.each([
    ['{', 400],
    ['[]', 400],
    ['{"url":1}', 400],
    ['null', 400],
    [`{"url":"${'x'.repeat(5000)}"}`, 413],
  ])('the body %s is refused', async (body, status) => {
    const { browser, orderId } = await selling()
    expect((await browser.post(`/pay/orders/${orderId}/prepay`, body)).status).toBe(status)
  })

  test('a body that is longer than it claims is not read to its end', async () => {
    const { site, browser, orderId } = await selling()
    let given = 0
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        given += 1024
        controller.enqueue(new Uint8Array(1024))
      },
    })
    const response = await site.handler(
      new Request(`${ORIGIN}/pay/orders/${orderId}/prepay`, {
        method: 'POST',
        body: endless,
        duplex: 'half',
        headers: {
          'content-type': 'application/json',
          'content-length': '2',
          cookie: [...browser.cookies].map((pair) => pair.join('=')).join('; '),
        },
      } as RequestInit),
    )
    expect(response.status).toBe(413)
    expect(given).toBeLessThan(16_384)
  })

  test('a body that was read before us says which line to change', async () => {
    const { site, browser, orderId } = await selling()
    const request = new Request(`${ORIGIN}/pay/orders/${orderId}/prepay`, {
      method: 'POST',
      body: '{}',
      headers: {
        'content-type': 'application/json',
        cookie: [...browser.cookies].map((pair) => pair.join('=')).join('; '),
      },
    })
    await request.text()
    expect((await errorOf(await site.handler(request))).detail).toContain('before any body parser')
  })
})

const FOREIGN = [
  'https://evil.example/',
  'http://shop.example.com/',
  'https://shop.example.com:8443/',
  'https://shop.example.com.evil.example/',
  'https://shop.example.com@evil.example/',
  'https://user:password@shop.example.com/',
  'https://pay.shop.example.com/',
  'https://SHOP.example.com/',
  'https://shop.example.com\\@evil.example/',
  '//shop.example.com/',
  '/orders',
  'javascript:alert(1)',
  `https://shop.example.com/${'x'.repeat(2048)}`,
  'https://shop.example.com/ space',
  '',
]

describe.each(FOREIGN)('a signature for %j', (url) => {
  test('is not given with a payment', async () => {
    const { site, prepay } = await selling()
    const refused = await prepay(url)
    expect([refused.status, (await errorOf(refused)).code]).toEqual([403, 'foreign_url'])
    expect(site.shop.wechat.prepays).toEqual([])
  })

  test('is not given alone', async () => {
    const { site, browser } = await selling()
    const refused = await browser.get(`/pay/page-configuration?url=${encodeURIComponent(url)}`)
    expect([refused.status, (await errorOf(refused)).code]).toEqual([403, 'foreign_url'])
    expect(site.api.calls).not.toContain('/cgi-bin/ticket/getticket')
  })
})

describe('a page’s configuration', () => {
  const ask = (browser: Browser, more = ''): Promise<Response> =>
    browser.get(`/pay/page-configuration?url=${encodeURIComponent(`${HERE}&x=%23#part`)}${more}`)

  test('is given to any page of the site, byte for byte and without what follows #', async () => {
    const site = await openSite()
    const answer = (await (await ask(site.browser())).json()) as PageConfigurationAnswer
    expect(answer.configuration).toMatchObject({ url: `${HERE}&x=%23` })
    expect(answer.jweixin).toEqual([
      'https://res.wx.qq.com/open/js/jweixin-1.6.0.js',
      'https://res2.wx.qq.com/open/js/jweixin-1.6.0.js',
    ])
  })

  test('after a refusal is signed with a ticket asked for anew, for visitors who are signed in', async () => {
    const { site, browser } = await selling()
    const tickets = (): number => site.api.calls.filter((path) => path === '/cgi-bin/ticket/getticket').length
    await ask(browser)
    site.shop.pass(120_000)
    await ask(site.browser(), '&refused=1')
    expect(tickets()).toBe(1)
    await ask(browser, '&refused=1')
    expect(tickets()).toBe(2)
  })

  test('is not given to pages of other sites', async () => {
    const browser = (await openSite()).browser()
    const path = `/pay/page-configuration?url=${encodeURIComponent(HERE)}`
    expect((await browser.get(path, { origin: 'https://evil.example' })).status).toBe(403)
  })

  test('that WeChat does not let us sign is a matter of trying again', async () => {
    const site = await openSite()
    site.api.fault('/cgi-bin/stable_token', {
      errcode: 40164,
      errmsg: 'invalid ip 1.2.3.4, not in whitelist',
    })
    const failed = await ask(site.browser())
    expect([failed.status, (await errorOf(failed)).code]).toEqual([503, 'try_again'])
    expect(site.log).toMatchObject([{ event: 'http.failed', error: { wechatCode: '40164' } }])
  })

  test('needs an address', async () => {
    expect((await (await openSite()).browser().get('/pay/page-configuration')).status).toBe(400)
  })
})

describe('how an order stands', () => {
  test('is asked of WeChat only with confirm=1', async () => {
    const { site, browser, orderId, prepay } = await selling()
    await prepay()
    site.shop.wechat.pay(site.shop.wechat.prepays[0]?.outTradeNo ?? '')
    const status = async (query = ''): Promise<OrderStatus> =>
      (await (await browser.get(`/pay/orders/${orderId}/status${query}`)).json()) as OrderStatus
    expect(await status()).toEqual({ orderId, state: 'unpaid', totalFen: 990, description: '热茶' })
    expect(site.shop.wechat.queries).toEqual([])
    expect(await status('?confirm=1')).toMatchObject({ state: 'paid', paidAt: expect.any(String) })
  })

  test('tells no openid, no reference and no number of WeChat’s', async () => {
    const { browser, orderId, prepay } = await selling()
    await prepay()
    const text = await (await browser.get(`/pay/orders/${orderId}/status`)).text()
    expect(text).not.toContain(PAYER)
    expect(Object.keys(JSON.parse(text) as object)).toEqual(['orderId', 'state', 'totalFen', 'description'])
  })
})
