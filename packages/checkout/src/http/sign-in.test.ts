/** Signing in: through WeChat and back, once, whatever refresh buttons, impatient clients and strangers do. */
import { describe, expect, test } from 'vitest'
import { APPID, ORIGIN, openSite, PAYER, payersOf, SECRET, stateIn, type TestSite } from './site.fixture.ts'

const HOME = `${ORIGIN}/`
const ORDERS = `${ORIGIN}/orders`

function visitorOf(site: TestSite, cookies: Map<string, string>, change = {}): object | undefined {
  const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  return payersOf(site, change).visitor(new Request(HOME, { headers: { cookie } }))
}

test('a visitor goes to WeChat and comes back signed in, to a clean address', async () => {
  const site = await openSite()
  const browser = site.browser()
  const left = await browser.get('/pay/sign-in?return=/orders%3Fa%3D1')
  const authorize = left.headers.get('location') ?? ''
  const state = stateIn(left)
  expect(authorize).toBe(
    `https://open.weixin.qq.com/connect/oauth2/authorize?appid=${APPID}&redirect_uri=${encodeURIComponent(`${ORIGIN}/pay/callback`)}&response_type=code&scope=snsapi_base&state=${state}&connect_redirect=1#wechat_redirect`,
  )
  expect(state).toMatch(/^[a-zA-Z0-9]{32}$/)
  const arrived = await browser.callback({ code: site.api.code(PAYER), state })
  expect([arrived.status, arrived.headers.get('location')]).toEqual([302, `${ORDERS}?a=1`])
  expect(visitorOf(site, browser.cookies)).toEqual({ openid: PAYER, snapshot: false })
})

test('every sign-in has a state of its own', async () => {
  const browser = (await openSite()).browser()
  expect(await browser.leaveForWechat()).not.toBe(await browser.leaveForWechat())
})

describe('cookies', () => {
  test('on the site are bound to its host, to https and to the server', async () => {
    const site = await openSite()
    const browser = site.browser()
    const left = await browser.get('/pay/sign-in')
    const arrived = await browser.callback({ code: site.api.code(PAYER), state: stateIn(left) })
    const set = [...left.headers.getSetCookie(), ...arrived.headers.getSetCookie()]
    expect(set.map((cookie) => cookie.replace(/=[^;]+/, '='))).toEqual([
      '__Host-shouyin-sign-in=; Max-Age=600; Path=/; HttpOnly; Secure; SameSite=Lax',
      '__Host-shouyin-session=; Max-Age=604800; Path=/; HttpOnly; Secure; SameSite=Lax',
    ])
  })

  test('on a laptop do without https', async () => {
    const site = await openSite({ site: { origin: 'http://localhost:8080', secret: SECRET } })
    const [cookie] = (await site.browser().get('/pay/sign-in')).headers.getSetCookie()
    expect(cookie).toMatch(/^shouyin-sign-in=[^;]+; Max-Age=600; Path=\/; HttpOnly; SameSite=Lax$/)
  })
})

