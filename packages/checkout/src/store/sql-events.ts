/** The outbox's rows: taken with a lease, in the order in which they fell due. */
import type { Kysely } from 'kysely'
import { readEvent, readOrder } from './rows.ts'
import type { EventRow, Tables } from './schema.ts'
import type { ClaimedEvent, Store } from './store.ts'

export function sqlEvents(
  db: Kysely<Tables>,
): Pick<Store, 'claimEvents' | 'eventDelivered' | 'eventUndelivered'> {
  return {
    async claimEvents({ types, now, until, limit }) {
      if (types.length === 0) return []
      const due = await db
        .selectFrom('events')
        .selectAll()
        .where('due_at', '<=', now)
        .where('type', 'in', types)
        .orderBy('due_at')
        .orderBy('event_id')
        .limit(limit)
        .execute()
      const claimed: ClaimedEvent[] = []
      for (const row of due) {
        if (await claim(db, row, until)) claimed.push(await withOrder(db, row))
      }
      return claimed
    },
    async eventDelivered({ eventId, now }) {
      await db
        .updateTable('events')
        .set({ delivered_at: now, due_at: null })
        .where('event_id', '=', eventId)
        .execute()
    },
    async eventUndelivered({ eventId, dueAt }) {
      await db
        .updateTable('events')
        .set({ due_at: dueAt })
        .where('event_id', '=', eventId)
        .where('delivered_at', 'is', null)
        .execute()
    },
  }
}

/** The tries count up with every claim, so that of two who read the same row one finds it changed. */
async function claim(db: Kysely<Tables>, row: EventRow, until: number): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('events')
    .set({ due_at: until, tries: row.tries + 1 })
    .where('event_id', '=', row.event_id)
    .where('tries', '=', row.tries)
    .where('delivered_at', 'is', null)
    .executeTakeFirstOrThrow()
  return numUpdatedRows === 1n
}

async function withOrder(db: Kysely<Tables>, row: EventRow): Promise<ClaimedEvent> {
  const order = await db
    .selectFrom('orders')
    .selectAll()
    .where('order_id', '=', row.order_id)
    .executeTakeFirstOrThrow()
  return { event: readEvent(row, readOrder(order)), tries: row.tries }
}
