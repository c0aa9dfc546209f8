import { expect, test } from 'vitest'
import { createOfficialAccount, type OfficialAccount } from './official-account.ts'
import {
  type Answer,
  type FakeClock,
  type FakeWechat,
  fakeClock,
  fakeWechat,
  rejection,
} from './wechat.fake.ts'

const TICKET = '/cgi-bin/ticket/getticket'

function scene(getticket: Answer): { account: OfficialAccount; wechat: FakeWechat; clock: FakeClock } {
  const clock = fakeClock()
  const wechat = fakeWechat({
    '/cgi-bin/stable_token': (_asked, nth) => ({ access_token: `token ${nth}`, expires_in: 7200 }),
    [TICKET]: getticket,
  })
  const account = createOfficialAccount({
    appid: 'wx0123456789abcdef',
    secret: '0123456789abcdef0123456789abcdef',
    fetch: wechat.fetch,
    clock,
    nonce: () => 'Wm3WZYTPz0wzccnW',
  })
  return { account, wechat, clock }
}

const granted = (ticket: string): unknown => ({ errcode: 0, errmsg: 'ok', ticket, expires_in: 7200 })
const numbered: Answer = (_asked, nth) => granted(`ticket ${nth}`)

test('fifty pages at once are signed with one ticket, fetched once with one token', async () => {
  const { account, wechat } = scene(numbered)
  const pages = await Promise.all(
    Array.from({ length: 50 }, () => account.pageConfiguration({ url: 'https://shop.example.com/' })),
  )
  expect(new Set(pages.map(({ signature }) => signature)).size).toBe(1)
  expect(wechat.asked.map(({ url }) => url.pathname)).toEqual(['/cgi-bin/stable_token', TICKET])
})

test('a ticket WeChat replaced is noticed within ten minutes, although it was said to live for hours', async () => {
  const { account, clock } = scene((_asked, nth) => granted(nth === 1 ? 'first' : 'second'))
  await account.jsapiTicket()
  clock.advance(599)
  expect(await account.jsapiTicket()).toBe('first')
  clock.advance(1)
  expect(await account.jsapiTicket()).toBe('second')
})

test('a ticket that is handed out again and again with 7200 s ends two hours after it was first seen', async () => {
  let answers = true
  const { account, clock } = scene(() => (answers ? granted('same') : new Response('', { status: 502 })))
  for (let minutes = 0; minutes < 110; minutes += 10) {
    await account.jsapiTicket()
    clock.advance(600)
  }
  answers = false
  clock.advance(599)
  expect(await account.jsapiTicket()).toBe('same')
  clock.advance(1)
  expect(await rejection(account.jsapiTicket())).toMatchObject({ code: 'no_usable_answer' })
})

test('a ticket still handed out after its end is used on, and asked for once a minute', async () => {
  const { account, wechat, clock } = scene(() => granted('same'))
  await account.jsapiTicket()
  clock.advance(7200)
  for (let i = 0; i < 5; i += 1) expect(await account.jsapiTicket()).toBe('same')
  expect(wechat.times(TICKET)).toBe(2)
  clock.advance(60)
  await account.jsapiTicket()
  expect(wechat.times(TICKET)).toBe(3)
})

test('a ticket whose signatures pages refuse is asked for again, at most once a minute', async () => {
  const { account, wechat, clock } = scene(numbered)
  expect(await account.jsapiTicket()).toBe('ticket 1')
  await account.forgetJsapiTicket()
  expect(await account.jsapiTicket()).toBe('ticket 2')
  await account.forgetJsapiTicket()
  expect(await account.jsapiTicket()).toBe('ticket 2')
  clock.advance(60)
  await account.forgetJsapiTicket()
  expect(await account.jsapiTicket()).toBe('ticket 3')
  expect(wechat.times(TICKET)).toBe(3)
})

test('a doubted ticket that WeChat still hands out is asked for once', async () => {
  const { account, wechat } = scene(() => granted('same'))
  await account.jsapiTicket()
  await account.forgetJsapiTicket()
  for (let i = 0; i < 5; i += 1) expect(await account.jsapiTicket()).toBe('same')
  expect(wechat.times(TICKET)).toBe(2)
})

test('a doubted ticket stays in use while WeChat cannot be asked', async () => {
  const { account } = scene((_asked, nth) =>
    nth === 1 ? granted('first') : new Response('', { status: 502 }),
  )
  await account.jsapiTicket()
  await account.forgetJsapiTicket()
  expect(await account.jsapiTicket()).toBe('first')
})

test('doubting nothing does nothing', async () => {
  const { account, wechat } = scene(numbered)
  await account.forgetJsapiTicket()
  expect(wechat.asked).toEqual([])
})

test('a page is signed byte for byte, without what follows the hash', async () => {
  const ticket = 'sM4AOVdWfPE4DxkXGEs8VMCPGGVi4C3VM0P37wVUCFvkVAy_90u5h9nbSlYy3-Sl-HhTdfl2fzFy1AOcHKP7qg'
  const { account, clock } = scene(() => granted(ticket))
  clock.advance(1_414_587_457 - clock() / 1000)
  expect(
    await account.pageConfiguration({ url: 'http://mp.weixin.qq.com?params=value#/orders?id=1' }),
  ).toEqual({
    appId: 'wx0123456789abcdef',
    timestamp: 1_414_587_457,
    nonceStr: 'Wm3WZYTPz0wzccnW',
    signature: '0f9de62fce790f9a083d5c99e95740ceb90c27ed',
    jsApiList: ['chooseWXPay'],
    url: 'http://mp.weixin.qq.com?params=value',
  })
})

test.each(['/orders/1', 'shop.example.com/', '', undefined, 'https://'])(
  'only a whole address is signed: %j',
  async (url) => {
    const { account, wechat } = scene(numbered)
    expect(await rejection(account.pageConfiguration({ url: url as string }))).toMatchObject({
      code: 'invalid_request',
      message: expect.stringContaining('location.href'),
    })
    expect(wechat.asked).toEqual([])
  },
)

test('every page gets a list of its own, because jweixin rewrites it in place', async () => {
  const { account } = scene(numbered)
  const jsApiList = ['chooseWXPay', 'scanQRCode']
  const page = await account.pageConfiguration({ url: 'https://shop.example.com/', jsApiList })
  expect(page.jsApiList).toEqual(jsApiList)
  expect(page.jsApiList).not.toBe(jsApiList)
})
