import { describe, expect, test } from 'vitest'
import { type Credential, memoryCache } from './credential-cache.ts'
import {
  createOfficialAccount,
  type OfficialAccount,
  type OfficialAccountOptions,
} from './official-account.ts'
import type { Exchange } from './transport.ts'
import {
  type Answer,
  type FakeClock,
  type FakeWechat,
  fakeClock,
  fakeWechat,
  rejection,
} from './wechat.fake.ts'

const APPID = 'wx0123456789abcdef'
const SECRET = '0123456789abcdef0123456789abcdef'
const STABLE = '/cgi-bin/stable_token'
const CLASSIC = '/cgi-bin/token'
const TICKET = '/cgi-bin/ticket/getticket'

interface Scene {
  account: OfficialAccount
  wechat: FakeWechat
  clock: FakeClock
}

function scene(answers: Record<string, Answer>, options: Partial<OfficialAccountOptions> = {}): Scene {
  const wechat = fakeWechat(answers)
  const clock = fakeClock()
  const account = createOfficialAccount({
    appid: APPID,
    secret: SECRET,
    fetch: wechat.fetch,
    clock,
    ...options,
  })
  return { account, wechat, clock }
}

const numbered: Answer = (_asked, nth) => ({ access_token: `token ${nth}`, expires_in: 7200 })
const notLatest = {
  errcode: 40001,
  errmsg: 'invalid credential, access_token is invalid or not latest rid: 6aac0093-2c783a73-3d95418a',
}
const ticket = { errcode: 0, errmsg: 'ok', ticket: 'ticket', expires_in: 7200 }

test('the stable endpoint is asked by POST, everything in the body, force_refresh always said', async () => {
  const { account, wechat } = scene({ [STABLE]: numbered })
  expect(await account.accessToken()).toBe('token 1')
  expect(wechat.asked[0]).toMatchObject({ method: 'POST', url: { search: '' } })
  expect(JSON.parse(wechat.asked[0]?.body ?? '')).toEqual({
    grant_type: 'client_credential',
    appid: APPID,
    secret: SECRET,
    force_refresh: false,
  })
})

test('the classic endpoint is asked by GET, by choice only', async () => {
  const { account, wechat } = scene({ [CLASSIC]: numbered }, { tokenMode: 'classic' })
  expect(await account.accessToken()).toBe('token 1')
  expect(Object.fromEntries(wechat.asked[0]?.url.searchParams ?? [])).toEqual({
    grant_type: 'client_credential',
    appid: APPID,
    secret: SECRET,
  })
})

test('fifty callers at once cause one question', async () => {
  const { account, wechat } = scene({ [STABLE]: numbered })
  const tokens = await Promise.all(Array.from({ length: 50 }, () => account.accessToken()))
  expect(new Set(tokens)).toEqual(new Set(['token 1']))
  expect(wechat.asked.length).toBe(1)
})

test('a caller whose cache was slow to answer takes the token another one has fetched meanwhile', async () => {
  const kept = memoryCache()
  let reads = 0
  let answerFirst = (): void => undefined
  const slowFirstRead = {
    ...kept,
    async get(key: string): Promise<Credential | undefined> {
      reads += 1
      if (reads > 1) return kept.get(key)
      const found = await kept.get(key)
      await new Promise<void>((resolve) => {
        answerFirst = resolve
      })
      return found
    },
  }
  const { account, wechat } = scene({ [STABLE]: numbered }, { cache: slowFirstRead })
  const slow = account.accessToken()
  const quick = await account.accessToken()
  answerFirst()
  expect([quick, await slow]).toEqual(['token 1', 'token 1'])
  expect(wechat.asked.length).toBe(1)
})

test('a token is kept until 200 s before its end, then renewed', async () => {
  const { account, clock } = scene({ [STABLE]: numbered })
  await account.accessToken()
  clock.advance(6999)
  expect(await account.accessToken()).toBe('token 1')
  clock.advance(1)
  expect(await account.accessToken()).toBe('token 2')
})