describe('a callback that no sign-in of this browser waits for', () => {
  test.each([
    ['has no state', async () => ({})],
    ['has a state that nobody gave out', async () => ({ state: 'x'.repeat(32) })],
    ['has a state of another browser', async (site) => ({ state: await site.browser().leaveForWechat() })],
    ['has a state with signs that WeChat does not allow', async () => ({ state: '"><script>' })],
  ] satisfies [string, (site: TestSite) => Promise<{ state?: string }>][])(
    'because it %s starts over once, and then says so',
    async (_what, foreign) => {
      const site = await openSite()
      const victim = site.browser()
      await victim.leaveForWechat()
      const query = { code: site.api.code('oSomebodyElse'), ...(await foreign(site)) }
      const again = await victim.callback(query)
      stateIn(again)
      const backTo = new URL(again.headers.get('location') ?? '').searchParams.get('redirect_uri')
      expect(backTo).toBe(`${ORIGIN}/pay/callback?again=1`)
      const second = await victim.callback({ again: '1', ...query })
      expect([second.status, await second.text()]).toEqual([400, expect.stringContaining('重新登录')])
      expect(visitorOf(site, victim.cookies)).toBeUndefined()
      expect(site.api.calls).toEqual([])
    },
  )

  test('because the state is too old starts over, and still returns where the visitor wanted to go', async () => {
    const site = await openSite()
    const browser = site.browser()
    const state = await browser.leaveForWechat()
    site.shop.pass(9 * 60_000)
    await browser.leaveForWechat()
    site.shop.pass(2 * 60_000)
    const again = await browser.callback({ code: site.api.code(PAYER), state })
    const arrived = await browser.callback({ code: site.api.code(PAYER), state: stateIn(again), again: '1' })
    expect(arrived.headers.get('location')).toBe(ORDERS)
  })

  test('in a browser without cookies ends on a page and not in a circle', async () => {
    const site = await openSite()
    const query = { code: site.api.code(PAYER), state: await site.browser().leaveForWechat() }
    stateIn(await site.browser().callback(query))
    expect((await site.browser().callback({ again: '1', ...query })).status).toBe(400)
  })

  test('does not trouble a visitor who is signed in', async () => {
    const site = await openSite()
    const browser = await site.signedIn()
    const answer = await browser.callback({ code: site.api.code('oSomebodyElse'), state: 'x'.repeat(32) })
    expect(answer.headers.get('location')).toBe(ORDERS)
    expect(visitorOf(site, browser.cookies)).toMatchObject({ openid: PAYER })
  })
})

describe('a code that comes twice', () => {
  test('by refresh or back button ends in the same session', async () => {
    const site = await openSite()
    const browser = site.browser()
    const query = { state: await browser.leaveForWechat(), code: site.api.code(PAYER) }
    await browser.callback(query)
    const again = await browser.callback(query)
    expect(again.headers.get('location')).toBe(ORDERS)
    expect(visitorOf(site, browser.cookies)).toMatchObject({ openid: PAYER })
    expect(site.api.calls).toHaveLength(1)
  })

  test('in two requests at once is exchanged once, and both are signed in', async () => {
    const site = await openSite()
    const browser = site.browser()
    const query = { state: await browser.leaveForWechat(), code: site.api.code(PAYER) }
    const both = [site.browser(new Map(browser.cookies)), site.browser(new Map(browser.cookies))]
    const answers = await Promise.all(both.map((one) => one.callback(query)))
    expect(answers.map(({ headers }) => headers.get('location'))).toEqual([ORDERS, ORDERS])
    expect(both.map(({ cookies }) => visitorOf(site, cookies))).toMatchObject([
      { openid: PAYER },
      { openid: PAYER },
    ])
    expect(site.api.calls).toHaveLength(1)
  })

  test('to a server that the other request lost is told to wait no longer than eight seconds', async () => {
    const site = await openSite()
    const browser = site.browser()
    const query = { state: await browser.leaveForWechat(), code: site.api.code(PAYER) }
    const sealed = browser.cookies.get('__Host-shouyin-sign-in')?.split('.')[0] ?? ''
    const ticket = JSON.parse(Buffer.from(sealed, 'base64url').toString()) as { value: { browser: string } }
    await site.shop.engine.signIns.claimSignIn({
      ...query,
      browser: ticket.value.browser,
      now: new Date(site.shop.now()),
      leaseMs: 60_000,
    })
    const answer = await browser.callback(query)
    expect([answer.status, await answer.text()]).toEqual([503, expect.stringContaining('正在登录')])
    expect(site.waits.reduce((sum, ms) => sum + ms, 0)).toBe(8000)
  })
})

