/** What strangers, forgers and broken networks send, and what must not come of it. */
import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { ORIGIN, openTown, payPageData, payPageUrl, prepayIdOf, TEA, type Town } from './town.ts'

const NOTIFICATIONS = `${ORIGIN}/pay/notifications/v2/default`

describe('a notification that', () => {
  test.each([
    ['is not signed', (body: string) => body.replace(/<sign>.*?<\/sign>/, '')],
    ['has another sum under the old signature', (body: string) => body.replace('12800', '1')],
    [
      'carries a DOCTYPE',
      (body: string) => `<!DOCTYPE xml [<!ENTITY x SYSTEM "file:///etc/passwd">]>${body}`,
    ],
    ['nests elements', (body: string) => body.replace('</xml>', '<a><b>1</b></a></xml>')],
    ['names a field twice', (body: string) => body.replace('</xml>', '<total_fee>12800</total_fee></xml>')],
    ['is not XML', () => 'success'],
    ['is empty', () => ''],
  ])('%s changes nothing and is refused', async (_what, forge) => {
    const { town, orderId, notification } = await paidAtWechatOnly()
    const answer = await notify(town, forge(notification))
    expect(answer).not.toContain('SUCCESS')
    expect(await town.checkout.order(orderId)).toMatchObject({ state: 'unpaid' })
    await town.advance(1)
    expect(town.events.filter(({ type }) => type === 'order.paid')).toEqual([])
  })

  test('is too long is refused before it is read', async () => {
    const { town } = await paidAtWechatOnly()
    const response = await town.checkout.handler(
      new Request(NOTIFICATIONS, { method: 'POST', body: 'x'.repeat(70_000) }),
    )
    expect(response.status).toBe(413)
  })

  test('is rightly signed for a merchant that is not ours changes nothing', async () => {
    const { town, orderId, notification } = await paidAtWechatOnly()
    const forged = notification.replace(/<mch_id>.*?<\/mch_id>/, '<mch_id><![CDATA[1900000001]]></mch_id>')
    expect(await notify(town, resigned(town, forged))).not.toContain('SUCCESS')
    expect(await town.checkout.order(orderId)).toMatchObject({ state: 'unpaid' })
  })

  test('is rightly signed for another account of the same merchant changes nothing', async () => {
    const { town, orderId, notification } = await paidAtWechatOnly()
    const other = notification.replace(/<appid>.*?<\/appid>/, '<appid><![CDATA[wx0000000000000001]]></appid>')
    expect(await notify(town, resigned(town, other))).not.toContain('SUCCESS')
    expect(await town.checkout.order(orderId)).toMatchObject({ state: 'unpaid' })
  })

  test('is about a number nobody here opened is refused, so that WeChat asks again', async () => {
    const { town, notification } = await paidAtWechatOnly()
    const other = notification.replace(
      /<out_trade_no>.*?<\/out_trade_no>/,
      '<out_trade_no><![CDATA[NOBODY0001]]></out_trade_no>',
    )
    expect(await notify(town, resigned(town, other))).not.toContain('SUCCESS')
  })

  test('tells of another sum puts the order into review and never fulfils it', async () => {
    const { town, orderId, notification } = await paidAtWechatOnly()
    await notify(town, resigned(town, notification.replace('<total_fee>12800', '<total_fee>1')))
    expect(await town.checkout.order(orderId)).toMatchObject({
      state: 'review',
      review: { reason: 'wrong_sum', totalFen: 1 },
    })
    await town.advance(1)
    expect(town.events.map(({ type }) => type)).toEqual(['order.review'])
  })

  test('comes again after it was acknowledged is acknowledged again, and acted on once', async () => {
    const { town, notification } = await paidAtWechatOnly()
    for (let copy = 0; copy < 3; copy += 1) expect(await notify(town, notification)).toContain('SUCCESS')
    await town.advance(1)
    expect(town.events.map(({ type }) => type)).toEqual(['order.paid'])
  })

  test('comes before the answer of unifiedorder makes the order paid all the same', async () => {
    const town: Town = await openTown({
      async network(request, wechat) {
        const response = await wechat(request)
        if (new URL(request.url).pathname !== '/pay/unifiedorder') return response
        const [order] = await town.control<{ out_trade_no: string }[]>('orders')
        await town.control('pay', { out_trade_no: order?.out_trade_no })
        await town.simulator.settle()
        return response
      },
    })
    const order = await town.checkout.createOrder(TEA)
    const page = await town.phone().open(payPageUrl(order.orderId))
    expect(payPageData(page).state).toBe('paid')
    expect(await town.checkout.order(order.orderId)).toMatchObject({ state: 'paid', paidVia: 'notification' })
  })
})

