/** Several processes and one cache. Here a process is an account of its own; real ones are in the tests of the whole. */
import { expect, test } from 'vitest'
import { type CredentialCache, memoryCache } from './credential-cache.ts'
import {
  createOfficialAccount,
  type OfficialAccount,
  type OfficialAccountOptions,
} from './official-account.ts'
import {
  type Answer,
  type FakeClock,
  type FakeWechat,
  fakeClock,
  fakeWechat,
  rejection,
} from './wechat.fake.ts'

const APPID = 'wx0123456789abcdef'
const STABLE = '/cgi-bin/stable_token'
const TICKET = '/cgi-bin/ticket/getticket'
const TOKEN_KEY = `access_token:stable:${APPID}`
const TICKET_KEY = `jsapi_ticket:${APPID}`
/** Five seconds for the call, two for the rest. */
const LEASE_MS = 7000

interface Company {
  process(options?: Partial<OfficialAccountOptions>): OfficialAccount
  cache: CredentialCache
  wechat: FakeWechat
  clock: FakeClock
  /** How long processes waited for each other, in milliseconds. */
  waited(): number
}

function company(answers: Record<string, Answer> = {}): Company {
  const wechat = fakeWechat({ [STABLE]: numbered, [TICKET]: ticket, ...answers })
  const clock = fakeClock()
  const cache = memoryCache()
  let waited = 0
  /** Those who wait at one time wait together. */
  const wait = async (ms: number): Promise<void> => {
    waited += ms
    const until = clock() + ms
    await new Promise(setImmediate)
    if (clock() < until) clock.advance((until - clock()) / 1000)
  }
  const secret = '0123456789abcdef0123456789abcdef'
  return {
    cache,
    wechat,
    clock,
    waited: () => waited,
    process: (options) =>
      createOfficialAccount({ appid: APPID, secret, cache, clock, wait, fetch: wechat.fetch, ...options }),
  }
}

const numbered: Answer = (_asked, nth) => ({ access_token: `token ${nth}`, expires_in: 7200 })
const ticket: Answer = (_asked, nth) => ({
  errcode: 0,
  errmsg: 'ok',
  ticket: `ticket ${nth}`,
  expires_in: 7200,
})
/** An answer that takes as long as others need to notice. */
const slowly =
  (answer: Answer): Answer =>
  async (asked, nth) => {
    for (let turns = 0; turns < 20; turns += 1) await new Promise(setImmediate)
    return answer(asked, nth)
  }
const refusing =
  (errcode: number): Answer =>
  () => ({ errcode, errmsg: 'no rid: 6aac005a-01bfdbee-79769285' })
const term = (clock: FakeClock): { now: number; until: number } => ({
  now: clock(),
  until: clock() + LEASE_MS,
})

test('sixteen processes with fifty callers each fetch one token and one ticket', async () => {
  const { process, wechat } = company({ [STABLE]: slowly(numbered), [TICKET]: slowly(ticket) })
  const callers = Array.from({ length: 16 }, () => process()).flatMap((account) =>
    Array.from({ length: 50 }, () => account.jsapiTicket()),
  )
  expect(new Set(await Promise.all(callers))).toEqual(new Set(['ticket 1']))
  expect([wechat.times(STABLE), wechat.times(TICKET)]).toEqual([1, 1])
})

test('a process that died while it asked delays the others by its lease, and nobody asks twice', async () => {
  const { process, cache, wechat, clock, waited } = company()
  await cache.lease(TOKEN_KEY, term(clock))
  const tokens = await Promise.all([process().accessToken(), process().accessToken()])
  expect(tokens).toEqual(['token 1', 'token 1'])
  expect(wechat.times(STABLE)).toBe(1)
  expect(waited()).toBeGreaterThanOrEqual(LEASE_MS)
})

test('a process that died while it asked for the ticket delays only the ticket', async () => {
  const { process, cache, wechat, clock, waited } = company()
  await cache.lease(TICKET_KEY, term(clock))
  expect(await process().accessToken()).toBe('token 1')
  expect(waited()).toBe(0)
  expect(await process().jsapiTicket()).toBe('ticket 1')
  expect(wechat.times(TICKET)).toBe(1)
})

