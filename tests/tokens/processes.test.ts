/**
 * A company with sixteen programs and one official account, over each cache that processes can share. WeChat is the simulator
 * at its HTTP port, and what it heard is read from it over HTTP.
 */
import { defaultWorld, type RunningSimulator, startSimulator } from '@shouyin/simulator'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { type Fleet, startFleet } from './fleet.ts'
import { type Gate, openGate } from './gate.ts'
import type { Errand, Report } from './program.ts'
import { type CachePlace, services } from './services.ts'

const STABLE = '/cgi-bin/stable_token'
const TICKET = '/cgi-bin/ticket/getticket'
const PROGRAMS = 16
const CALLERS = 50

let fleet: Fleet

beforeAll(async () => {
  fleet = await startFleet(PROGRAMS)
}, 240_000)
afterAll(() => fleet?.stop())

interface Company {
  errand: Errand
  gate: Gate
  /** How often WeChat was asked at a path, by its own account. */
  heard(path: string): Promise<number>
}

async function company(place: CachePlace): Promise<Company> {
  const world = defaultWorld()
  const [account] = world.officialAccounts
  if (account === undefined) throw new Error('an empty world')
  const simulator: RunningSimulator = await startSimulator({ httpPort: 0, httpsPort: 0, world })
  const gate = await openGate(simulator.httpUrl)
  onTestFinished(async () => {
    gate.close()
    await simulator.close()
  })
  const { appid, secret } = account
  return {
    gate,
    errand: { place, appid, secret, api: gate.url, timeoutMs: 5000, callers: CALLERS },
    async heard(path) {
      const exchanges = (await (await fetch(`${simulator.httpUrl}/_simulator/exchanges`)).json()) as {
        request?: { url: string }
      }[]
      return exchanges.filter(({ request }) => request && new URL(request.url).pathname === path).length
    },
  }
}

/** Everything that all callers of all programs got. */
function together(reports: Report[]): Report {
  const union = (field: keyof Report): string[] => [...new Set(reports.flatMap((report) => report[field]))]
  return { tokens: union('tokens'), tickets: union('tickets'), problems: union('problems') }
}

for (const { name, missing, open } of (await services()).filter(({ name }) => name !== 'memory')) {
  describe.skipIf(missing !== undefined)(name, { timeout: 240_000 }, () => {
    const place = async (): Promise<CachePlace> => {
      const kept = await open()
      onTestFinished(() => kept.remove())
      return kept.place
    }

    test('800 callers in 16 processes, nothing cached: one token and one ticket are fetched', async () => {
      const { errand, heard } = await company(await place())
      const reports = await fleet.send(errand)
      expect(reports).toHaveLength(PROGRAMS)
      const { tokens, tickets, problems } = together(reports)
      expect(problems).toEqual([])
      expect([tokens.length, tickets.length]).toEqual([1, 1])
      expect([await heard(STABLE), await heard(TICKET)]).toEqual([1, 1])
    })

    test('800 callers whose token was refused: it is replaced once', async () => {
      const { errand, heard } = await company(await place())
      const { tokens } = together(await fleet.send(errand))
      const [refused = ''] = tokens
      const { tokens: others, problems } = together(await fleet.send({ ...errand, refused }))
      expect(problems).toEqual([])
      expect(others).toHaveLength(1)
      expect(others).not.toContain(refused)
      // Asked once, WeChat hands out the one that it refuses; forced, another one.
      expect(await heard(STABLE)).toBe(3)
    })

    test('the process that fetches is killed, first for the token and then for the ticket: it takes longer, and none is fetched twice', async () => {
      const { errand, gate, heard } = await company(await place())
      onTestFinished(() => fleet.refill())
      const killed: number[] = []
      for (const path of [STABLE, TICKET]) {
        void gate.hold(path).then((pid) => {
          killed.push(pid)
          fleet.kill(pid)
        })
      }
      // The shorter a call may take, the sooner a dead process is missed.
      const reports = await fleet.send({ ...errand, timeoutMs: 2000 })
      expect(new Set(killed).size).toBe(2)
      expect(reports).toHaveLength(PROGRAMS - 2)
      const { tokens, tickets, problems } = together(reports)
      expect(problems).toEqual([])
      expect([tokens.length, tickets.length]).toEqual([1, 1])
      // One call of the process that died and one of another, one after the other; only that one reached WeChat.
      expect([gate.calls(STABLE), gate.calls(TICKET)]).toEqual([2, 2])
      expect([gate.mostAtOnce(STABLE), gate.mostAtOnce(TICKET)]).toEqual([1, 1])
      expect([await heard(STABLE), await heard(TICKET)]).toEqual([1, 1])
    })
  })
}
