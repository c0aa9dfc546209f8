import Database from 'libsql'
import { expect, test } from 'vitest'
import { NOW, someOrder } from './order.fixture.ts'
import { createSqliteStore } from './sqlite.ts'
import { temporaryPath } from './stores.fixture.ts'

test('processes that start at once on a new file bring it to the newest shape together', async () => {
  const path = temporaryPath()
  const stores = await Promise.all(Array.from({ length: 4 }, () => createSqliteStore({ path })))
  const order = someOrder()
  await stores[0]?.createOrder(order)
  for (const store of stores) expect((await store.order(order.orderId))?.order).toEqual(order)
  await Promise.all(stores.map((store) => store.close()))
})

test('an order is still there after the file was opened anew', async () => {
  const path = temporaryPath()
  const order = someOrder()
  const before = await createSqliteStore({ path })
  await before.createOrder(order)
  await before.close()
  const after = await createSqliteStore({ path })
  expect((await after.order(order.orderId))?.order).toEqual(order)
  await after.close()
})

test('a file of a newer version is left alone', async () => {
  const path = temporaryPath()
  await (await createSqliteStore({ path })).close()
  const database = new Database(path)
  database.prepare('INSERT INTO migrations VALUES (?, ?, ?)').run(99, 'from the future', NOW)
  database.close()
  await expect(createSqliteStore({ path })).rejects.toThrow('a newer version')
})

test('readers do not wait for a writer', async () => {
  const path = temporaryPath()
  const store = await createSqliteStore({ path })
  const database = new Database(path)
  expect(database.prepare('PRAGMA journal_mode').get([])).toMatchObject({ journal_mode: 'wal' })
  database.close()
  await store.close()
})
