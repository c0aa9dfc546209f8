/** Random lives of a merchant: whatever was paid, refunded, closed and stuck, the books balance and the bills say the same. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { beijingDate } from '../beijing-time.ts'
import { aCoupon, type Books, openBooks } from './books.fixture.ts'
import { fundFlowBill } from './fund-flow-bill.ts'
import { fundsOf } from './funds.ts'
import { type Account, balanceOf, type Entry, FEES, IN_TRANSIT } from './ledger.ts'
import { arrive, closeRefund } from './refund.ts'
import { liveRefunds, restFen } from './refund-parts.ts'
import type { PayOrder, Refund } from './state.ts'
import { tradeBill } from './trade-bill.ts'

type Act =
  | { act: 'pay'; totalFen: number; byCard: boolean }
  | { act: 'refund'; which: number; share: number; available: boolean }
  | { act: 'end'; which: number; closed: boolean }
  | { act: 'wait'; seconds: number }

const fraction = fc.double({ min: 0, max: 1, noNaN: true })
const acts: fc.Arbitrary<Act> = fc.oneof(
  fc.record({
    act: fc.constant('pay' as const),
    totalFen: fc.oneof(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 30_000 })),
    byCard: fc.boolean(),
  }),
  fc.record({
    act: fc.constant('refund' as const),
    which: fraction,
    share: fc.oneof(fc.constant(1), fraction),
    available: fc.boolean(),
  }),
  fc.record({ act: fc.constant('end' as const), which: fraction, closed: fc.boolean() }),
  fc.record({ act: fc.constant('wait' as const), seconds: fc.integer({ min: 0, max: 30 * 3600 }) }),
)
const lives = fc.record({
  acts: fc.array(acts, { minLength: 5, maxLength: 40 }),
  coupons: fc.array(
    fc.record({ fen: fc.integer({ min: 1, max: 500 }), kind: fc.constantFrom('CASH', 'NO_CASH') }),
    { maxLength: 4 },
  ),
  stuck: fc.integer({ min: 0, max: 5 }),
  feeBasisPoints: fc.constantFrom(0, 20, 60, 100, 380),
})

test('no fen is lost in a random life, and its bills add up', async () => {
  await fc.assert(
    fc.asyncProperty(lives, async ({ acts: all, coupons, stuck, feeBasisPoints }) => {
      const books = openBooks(({ users: [user], merchants: [merchant] }) => {
        user?.coupons.push(...coupons.map((each, index) => aCoupon({ ...each, id: String(index + 1) })))
        if (merchant) merchant.feeBasisPoints = feeBasisPoints
      })
      if (stuck > 0) books.side.faults.arm({ kind: 'refund-abnormal', times: stuck, match: {} })
      const fetched = new Map<string, string>()
      for (const act of all) {
        await live(books, act)
        balanced(books)
        fetchBills(books, fetched)
      }
      await books.advance(2 * 24 * 3600)
      billsAddUp(books)
      fetchBills(books, fetched)
    }),
    { numRuns: 150 },
  )
})

async function live(books: Books, act: Act): Promise<void> {
  const { side, order, advance, refund } = books
  const orders = [...side.pay.transactions.values()]
  if (act.act === 'wait') await advance(act.seconds)
  if (act.act === 'pay')
    unlessShort(() => books.paid({ totalFen: act.totalFen }, act.byCard ? '0403' : 'balance'))
  if (act.act === 'refund') {
    const chosen = orders[Math.floor(act.which * orders.length)] ?? order()
    const fen = Math.max(1, Math.floor(act.share * restFen(chosen)))
    refund(chosen, fen, { fundsAccount: act.available ? 'AVAILABLE' : undefined })
  }
  if (act.act === 'end') {
    const open = orders.flatMap(({ refunds }) => refunds.filter(isUnderWay))
    const chosen = open[Math.floor(act.which * open.length)]
    if (chosen !== undefined) (act.closed ? closeRefund : arrive)(side, chosen)
  }
}

/** A payer without money is no contradiction in the books. */
function unlessShort(work: () => void): void {
  try {
    work()
  } catch (error) {
    if (!(error instanceof Error && error.message === '余额不足')) throw error
  }
}

const isUnderWay = ({ state }: Refund): boolean => state === 'PROCESSING' || state === 'ABNORMAL'

function balanced({ side, merchant }: Books): void {
  const { ledger, transactions } = side.pay
  expect(sum([...ledger.balances.values()])).toBe(0)
  for (const [account, fen] of ledger.balances) {
    expect(fen).toBe(sum(ledger.entries.map((entry) => change(entry, [account]))))
    if (/^(user|merchant):/.test(account)) expect(fen, account).toBeGreaterThanOrEqual(0)
  }
  const orders = [...transactions.values()]
  const refunds = orders.flatMap(liveRefunds)
  expect(balanceOf(ledger, IN_TRANSIT)).toBe(sum(refunds.filter(isUnderWay).map(({ cashFen }) => cashFen)))
  const fees =
    sum(orders.map(({ payment }) => payment?.feeFen ?? 0)) - sum(refunds.map(({ feeFen }) => feeFen))
  expect(balanceOf(ledger, FEES)).toBe(fees)
  const settled = sum(orders.map(({ payment }) => payment?.settlementFen ?? 0))
  const { unsettledFen, availableFen } = fundsOf(side, merchant.mchid)
  expect(unsettledFen + availableFen).toBe(
    settled - sum(refunds.map(({ settlementFen }) => settlementFen)) - fees,
  )
  for (const order of orders) partsAddUp(order)
}