describe('a WeChat that', () => {
  test.each([
    ['does not answer', () => Promise.reject(new TypeError('fetch failed'))],
    [
      'answers a proxy’s page',
      () => Promise.resolve(new Response('<html>502 Bad Gateway</html>', { status: 502 })),
    ],
    [
      'answers without signature',
      () =>
        Promise.resolve(
          new Response(
            '<xml><return_code>SUCCESS</return_code><result_code>SUCCESS</result_code><prepay_id>wx1</prepay_id></xml>',
          ),
        ),
    ],
    ['answers endlessly', () => Promise.resolve(new Response('x'.repeat(2_000_000)))],
  ])('%s leaves the order unpaid, and payable when it is back', async (_what, broken) => {
    let down = true
    const town = await openTown({
      network: (request, wechat) =>
        down && /^api2?\.mch\.weixin\.qq\.com$/.test(new URL(request.url).hostname)
          ? broken()
          : wechat(request),
    })
    const phone = town.phone()
    const order = await town.checkout.createOrder(TEA)
    const page = payPageData(await phone.open(payPageUrl(order.orderId)))
    expect(page).toMatchObject({ state: 'unpaid', problem: { code: 'try_again' } })
    down = false
    await town.advance(60)
    await town.control('pay', {
      prepay_id: prepayIdOf(payPageData(await phone.open(payPageUrl(order.orderId)))),
    })
    await town.advance(2)
    expect(await town.checkout.order(order.orderId)).toMatchObject({ state: 'paid' })
  })

  test('signs its reply wrongly is not believed, and the same number is asked for again', async () => {
    let forged = true
    const town = await openTown({
      async network(request, wechat) {
        const response = await wechat(request)
        if (!forged || new URL(request.url).pathname !== '/pay/unifiedorder') return response
        return new Response((await response.text()).replace(/wx\d{8}/, 'wx00000000'))
      },
    })
    const phone = town.phone()
    const order = await town.checkout.createOrder(TEA)
    const page = payPageData(await phone.open(payPageUrl(order.orderId)))
    expect(page).toMatchObject({ state: 'unpaid', problem: { code: 'try_again' } })
    expect(page.session).toBeUndefined()
    forged = false
    await town.advance(60)
    expect(prepayIdOf(payPageData(await phone.open(payPageUrl(order.orderId))))).toMatch(/^wx/)
    expect(await town.control<unknown[]>('orders')).toHaveLength(1)
  })
})

