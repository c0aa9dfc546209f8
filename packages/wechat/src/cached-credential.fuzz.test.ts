/**
 * Processes, a cache and WeChat, every step between them in an order that chance picks; some processes die on the way, and time
 * jumps. As in life, a call to WeChat that takes longer than `timeoutMs` is given up: time stands still for whoever makes one.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type CredentialCache, memoryCache } from './credential-cache.ts'
import { createOfficialAccount } from './official-account.ts'

const TIMEOUT_MS = 5000

interface Plan {
  scheduler: fc.Scheduler
  /** For each process, after how many steps it dies; most never do. */
  livesFor: number[]
  /** How far time jumps before which steps, in milliseconds; after the last jump there is calm. */
  jumps: ReadonlyMap<number, number>
  /** Whether they find a token that was refused, or nothing. */
  refused: boolean
}

interface Outcome {
  /** What living callers got. */
  tokens: string[]
  problems: unknown[]
  calls: number
  mostAtOnce: number
  /** How often the lease of a process passed on that had asked, and had not kept the answer: it died, or was too slow. */
  takenOver: number
  /** What was kept after each put, oldest first, by the number of the call that it came from. */
  kept: number[]
}

async function live({ scheduler, livesFor, jumps, refused }: Plan): Promise<Outcome> {
  const shared = memoryCache()
  let now = Date.UTC(2026, 0, 1)
  let step = 0
  let calls = 0
  let mostAtOnce = 0
  /** Since when who holds the lease surely, or thinks so: a call to WeChat ends within its time from there. */
  const asking = new Map<number, number>()
  /** Whose call is under way. One that was too slow to be sure does not make it. */
  const calling = new Set<number>()
  const answered = new Set<number>()
  const kept: number[] = []
  let takenOver = 0
  const steps = livesFor.map(() => 0)
  const isDead = (process: number): boolean => (steps[process] ?? 0) > (livesFor[process] ?? 0)
  const patience = (): number => {
    const living = [...asking].filter(([process]) => !isDead(process)).map(([, since]) => since)
    return Math.min(...living, Number.POSITIVE_INFINITY) + TIMEOUT_MS - 1
  }
  const turn = async (process: number): Promise<void> => {
    await scheduler.schedule(Promise.resolve())
    steps[process] = (steps[process] ?? 0) + 1
    if (isDead(process)) await new Promise(() => undefined)
    step += 1
    now = Math.max(now, Math.min(now + (jumps.get(step) ?? 0), patience()))
  }
  const cacheOf = (process: number): CredentialCache => {
    const reached = async <Answer>(run: () => Promise<Answer>): Promise<Answer> => {
      await turn(process)
      const answer = await run()
      await turn(process)
      return answer
    }
    return {
      get: (key) => reached(() => shared.get(key)),
      lease: (key, term) =>
        reached(async () => {
          const fence = await shared.lease(key, term)
          if (fence === undefined) return fence
          takenOver += answered.size
          answered.clear()
          return fence
        }),
      prolong: (key, fence, until) =>
        reached(async () => {
          const isMine = await shared.prolong(key, fence, until)
          if (isMine) asking.set(process, now)
          return isMine
        }),
      put: (key, credential, fence) =>
        reached(async () => {
          const present = await shared.put(key, credential, fence)
          if (key !== KEY) return present
          answered.delete(process)
          kept.push(Number(present.value.replace('token ', '')))
          return present
        }),
      release: (key, fence) =>
        reached(() => {
          asking.delete(process)
          return shared.release(key, fence)
        }),
    }
  }
  const fetchOf = (process: number) => async (): Promise<Response> => {
    calls += 1
    answered.add(process)
    const value = `token ${calls}`
    calling.add(process)
    mostAtOnce = Math.max(mostAtOnce, [...calling].filter((each) => !isDead(each)).length)
    await turn(process)
    calling.delete(process)
    asking.delete(process)
    return Response.json({ access_token: value, expires_in: 7200 })
  }
  if (refused) {
    const fence = (await shared.lease(KEY, { now, until: now })) ?? 0
    await shared.put(KEY, { value: 'refused', fetchedAt: now - 1000, expiresAt: now + 7_000_000 }, fence)
  }
  const tokens: string[] = []
  const problems: unknown[] = []
  const callers = livesFor.map(async (_steps, process) => {
    const account = createOfficialAccount({
      appid: APPID,
      secret: '0123456789abcdef0123456789abcdef',
      timeoutMs: TIMEOUT_MS,
      cache: cacheOf(process),
      fetch: fetchOf(process),
      clock: () => now,
      async wait(ms) {
        do await turn(process)
        while (now + ms > patience())
        now += ms
      },
    })
    try {
      tokens.push(await (refused ? account.replaceAccessToken('refused') : account.accessToken()))
    } catch (error) {
      problems.push(error)
    }
  })
  const living = Promise.all(
    callers.filter((_caller, process) => (livesFor[process] ?? 0) === Number.POSITIVE_INFINITY),
  )
  await scheduler.waitFor(living)
  return { tokens, problems, calls, mostAtOnce, takenOver, kept }
}

const APPID = 'wx0123456789abcdef'
const KEY = `access_token:stable:${APPID}`

test('whoever dies and whenever: nobody asks at the same time, nobody asks needlessly, and all who live get an answer', async () => {
  const plans = fc.record({
    scheduler: fc.scheduler(),
    livesFor: fc
      .array(fc.oneof(fc.constant(Number.POSITIVE_INFINITY), fc.integer({ min: 0, max: 30 })), {
        minLength: 1,
        maxLength: 5,
      })
      .map((dying) => [...dying, Number.POSITIVE_INFINITY]),
    jumps: fc
      .array(fc.tuple(fc.nat({ max: 200 }), fc.integer({ min: 1, max: 9000 })), { maxLength: 20 })
      .map((jumps) => new Map(jumps)),
    refused: fc.boolean(),
  })
  await fc.assert(
    fc.asyncProperty(plans, async (plan) => {
      const { tokens, problems, calls, mostAtOnce, takenOver, kept } = await live(plan)
      expect(problems).toEqual([])
      expect(mostAtOnce).toBe(1)
      expect(calls).toBeLessThanOrEqual(1 + takenOver)
      expect(tokens).not.toContain('refused')
      expect(new Set(tokens).size).toBeLessThanOrEqual(1 + takenOver)
      expect(kept).toEqual(kept.toSorted((one, other) => one - other))
    }),
    { numRuns: 1000 },
  )
})