function partsAddUp(order: PayOrder): void {
  const refunds = liveRefunds(order)
  for (const { refundFen, cashFen, settlementFen, coupons, feeFen } of refunds) {
    expect(
      Math.min(cashFen, settlementFen - cashFen, feeFen, ...coupons.map(({ fen }) => fen - 1)),
    ).toBeGreaterThanOrEqual(0)
    expect(cashFen + sum(coupons.map(({ fen }) => fen))).toBe(refundFen)
  }
  if (restFen(order) > 0) return
  const { cashFen, settlementFen, feeFen } = order.payment ?? {}
  expect([
    sum(refunds.map((each) => each.cashFen)),
    sum(refunds.map((each) => each.settlementFen)),
    sum(refunds.map((each) => each.feeFen)),
  ]).toEqual([cashFen, settlementFen, feeFen])
}

function billsAddUp({ side, merchant }: Books): void {
  const { mchid } = merchant
  const { entries } = side.pay.ledger
  const accounts = [`merchant:${mchid}:unsettled`, `merchant:${mchid}:available`]
  const days = new Set(entries.map(({ at }) => beijingDate(at)).filter((day) => day >= '2026-11-24'))
  for (const date of days) {
    if (date >= beijingDate(side.schedule.now() - 24 * 3600 * 1000)) continue
    const ofDay = entries.filter(({ at }) => beijingDate(at) === date)
    const booked = (...kinds: Entry['kind'][]): number =>
      Math.abs(sum(ofDay.filter(({ kind }) => kinds.includes(kind)).map((entry) => change(entry, accounts))))
    const trades = summary(tradeBill(side, { mchid, date, type: 'ALL' }))
    const [, settled = 0, refunded = 0, , fees = 0] = trades
    expect([settled, refunded, fees / 1000]).toEqual([
      booked('payment', 'coupon'),
      booked('refund', 'coupon-back'),
      sum(ofDay.filter(({ kind }) => kind === 'fee' || kind === 'fee-back').map(ofFees)),
    ])
    const flow = fundFlowBill(side, { mchid, date, account: 'BASIC' })
    const [, , income = 0, , expense = 0] = summary(flow)
    const before = sum(
      entries.filter(({ at }) => beijingDate(at) < date).map((entry) => change(entry, accounts)),
    )
    const after = sum(
      entries.filter(({ at }) => beijingDate(at) <= date).map((entry) => change(entry, accounts)),
    )
    expect(income - expense).toBe(after - before)
    if (flow.outcome === 'file') expect(lastBalance(flow.text)).toBe(after)
  }
}

/** A file that was there once is the same for ever, whatever became of its payments and refunds since. */
function fetchBills({ side, merchant: { mchid } }: Books, fetched: Map<string, string>): void {
  const yesterday = beijingDate(side.schedule.now() - 24 * 3600 * 1000)
  for (const date of new Set([yesterday, ...fetched.keys()])) {
    const bills = [
      tradeBill(side, { mchid, date, type: 'ALL' }),
      tradeBill(side, { mchid, date, type: 'REFUND' }),
      fundFlowBill(side, { mchid, date, account: 'BASIC' }),
    ]
    if (bills.some(({ outcome }) => outcome === 'creating' || outcome === 'bad-date')) continue
    const text = JSON.stringify(bills)
    expect(text).toBe(fetched.get(date) ?? text)
    fetched.set(date, text)
  }
}

function change({ from, to, fen }: Entry, accounts: readonly Account[]): number {
  return (accounts.includes(to) ? fen : 0) - (accounts.includes(from) ? fen : 0)
}

/** What a movement brings to WeChat's fees. */
const ofFees = (entry: Entry): number => change(entry, [FEES])

/** The cells of the last line in fen, by the digits; the counts among them are not looked at. */
function summary(bill: ReturnType<typeof tradeBill>): number[] {
  if (bill.outcome !== 'file') return []
  const cells = (bill.text.split('\r\n').at(-2) ?? '').split(',').map((cell) => cell.slice(1))
  return cells.map((cell) => Number(cell.replace('.', '')))
}

function lastBalance(text: string): number {
  const cells = (text.split('\r\n').at(-4) ?? '').split(',')
  return Number((cells[7] ?? '').slice(1).replace('.', ''))
}

function sum(amounts: readonly number[]): number {
  return amounts.reduce((total, amount) => total + amount, 0)
}
