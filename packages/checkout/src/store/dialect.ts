/** What differs between databases, each difference by name. All other SQL of this package is common to them. */
import type { ColumnDataType, Dialect, InsertQueryBuilder, Transaction } from 'kysely'
import type { Tables } from './schema.ts'

export interface SqlDialect {
  readonly name: string
  /** Connection, placeholders, quoting, and transactions that see no lost update. */
  readonly kysely: Dialect
  readonly columns: {
    /** Keys and other text under an index; at most 128 characters. */
    key: ColumnDataType
    /** Text of a few thousand characters at most. */
    text: ColumnDataType
    /** A notification's body. */
    longText: ColumnDataType
    /** Milliseconds since the epoch, fen. */
    bigInteger: ColumnDataType
    integer: ColumnDataType
  }
  /** Leaves the row that is there when a unique key says so, and then inserts nothing. */
  insertNew<Table extends keyof Tables, Result>(
    insert: InsertQueryBuilder<Tables, Table, Result>,
  ): InsertQueryBuilder<Tables, Table, Result>
  /** Lets one process migrate while others wait; released with the transaction. */
  lockMigrations(transaction: Transaction<Tables>): Promise<void>
}
