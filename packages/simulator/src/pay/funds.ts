/**
 * A merchant's money: 未结算 until the night after the payment, 可用 from then on. What the fund-flow bill calls the basic
 * account (基本账户) is both together. Source: 商户平台 docs on settlement and refunds' funds.
 */
import { beijingMidnight } from '../beijing-time.ts'
import { merchantOf } from '../simulation.ts'
import { availableAccount, balanceOf, move, unsettledAccount } from './ledger.ts'
import type { FundsAccount, PaySide } from './state.ts'

export interface Funds {
  unsettledFen: number
  availableFen: number
}

/** As of now: what came in before today has been settled. */
export function fundsOf(side: PaySide, mchid: string): Funds {
  settleBefore(side, mchid)
  const { ledger } = side.pay
  return {
    unsettledFen: balanceOf(ledger, unsettledAccount(mchid)),
    availableFen: balanceOf(ledger, availableAccount(mchid)),
  }
}

/** The account a refund of so much is paid from: the one named, else the unsettled one if it suffices. Undefined when none does. */
export function fundsFor(
  side: PaySide,
  mchid: string,
  fen: number,
  named: FundsAccount | undefined,
): FundsAccount | undefined {
  const { unsettledFen, availableFen } = fundsOf(side, mchid)
  if (named !== 'AVAILABLE' && unsettledFen >= fen) return 'UNSETTLED'
  return named !== 'UNSETTLED' && availableFen >= fen ? 'AVAILABLE' : undefined
}

/** The account to book on, settled first: today's money must not join what came in before. */
export function fundsAccount(side: PaySide, mchid: string, account: FundsAccount): string {
  settleBefore(side, mchid)
  return account === 'UNSETTLED' ? unsettledAccount(mchid) : availableAccount(mchid)
}

/** 手续费 in whole fen, rounded half up for each payment, as it is booked and as bills print it; and its rate. */
export function feeOf(side: PaySide, mchid: string, fen: number): { feeFen: number; feeBasisPoints: number } {
  const { feeBasisPoints } = merchantOf(side, mchid) ?? { feeBasisPoints: 0 }
  return { feeFen: Math.floor((fen * feeBasisPoints + 5000) / 10_000), feeBasisPoints }
}

/** Nothing is booked on an account between midnight and the first look at it, so all that is there came before. */
function settleBefore(side: PaySide, mchid: string): void {
  const { ledger } = side.pay
  const account = unsettledAccount(mchid)
  const midnight = beijingMidnight(side.schedule.now())
  const last = ledger.entries.findLast(({ from, to }) => from === account || to === account)
  if (last === undefined || last.at >= midnight) return
  const fen = Math.max(0, balanceOf(ledger, account))
  move(ledger, { at: midnight, kind: 'settlement', from: account, to: availableAccount(mchid), fen })
}
