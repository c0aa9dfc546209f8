/**
 * Redis as cache: one hash for each credential, one script for each verb, which Redis runs whole. We are handed a client of
 * ioredis, or anything with its `eval`.
 */
import { type CredentialCache, LONGEST_LEASE_MS } from '../credential-cache.ts'
import { ConfigError } from '../errors.ts'

/** The one thing that is asked of a client, as ioredis has it. */
export interface RedisClient {
  eval(script: string, numberOfKeys: number, ...keysAndArguments: string[]): Promise<unknown>
}

/** Which Redis, and under which names. */
export interface RedisCacheOptions {
  client: RedisClient
  /** Before each key; `shouyin:wechat:` unless told otherwise. */
  prefix?: string
}

/**
 * A cache in Redis, on a primary. A Redis that forgets costs a fetch, never an older token over a newer one. Throws `ConfigError` for a
 * client without `eval`.
 */
export function redisCache(options: RedisCacheOptions): CredentialCache {
  if (typeof options?.client?.eval !== 'function') throw new ConfigError([`client: ${NO_CLIENT}`])
  const { client, prefix = 'shouyin:wechat:' } = options
  const run = (script: string, key: string, ...parameters: (string | number)[]): Promise<unknown> =>
    client.eval(script, 1, prefix + key, ...parameters.map(String))
  return {
    async get(key) {
      const [value, fetchedAt, expiresAt] = textsIn(await run(GET, key))
      return value === undefined
        ? undefined
        : { value, fetchedAt: Number(fetchedAt), expiresAt: Number(expiresAt) }
    },
    async lease(key, { now, until }) {
      const fence = Number(await run(LEASE, key, now, until, KEPT_MS, LONGEST_LEASE_MS))
      return fence === 0 ? undefined : fence
    },
    async prolong(key, fence, until) {
      return Number(await run(PROLONG, key, fence, until)) === 1
    },
    async put(key, { value, fetchedAt, expiresAt }, fence) {
      const kept = textsIn(await run(PUT, key, fence, value, fetchedAt, expiresAt, KEPT_MS))
      return { value: kept[0] ?? value, fetchedAt: Number(kept[1]), expiresAt: Number(kept[2]) }
    },
    async release(key, fence) {
      await run(RELEASE, key, fence)
    },
  }
}

const NO_CLIENT =
  '应为 ioredis 的连接，或有同样 eval 的对象 / must be a client of ioredis, or have the same eval'

/** Longer than any credential lives and any fetch lasts; then Redis may forget what nobody asks for. */
const KEPT_MS = 24 * 3_600_000

const GET = `return redis.call('HMGET', KEYS[1], 'content', 'fetched_at', 'expires_at')`

/** The number is at least the time, so that it grows even where Redis has lost the one before. */
const LEASE = `
local leasedUntil = tonumber(redis.call('HGET', KEYS[1], 'lease_until') or '0')
if leasedUntil > tonumber(ARGV[1]) and leasedUntil <= tonumber(ARGV[1]) + tonumber(ARGV[4]) then return 0 end
local last = tonumber(redis.call('HGET', KEYS[1], 'lease_fence') or '0')
local fence = math.max(last + 1, tonumber(ARGV[1]))
redis.call('HSET', KEYS[1], 'lease_fence', string.format('%.0f', fence), 'lease_until', ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return fence`

const PROLONG = `
if redis.call('HGET', KEYS[1], 'lease_fence') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'lease_until', ARGV[2])
return 1`

const PUT = `
if tonumber(redis.call('HGET', KEYS[1], 'content_fence') or '0') <= tonumber(ARGV[1]) then
  redis.call('HSET', KEYS[1], 'content', ARGV[2], 'fetched_at', ARGV[3], 'expires_at', ARGV[4], 'content_fence', ARGV[1])
end
if redis.call('HGET', KEYS[1], 'lease_fence') == ARGV[1] then redis.call('HSET', KEYS[1], 'lease_until', '0') end
redis.call('PEXPIRE', KEYS[1], ARGV[5])
return redis.call('HMGET', KEYS[1], 'content', 'fetched_at', 'expires_at')`

const RELEASE = `
if redis.call('HGET', KEYS[1], 'lease_fence') == ARGV[1] then redis.call('HSET', KEYS[1], 'lease_until', '0') end
return 1`

/** A reply's texts; what the hash does not have is undefined. */
function textsIn(reply: unknown): (string | undefined)[] {
  if (!Array.isArray(reply)) throw new TypeError('eval 应返回数组 / eval must answer a list')
  return reply.map((each: unknown) => (typeof each === 'string' ? each : undefined))
}
