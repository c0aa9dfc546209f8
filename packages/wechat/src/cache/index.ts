/** Caches for token and ticket that many processes share: a table of your database, or your Redis. */
export { type Credential, type CredentialCache, type LeaseTerm, memoryCache } from '../credential-cache.ts'
export { type RedisCacheOptions, type RedisClient, redisCache } from './redis-cache.ts'
export {
  credentialTable,
  type SqlCacheOptions,
  type SqlDialect,
  type SqlQuery,
  sqlCache,
} from './sql-cache.ts'
