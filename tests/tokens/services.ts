/**
 * The databases that token and ticket may be kept in, over real connections: those that are found here. What is missing is
 * skipped by name on a plain machine, and fails where `CI` is set.
 */
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type CredentialCache,
  credentialTable,
  memoryCache,
  redisCache,
  sqlCache,
} from '@shouyin/wechat/cache'
import { Redis } from 'ioredis'
import Database from 'libsql'
import { createPool } from 'mysql2/promise'
import pg from 'pg'

/** Where a cache is, as a process is told it: by its environment. */
export interface CachePlace {
  kind: 'memory' | 'sqlite' | 'postgres' | 'mysql' | 'redis'
  /** Address of the server, or file. */
  url: string
  /** Table, or what stands before each key. */
  name: string
}

export interface Connected {
  cache: CredentialCache
  close(): Promise<void>
}

export interface Kept {
  /** For processes of their own; nothing for a memory that cannot be shared. */
  place: CachePlace
  /** One more connection to the same place. */
  connect(): Promise<Connected>
  /** Leaves nothing behind. */
  remove(): Promise<void>
}

export interface Service {
  name: string
  /** Why it cannot be used here, where it cannot. */
  missing: string | undefined
  /** A place of its own, empty. Throws when the service cannot be used. */
  open(): Promise<Kept>
}

const POSTGRES = process.env['POSTGRES_URL'] ?? 'postgres://postgres@127.0.0.1:5432/postgres'
const MYSQL = process.env['MYSQL_URL'] ?? 'mysql://root@127.0.0.1:3306/test'
const REDIS = process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379'

/** Every kind of cache; where `CI` is set none of them is missing, so that its tests fail rather than be skipped. */
export async function services(): Promise<Service[]> {
  return Promise.all([
    service('memory', memory),
    service('SQLite file', sqlite),
    service('PostgreSQL', () => server('postgres', POSTGRES)),
    service('MySQL or MariaDB', () => server('mysql', MYSQL)),
    service('Redis', () => server('redis', REDIS)),
  ])
}

async function service(name: string, open: () => Promise<Kept>): Promise<Service> {
  if (process.env['CI'] !== undefined) return { name, missing: undefined, open }
  try {
    await (await open()).remove()
    return { name, missing: undefined, open }
  } catch (error) {
    const missing = error instanceof Error ? ('code' in error && String(error.code)) || error.message : '?'
    process.stderr.write(`tokens: no ${name} here (${missing}), its tests are skipped\n`)
    return { name, missing, open }
  }
}

async function memory(): Promise<Kept> {
  const cache = memoryCache()
  return {
    place: { kind: 'memory', url: '', name: '' },
    connect: async () => ({ cache, close: async () => undefined }),
    remove: async () => undefined,
  }
}

async function sqlite(): Promise<Kept> {
  const folder = await mkdtemp(join(tmpdir(), 'shouyin-tokens-'))
  const place: CachePlace = { kind: 'sqlite', url: join(folder, 'shop.db'), name: 'wechat_credentials' }
  const database = new Database(place.url)
  database.exec('PRAGMA journal_mode = WAL')
  database.exec(credentialTable('sqlite'))
  database.close()
  return {
    place,
    connect: () => connect(place),
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}

async function server(kind: 'postgres' | 'mysql' | 'redis', url: string): Promise<Kept> {
  const place: CachePlace = { kind, url, name: `wechat_credentials_${randomUUID().slice(0, 8)}` }
  const { run, close } = await administrator(place)
  await run('create')
  return {
    place,
    connect: () => connect(place),
    async remove() {
      await run('drop')
      await close()
    },
  }
}

interface Administrator {
  run(what: 'create' | 'drop'): Promise<void>
  close(): Promise<void>
}

async function administrator({ kind, url, name }: CachePlace): Promise<Administrator> {
  if (kind === 'redis') {
    const client = await redisClient(url)
    return {
      async run() {
        const keys = await client.keys(`${name}*`)
        if (keys.length > 0) await client.del(...keys)
      },
      close: async () => client.disconnect(),
    }
  }
  if (kind === 'postgres') {
    const pool = new pg.Pool({ connectionString: url, max: 1, connectionTimeoutMillis: 2000 })
    return {
      async run(what) {
        await pool.query(what === 'create' ? credentialTable('postgres', name) : `drop table ${name}`)
      },
      close: () => pool.end(),
    }
  }
  const pool = createPool({ uri: url, connectionLimit: 1, connectTimeout: 2000 })
  return {
    async run(what) {
      await pool.query(what === 'create' ? credentialTable('mysql', name) : `drop table ${name}`)
    },
    close: () => pool.end(),
  }
}

/** The cache at a place, as a merchant would connect it: with a driver of their own. */
export async function connect({ kind, url, name }: CachePlace): Promise<Connected> {
  if (kind === 'redis') {
    const client = await redisClient(url)
    return { cache: redisCache({ client, prefix: name }), close: async () => client.disconnect() }
  }
  if (kind === 'postgres') {
    const pool = new pg.Pool({ connectionString: url, max: 4 })
    const query = (sql: string, parameters: (string | number)[]) => pool.query(sql, parameters)
    return { cache: sqlCache({ dialect: kind, query, table: name }), close: () => pool.end() }
  }
  if (kind === 'mysql') {
    const pool = createPool({ uri: url, connectionLimit: 4 })
    const query = (sql: string, parameters: (string | number)[]) => pool.execute(sql, parameters)
    return { cache: sqlCache({ dialect: kind, query, table: name }), close: () => pool.end() }
  }
  const database = new Database(url, { timeout: 5000 })
  const query = async (sql: string, parameters: (string | number)[]): Promise<unknown> => {
    const statement = database.prepare(sql)
    return statement.reader ? statement.all(...parameters) : statement.run(...parameters)
  }
  return {
    cache: sqlCache({ dialect: 'sqlite', query, table: name }),
    close: async () => void database.close(),
  }
}

async function redisClient(url: string): Promise<Redis> {
  const client = new Redis(url, { lazyConnect: true, connectTimeout: 2000, retryStrategy: () => null })
  // It is told by the promise below; without a listener ioredis prints it as well.
  client.on('error', () => undefined)
  await client.connect()
  return client
}
