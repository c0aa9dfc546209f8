import { describe, expect, test } from 'vitest'
import { createOfficialAccount } from './official-account.ts'
import { Secret } from './secret.ts'
import { createTokenHandler } from './token-handler.ts'
import { type Answer, type FakeClock, type FakeWechat, fakeClock, fakeWechat } from './wechat.fake.ts'

const APPID = 'wx0123456789abcdef'
const OTHER = 'wxffffffffffffffff'
const BEARER = 'a-secret-of-our-programs-0123456789abcdef'
const STABLE = '/cgi-bin/stable_token'
const TICKET = '/cgi-bin/ticket/getticket'

interface Scene {
  ask(path: string, init?: RequestInit): Promise<Response>
  refresh(path: string, body: string): Promise<Response>
  wechat: FakeWechat
  clock: FakeClock
}

function scene(answers: Record<string, Answer> = {}): Scene {
  const clock = fakeClock()
  const wechat = fakeWechat({
    [STABLE]: ({ body }, nth) => ({
      access_token: `${(JSON.parse(body) as { appid: string }).appid} token ${nth}`,
      expires_in: 7200,
    }),
    [TICKET]: (_asked, nth) => ({ errcode: 0, errmsg: 'ok', ticket: `ticket ${nth}`, expires_in: 7200 }),
    ...answers,
  })
  const accounts = [APPID, OTHER].map((appid) =>
    createOfficialAccount({ appid, secret: '0123456789abcdef0123456789abcdef', fetch: wechat.fetch, clock }),
  )
  const handler = createTokenHandler({ accounts, secrets: [new Secret('x'.repeat(32)), BEARER], clock })
  const ask: Scene['ask'] = (path, init = {}) =>
    handler(
      new Request(`https://internal.example.com/wechat${path}`, {
        ...init,
        headers: { authorization: `Bearer ${BEARER}`, ...init.headers },
      }),
    )
  return { ask, refresh: (path, body) => ask(`${path}/refresh`, { method: 'POST', body }), wechat, clock }
}

describe('a program that shows the secret', () => {
  test('gets the token in WeChat’s own words, with what is left of it', async () => {
    const { ask, clock, wechat } = scene()
    await ask(`/${APPID}/access_token`)
    clock.advance(100.5)
    const response = await ask(`/${APPID}/access_token`)
    expect(response.status).toBe(200)
    expect(await response.json()).toEqual({ access_token: `${APPID} token 1`, expires_in: 7099 })
    expect(wechat.asked.length).toBe(1)
  })

  test('gets the ticket in WeChat’s own words', async () => {
    const { ask } = scene()
    expect(await (await ask(`/${APPID}/jsapi_ticket`)).json()).toEqual({
      errcode: 0,
      errmsg: 'ok',
      ticket: 'ticket 1',
      expires_in: 7200,
    })
  })

  test('gets the token of the account that it names', async () => {
    const { ask } = scene()
    expect(await (await ask(`/${OTHER}/access_token`)).json()).toMatchObject({
      access_token: `${OTHER} token 1`,
    })
  })

  test('may show the older of two secrets', async () => {
    const { ask } = scene()
    const headers = { authorization: `bearer ${'x'.repeat(32)}` }
    expect((await ask(`/${APPID}/access_token`, { headers })).status).toBe(200)
  })

  test('leaves nothing in any cache on the way, whatever the answer', async () => {
    const { ask } = scene()
    for (const path of [`/${APPID}/access_token`, `/${APPID}/jsapi_ticket`, '/nothing']) {
      const { headers } = await ask(path)
      expect(headers.get('cache-control')).toBe('no-store')
      expect(headers.get('content-type')).toMatch(/^application\/json/)
      expect(headers.get('access-control-allow-origin')).toBeNull()
    }
  })
})

describe('a program whose token WeChat refused', () => {
  test('gets another one, once for all programs that say so', async () => {
    const { ask, refresh, wechat } = scene()
    const { access_token: refused } = (await (await ask(`/${APPID}/access_token`)).json()) as {
      access_token: string
    }
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => refresh(`/${APPID}/access_token`, JSON.stringify({ refused }))),
    )
    for (const answer of answers) {
      expect(await answer.json()).toEqual({ access_token: `${APPID} token 2`, expires_in: 7200 })
    }
    expect(wechat.times(STABLE)).toBe(2)
  })

  test('gets the present one if it used an older one', async () => {
    const { ask, refresh, wechat } = scene()
    await ask(`/${APPID}/access_token`)
    const answer = await refresh(`/${APPID}/access_token`, '{"refused":"of last week"}')
    expect(await answer.json()).toMatchObject({ access_token: `${APPID} token 1` })
    expect(wechat.times(STABLE)).toBe(1)
  })

  test('gets another ticket, at most once a minute', async () => {
    const { ask, refresh, wechat } = scene()
    await ask(`/${APPID}/jsapi_ticket`)
    for (const [refused, ticket] of [
      ['ticket 1', 'ticket 2'],
      ['ticket 1', 'ticket 2'],
      ['ticket 2', 'ticket 2'],
    ]) {
      const answer = await refresh(`/${APPID}/jsapi_ticket`, JSON.stringify({ refused }))
      expect(await answer.json()).toMatchObject({ ticket })
    }
    expect(wechat.times(TICKET)).toBe(2)
  })

  test.each(['', '{}', 'null', '[]', '{"refused":1}', '{"refused":""}', 'refused=x'])(
    'has to say which: %o is not enough, and costs nothing',
    async (body) => {
      const { refresh, wechat } = scene()
      const answer = await refresh(`/${APPID}/access_token`, body)
      expect(answer.status).toBe(400)
      expect(await answer.json()).toMatchObject({ code: 'bad_request' })
      expect(wechat.asked).toEqual([])
    },
  )

  test('is not listened to without end', async () => {
    const { refresh } = scene()
    const answer = await refresh(`/${APPID}/access_token`, JSON.stringify({ refused: 'x'.repeat(9000) }))
    expect([answer.status, await answer.json()]).toEqual([413, expect.objectContaining({ code: 'too_long' })])
  })
})

