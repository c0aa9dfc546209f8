import { expect, test } from 'vitest'
import { type RedisClient, redisCache } from './redis-cache.ts'
import { credentialTable, type SqlDialect, type SqlQuery, sqlCache } from './sql-cache.ts'

const row = { content: 'token', fetched_at: '1000', expires_at: 9000n, lease_fence: 3, lease_holder: '' }

test.each([
  ['rows', [row]],
  ['an object with rows (pg, Kysely, @libsql/client)', { rows: [row] }],
  ['rows and fields (mysql2)', [[row], []]],
])('a driver may answer %s, its numbers as texts or bigints', async (_what, answer) => {
  const cache = sqlCache({ dialect: 'sqlite', query: async () => answer })
  expect(await cache.get('key')).toEqual({ value: 'token', fetchedAt: 1000, expiresAt: 9000 })
})

test.each([
  ['rows', []],
  ['an object with rows', { rows: [] }],
  ['rows and fields', [[], []]],
])('no %s is no credential', async (_what, answer) => {
  const cache = sqlCache({ dialect: 'sqlite', query: async () => answer })
  expect(await cache.get('key')).toBeUndefined()
})

test.each([
  ['nothing', undefined],
  ['a count', { affectedRows: 1 }],
  ['a text', 'ok'],
  ['a time that is none', [{ ...row, expires_at: 'tomorrow' }]],
])('an answer of %s is not taken for rows', async (_what, answer) => {
  const cache = sqlCache({ dialect: 'sqlite', query: async () => answer })
  await expect(cache.get('key')).rejects.toThrow(TypeError)
})

test('values travel as parameters, in the form of the database', async () => {
  const said: [string, unknown[]][] = []
  const query = async (sql: string, parameters: unknown[]): Promise<unknown> => {
    said.push([sql, parameters])
    return [row]
  }
  await sqlCache({ dialect: 'postgres', query, table: 'shop.tokens' }).get("key'; drop table x")
  await sqlCache({ dialect: 'mysql', query }).release('key', 2)
  expect(said).toEqual([
    [
      'select content, fetched_at, expires_at, lease_fence, lease_holder from shop.tokens where name = $1',
      ["key'; drop table x"],
    ],
    ['update wechat_credentials set lease_until = 0 where name = ? and lease_fence = ?', ['key', 2]],
  ])
})

test('what cannot be a dialect or a table’s name is refused, all at once', () => {
  const dialect = 'oracle' as SqlDialect
  const problems = [expect.stringMatching(/^dialect: /), expect.stringMatching(/^table: /)]
  for (const table of ['x; drop table y', '1x', '', 'a.b.c', '"x"']) {
    const make = (): unknown => sqlCache({ dialect, query: async () => [], table })
    expect(make).toThrow(expect.objectContaining({ name: 'ConfigError', problems }))
    expect(() => credentialTable(dialect, table)).toThrow(expect.objectContaining({ problems }))
  }
})

test('a connection in place of what a cache is made of is told so', () => {
  const pool = {} as unknown as SqlQuery
  expect(() => sqlCache({ dialect: 'postgres', query: pool })).toThrow(/query: .*must be a function/)
  expect(() => redisCache({ client: { get: () => undefined } as unknown as RedisClient })).toThrow(/client: /)
})

test.each<SqlDialect>(['sqlite', 'postgres', 'mysql'])(
  'the table of %s is made where it is missing',
  (dialect) => {
    expect(credentialTable(dialect)).toMatch(
      /^create table if not exists wechat_credentials \(name .* primary key, content /,
    )
  },
)
