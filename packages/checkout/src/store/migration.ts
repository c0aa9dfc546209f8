/** Brings a database to the newest shape: numbered steps, forward only, each applied once, by one process. */
import type { Kysely } from 'kysely'
import type { SqlDialect } from './dialect.ts'
import { orders } from './migrations/0001-orders.ts'
import type { Tables } from './schema.ts'

export interface Migration {
  /** From 1, without gaps; never changed once released. */
  number: number
  name: string
  up(db: Kysely<Tables>, dialect: SqlDialect): Promise<void>
}

const MIGRATIONS: readonly Migration[] = [orders]

/** Applies what is missing. Throws when the database was made by a newer version of this package. */
export async function migrate(db: Kysely<Tables>, dialect: SqlDialect, now: number): Promise<void> {
  await db.transaction().execute(async (transaction) => {
    await dialect.lockMigrations(transaction)
    await transaction.schema
      .createTable('migrations')
      .ifNotExists()
      .addColumn('number', dialect.columns.integer, (c) => c.primaryKey())
      .addColumn('name', dialect.columns.key, (c) => c.notNull())
      .addColumn('applied_at', dialect.columns.bigInteger, (c) => c.notNull())
      .execute()
    const { reached } = await transaction
      .selectFrom('migrations')
      .select((e) => e.fn.max('number').as('reached'))
      .executeTakeFirstOrThrow()
    if (Number(reached ?? 0) > MIGRATIONS.length) {
      throw new Error('数据库由更新的版本建立 / the database was made by a newer version of this package')
    }
    for (const migration of MIGRATIONS.slice(Number(reached ?? 0))) {
      await migration.up(transaction, dialect)
      await transaction
        .insertInto('migrations')
        .values({ number: migration.number, name: migration.name, applied_at: now })
        .execute()
    }
  })
}
