/**
 * A table as cache, in whatever SQL database the shop has. We are handed a function that runs a statement, so that no driver
 * is ours. Each verb is one UPDATE that compares and sets, and one SELECT that tells how it went (and, once, one INSERT): no transaction, no lock that
 * outlives a statement, nothing that only one database speaks but the way to insert a row once.
 */
import { functionProblems } from '../configuration.ts'
import {
  type Credential,
  type CredentialCache,
  type LeaseTerm,
  LONGEST_LEASE_MS,
} from '../credential-cache.ts'
import { randomNonce } from '../crypto.ts'
import { ConfigError } from '../errors.ts'

/** `sqlite` is libSQL, too; `mysql` is MariaDB, TiDB and OceanBase, too; `postgres` whatever speaks like it. */
export type SqlDialect = 'sqlite' | 'postgres' | 'mysql'

/**
 * Runs one statement by itself (autocommit), on the primary and not on a replica. Answer what the driver does: rows, an object
 * with `rows` (pg, Kysely, @libsql/client), or rows and fields (mysql2).
 */
export type SqlQuery = (sql: string, parameters: (string | number)[]) => Promise<unknown>

/** Which table, and how it is asked. */
export interface SqlCacheOptions {
  dialect: SqlDialect
  query: SqlQuery
  /** `wechat_credentials` unless told otherwise; may name a schema. */
  table?: string
}

const TABLE = 'wechat_credentials'

/** The statement that creates the table where it is missing. Tokens may be of any length. Throws `ConfigError`. */
export function credentialTable(dialect: SqlDialect, table: string = TABLE): string {
  check({ dialect, table })
  const { name, content } = COLUMN_TYPES[dialect]
  const columns = [
    `name ${name} not null primary key`,
    `content ${content} not null`,
    ...['fetched_at', 'expires_at', 'content_fence', 'lease_fence', 'lease_until'].map(
      (column) => `${column} bigint not null`,
    ),
    'lease_holder varchar(32) not null',
  ]
  return `create table if not exists ${table} (${columns.join(', ')})`
}

/** Names and tokens are told apart by every letter's case, whatever the database thinks of case elsewhere. */
const COLUMN_TYPES: Record<SqlDialect, { name: string; content: string }> = {
  sqlite: { name: 'text', content: 'text' },
  postgres: { name: 'varchar(128)', content: 'text' },
  mysql: {
    name: 'varchar(128) character set ascii collate ascii_bin',
    content: 'text character set utf8mb4 collate utf8mb4_bin',
  },
}

/** A cache in a table made by `credentialTable`. Throws `ConfigError` for a dialect, a table's name or a `query` that cannot be. */
export function sqlCache(options: SqlCacheOptions): CredentialCache {
  const { dialect, query, table = TABLE } = options ?? ({} as SqlCacheOptions)
  check({ dialect, table }, functionProblems({ query: query ?? null }, ['query']))
  const run = async (sql: string, parameters: (string | number)[]): Promise<Row[]> =>
    rowsOf(await query(written(dialect, sql), parameters))
  const change = async (sql: string, parameters: (string | number)[]): Promise<void> => {
    await query(written(dialect, sql), parameters)
  }
  const read = async (name: string): Promise<Row | undefined> => {
    const [row] = await run(`select ${COLUMNS.join(', ')} from ${table} where name = ?`, [name])
    return row
  }
  /** Rows seen by this process: nothing here deletes one, but somebody may empty the table. */
  const known = new Set<string>()
  /**
   * A change and what came of it. The row is made before its first change: a change that finds none, and then sees the row that
   * somebody else made meanwhile, would be lost without a word.
   */
  const changed = async (name: string, sql: string, parameters: (string | number)[]): Promise<Row> => {
    const wasKnown = known.has(name)
    if (!wasKnown) await change(insertOnce(dialect, table), [name, ...FRESH])
    known.add(name)
    await change(sql, parameters)
    const row = await read(name)
    if (row !== undefined) return row
    known.delete(name)
    return wasKnown ? changed(name, sql, parameters) : {}
  }
  return {
    get: async (key) => credentialIn(await read(key)),
    async lease(key, { now, until }: LeaseTerm) {
      const holder = randomNonce()
      // At least the time, so that it grows even where somebody has emptied the table.
      const row = await changed(
        key,
        `update ${table} set lease_fence = case when lease_fence < ? then ? else lease_fence + 1 end, lease_holder = ?, lease_until = ? where name = ? and (lease_until <= ? or lease_until > ?)`,
        [now, now, holder, until, key, now, now + LONGEST_LEASE_MS],
      )
      return row['lease_holder'] === holder ? numberIn(row, 'lease_fence') : undefined
    },
    async prolong(key, fence, until) {
      const sql = `update ${table} set lease_until = ? where name = ? and lease_fence = ?`
      return numberIn(await changed(key, sql, [until, key, fence]), 'lease_fence') === fence
    },
    async put(key, { value, fetchedAt, expiresAt }, fence) {
      const row = await changed(
        key,
        `update ${table} set content = ?, fetched_at = ?, expires_at = ?, content_fence = ?, lease_until = case when lease_fence = ? then 0 else lease_until end where name = ? and content_fence <= ?`,
        [value, fetchedAt, expiresAt, fence, fence, key, fence],
      )
      return credentialIn(row) ?? { value, fetchedAt, expiresAt }
    },
    async release(key, fence) {
      await change(`update ${table} set lease_until = 0 where name = ? and lease_fence = ?`, [key, fence])
    },
  }
}

