import { expect, test } from 'vitest'
import { memoryCache } from './credential-cache.ts'

const older = { value: 'older', fetchedAt: 1000, expiresAt: 9000 }
const newer = { value: 'newer', fetchedAt: 2000, expiresAt: 8000 }

test('what was put is got, by its key only', async () => {
  const cache = memoryCache()
  expect(await cache.put('a', older)).toEqual(older)
  expect(await cache.get('a')).toEqual(older)
  expect(await cache.get('b')).toBeUndefined()
})

test('a newer credential takes the place of an older one', async () => {
  const cache = memoryCache()
  await cache.put('a', older)
  expect(await cache.put('a', newer)).toEqual(newer)
  expect(await cache.get('a')).toEqual(newer)
})

test('an older credential that arrives late never takes the place of a newer one', async () => {
  const cache = memoryCache()
  await cache.put('a', newer)
  expect(await cache.put('a', older)).toEqual(newer)
  expect(await cache.get('a')).toEqual(newer)
})

test('only the credential that was meant is forgotten', async () => {
  const cache = memoryCache()
  await cache.put('a', newer)
  await cache.forget('a', 'older')
  expect(await cache.get('a')).toEqual(newer)
  await cache.forget('a', 'newer')
  expect(await cache.get('a')).toBeUndefined()
})