describe('a code that WeChat does not take', () => {
  test.each([
    ['invented', 'invented'],
    ['far too long', 'x'.repeat(5000)],
  ])('because it is %s starts over once with the same destination, and then says so', async (_what, code) => {
    const site = await openSite()
    const browser = site.browser()
    const again = await browser.callback({ code, state: await browser.leaveForWechat() })
    const second = await browser.callback({ code, state: stateIn(again), again: '1' })
    expect(second.status).toBe(400)
    expect(await second.text()).toContain(encodeURIComponent(ORDERS))
    expect(visitorOf(site, browser.cookies)).toBeUndefined()
  })

  test('because it was used elsewhere (40163) starts over, and a fresh one signs in', async () => {
    const site = await openSite()
    const browser = site.browser()
    site.api.fault('/sns/oauth2/access_token', { errcode: 40163, errmsg: 'code been used' })
    const again = await browser.callback({
      code: site.api.code(PAYER),
      state: await browser.leaveForWechat(),
    })
    await browser.callback({ code: site.api.code(PAYER), state: stateIn(again), again: '1' })
    expect(visitorOf(site, browser.cookies)).toMatchObject({ openid: PAYER })
  })

  test('because WeChat is silent is told so, and works when WeChat is back', async () => {
    const site = await openSite()
    const browser = site.browser()
    site.api.fault('/sns/oauth2/access_token', 'silence')
    const query = { code: site.api.code(PAYER), state: await browser.leaveForWechat() }
    const failed = await browser.callback(query)
    expect([failed.status, await failed.text()]).toEqual([502, expect.stringContaining('暂时连不上微信')])
    expect((await browser.callback(query)).headers.get('location')).toBe(ORDERS)
    expect(site.log).toMatchObject([{ event: 'sign_in.failed' }])
    expect(JSON.stringify(site.log)).not.toContain(query.code)
  })
})

test.each([{}, { code: '' }, { code: 'authdeny' }])('a refusal (%o) offers to ask again', async (no) => {
  const browser = (await openSite()).browser()
  const state = await browser.leaveForWechat()
  const answer = await browser.callback({ ...no, state } as Record<string, string>)
  const page = await answer.text()
  expect(answer.status).toBe(403)
  expect(page).toContain('重新授权')
  expect(page).toContain(`/pay/sign-in?return=${encodeURIComponent(ORDERS)}`)
})

describe('the address to return to', () => {
  test.each([
    '//evil.example',
    '/\\evil.example',
    '\\\\evil.example',
    '/.//evil.example/%5c..',
    'javascript:alert(1)',
    'data:text/html,x',
    'https://evil.example/',
    'https://shop.example.com.evil.example/',
    'https://shop.example.com@evil.example/',
    'https://user:password@shop.example.com/',
    'http://shop.example.com/',
    'https://shop.example.com:8443/',
    'https:evil.example',
    '/x%0d%0aSet-Cookie:%20a=b',
    '/%09/evil.example',
    '/\t/evil.example',
    ' https://evil.example',
    'orders',
    '',
    '/pay/sign-in',
    '/pay/callback?code=1',
    `/${'x'.repeat(2000)}`,
  ])('%j is refused on a page, and nobody is sent anywhere', async (wanted) => {
    const browser = (await openSite()).browser()
    const answer = await browser.get(`/pay/sign-in?return=${encodeURIComponent(wanted)}`)
    expect([answer.status, answer.headers.get('location')]).toEqual([400, null])
    expect(await answer.text()).toContain('链接无效')
  })

  test.each([
    ['/orders/7?tab=paid#top', `${ORIGIN}/orders/7?tab=paid#top`],
    [`${ORIGIN}/orders`, ORDERS],
    ['/.//evil.example', `${ORIGIN}//evil.example`],
    ['https://m.example.com/cart', 'https://m.example.com/cart'],
  ])('%j leads to %s', async (wanted, destination) => {
    const site = await openSite({
      site: { origin: ORIGIN, secret: SECRET, allowedReturnOrigins: ['https://m.example.com'] },
    })
    const browser = site.browser()
    const state = await browser.leaveForWechat(`/pay/sign-in?return=${encodeURIComponent(wanted)}`)
    const arrived = await browser.callback({ code: site.api.code(PAYER), state })
    expect(arrived.headers.get('location')).toBe(destination)
  })
})