const COLUMNS = ['content', 'fetched_at', 'expires_at', 'lease_fence', 'lease_holder']
/** Content, its times and its lease; number, end and holder of the latest lease: nothing yet. */
const FRESH = ['', 0, 0, 0, 0, 0, '']

function insertOnce(dialect: SqlDialect, table: string): string {
  const into =
    'into ' +
    `${table} (name, content, fetched_at, expires_at, content_fence, lease_fence, lease_until, lease_holder) values (?, ?, ?, ?, ?, ?, ?, ?)`
  return dialect === 'mysql' ? `insert ignore ${into}` : `insert ${into} on conflict (name) do nothing`
}

/** PostgreSQL numbers its parameters. No text of ours holds another question mark. */
function written(dialect: SqlDialect, sql: string): string {
  let count = 0
  return dialect === 'postgres' ? sql.replaceAll('?', () => `$${++count}`) : sql
}

type Row = Readonly<Record<string, unknown>>

function rowsOf(result: unknown): Row[] {
  const rows = Array.isArray(result)
    ? Array.isArray(result[0])
      ? result[0]
      : result
    : typeof result === 'object' && result !== null && 'rows' in result
      ? result.rows
      : undefined
  if (Array.isArray(rows)) return rows as Row[]
  throw new TypeError('query 应返回行 / query must answer rows')
}

function credentialIn(row: Row | undefined): Credential | undefined {
  const value = row?.['content']
  if (row === undefined || typeof value !== 'string' || value === '') return undefined
  return { value, fetchedAt: numberIn(row, 'fetched_at'), expiresAt: numberIn(row, 'expires_at') }
}

/** Drivers answer such columns as numbers, texts or bigints. */
function numberIn(row: Row, column: string): number {
  const value = Number(row[column])
  if (Number.isSafeInteger(value)) return value
  throw new TypeError(`${column}: 不是整数 / is not a whole number`)
}

function check(
  { dialect, table }: { dialect: SqlDialect; table: string },
  others: readonly string[] = [],
): void {
  const problems = [
    ...others,
    ...(Object.hasOwn(COLUMN_TYPES, dialect)
      ? []
      : ['dialect: 只能是 sqlite、postgres、mysql / must be one of sqlite, postgres, mysql']),
    ...(/^[a-z_]\w{0,62}(\.[a-z_]\w{0,62})?$/i.test(table)
      ? []
      : ['table: 只能是字母、数字、下划线 / may only have letters, digits and underscores']),
  ]
  if (problems.length > 0) throw new ConfigError(problems)
}