test('the same token handed out again near its end is not asked for by every caller', async () => {
  const { account, wechat, clock } = scene({
    [STABLE]: (_asked, nth) => ({ access_token: 'same', expires_in: nth === 1 ? 7200 : 190 }),
  })
  await account.accessToken()
  clock.advance(7010)
  for (let i = 0; i < 10; i += 1) await account.accessToken()
  expect(wechat.asked.length).toBe(2)
  clock.advance(60)
  await account.accessToken()
  expect(wechat.asked.length).toBe(3)
})

test('when renewing fails the old token is served while it lives, without asking at every call', async () => {
  const { account, wechat, clock } = scene({
    [STABLE]: (asked, nth) => {
      if (nth > 1) throw new TypeError('fetch failed')
      return numbered(asked, nth)
    },
  })
  await account.accessToken()
  clock.advance(7100)
  for (let i = 0; i < 10; i += 1) expect(await account.accessToken()).toBe('token 1')
  expect(wechat.asked.length).toBe(2)
  clock.advance(100)
  expect(await rejection(account.accessToken())).toMatchObject({ code: 'network', outcome: 'unknown' })
})

test.each([
  [45009, 'reach max api daily quota limit rid: 6aac005a-01bfdbee-79769285'],
  [40125, 'invalid appsecret rid: 6aac005a-01bfdbee-79769285'],
])('after %i the endpoint is left alone for a minute, whoever asks', async (errcode, errmsg) => {
  const { account, wechat, clock } = scene({ [STABLE]: () => ({ errcode, errmsg }) })
  for (let i = 0; i < 10; i += 1) {
    expect(await rejection(account.accessToken())).toMatchObject({
      wechatCode: String(errcode),
      outcome: 'refused',
      requestId: '6aac005a-01bfdbee-79769285',
    })
  }
  expect(wechat.asked.length).toBe(1)
  clock.advance(60)
  await rejection(account.accessToken())
  expect(wechat.asked.length).toBe(2)
})

test('an outage is not remembered: the next caller asks again', async () => {
  const { account } = scene({
    [STABLE]: (asked, nth) => (nth === 1 ? new Response('<html>', { status: 502 }) : numbered(asked, nth)),
  })
  expect(await rejection(account.accessToken())).toMatchObject({ code: 'no_usable_answer', status: 502 })
  expect(await account.accessToken()).toBe('token 2')
})

test('an address that is not on the white list is named in the error and in its remedy', async () => {
  const errmsg =
    'invalid ip 114.221.21.30 ipv6 ::ffff:114.221.21.30, not in whitelist rid: 658cff8e-7783352d-44cb33e5'
  const { account } = scene({ [STABLE]: () => ({ errcode: 40164, errmsg }) })
  const logged = JSON.parse(JSON.stringify(await rejection(account.accessToken())))
  expect(logged).toMatchObject({ wechatCode: '40164', callerAddress: '114.221.21.30' })
  for (const text of [logged.message, logged.remedy.zh, logged.remedy.en])
    expect(text).toContain('114.221.21.30')
})

test.each([40001, 40014, 42001])(
  'a call refused with %i is repeated once with another token',
  async (errcode) => {
    const { account, wechat } = scene({
      [STABLE]: numbered,
      [TICKET]: ({ url }) =>
        url.searchParams.get('access_token') === 'token 1' ? { errcode, errmsg: 'no' } : ticket,
    })
    expect(await account.jsapiTicket()).toBe('ticket')
    expect([wechat.times(STABLE), wechat.times(TICKET)]).toEqual([2, 2])
  },
)

test('a call that is refused with every token is repeated exactly once, and the loop does not start again', async () => {
  const { account, wechat } = scene({ [STABLE]: numbered, [TICKET]: () => notLatest })
  expect(await rejection(account.jsapiTicket())).toMatchObject({ wechatCode: '40001' })
  expect([wechat.times(STABLE), wechat.times(TICKET)]).toEqual([2, 2])
  for (let i = 0; i < 10; i += 1) await rejection(account.jsapiTicket())
  expect([wechat.times(STABLE), wechat.times(TICKET)]).toEqual([2, 2])
})