test('what a slow process fetched never takes the place of what was fetched after it', async () => {
  const { process, cache, clock } = company()
  const slow = await cache.lease(TOKEN_KEY, term(clock))
  clock.advance(8)
  expect(await process().accessToken()).toBe('token 1')
  const late = { value: 'late', fetchedAt: clock() + 1, expiresAt: clock() + 7_200_000 }
  expect(await cache.put(TOKEN_KEY, late, slow ?? 0)).toMatchObject({ value: 'token 1' })
  expect(await process().accessToken()).toBe('token 1')
})

test('a process that was stopped between lease and question does not ask, but takes what another one fetched', async () => {
  const { process, cache, wechat, clock } = company()
  const stopped: CredentialCache = {
    ...cache,
    async prolong(key, fence, until) {
      clock.advance(60)
      await process().accessToken()
      return cache.prolong(key, fence, until)
    },
  }
  expect(await process({ cache: stopped }).accessToken()).toBe('token 1')
  expect(wechat.times(STABLE)).toBe(1)
})

test('a process that was stopped while it made sure of its lease makes sure again before it asks', async () => {
  const { process, cache, wechat, clock } = company()
  let stops = 1
  let prolonged = 0
  const stopped: CredentialCache = {
    ...cache,
    async prolong(key, fence, until) {
      prolonged += 1
      const isMine = await cache.prolong(key, fence, until)
      if (stops-- > 0) clock.advance(3)
      return isMine
    },
  }
  expect(await process({ cache: stopped }).accessToken()).toBe('token 1')
  expect([prolonged, wechat.times(STABLE)]).toEqual([2, 1])
})

test('while another process renews, the old token serves, without a wait', async () => {
  const { process, cache, wechat, clock, waited } = company()
  await process().accessToken()
  clock.advance(7100)
  await cache.lease(TOKEN_KEY, term(clock))
  expect(await process().accessToken()).toBe('token 1')
  expect([wechat.times(STABLE), waited()]).toEqual([1, 0])
})

test('waiting has an end, even if others hold the lease forever', async () => {
  const { process, cache, wechat, waited } = company()
  const taken = { ...cache, lease: async () => undefined }
  expect(await rejection(process({ cache: taken }).accessToken())).toMatchObject({
    code: 'network',
    retryable: true,
  })
  expect(wechat.asked).toEqual([])
  expect(waited()).toBe(4 * LEASE_MS)
})

test('after a process whose question failed the next one asks', async () => {
  const { process, wechat } = company({
    [STABLE]: (asked, nth) => (nth === 1 ? new Response('', { status: 502 }) : numbered(asked, nth)),
  })
  const [first, second] = await Promise.allSettled([process().accessToken(), process().accessToken()])
  expect(first).toMatchObject({ reason: { code: 'no_usable_answer' } })
  expect(second).toMatchObject({ value: 'token 2' })
  expect(wechat.times(STABLE)).toBe(2)
})

test.each([40164, 45009, 40125])(
  'a no (%i) that one process heard is every process’s, in WeChat’s words',
  async (errcode) => {
    const { process, wechat, clock } = company({ [STABLE]: refusing(errcode) })
    await rejection(process().accessToken())
    for (let i = 0; i < 16; i += 1) {
      expect(await rejection(process().jsapiTicket())).toMatchObject({
        name: 'RefusedError',
        wechatCode: String(errcode),
        requestId: '6aac005a-01bfdbee-79769285',
      })
    }
    expect(wechat.asked.length).toBe(1)
    clock.advance(60)
    await rejection(process().accessToken())
    expect(wechat.asked.length).toBe(2)
  },
)

test('a day’s quota that is used up is asked about ever more rarely, at least every ten minutes', async () => {
  const { process, wechat, clock } = company({ [STABLE]: refusing(45009) })
  const askedAt: number[] = []
  for (let seconds = 0; seconds <= 3600; seconds += 30) {
    const before = wechat.asked.length
    await rejection(process().accessToken())
    if (wechat.asked.length > before) askedAt.push(seconds)
    clock.advance(30)
  }
  expect(askedAt).toEqual([0, 60, 180, 420, 900, 1500, 2100, 2700, 3300])
})

