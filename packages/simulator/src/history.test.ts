/** A past that never was, as merchants' bills and consoles would show it. */
import { expect, test } from 'vitest'
import { makeHistory } from './history.ts'
import { OPENED, openBooks } from './pay/books.fixture.ts'
import { fundFlowBill } from './pay/fund-flow-bill.ts'
import { balanceAccount, balanceOf, IN_TRANSIT } from './pay/ledger.ts'
import { allOrders } from './pay/order.ts'
import { allRefunds } from './pay/refund.ts'
import type { PaySide } from './pay/state.ts'
import { tradeBill } from './pay/trade-bill.ts'

const asked = { orders: 1000, days: 30, seed: 'history' }
const DAY_MS = 24 * 3600 * 1000

const sumOfAll = ({ pay }: PaySide): number =>
  [...pay.ledger.balances.values()].reduce((sum, fen) => sum + fen, 0)

test('a thousand orders over thirty days: most paid, some closed, some forgotten, some refunded', async () => {
  const { side } = openBooks()
  const history = await makeHistory(side, asked)
  const orders = allOrders(side)
  const count = (state: string): number => orders.filter((order) => order.state === state).length
  expect(orders).toHaveLength(1000)
  expect(history).toMatchObject({ orders: 1000, paid: count('SUCCESS') + count('REFUND') })
  expect(history.paid).toBeGreaterThan(700)
  expect(count('CLOSED')).toBeGreaterThan(100)
  expect(count('REFUND')).toBeGreaterThan(50)
  expect(allRefunds(side)).toHaveLength(history.refunds)
  const times = orders.map(({ createdAt }) => createdAt)
  expect(times).toEqual([...times].sort((left, right) => left - right))
  expect(new Set(times.map((at) => Math.floor(at / DAY_MS))).size).toBeGreaterThan(28)
  expect(new Set(orders.map(({ version }) => version))).toEqual(new Set(['v2', 'v3']))
})

test('the books still add up, every refund has ended, and payers have what the world says', async () => {
  const { side, told } = openBooks()
  await makeHistory(side, asked)
  expect(sumOfAll(side)).toBe(0)
  expect(balanceOf(side.pay.ledger, IN_TRANSIT)).toBe(0)
  expect(new Set(allRefunds(side).map(({ state }) => state))).toEqual(new Set(['SUCCESS']))
  for (const { id, balanceFen } of side.world.users)
    expect(balanceOf(side.pay.ledger, balanceAccount(id))).toBe(balanceFen)
  expect(told).toEqual([])
})

test('each of its days has a bill, and the balance of the fund flow goes on from day to day', async () => {
  const { side, merchant } = openBooks()
  await makeHistory(side, asked)
  const closing: string[] = []
  for (let day = 29; day >= 1; day -= 1) {
    const date = new Date(OPENED - day * DAY_MS + 8 * 3600 * 1000).toISOString().slice(0, 10)
    expect(tradeBill(side, { mchid: merchant.mchid, date, type: 'ALL' })).toMatchObject({ outcome: 'file' })
    const bill = fundFlowBill(side, { mchid: merchant.mchid, date, account: 'BASIC' })
    if (bill.outcome !== 'file') throw new Error(`no fund flow on ${date}`)
    const rows = bill.text.split('\r\n').filter((line) => line.startsWith('`20'))
    const numbers = rows.map((line) => line.split(',').map((cell) => cell.replace('`', '')))
    const [first] = numbers
    const before = Number(first?.[7]) - (first?.[5] === '收入' ? 1 : -1) * Number(first?.[6])
    if (closing.length > 0) expect(before.toFixed(2)).toBe(closing.at(-1))
    closing.push(numbers.at(-1)?.[7] ?? '')
  }
})

test('the same seed tells the same past, another one another', async () => {
  const past = async (seed: string): Promise<string[]> => {
    const { side } = openBooks()
    await makeHistory(side, { ...asked, orders: 50, seed })
    return allOrders(side).map(({ outTradeNo, payment }) => `${outTradeNo} ${payment?.transactionId}`)
  }
  const first = await past('one')
  expect(await past('one')).toEqual(first)
  expect(await past('two')).not.toEqual(first)
})

test('the present goes on from it', async () => {
  const { side, paid, accepted, advance } = openBooks()
  await makeHistory(side, { ...asked, orders: 20 })
  accepted(paid(), 100)
  await advance(120)
  expect(sumOfAll(side)).toBe(0)
  expect(allRefunds(side).at(-1)).toMatchObject({ state: 'SUCCESS', refundFen: 100 })
})

test('where nobody can sell there is none, and payers have what they had', async () => {
  const { side } = openBooks()
  for (const merchant of side.world.merchants) merchant.permissions.jsapi = false
  await expect(makeHistory(side, asked)).rejects.toThrow('nobody in this world buys or sells')
  expect(balanceOf(side.pay.ledger, balanceAccount('xiaoming'))).toBe(side.world.users[0]?.balanceFen)
})

test('it is not written behind what has happened', async () => {
  const { side, order } = openBooks()
  order()
  await expect(makeHistory(side, asked)).rejects.toThrow('there are orders already')
})
