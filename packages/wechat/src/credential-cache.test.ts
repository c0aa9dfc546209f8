import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { type CredentialCache, guarded, memoryCache } from './credential-cache.ts'
import { rejection } from './wechat.fake.ts'

const token = { value: 'MARK-token', fetchedAt: 1000, expiresAt: 9000 }

/** A driver that quotes what it was given, as drivers do. */
const broken = async (...given: unknown[]): Promise<never> => {
  const error = new Error(`bad value near ${JSON.stringify(given)}`)
  throw Object.assign(error, { code: 'ER_PARSE_ERROR', sql: `update … ${JSON.stringify(given)}` })
}
const brokenCache: CredentialCache = {
  get: broken,
  lease: broken,
  prolong: broken,
  put: broken,
  release: broken,
}

test('a cache that fails is told from a WeChat that fails, with what its driver says', async () => {
  const error = await rejection(guarded(brokenCache, 1000).get('access_token:stable:wx0123456789abcdef'))
  expect(error).toMatchObject({ name: 'TransportError', code: 'cache_failed', retryable: true })
  expect(inspect(error)).toContain('Error ER_PARSE_ERROR: bad value near')
})

test('a cache that fails to keep a token does not tell it', async () => {
  const error = await rejection(guarded(brokenCache, 1000).put('key', token, 1))
  expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('MARK-token')
  expect(inspect(error)).toContain('ER_PARSE_ERROR')
})

test('a cache that never answers is one that fails', async () => {
  const silent = { ...memoryCache(), get: () => new Promise<undefined>(() => undefined) }
  expect(await rejection(guarded(silent, 5).get('key'))).toMatchObject({ code: 'cache_failed' })
})

test('a cache that works is left alone', async () => {
  const cache = guarded(memoryCache(), 1000)
  const fence = await cache.lease('key', { now: 0, until: 10 })
  expect(fence).toBe(1)
  expect(await cache.prolong('key', 1, 20)).toBe(true)
  expect(await cache.put('key', token, 1)).toEqual(token)
  expect(await cache.get('key')).toEqual(token)
  await cache.release('key', 1)
})