test('a token that was fetched only just now is not replaced again, nor the call repeated with it', async () => {
  const { account, wechat, clock } = scene({ [STABLE]: numbered, [TICKET]: () => notLatest })
  expect(await account.replaceAccessToken(await account.accessToken())).toBe('token 2')
  expect(await account.replaceAccessToken('token 2')).toBe('token 2')
  expect(await rejection(account.jsapiTicket())).toMatchObject({ wechatCode: '40001', retryable: true })
  expect([wechat.times(STABLE), wechat.times(TICKET)]).toEqual([2, 1])
  clock.advance(60)
  expect(await account.replaceAccessToken('token 2')).toBe('token 3')
})

test('a replacement wanted while the same token is being handed out again is still made', async () => {
  const { account, clock } = scene({
    [STABLE]: ({ body }) => ({
      access_token: body.includes('"force_refresh":true') ? 'forced' : 'same',
      expires_in: 7200,
    }),
  })
  await account.accessToken()
  clock.advance(7000)
  const [renewed, replaced] = await Promise.all([account.accessToken(), account.replaceAccessToken('same')])
  expect([renewed, replaced]).toEqual(['same', 'forced'])
})

describe('any other call of the account’s API', () => {
  const SEND = '/cgi-bin/message/template/send'
  const message = { touser: 'openid', template_id: 'id', data: {} }

  test('is made with the account’s token, and its answer is WeChat’s', async () => {
    const { account, wechat } = scene({ [STABLE]: numbered, [SEND]: () => ({ errcode: 0, msgid: 7 }) })
    expect(await account.call({ path: SEND, body: message })).toEqual({ errcode: 0, msgid: 7 })
    expect(wechat.asked[1]).toMatchObject({ method: 'POST', url: { search: '?access_token=token+1' } })
    expect(JSON.parse(wechat.asked[1]?.body ?? '')).toEqual(message)
  })

  test('is a GET where nothing is sent', async () => {
    const { account, wechat } = scene({ [STABLE]: numbered, '/cgi-bin/user/info': () => ({ subscribe: 1 }) })
    await account.call({ path: '/cgi-bin/user/info', query: { openid: 'o 1' } })
    expect(wechat.asked[1]).toMatchObject({
      method: 'GET',
      url: { search: '?openid=o+1&access_token=token+1' },
    })
  })

  test.each([40001, 40014, 42001])('is repeated once with another token after %i', async (errcode) => {
    const { account, wechat } = scene({ [STABLE]: numbered, [SEND]: () => ({ errcode, errmsg: 'no' }) })
    expect(await rejection(account.call({ path: SEND, body: message }))).toMatchObject({
      wechatCode: String(errcode),
    })
    expect([wechat.times(STABLE), wechat.times(SEND)]).toEqual([2, 2])
  })

  test('is not repeated after anything else', async () => {
    const { account, wechat } = scene({ [STABLE]: numbered, [SEND]: () => ({ errcode: -1, errmsg: 'busy' }) })
    expect(await rejection(account.call({ path: SEND, body: message }))).toMatchObject({ outcome: 'unknown' })
    expect(wechat.times(SEND)).toBe(1)
  })

  test('is none of a visitor’s: their refusals would cost everybody’s token', async () => {
    const { account, wechat } = scene({ [STABLE]: numbered })
    const asking = account.call({ path: '/sns/userinfo', query: { openid: 'o' } })
    expect(await rejection(asking)).toMatchObject({ message: expect.stringContaining('userinfo') })
    expect(wechat.asked).toEqual([])
  })

  test.each(['cgi-bin/x', '/cgi-bin/x?openid=1', '//evil.example.com/x', '/../x', ''])(
    'to %o is not sent',
    async (path) => {
      const { account, wechat } = scene({ [STABLE]: numbered })
      expect(await rejection(account.call({ path }))).toMatchObject({ code: 'invalid_request' })
      expect(wechat.asked).toEqual([])
    },
  )
})

test('other refusals do not cost a token', async () => {
  const { account, wechat } = scene({
    [STABLE]: numbered,
    [TICKET]: () => ({ errcode: 48001, errmsg: 'api unauthorized' }),
  })
  expect(await rejection(account.jsapiTicket())).toMatchObject({ wechatCode: '48001' })
  expect(wechat.times(STABLE)).toBe(1)
})