describe('scopes', () => {
  test('snsapi_userinfo brings nickname and avatar, also when the code comes twice', async () => {
    const site = await openSite()
    const browser = site.browser()
    const state = await browser.leaveForWechat('/pay/sign-in?scope=snsapi_userinfo')
    const query = { state, code: site.api.code(PAYER, { scope: 'snsapi_userinfo', unionid: 'oU' }) }
    await browser.callback(query)
    await browser.callback(query)
    expect(visitorOf(site, browser.cookies)).toEqual({
      openid: PAYER,
      unionid: 'oU',
      snapshot: false,
      nickname: '小明',
      avatar: 'https://thirdwx.qlogo.cn/0',
    })
  })

  test('a profile that cannot be had does not keep anybody from signing in', async () => {
    const site = await openSite()
    site.api.fault('/sns/userinfo', { errcode: 48001, errmsg: 'api unauthorized' })
    const browser = await site.signedIn(PAYER, { scope: 'snsapi_userinfo' })
    expect(visitorOf(site, browser.cookies)).toEqual({ openid: PAYER, snapshot: false })
  })

  test('another scope is refused', async () => {
    const answer = await (await openSite()).browser().get('/pay/sign-in?scope=snsapi_login')
    expect(answer.status).toBe(400)
  })
})

describe('a session', () => {
  test.each([
    ['forged', (cookie: string) => `${cookie.slice(0, -1)}${cookie.endsWith('A') ? 'B' : 'A'}`],
    ['with another visitor under the old seal', (cookie: string) => withOpenid(cookie, 'oSomebodyElse')],
    ['without seal', (cookie: string) => cookie.split('.')[0] ?? ''],
    ['of the sign-in cookie', (_cookie: string, other: string) => other],
    ['that is garbage', () => '%%%.%%%'],
    ['far too long', () => 'x'.repeat(10_000)],
  ])('%s counts as none', async (_what, forge) => {
    const site = await openSite()
    const { cookies } = await site.signedIn()
    const session = cookies.get('__Host-shouyin-session') ?? ''
    const forged = forge(session, cookies.get('__Host-shouyin-sign-in') ?? '')
    const browser = site.browser(new Map([['__Host-shouyin-session', forged]]))
    expect(visitorOf(site, browser.cookies)).toBeUndefined()
    expect((await browser.get('/pay/orders/o1/status')).status).toBe(401)
  })

  test('ends after a week, with the secret it was sealed with, and at the border to another account', async () => {
    const site = await openSite()
    const { cookies } = await site.signedIn()
    expect(visitorOf(site, cookies, { secret: `${SECRET} renewed` })).toBeUndefined()
    expect(visitorOf(site, cookies, { appid: 'wxfedcba9876543210' })).toBeUndefined()
    site.shop.pass(7 * 24 * 3600_000 - 1000)
    expect(visitorOf(site, cookies)).toBeDefined()
    site.shop.pass(1000)
    expect(visitorOf(site, cookies)).toBeUndefined()
  })

  test('of a snapshot page is marked, and short', async () => {
    const site = await openSite()
    const { cookies } = await site.signedIn('oMadeUp', { is_snapshotuser: 1 })
    expect(visitorOf(site, cookies)).toEqual({ openid: 'oMadeUp', snapshot: true })
    site.shop.pass(10 * 60_000)
    expect(visitorOf(site, cookies)).toBeUndefined()
  })
})

function withOpenid(cookie: string, openid: string): string {
  const [content = '', seal = ''] = cookie.split('.')
  const changed = Buffer.from(content, 'base64url').toString().replace(PAYER, openid)
  return `${Buffer.from(changed).toString('base64url')}.${seal}`
}
