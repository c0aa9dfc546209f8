/** The rendered pay page: every state in which an order can be met, nothing to fetch, nothing that runs but its own script. */
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import type { PayPageData } from './contract.ts'
import { type Browser, ORIGIN, openSite, PAYER, SECRET, stateIn, type TestSite } from './site.fixture.ts'

interface Met {
  status: number
  headers: Headers
  html: string
  data: PayPageData
}

async function meet(browser: Browser, orderId: string, query = ''): Promise<Met> {
  const answer = await browser.get(`/pay/orders/${orderId}${query}`)
  const html = await answer.text()
  const json = /id="shouyin-pay-page">([\s\S]*?)<\/script>/.exec(html)?.[1] ?? '{}'
  return { status: answer.status, headers: answer.headers, html, data: JSON.parse(json) as PayPageData }
}

/** Texts of the elements that are shown at first. */
function shown(html: string): string {
  return html
    .replace(/<(\w+)(?=[^>]*\shidden)[^>]*>[\s\S]*?<\/\1>/g, '')
    .replace(/<script[\s\S]*?<\/script>|<style[\s\S]*?<\/style>/g, '')
    .replace(/<[^>]+>/g, ' ')
    .replace(/\s+/g, ' ')
}

async function selling(change = {}): Promise<{ site: TestSite; browser: Browser; orderId: string }> {
  const site = await openSite()
  const { orderId } = await site.shop.order({ payer: PAYER, ...change })
  return { site, browser: await site.signedIn(), orderId }
}

test('has inline all that opens the pay sheet, signed for the very address it was opened at', async () => {
  const { browser, orderId } = await selling()
  const { data, html } = await meet(browser, orderId, '?from=singlemessage&isappinstalled=0')
  expect(data).toMatchObject({
    screen: 'pay',
    session: {
      configuration: { url: `${ORIGIN}/pay/orders/${orderId}?from=singlemessage&isappinstalled=0` },
      chooseWXPay: { package: 'prepay_id=wx-prepay-1' },
      bridge: { package: 'prepay_id=wx-prepay-1' },
    },
  })
  expect(shown(html)).toMatch(/付款给 云间茶舍 ¥ 9\.90 商品 热茶 .* 立即支付 返回商家/)
})

test('weighs no more than eight kilobytes on the wire, all of its own bytes', async () => {
  const { browser, orderId } = await selling()
  const { html } = await meet(browser, orderId)
  expect(gzipSync(html).length).toBeLessThan(8 * 1024)
})

test('fetches nothing but jweixin and its beacon, and runs nothing but its own script', async () => {
  const { browser, orderId } = await selling()
  const { headers, html } = await meet(browser, orderId)
  const [, nonce] = /'nonce-(\w+)'/.exec(headers.get('content-security-policy') ?? '') ?? []
  expect(headers.get('content-security-policy')?.split('; ')).toEqual([
    "default-src 'none'",
    `script-src 'nonce-${nonce}' https://res.wx.qq.com https://res2.wx.qq.com`,
    `style-src 'nonce-${nonce}'`,
    "img-src 'self' data: https://open.weixin.qq.com",
    "connect-src 'self'",
    'frame-src weixin: wvjbscheme:',
    "frame-ancestors 'self' https://open.weixin.qq.com",
    "base-uri 'none'",
    "form-action 'none'",
  ])
  expect(html).not.toMatch(/<(script|img|link|iframe)[^>]+(src|href)=|\sstyle=|\son\w+=/)
  expect([...html.matchAll(/<(script|style)([^>]*)>/g)].map(([, , attributes]) => attributes)).toEqual([
    ` nonce="${nonce}"`,
    ' type="application/json" id="shouyin-pay-page"',
    ` nonce="${nonce}"`,
  ])
  expect((await meet(browser, orderId)).headers.get('content-security-policy')).not.toContain(nonce)
})

test('cannot be broken out of by what an order is called', async () => {
  const description = '</script><script>alert(1)</script><!--&lt;'
  const { browser, orderId } = await selling({ description, reference: '"><img src=x onerror=alert(1)>' })
  const { html, data } = await meet(browser, orderId)
  expect(data.orderId).toBe(orderId)
  expect(html).not.toContain('<script>alert')
  expect(html).not.toContain('<img')
})