describe('who does not show the secret', () => {
  test.each([
    ['nothing', ''],
    ['another one', `Bearer ${'y'.repeat(BEARER.length)}`],
    ['half of it', `Bearer ${BEARER.slice(0, 20)}`],
    ['more than it', `Bearer ${BEARER}x`],
    ['both', `Bearer ${BEARER}, Bearer ${BEARER}`],
    ['it, in another way', `Basic ${BEARER}`],
    ['it alone', BEARER],
  ])('but %s learns nothing, not even which accounts there are', async (_what, authorization) => {
    const { ask, wechat } = scene()
    const headers = { authorization }
    const answers = await Promise.all(
      [`/${APPID}/access_token`, '/wx0000000000000000/access_token', '/'].map((path) =>
        ask(path, { headers }),
      ),
    )
    const told = await Promise.all(answers.map((answer) => answer.text()))
    expect(answers.map(({ status }) => status)).toEqual([401, 401, 401])
    expect(answers[0]?.headers.get('www-authenticate')).toBe('Bearer')
    expect(new Set(told).size).toBe(1)
    expect(told[0]).not.toContain(BEARER)
    expect(wechat.asked).toEqual([])
  })
})

describe('a wrong address', () => {
  test.each([
    '/',
    '/access_token',
    '/wx0000000000000000/access_token',
    `/${APPID}/secret`,
    `/${APPID}/access_token/`,
  ])('%s is not found', async (path) => {
    const { ask } = scene()
    const answer = await ask(path)
    expect([answer.status, await answer.json()]).toEqual([
      404,
      expect.objectContaining({ code: 'not_found' }),
    ])
  })

  test('a token is not taken by POST, nor refreshed by GET', async () => {
    const { ask, wechat } = scene()
    const posted = await ask(`/${APPID}/access_token`, { method: 'POST' })
    const got = await ask(`/${APPID}/access_token/refresh`)
    expect([posted.status, posted.headers.get('allow')]).toEqual([405, 'GET'])
    expect([got.status, got.headers.get('allow')]).toEqual([405, 'POST'])
    expect(wechat.asked).toEqual([])
  })
})

describe('when WeChat', () => {
  test('does not know our address, every program is told which one it is, and what to do', async () => {
    const errmsg =
      'invalid ip 114.221.21.30 ipv6 ::ffff:114.221.21.30, not in whitelist rid: 658cff8e-7783352d-44cb33e5'
    const { ask } = scene({ [STABLE]: () => ({ errcode: 40164, errmsg }) })
    const answer = await ask(`/${APPID}/jsapi_ticket`)
    expect(answer.status).toBe(502)
    expect(await answer.json()).toMatchObject({
      code: 'refused',
      wechatCode: '40164',
      callerAddress: '114.221.21.30',
      retryable: false,
      remedy: { zh: expect.stringContaining('114.221.21.30'), en: expect.stringContaining('114.221.21.30') },
    })
  })

  test('cannot be reached, programs are told to try again', async () => {
    const { ask } = scene({ [STABLE]: () => new Response('', { status: 502 }) })
    const answer = await ask(`/${APPID}/access_token`)
    expect([answer.status, await answer.json()]).toEqual([503, expect.objectContaining({ retryable: true })])
  })
})

test('a handler without accounts, or with secrets that can be guessed, is not made', () => {
  expect(() => createTokenHandler({ accounts: [], secrets: [] })).toThrow(
    expect.objectContaining({
      problems: [expect.stringMatching(/^accounts: /), expect.stringMatching(/^secrets: /)],
    }),
  )
  const make = (): unknown =>
    createTokenHandler({ accounts: [], secrets: [BEARER, 'short-secret', ' '.repeat(40)] })
  expect(make).toThrow(
    expect.objectContaining({
      problems: [
        expect.anything(),
        expect.stringMatching(/^secrets\[1\]: /),
        expect.stringMatching(/^secrets\[2\]: /),
      ],
    }),
  )
  expect(make).not.toThrow(/short-secret/)
  const account = createOfficialAccount({ appid: APPID, secret: '0123456789abcdef0123456789abcdef' })
  expect(() => createTokenHandler({ accounts: [account, account], secrets: [BEARER] })).toThrow(
    expect.objectContaining({ problems: [expect.stringMatching(/^accounts: .*twice/)] }),
  )
  for (const one of [{ accounts: account }, { accounts: [account], secrets: BEARER }])
    expect(() => createTokenHandler({ secrets: [BEARER], ...one } as never)).toThrow(/must be lists/)
})
