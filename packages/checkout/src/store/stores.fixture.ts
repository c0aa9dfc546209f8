/** Every store there is, for the suites that hold the store's promises. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { NOW } from './order.fixture.ts'
import { createSqliteStore } from './sqlite.ts'
import type { Store } from './store.ts'

/** Opens as many connections to one database as are asked for, as that many processes would. */
export type Open = (connections: number) => Promise<[Store, ...Store[]]>

export const STORES: [name: string, open: Open][] = [
  ['SQLite in memory', openSqliteMemory],
  ['SQLite in a file', openSqliteFile],
]

async function openSqliteFile(connections: number): Promise<[Store, ...Store[]]> {
  const path = temporaryPath()
  const first = await createSqliteStore({ path, clock: () => NOW })
  const others: Store[] = []
  while (others.length < connections - 1) others.push(await createSqliteStore({ path, clock: () => NOW }))
  onTestFinished(async () => {
    await Promise.all([first, ...others].map((store) => store.close()))
  })
  return [first, ...others]
}

/** One connection is all that a database in memory has; it stands for every process of its test. */
async function openSqliteMemory(connections: number): Promise<[Store, ...Store[]]> {
  const store = await createSqliteStore({ path: ':memory:', clock: () => NOW })
  onTestFinished(() => store.close())
  return [store, ...Array.from({ length: connections - 1 }, () => store)]
}

/** A path in a folder that is gone after the test. */
export function temporaryPath(): string {
  const folder = mkdtempSync(join(tmpdir(), 'shouyin-store-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return join(folder, 'checkout.sqlite')
}
