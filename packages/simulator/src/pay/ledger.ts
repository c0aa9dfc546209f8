/** Every fen in the simulated WeChat, double entry: money moves from one account to another and is never made or lost. */
import type { World } from '../world.ts'

/** `user:xiaoming:balance`, `user:xiaoming:card:0403`, `merchant:1600000001:unsettled`, `wechat:fees`, … */
export type Account = string

export type EntryKind =
  | 'opening'
  | 'payment'
  | 'coupon'
  | 'fee'
  | 'refund'
  | 'fee-back'
  | 'coupon-back'
  | 'refund-arrived'
  | 'refund-returned'
  | 'settlement'

export interface Entry {
  /** Milliseconds. */
  at: number
  kind: EntryKind
  from: Account
  to: Account
  /** Above zero. */
  fen: number
  /** The payment it belongs to. */
  transactionId?: string
  refundId?: string
}

export interface Ledger {
  /** Oldest first. */
  entries: Entry[]
  balances: Map<Account, number>
}

/** Outside of the books: where the world's first money came from. */
export const OUTSIDE = 'outside'

export const FEES = 'wechat:fees'
export const COUPON_FUNDS = 'wechat:coupons'
/** Refunds that left the merchant and have not arrived. */
export const IN_TRANSIT = 'wechat:refunds'

export const balanceAccount = (userId: string): Account => `user:${userId}:balance`
export const cardAccount = (userId: string, tail: string): Account => `user:${userId}:card:${tail}`
export const unsettledAccount = (mchid: string): Account => `merchant:${mchid}:unsettled`
export const availableAccount = (mchid: string): Account => `merchant:${mchid}:available`

export function createLedger({ users, merchants }: World): Ledger {
  const ledger: Ledger = { entries: [], balances: new Map() }
  const open = (to: Account, fen: number): void =>
    move(ledger, { at: 0, kind: 'opening', from: OUTSIDE, to, fen })
  for (const { id, balanceFen, bankCards } of users) {
    open(balanceAccount(id), balanceFen)
    for (const { tail, balanceFen: onCard } of bankCards) open(cardAccount(id, tail), onCard)
  }
  for (const { mchid, balanceFen } of merchants) open(availableAccount(mchid), balanceFen)
  return ledger
}

/** Nothing at all is no movement. Throws `RangeError` for what is not a whole number of fen. */
export function move(ledger: Ledger, entry: Entry): void {
  const { from, to, fen } = entry
  if (!Number.isSafeInteger(fen) || fen < 0) throw new RangeError(`not an amount to move: ${fen}`)
  if (fen === 0) return
  ledger.entries.push(entry)
  ledger.balances.set(from, balanceOf(ledger, from) - fen)
  ledger.balances.set(to, balanceOf(ledger, to) + fen)
}

/** In fen. */
export function balanceOf({ balances }: Ledger, account: Account): number {
  return balances.get(account) ?? 0
}