test('fifty callers with one refused token cause one replacement', async () => {
  const { account, wechat } = scene({ [STABLE]: numbered })
  const first = await account.accessToken()
  const others = await Promise.all(Array.from({ length: 50 }, () => account.replaceAccessToken(first)))
  expect(new Set(others)).toEqual(new Set(['token 2']))
  expect(wechat.asked.length).toBe(2)
})

test('whoever comes late with a token that was replaced already gets the present one', async () => {
  const { account, wechat } = scene({ [STABLE]: numbered })
  const first = await account.accessToken()
  await account.replaceAccessToken(first)
  expect(await account.replaceAccessToken(first)).toBe('token 2')
  expect(wechat.asked.length).toBe(2)
})

test('a refresh is forced only when WeChat still thinks well of a token that it refuses, and at most 20 times a day', async () => {
  const { account, wechat, clock } = scene({
    [STABLE]: ({ body }, nth) => ({
      access_token: body.includes('"force_refresh":true') ? `forced ${nth}` : 'same',
      expires_in: 7200,
    }),
  })
  expect(await account.accessToken()).toBe('same')
  expect(await account.replaceAccessToken('same')).toBe('forced 3')
  let forced = 1
  for (let minutes = 0; minutes < 24 * 60 - 2; minutes += 2) {
    clock.advance(120)
    const token = await account.replaceAccessToken(await account.accessToken())
    if (token === 'same') await account.replaceAccessToken('same')
    forced = wechat.asked.filter(({ body }) => body.includes('"force_refresh":true')).length
  }
  expect(forced).toBeGreaterThan(1)
  expect(forced).toBeLessThanOrEqual(20)
})

test('stable and classic tokens of one account, and tokens of two accounts, share a cache without meeting', async () => {
  const cache = memoryCache()
  const wechat = fakeWechat({
    [STABLE]: ({ body }) => ({
      access_token: `stable ${(JSON.parse(body) as { appid: string }).appid}`,
      expires_in: 7200,
    }),
    [CLASSIC]: ({ url }) => ({ access_token: `classic ${url.searchParams.get('appid')}`, expires_in: 7200 }),
  })
  const token = (appid: string, tokenMode: 'stable' | 'classic'): Promise<string> =>
    createOfficialAccount({ appid, secret: SECRET, tokenMode, cache, fetch: wechat.fetch }).accessToken()
  const other = 'wxffffffffffffffff'
  expect(await token(APPID, 'stable')).toBe(`stable ${APPID}`)
  expect(await token(APPID, 'classic')).toBe(`classic ${APPID}`)
  expect(await token(other, 'stable')).toBe(`stable ${other}`)
  expect(await token(APPID, 'stable')).toBe(`stable ${APPID}`)
  expect(wechat.asked.length).toBe(3)
})

test('every exchange can be traced, without what is secret in it', async () => {
  const exchanges: Exchange[] = []
  const { account } = scene(
    { [CLASSIC]: numbered, [TICKET]: () => ticket },
    { tokenMode: 'classic', onExchange: (exchange) => exchanges.push(exchange) },
  )
  await account.jsapiTicket()
  expect(exchanges.map(({ method, url, status }) => `${method} ${url} ${status}`)).toEqual([
    `GET https://api.weixin.qq.com${CLASSIC} 200`,
    `GET https://api.weixin.qq.com${TICKET} 200`,
  ])
  expect(JSON.stringify(exchanges)).not.toMatch(/secret|token 1|0123456789abcdef/)
})

test('no answer makes a token live longer than two hours', async () => {
  const { account, clock } = scene({
    [STABLE]: (_asked, nth) => ({ access_token: `token ${nth}`, expires_in: 1e9 }),
  })
  await account.accessToken()
  clock.advance(7200)
  expect(await account.accessToken()).toBe('token 2')
})

test.each([
  ['no token', { expires_in: 7200 }],
  ['no life', { access_token: 'token' }],
  ['a life as text', { access_token: 'token', expires_in: '7200' }],
  ['a life that is over', { access_token: 'token', expires_in: 0 }],
])('an answer with %s is not believed', async (_what, answer) => {
  const { account } = scene({ [STABLE]: () => answer })
  expect(await rejection(account.accessToken())).toMatchObject({ code: 'bad_message', outcome: 'unknown' })
})
