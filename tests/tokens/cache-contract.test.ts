/** The promises of `CredentialCache`, held by every cache there is, over connections of their own. */
import type { CredentialCache } from '@shouyin/wechat/cache'
import { describe, expect, onTestFinished, test } from 'vitest'
import { services } from './services.ts'

const KEY = 'access_token:stable:wx0123456789abcdef'
const NOW = Date.parse('2026-11-24T02:00:00Z')
const term = (seconds = 0): { now: number; until: number } => ({
  now: NOW + seconds * 1000,
  until: NOW + seconds * 1000 + 7000,
})
const token = (value: string): { value: string; fetchedAt: number; expiresAt: number } => ({
  value,
  fetchedAt: NOW,
  expiresAt: NOW + 7_200_000,
})

for (const { name, missing, open } of await services()) {
  describe.skipIf(missing !== undefined)(name, () => {
    const caches = async (count: number): Promise<[CredentialCache, ...CredentialCache[]]> => {
      const kept = await open()
      const connected = await Promise.all(Array.from({ length: count }, () => kept.connect()))
      onTestFinished(async () => {
        for (const { close } of connected) await close()
        await kept.remove()
      })
      const [first, ...others] = connected.map(({ cache }) => cache)
      if (first === undefined) throw new Error('no cache was opened')
      return [first, ...others]
    }
    const pair = async (): Promise<[CredentialCache, CredentialCache]> => {
      const [one, two = one] = await caches(2)
      return [one, two]
    }
    const leased = async (cache: CredentialCache, seconds = 0): Promise<number> => {
      const fence = await cache.lease(KEY, term(seconds))
      if (fence === undefined) throw new Error('somebody else has the lease')
      return fence
    }

    test('what nobody put is not there', async () => {
      const [cache] = await caches(1)
      expect(await cache.get(KEY)).toBeUndefined()
      await leased(cache)
      expect(await cache.get(KEY)).toBeUndefined()
    })

    test('a token of 2000 characters and any letter is read by another process as it was put', async () => {
      const [one, two] = await pair()
      const long = token(`92_${'aA-_'.repeat(500)}"'\\ %$1?:x 茶🍵`)
      expect(await one.put(KEY, long, await leased(one))).toEqual(long)
      expect(await two.get(KEY)).toEqual(long)
    })

    test('tokens of two accounts, and of two kinds, do not meet', async () => {
      const [cache] = await caches(1)
      await cache.put('a', token('one'), 1)
      await cache.put('A', token('two'), 1)
      await cache.put('a:history', token('three'), 1)
      expect([await cache.get('a'), await cache.get('A'), await cache.get('a:history')]).toEqual(
        ['one', 'two', 'three'].map(token),
      )
    })

    test('of sixteen who want the lease at once one gets it, time after time, with a higher number', async () => {
      const each = await caches(4)
      const numbers: number[] = []
      for (let round = 0; round < 10; round += 1) {
        const asked = Array.from({ length: 4 }, () => each.map((cache) => cache.lease(KEY, term(round * 60))))
        const got = (await Promise.all(asked.flat())).filter((fence) => fence !== undefined)
        expect(got).toHaveLength(1)
        numbers.push(...got)
      }
      expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b))
      expect(Math.min(...numbers)).toBeGreaterThanOrEqual(1)
      expect(numbers.every(Number.isSafeInteger)).toBe(true)
    })

    test('a lease of a clock that is far ahead keeps nobody off; one of a few seconds does', async () => {
      const [one, two] = await pair()
      const ahead = await leased(one, 3600)
      const fence = await leased(two)
      expect(fence).toBeGreaterThan(ahead)
      expect(await one.prolong(KEY, ahead, NOW + 9000)).toBe(false)
      expect(await one.lease(KEY, term(5))).toBeUndefined()
    })

    if (name !== 'memory')
      test('a number is at least the time, so that it grows where a row was lost', async () => {
        const [cache] = await caches(1)
        expect(await leased(cache)).toBeGreaterThanOrEqual(NOW)
      })

    test('a lease keeps others off until it ends, to the millisecond', async () => {
      const [one, two] = await pair()
      const first = await leased(one)
      const atItsEnd = term().until
      expect(await two.lease(KEY, { now: atItsEnd - 1, until: atItsEnd + 7000 })).toBeUndefined()
      expect(await two.lease(KEY, { now: atItsEnd, until: atItsEnd + 7000 })).toBeGreaterThan(first)
    })

    test('a lease that is prolonged keeps others off for longer', async () => {
      const [one, two] = await pair()
      const fence = await leased(one)
      expect(await one.prolong(KEY, fence, term(60).until)).toBe(true)
      expect(await two.lease(KEY, term(60))).toBeUndefined()
      expect(await two.lease(KEY, term(67))).toBeGreaterThan(fence)
    })

    test('a lease that was taken over is not prolonged, and whoever took it keeps it', async () => {
      const [one, two] = await pair()
      const fence = await leased(one)
      const next = await leased(two, 60)
      expect(await one.prolong(KEY, fence, term(600).until)).toBe(false)
      expect(await one.lease(KEY, term(67))).toBeGreaterThan(next)
    })

    test('a lease that ended and that nobody took is prolonged', async () => {
      const [one, two] = await pair()
      const fence = await leased(one)
      expect(await one.prolong(KEY, fence, term(60).until)).toBe(true)
      expect(await two.lease(KEY, term(8))).toBeUndefined()
    })

    test('nobody prolongs what nobody leased', async () => {
      const [cache] = await caches(1)
      expect(await cache.prolong(KEY, 7, term().until)).toBe(false)
      expect(await cache.lease(KEY, term())).toBeGreaterThanOrEqual(1)
    })

    test('who has put or released what it leased makes room at once', async () => {
      const [one, two] = await pair()
      await one.put(KEY, token('one'), await leased(one))
      await two.release(KEY, await leased(two))
      expect(await one.lease(KEY, term())).toBeGreaterThan(1)
    })

    test('a process that comes late ends nobody’s lease', async () => {
      const [one, two] = await pair()
      const late = await leased(one)
      await leased(two, 60)
      await one.release(KEY, late)
      await one.put(KEY, token('late'), late)
      expect(await one.lease(KEY, term(60))).toBeUndefined()
    })

    test('what a slow process fetched never takes the place of what was fetched after it', async () => {
      const [one, two] = await pair()
      const slow = await leased(one)
      const quick = await leased(two, 60)
      expect(await two.put(KEY, token('newer'), quick)).toEqual(token('newer'))
      expect(await one.put(KEY, token('older'), slow)).toEqual(token('newer'))
      expect(await one.get(KEY)).toEqual(token('newer'))
    })

    test('what a slow process fetched serves until the next one has something newer', async () => {
      const [one, two] = await pair()
      const slow = await leased(one)
      const quick = await leased(two, 60)
      expect(await one.put(KEY, token('older'), slow)).toEqual(token('older'))
      expect(await two.put(KEY, token('newer'), quick)).toEqual(token('newer'))
    })

    test('of sixteen that are put at once the one of the latest lease stays', async () => {
      const each = await caches(4)
      const fences: number[] = []
      for (let seconds = 0; seconds < 16 * 60; seconds += 60) fences.push(await leased(each[0], seconds))
      const puts = fences.map((fence, index) =>
        (each[index % 4] ?? each[0]).put(KEY, token(`number ${index}`), fence),
      )
      const answers = await Promise.all(puts)
      expect(answers[15]).toEqual(token('number 15'))
      expect(await each[0].get(KEY)).toEqual(token('number 15'))
    })

    test('the first put of a key that nobody leased, by many at once, keeps one', async () => {
      const each = await caches(4)
      await Promise.all(each.map((cache, index) => cache.put('note', token(`note ${index}`), index + 1)))
      expect(await each[0].get('note')).toEqual(token('note 3'))
    })

    test('the holder of one lease may put twice, the last one stays', async () => {
      const [cache] = await caches(1)
      const fence = await leased(cache)
      await cache.put(KEY, token('first'), fence)
      expect(await cache.put(KEY, token('second'), fence)).toEqual(token('second'))
    })
  })
}
