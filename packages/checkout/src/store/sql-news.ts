/** What news of payments leaves behind: order, attempt, event and receipt, in one transaction. */
import type { Kysely, Transaction } from 'kysely'
import { isLive } from '../attempt.ts'
import { digest } from '../crypto.ts'
import type { VerdictEvent } from '../news.ts'
import type { Order } from '../order.ts'
import { changeOrder } from './change-order.ts'
import type { SqlDialect } from './dialect.ts'
import { attemptColumns, orderColumns, reviewColumns } from './rows.ts'
import type { Tables } from './schema.ts'
import type { Receipt, ReceiptOutcome, Store } from './store.ts'

export function sqlNews(
  db: Kysely<Tables>,
  dialect: SqlDialect,
): Pick<Store, 'recordNews' | 'recordReceipt' | 'closeOrder'> {
  return {
    recordNews: ({ verdict, eventId, now, receipt, ...read }) =>
      db.transaction().execute(async (transaction) => {
        const { order, attempt, event, dueAt } = verdict
        const change = { ...orderColumns(order), leased_until: 0, due_at: dueAt ?? null }
        if ((await changeOrder(transaction, read, change)) === 'stale') return 'stale'
        await transaction
          .updateTable('attempts')
          .set({ ...attemptColumns(attempt), ...(isLive(attempt) ? {} : { next_query_at: null }) })
          .where('out_trade_no', '=', attempt.outTradeNo)
          .execute()
        if (event !== undefined) await addEvent(transaction, dialect, { order, event, eventId, now })
        if (receipt !== undefined) {
          const outcome = verdict.kind === 'review' ? 'review' : 'recorded'
          await addReceipt(transaction, dialect, receipt, outcome)
        }
        return 'written'
      }),
    closeOrder: ({ order, event, eventId, now, ...read }) =>
      db.transaction().execute(async (transaction) => {
        const change = { state: order.state, leased_until: 0, due_at: null }
        if ((await changeOrder(transaction, read, change)) === 'stale') return 'stale'
        await addEvent(transaction, dialect, { order, event, eventId, now })
        return 'written'
      }),
    recordReceipt: (receipt, outcome) =>
      db.transaction().execute((transaction) => addReceipt(transaction, dialect, receipt, outcome)),
  }
}

/** The unique key keeps a second event of the same meaning out, whoever brings it. */
async function addEvent(
  transaction: Transaction<Tables>,
  dialect: SqlDialect,
  { order, event, eventId, now }: { order: Order; event: VerdictEvent; eventId: string; now: number },
): Promise<void> {
  await dialect
    .insertNew(
      transaction.insertInto('events').values({
        event_id: eventId,
        account: order.account,
        order_id: order.orderId,
        type: event.type,
        subject: event.subject,
        occurred_at: now,
        ...reviewColumns(event.review),
        due_at: now,
        tries: 0,
        delivered_at: null,
      }),
    )
    .execute()
}

/** How often this body has come, this time included. */
async function addReceipt(
  transaction: Transaction<Tables>,
  dialect: SqlDialect,
  receipt: Receipt,
  outcome: ReceiptOutcome,
): Promise<number> {
  const bodyDigest = digest(receipt.body)
  await dialect
    .insertNew(
      transaction.insertInto('receipts').values({
        receipt_id: receipt.receiptId,
        account: receipt.account,
        digest: bodyDigest,
        out_trade_no: receipt.outTradeNo,
        body: receipt.body,
        outcome,
        times: 0,
        first_received_at: receipt.receivedAt,
        last_received_at: receipt.receivedAt,
      }),
    )
    .execute()
  const row = { account: receipt.account, digest: bodyDigest }
  await transaction
    .updateTable('receipts')
    .set((current) => ({ times: current('times', '+', 1), last_received_at: receipt.receivedAt }))
    .where((current) => current.and(row))
    .execute()
  const { times } = await transaction
    .selectFrom('receipts')
    .select('times')
    .where((current) => current.and(row))
    .executeTakeFirstOrThrow()
  return times
}
