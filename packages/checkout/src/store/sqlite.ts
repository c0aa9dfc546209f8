/**
 * SQLite, the default store: one file, any number of processes of one machine. WAL with `synchronous=FULL`: what was answered
 * is on the disk. Source: sqlite.org, "Write-Ahead Logging", "PRAGMA synchronous".
 */
import {
  type CompiledQuery,
  type DatabaseConnection,
  type QueryResult,
  SelectQueryNode,
  SqliteAdapter,
  SqliteDriver,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely'
import Database from 'libsql'
import { delay } from '../delay.ts'
import type { SqlDialect } from './dialect.ts'
import { createSqlStore } from './sql-store.ts'
import type { Store } from './store.ts'

export interface SqliteOptions {
  /** File of the database, made when missing; `:memory:` for one that ends with the process. */
  path: string
  /** Milliseconds since the epoch. */
  clock?: () => number
}

/** Opens the file and brings it to the newest shape. Throws when it cannot be opened or is of a newer version. */
export async function createSqliteStore({ path, clock = Date.now }: SqliteOptions): Promise<Store> {
  return createSqlStore(sqliteDialect(await open(path)), clock)
}

async function open(path: string): Promise<Database.Database> {
  const database = new Database(path)
  for (const pragma of PRAGMAS) await patiently(() => database.exec(pragma))
  return database
}

/** Waiting inside SQLite stops the whole process, so it waits hardly at all; `patiently` waits for the write lock. */
const PRAGMAS = [
  'PRAGMA busy_timeout = 10',
  'PRAGMA journal_mode = WAL',
  'PRAGMA synchronous = FULL',
  'PRAGMA foreign_keys = ON',
]

function sqliteDialect(database: Database.Database): SqlDialect {
  return {
    name: 'sqlite',
    kysely: {
      createAdapter: () => new SqliteAdapter(),
      createIntrospector: (db) => new SqliteIntrospector(db),
      createQueryCompiler: () => new SqliteQueryCompiler(),
      createDriver: () => new WriterDriver(database),
    },
    columns: { key: 'text', text: 'text', longText: 'text', bigInteger: 'integer', integer: 'integer' },
    insertNew: (insert) => insert.onConflict((conflict) => conflict.doNothing()),
    // The transaction began as a writer, and there is one writer.
    lockMigrations: async () => {},
  }
}

/**
 * Begins whatever writes as a writer. A transaction that began as a reader is refused when it turns to writing after another
 * process wrote (SQLITE_BUSY_SNAPSHOT), and no waiting helps it.
 */
class WriterDriver extends SqliteDriver {
  readonly #database: Database.Database
  #connection: DatabaseConnection | undefined

  constructor(database: Database.Database) {
    super({ database })
    this.#database = database
  }

  override async acquireConnection(): Promise<DatabaseConnection> {
    const inner = await super.acquireConnection()
    this.#connection ??= writerConnection(this.#database, inner)
    return this.#connection
  }

  override async beginTransaction(): Promise<void> {
    await begin(this.#database)
  }
}

/** Of the statements outside of a transaction, only those that cannot write go without one. */
function writerConnection(database: Database.Database, inner: DatabaseConnection): DatabaseConnection {
  return {
    async executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
      if (database.inTransaction || SelectQueryNode.is(query.query)) return inner.executeQuery<Row>(query)
      await begin(database)
      try {
        const result = await inner.executeQuery<Row>(query)
        database.exec('COMMIT')
        return result
      } catch (error) {
        database.exec('ROLLBACK')
        throw error
      }
    },
    streamQuery: <Row>(query: CompiledQuery) => inner.streamQuery<Row>(query),
  }
}

/** By `exec`: a prepared statement that met a lock stays active in libsql and pins what later reads see. */
function begin(database: Database.Database): Promise<void> {
  return patiently(() => database.exec('BEGIN IMMEDIATE'))
}

const RETRY_MS = 5
const TRIES = 1000

/** Tries again while another connection writes; gives up after some seconds with SQLite's own error. */
async function patiently(run: () => unknown): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      run()
      return
    } catch (error) {
      if (tries === TRIES || !isBusy(error)) throw error
    }
    await delay(RETRY_MS)
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('SQLITE_BUSY')
}