describe('a visitor', () => {
  test('cannot pay, nor see, another payer’s order', async () => {
    const town = await openTown()
    const [mine] = town.simulator.world().users
    const payer = mine?.openids[town.simulator.world().officialAccounts[0]?.appid ?? ''] ?? ''
    const order = await town.checkout.createOrder({ ...TEA, payer })
    const stranger = town.phone('xiaohong')
    expect((await stranger.open(payPageUrl(order.orderId))).status).toBe(404)
    const answer = await stranger.post(`${payPageUrl(order.orderId)}/prepay`, {
      url: payPageUrl(order.orderId),
    })
    expect(answer.status).toBe(404)
    expect(await answer.json()).toMatchObject({ error: { code: 'order_not_found' } })
    expect(await town.requestsTo('/pay/unifiedorder')).toBe(0)
  })

  test('with a forged session is not signed in', async () => {
    const town = await openTown()
    const phone = town.phone()
    const order = await town.checkout.createOrder(TEA)
    await phone.open(payPageUrl(order.orderId))
    const jar = phone.cookies('shop.example.com')
    for (const [name, value] of jar) jar.set(name, value.slice(0, -2) + (value.endsWith('AA') ? 'BB' : 'AA'))
    const answer = await phone.post(`${payPageUrl(order.orderId)}/prepay`, { url: payPageUrl(order.orderId) })
    expect(answer.status).toBe(401)
  })

  test('gets no signature for a page of another host', async () => {
    const town = await openTown()
    const phone = town.phone()
    const order = await town.checkout.createOrder(TEA)
    await phone.open(payPageUrl(order.orderId))
    for (const url of [
      'https://evil.example.com/',
      'http://shop.example.com/',
      'https://shop.example.com.evil.com/',
      'https://shop.example.com:8443/',
    ]) {
      const answer = await phone.post(`${payPageUrl(order.orderId)}/prepay`, { url })
      expect(answer.status).toBe(403)
      expect(await answer.json()).toMatchObject({ error: { code: 'foreign_url' } })
      expect(
        (await phone.open(`${ORIGIN}/pay/page-configuration?url=${encodeURIComponent(url)}`)).status,
      ).toBe(403)
    }
  })

  test.each([
    'https://evil.example.com/',
    '//evil.example.com',
    '/\\evil.example.com',
    'javascript:alert(1)',
  ])('is not sent back to %s', async (address) => {
    const town = await openTown()
    const page = await town.phone().open(`${ORIGIN}/pay/sign-in?return=${encodeURIComponent(address)}`)
    expect(page.status).toBe(400)
    expect(page.visited).toHaveLength(1)
  })

  test('who refreshes the callback stays signed in, though the code is used', async () => {
    const town = await openTown()
    const phone = town.phone()
    const { visited } = await phone.open(`${ORIGIN}/pay/sign-in?return=/`)
    const callback = visited.find((url) => url.includes('/pay/callback?')) ?? ''
    const again = await phone.open(callback)
    expect(again.visited.at(-1)).toBe(`${ORIGIN}/`)
    expect(await town.requestsTo('/sns/oauth2/access_token')).toBe(1)
  })

  test('who brings somebody else’s callback gets no session from it', async () => {
    const town = await openTown()
    const victim = town.phone()
    const thief = town.phone('xiaohong')
    const { visited } = await thief.open(`${ORIGIN}/pay/sign-in?return=/`)
    const callback = visited.find((url) => url.includes('/pay/callback?')) ?? ''
    await victim.open(callback)
    const order = await town.checkout.createOrder(TEA)
    await victim.open(payPageUrl(order.orderId))
    const world = town.simulator.world()
    const [paidBy] = await Promise.all([town.control<{ openid: string }[]>('orders')])
    expect(paidBy[0]?.openid).toBe(world.users[0]?.openids[world.officialAccounts[0]?.appid ?? ''])
  })
})

/** An order that was paid at WeChat, whose notification is here and has not been delivered. */
async function paidAtWechatOnly(): Promise<{ town: Town; orderId: string; notification: string }> {
  let notification = ''
  const town = await openTown({
    toMerchant: async (request, merchant) => {
      if (!new URL(request.url).pathname.includes('/notifications/')) return merchant(request)
      notification = await request.text()
      return new Response('later', { status: 503 })
    },
  })
  const order = await town.checkout.createOrder(TEA)
  const prepay_id = prepayIdOf(payPageData(await town.phone().open(payPageUrl(order.orderId))))
  await town.control('pay', { prepay_id })
  await town.simulator.settle()
  return { town, orderId: order.orderId, notification }
}

async function notify(town: Town, body: string): Promise<string> {
  return await (await town.checkout.handler(new Request(NOTIFICATIONS, { method: 'POST', body }))).text()
}

/** Signs as the merchant's key would; written out here, so that a third hand agrees with the two. */
function resigned(town: Town, xml: string): string {
  const key = town.simulator.world().merchants[0]?.apiKey ?? ''
  const fields = [...xml.matchAll(/<(\w+)>(?:<!\[CDATA\[)?(.*?)(?:\]\]>)?<\/\1>/g)].map(
    ([, name = '', value = '']) => [name, value] as const,
  )
  const text = fields
    .filter(([name, value]) => name !== 'sign' && value !== '')
    .map(([name, value]) => `${name}=${value}`)
    .sort()
    .join('&')
  const sign = createHash('md5').update(`${text}&key=${key}`).digest('hex').toUpperCase()
  return xml.replace(/<sign>.*?<\/sign>/, `<sign>${sign}</sign>`)
}
