/** Sign-ins under way, on SQL. State, browser and code are secrets of a visitor's minute: only their hashes are kept. */
import type { Kysely } from 'kysely'
import { digest } from '../crypto.ts'
import type { SignInClaim, SignInStore } from '../sign-in.ts'
import type { SignInRow, Tables } from './schema.ts'

export function sqlSignIns(db: Kysely<Tables>, account: string): SignInStore {
  return {
    async startSignIn({ state, browser, returnTo, scope, now, expiresAt }) {
      await db
        .insertInto('sign_ins')
        .values({
          state_hash: digest(state),
          account,
          browser_hash: digest(browser),
          return_to: returnTo,
          scope,
          started_at: now.getTime(),
          expires_at: expiresAt.getTime(),
          code_hash: null,
          leased_until: 0,
          finished_at: null,
          openid: null,
          unionid: null,
          snapshot: 0,
        })
        .execute()
    },
    async claimSignIn({ state, browser, code, now, leaseMs }) {
      const { numUpdatedRows } = await db
        .updateTable('sign_ins')
        .set({ code_hash: digest(code), leased_until: now.getTime() + leaseMs })
        .where('state_hash', '=', digest(state))
        .where('account', '=', account)
        .where('browser_hash', '=', digest(browser))
        .where('expires_at', '>', now.getTime())
        .where('finished_at', 'is', null)
        .where('leased_until', '<=', now.getTime())
        .executeTakeFirstOrThrow()
      const row = await db
        .selectFrom('sign_ins')
        .selectAll()
        .where('state_hash', '=', digest(state))
        .where('account', '=', account)
        .executeTakeFirst()
      if (row === undefined) return { outcome: 'unknown' }
      if (numUpdatedRows === 1n) return { outcome: 'exchange', returnTo: row.return_to, scope: row.scope }
      return whyNot(row, { browser, code, now })
    },
    async finishSignIn({ state, code, visitor, now }) {
      await db
        .updateTable('sign_ins')
        .set({
          finished_at: now.getTime(),
          leased_until: 0,
          openid: visitor.openid,
          unionid: visitor.unionid ?? null,
          snapshot: visitor.snapshot ? 1 : 0,
        })
        .where('state_hash', '=', digest(state))
        .where('account', '=', account)
        .where('code_hash', '=', digest(code))
        .where('finished_at', 'is', null)
        .execute()
    },
    async failSignIn({ state, code }) {
      await db
        .updateTable('sign_ins')
        .set({ code_hash: null, leased_until: 0 })
        .where('state_hash', '=', digest(state))
        .where('account', '=', account)
        .where('code_hash', '=', digest(code))
        .where('finished_at', 'is', null)
        .execute()
    },
  }
}

function whyNot(row: SignInRow, asked: { browser: string; code: string; now: Date }): SignInClaim {
  if (row.browser_hash !== digest(asked.browser)) return { outcome: 'foreign_browser' }
  if (row.expires_at <= asked.now.getTime()) return { outcome: 'expired' }
  if (row.finished_at === null) return { outcome: 'busy' }
  if (row.code_hash !== digest(asked.code) || row.openid === null) return { outcome: 'used' }
  const visitor = { openid: row.openid, unionid: row.unionid ?? undefined, snapshot: row.snapshot === 1 }
  return { outcome: 'finished', returnTo: row.return_to, visitor }
}

export async function forgetSignIns(
  db: Kysely<Tables>,
  { expiredBefore, limit }: { expiredBefore: number; limit: number },
): Promise<number> {
  const expired = await db
    .selectFrom('sign_ins')
    .select('state_hash')
    .where('expires_at', '<', expiredBefore)
    .orderBy('expires_at')
    .limit(limit)
    .execute()
  if (expired.length === 0) return 0
  const hashes = expired.map((row) => row.state_hash)
  await db.deleteFrom('sign_ins').where('state_hash', 'in', hashes).execute()
  return hashes.length
}
