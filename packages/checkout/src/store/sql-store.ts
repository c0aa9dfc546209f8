/** The store on any SQL database: reading, leases and due work here, the rest in the files beside. */
import { Kysely } from 'kysely'
import type { OrderFile } from '../attempt.ts'
import { changeOrder } from './change-order.ts'
import type { SqlDialect } from './dialect.ts'
import { migrate } from './migration.ts'
import { attemptColumns, orderColumns, readAttempt, readFile, readOrder } from './rows.ts'
import type { OrderRow, Tables } from './schema.ts'
import { sqlEvents } from './sql-events.ts'
import { sqlNews } from './sql-news.ts'
import { forgetSignIns, sqlSignIns } from './sql-sign-ins.ts'
import type { Store } from './store.ts'

/** Migrates, then answers every verb of `Store`. `clock` is only asked when a migration was applied. */
export async function createSqlStore(dialect: SqlDialect, clock: () => number): Promise<Store> {
  const db = new Kysely<Tables>({ dialect: dialect.kysely })
  try {
    await migrate(db, dialect, clock())
  } catch (error) {
    await db.destroy()
    throw error
  }
  return {
    ...orders(db, dialect),
    ...leases(db),
    ...dueWork(db),
    ...sqlNews(db, dialect),
    ...sqlEvents(db),
    signIns: (account) => sqlSignIns(db, account),
    forgetSignIns: (query) => forgetSignIns(db, query),
    close: () => db.destroy(),
  }
}

type Verbs<Names extends keyof Store> = Pick<Store, Names>

function orders(
  db: Kysely<Tables>,
  dialect: SqlDialect,
): Verbs<'createOrder' | 'order' | 'orderOfAttempt' | 'ordersOf'> {
  return {
    async createOrder(order) {
      const columns = orderColumns(order)
      const { numInsertedOrUpdatedRows } = await dialect
        .insertNew(
          db
            .insertInto('orders')
            .values({ ...columns, attempts: 0, version: 1, leased_until: 0, due_at: columns.expires_at }),
        )
        .executeTakeFirstOrThrow()
      if (numInsertedOrUpdatedRows === 1n) return { created: true, order }
      const existing = await db
        .selectFrom('orders')
        .selectAll()
        .where('account', '=', order.account)
        .where('reference', '=', order.reference)
        .executeTakeFirstOrThrow()
      return { created: false, order: readOrder(existing) }
    },
    async order(orderId) {
      const row = await db.selectFrom('orders').selectAll().where('order_id', '=', orderId).executeTakeFirst()
      return row && withLatestAttempt(db, row)
    },
    async orderOfAttempt({ account, outTradeNo }) {
      const attempt = await db
        .selectFrom('attempts')
        .selectAll()
        .where('out_trade_no', '=', outTradeNo)
        .where('account', '=', account)
        .executeTakeFirst()
      if (attempt === undefined) return undefined
      const row = await db
        .selectFrom('orders')
        .selectAll()
        .where('order_id', '=', attempt.order_id)
        .executeTakeFirstOrThrow()
      return { ...readFile(row, undefined), attempt: readAttempt(attempt) }
    },
    async ordersOf({ payer, limit }) {
      const rows = await db
        .selectFrom('orders')
        .selectAll()
        .where('payer', '=', payer)
        .orderBy('created_at', 'desc')
        .orderBy('order_id', 'desc')
        .limit(limit)
        .execute()
      return rows.map(readOrder)
    },
  }
}

/** Read apart from the order: should they not belong together any more, the write that follows finds the version changed. */
async function withLatestAttempt(db: Kysely<Tables>, row: OrderRow): Promise<OrderFile> {
  if (row.attempts === 0) return readFile(row, undefined)
  const attempt = await db
    .selectFrom('attempts')
    .selectAll()
    .where('order_id', '=', row.order_id)
    .where('number', '=', row.attempts)
    .executeTakeFirstOrThrow()
  return readFile(row, readAttempt(attempt))
}

function leases(
  db: Kysely<Tables>,
): Verbs<'openAttempt' | 'claimOrder' | 'releaseOrder' | 'recordPrepay' | 'expireOrder' | 'restOrder'> {
  return {
    openAttempt: ({ version, attempt, leasedUntil }) =>
      db.transaction().execute(async (transaction) => {
        const { orderId, number, outTradeNo } = attempt
        const change = { attempts: number, out_trade_no: outTradeNo, leased_until: leasedUntil }
        if ((await changeOrder(transaction, { orderId, version }, change)) === 'stale') return 'stale'
        await transaction
          .insertInto('attempts')
          .values({ ...attemptColumns(attempt), next_query_at: null, queried_at: 0 })
          .execute()
        return 'written'
      }),
    claimOrder: ({ leasedUntil, dueAt, ...read }) =>
      changeOrder(db, read, {
        leased_until: leasedUntil,
        ...(dueAt === undefined ? {} : { due_at: dueAt }),
      }),
    releaseOrder: (read) => changeOrder(db, read, { leased_until: 0 }),
    recordPrepay: ({ orderId, version, outTradeNo, prepayId, prepaidAt, nextQueryAt }) =>
      db.transaction().execute(async (transaction) => {
        const written = await changeOrder(transaction, { orderId, version }, { leased_until: 0 })
        if (written === 'stale') return 'stale'
        await transaction
          .updateTable('attempts')
          .set({ state: 'open', prepay_id: prepayId, prepaid_at: prepaidAt, next_query_at: nextQueryAt })
          .where('out_trade_no', '=', outTradeNo)
          .execute()
        return 'written'
      }),
    expireOrder: ({ expiresAt, leasedUntil, dueAt, ...read }) =>
      changeOrder(db, read, { expires_at: expiresAt, leased_until: leasedUntil, due_at: dueAt }),
    restOrder: (read) => changeOrder(db, read, { due_at: null }),
  }
}

function dueWork(db: Kysely<Tables>): Verbs<'claimQuery' | 'dueQueries' | 'dueOrders'> {
  return {
    async claimQuery({ outTradeNo, now, notSince, nextQueryAt }) {
      const { numUpdatedRows } = await db
        .updateTable('attempts')
        .set({ queried_at: now, next_query_at: nextQueryAt ?? null })
        .where('out_trade_no', '=', outTradeNo)
        .where('state', 'in', ['opening', 'open'])
        .where('queried_at', '<=', notSince)
        .executeTakeFirstOrThrow()
      return numUpdatedRows === 1n
    },
    async dueQueries({ now, limit }) {
      const rows = await db
        .selectFrom('attempts')
        .selectAll()
        .where('next_query_at', '<=', now)
        .orderBy('next_query_at')
        .limit(limit)
        .execute()
      return rows.map(readAttempt)
    },
    async dueOrders({ now, limit }) {
      const rows = await db
        .selectFrom('orders')
        .selectAll()
        .where('due_at', '<=', now)
        .where('leased_until', '<=', now)
        .orderBy('due_at')
        .limit(limit)
        .execute()
      const files: OrderFile[] = []
      for (const row of rows) files.push(await withLatestAttempt(db, row))
      return files
    },
  }
}
