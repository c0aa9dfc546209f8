/** A day in the life of a token, on one clock: four programs of a company that share a cache, and the simulator as WeChat. */
import { createSimulator, defaultWorld } from '@shouyin/simulator'
import { createOfficialAccount, type OfficialAccount, type OfficialAccountOptions } from '@shouyin/wechat'
import { memoryCache } from '@shouyin/wechat/cache'
import { expect, test } from 'vitest'

interface Day {
  programs: OfficialAccount[]
  /** A program of somebody else's, with the same secret and a cache of its own. */
  rival: OfficialAccount
  /** Lets a minute pass. */
  minute(): void
  /** How often WeChat was asked at a path by our programs. */
  asked(path: string): number
  /** Whether WeChat can be reached. */
  network: { isUp: boolean }
}

function day(options: Partial<OfficialAccountOptions> = {}): Day {
  let now = Date.parse('2026-11-24T02:00:00Z')
  const clock = (): number => now
  const world = defaultWorld()
  const { appid = '', secret = '' } = world.officialAccounts[0] ?? {}
  const simulator = createSimulator({ world, clock })
  const cache = memoryCache()
  const asked: string[] = []
  const network = { isUp: true }
  const account = (more: Partial<OfficialAccountOptions>): OfficialAccount =>
    createOfficialAccount({ appid, secret, clock, ...options, ...more })
  const ours = (): OfficialAccount =>
    account({
      cache,
      fetch: async (input, init) => {
        const request = new Request(input, init)
        asked.push(new URL(request.url).pathname)
        if (!network.isUp) throw new TypeError('fetch failed')
        return simulator.fetch(request)
      },
    })
  return {
    programs: Array.from({ length: 4 }, ours),
    rival: account({ fetch: (input, init) => simulator.fetch(new Request(input, init)) }),
    minute() {
      now += 60_000
    },
    asked: (path) => asked.filter((each) => each === path).length,
    network,
  }
}

const MINUTES = 24 * 60
const STABLE = '/cgi-bin/stable_token'
const CLASSIC = '/cgi-bin/token'
/** Needs a token and nothing else. */
const API = { path: '/cgi-bin/get_api_domain_ip' }

test('a day with stable tokens costs thirteen of them, and every call of every program works', async () => {
  const { programs, minute, asked } = day()
  for (let minutes = 0; minutes < MINUTES; minutes += 1) {
    await Promise.all(programs.map((program) => program.call(API)))
    minute()
  }
  expect(asked(API.path)).toBe(4 * MINUTES)
  expect(asked(STABLE)).toBe(13)
})

test('a rival who retires our classic tokens, hour after hour, fails no call of ours', async () => {
  const { programs, rival, minute, asked } = day({ tokenMode: 'classic' })
  for (let minutes = 0; minutes < MINUTES; minutes += 1) {
    await Promise.all(programs.map((program) => program.call(API)))
    if (minutes % 60 === 30) await rival.replaceAccessToken(await rival.accessToken())
    minute()
  }
  expect(asked(CLASSIC)).toBeLessThan(60)
})

test('the pages of a day are signed with the twelve tickets that WeChat had, which costs a look every ten minutes', async () => {
  const { programs, minute, asked } = day()
  const tickets = new Set<string>()
  for (let minutes = 0; minutes < MINUTES; minutes += 1) {
    const all = await Promise.all(programs.map((program) => program.jsapiTicket()))
    expect(new Set(all).size).toBe(1)
    for (const ticket of all) tickets.add(ticket)
    minute()
  }
  expect(tickets.size).toBe(12)
  expect(asked('/cgi-bin/ticket/getticket')).toBeLessThanOrEqual(MINUTES / 10 + 12)
})

test('an outage of WeChat’s at the end of a token’s life is bridged as long as the token lives', async () => {
  const { programs, minute, network } = day()
  const first = await programs[0]?.accessToken()
  for (let minutes = 0; minutes < 119; minutes += 1) minute()
  network.isUp = false
  for (const program of programs) expect(await program.accessToken()).toBe(first)
  network.isUp = true
  minute()
  minute()
  for (const program of programs) expect(await program.accessToken()).not.toBe(first)
})
