/** The one way in which an order's row is written after it was made. */
import type { Kysely } from 'kysely'
import type { OrderRow, Tables } from './schema.ts'
import type { Read, Written } from './store.ts'

/** Compares and sets: only the caller who read the latest version writes, and every write makes a new version. */
export async function changeOrder(
  db: Kysely<Tables>,
  { orderId, version }: Read,
  change: Partial<OrderRow>,
): Promise<Written> {
  const { numUpdatedRows } = await db
    .updateTable('orders')
    .set({ ...change, version: version + 1 })
    .where('order_id', '=', orderId)
    .where('version', '=', version)
    .executeTakeFirstOrThrow()
  return numUpdatedRows === 1n ? 'written' : 'stale'
}