test('tells nobody’s openid and no secret', async () => {
  const { browser, orderId } = await selling()
  const { html } = await meet(browser, orderId)
  for (const secret of [PAYER, SECRET, 'ticket-1', 'TOKEN']) expect(html).not.toContain(secret)
})

test('sends a visitor who is not signed in to WeChat, and back to the same address', async () => {
  const { site, orderId } = await selling()
  const browser = site.browser()
  const away = await browser.get(`/pay/orders/${orderId}?a=1`)
  const state = stateIn(await browser.get(away.headers.get('location') ?? ''))
  const arrived = await browser.callback({ code: site.api.code(PAYER), state })
  expect(arrived.headers.get('location')).toBe(`${ORIGIN}/pay/orders/${orderId}?a=1`)
})

test('of another payer’s order is the page of no order', async () => {
  const { site, orderId } = await selling()
  const stranger = await site.signedIn('oStranger')
  const pages = [await meet(stranger, orderId), await meet(stranger, 'ord_nobodys')]
  expect(pages.map(({ status, html }) => [status, shown(html).replace(/编号 \w+/, '')])).toEqual(
    Array(2).fill([404, expect.stringContaining('找不到这笔订单')]),
  )
  expect(site.shop.wechat.prepays).toEqual([])
})

describe('in every state of an order', () => {
  test('paid', async () => {
    const { site, browser, orderId } = await selling({ returnUrl: '/thanks' })
    await meet(browser, orderId)
    site.shop.wechat.pay(site.shop.wechat.prepays[0]?.outTradeNo ?? '')
    await site.shop.engine.confirm(orderId)
    const { html, data } = await meet(browser, orderId)
    expect(data).toMatchObject({ state: 'paid', screen: 'paid', afterPayment: '/thanks' })
    expect(data).not.toHaveProperty('session')
    expect(shown(html)).toMatch(/支付成功 ¥ 9\.90 .* 完成/)
    expect(html).toContain('href="/thanks"')
  })

  test('closed', async () => {
    const { site, browser, orderId } = await selling()
    await site.shop.engine.closeOrder(orderId)
    const { html } = await meet(browser, orderId)
    expect(shown(html)).toMatch(/订单已关闭/)
    expect(shown(html)).not.toMatch(/立即支付/)
  })

  test('waiting for a person', async () => {
    const { site, browser, orderId } = await selling()
    await meet(browser, orderId)
    site.shop.wechat.pay(site.shop.wechat.prepays[0]?.outTradeNo ?? '', { totalFen: 1 })
    await site.shop.engine.confirm(orderId)
    expect(shown((await meet(browser, orderId)).html)).toMatch(/付款待核实 .*不要重复支付/)
  })

  test('met from a snapshot page', async () => {
    const site = await openSite()
    const { orderId } = await site.shop.order()
    const visitor = await site.signedIn('oMadeUp', { is_snapshotuser: 1 })
    const { status, html, data } = await meet(visitor, orderId)
    expect([status, data.screen]).toEqual([200, 'snapshot'])
    expect(shown(html)).toMatch(/使用完整服务/)
    expect(site.shop.wechat.prepays).toEqual([])
  })

  test('while WeChat is silent, with a button that asks again', async () => {
    const { site, browser, orderId } = await selling()
    site.shop.wechat.fault('prepay', 'lost')
    const { status, html, data } = await meet(browser, orderId)
    expect([status, data.screen, data.problem?.code]).toEqual([200, 'unreachable', 'try_again'])
    expect(shown(html)).toMatch(/暂时连不上微信.*重试/)
    expect(site.log).toMatchObject([{ event: 'pay_page.not_payable', code: 'try_again' }])
  })

  test('that WeChat refuses', async () => {
    const { site, browser, orderId } = await selling()
    site.shop.wechat.fault('prepay', 'refused')
    const { html, data } = await meet(browser, orderId)
    expect([data.screen, data.problem?.requestId]).toEqual(['refused', expect.any(String)])
    expect(shown(html)).toMatch(/微信支付拒绝了这笔支付.*编号/)
  })

  test('without a ticket, for the bridge alone', async () => {
    const { site, browser, orderId } = await selling()
    site.api.fault('/cgi-bin/ticket/getticket', 'silence')
    const { data } = await meet(browser, orderId)
    expect(data.screen).toBe('pay')
    expect(data.session).not.toHaveProperty('configuration')
    expect(data.session).toHaveProperty('bridge')
  })
})
