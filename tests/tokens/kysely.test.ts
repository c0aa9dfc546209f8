/** A shop that has Kysely hands that in, as the README says. */
import { createOfficialAccount } from '@shouyin/wechat'
import { credentialTable, sqlCache } from '@shouyin/wechat/cache'
import { CompiledQuery, Kysely, SqliteDialect } from 'kysely'
import Database from 'libsql'
import { expect, onTestFinished, test } from 'vitest'

test('token and ticket are kept through Kysely', async () => {
  const db = new Kysely<unknown>({ dialect: new SqliteDialect({ database: new Database(':memory:') }) })
  onTestFinished(() => db.destroy())
  await db.executeQuery(CompiledQuery.raw(credentialTable('sqlite')))
  const cache = sqlCache({
    dialect: 'sqlite',
    query: (sql, parameters) => db.executeQuery(CompiledQuery.raw(sql, parameters)),
  })
  let asked = 0
  const process = () =>
    createOfficialAccount({
      appid: 'wx0123456789abcdef',
      secret: '0123456789abcdef0123456789abcdef',
      cache,
      async fetch() {
        asked += 1
        return Response.json({ access_token: `token ${asked}`, expires_in: 7200 })
      },
    })
  expect([await process().accessToken(), await process().accessToken()]).toEqual(['token 1', 'token 1'])
})