test('what a clock that was an hour ahead wrote down keeps nobody waiting once it is right', async () => {
  const { process, wechat, clock } = company({
    [STABLE]: (asked, nth) => (nth === 1 ? refusing(40164)(asked, nth) : numbered(asked, nth)),
  })
  clock.advance(3600)
  await rejection(process().accessToken())
  clock.advance(-3600)
  expect(await process().accessToken()).toBe('token 2')
  expect(wechat.asked.length).toBe(2)
})

test('when the quota is back, the next no rests for a minute again', async () => {
  let isUp = true
  const { process, wechat, clock } = company({
    [STABLE]: (asked, nth) => (isUp ? refusing(45009)(asked, nth) : numbered(asked, nth)),
  })
  for (const seconds of [60, 120, 240]) {
    await rejection(process().accessToken())
    clock.advance(seconds)
  }
  isUp = false
  expect(await process().accessToken()).toBe('token 4')
  isUp = true
  clock.advance(7200)
  await rejection(process().accessToken())
  clock.advance(60)
  await rejection(process().accessToken())
  expect(wechat.asked.length).toBe(6)
})

test('a refused token is replaced once for all processes that report it', async () => {
  const { process, wechat } = company({ [STABLE]: slowly(numbered) })
  const first = await process().accessToken()
  const others = await Promise.all(Array.from({ length: 16 }, () => process().replaceAccessToken(first)))
  expect(new Set(others)).toEqual(new Set(['token 2']))
  expect(wechat.times(STABLE)).toBe(2)
})

test('who looks while a replacement is being kept gets that one, not the refused one again', async () => {
  const { process, cache, clock } = company()
  const first = await process().accessToken()
  clock.advance(60)
  let other: Promise<string> | undefined
  const slowToKeep: CredentialCache = {
    ...cache,
    async put(key, credential, fence) {
      if (key === TOKEN_KEY) other = process().replaceAccessToken(first)
      for (let turns = 0; turns < 5; turns += 1) await new Promise(setImmediate)
      return cache.put(key, credential, fence)
    },
  }
  expect(await process({ cache: slowToKeep }).replaceAccessToken(first)).toBe('token 2')
  expect(await other).toBe('token 2')
})

test('a process that died before it kept a replacement does not stop the next one from making it', async () => {
  const { process, cache, wechat, clock } = company()
  const first = await process().accessToken()
  clock.advance(60)
  const dying: CredentialCache = {
    ...cache,
    put: (key, credential, fence) =>
      key === TOKEN_KEY ? Promise.reject(new Error('killed')) : cache.put(key, credential, fence),
    release: async () => undefined,
  }
  await rejection(process({ cache: dying }).replaceAccessToken(first))
  expect(await process().replaceAccessToken(first)).toBe('token 3')
  expect(wechat.times(STABLE)).toBe(3)
})

test('processes that take turns in refusing every token cost one token a minute, not one each', async () => {
  const { process, wechat } = company()
  let token = await process().accessToken()
  for (let i = 0; i < 16; i += 1) token = await process().replaceAccessToken(token)
  expect(wechat.times(STABLE)).toBe(2)
})

test('the twenty forced refreshes of a day are the account’s, not each process’s', async () => {
  const { process, wechat, clock } = company({
    [STABLE]: ({ body }, nth) => ({
      access_token: body.includes('"force_refresh":true') ? `forced ${nth}` : 'same',
      expires_in: 7200,
    }),
  })
  await process().accessToken()
  for (let minutes = 0; minutes < 70; minutes += 2) {
    await process().replaceAccessToken('same')
    clock.advance(120)
  }
  expect(wechat.asked.filter(({ body }) => body.includes('"force_refresh":true'))).toHaveLength(1)
})

test('a ticket that pages of every process report is asked for once a minute', async () => {
  const { process, wechat } = company()
  const processes = Array.from({ length: 16 }, () => process())
  for (const each of processes) await each.jsapiTicket()
  for (const each of processes) await each.forgetJsapiTicket()
  for (const each of processes) expect(await each.jsapiTicket()).toBe('ticket 2')
  expect(wechat.times(TICKET)).toBe(2)
})

test('a note that cannot be read is as good as none', async () => {
  const { process, cache, clock } = company()
  const note = { value: '{"failure":', fetchedAt: clock(), expiresAt: clock() + 1000 }
  await cache.put(`${TOKEN_KEY}:history`, note, 1)
  expect(await process().accessToken()).toBe('token 1')
})
