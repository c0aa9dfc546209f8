/** No fen is made and none is lost. */
import { expect, test } from 'vitest'
import { defaultWorld } from '../world.ts'
import { availableAccount, balanceAccount, balanceOf, cardAccount, createLedger, move } from './ledger.ts'

test('begins with what the world says its people and merchants have', () => {
  const world = defaultWorld()
  const [merchant] = world.merchants
  if (merchant) merchant.balanceFen = 123
  const ledger = createLedger(world)
  expect(balanceOf(ledger, balanceAccount('xiaoming'))).toBe(100_000)
  expect(balanceOf(ledger, cardAccount('xiaoming', '0403'))).toBe(1_000_000)
  expect(balanceOf(ledger, availableAccount(merchant?.mchid ?? ''))).toBe(123)
  expect(balanceOf(ledger, balanceAccount('nobody'))).toBe(0)
  expect([...ledger.balances.values()].reduce((sum, fen) => sum + fen, 0)).toBe(0)
})

test('moves whole fen forward only, and writes down nothing for nothing', () => {
  const ledger = createLedger(defaultWorld())
  const entries = ledger.entries.length
  const entry = { at: 0, kind: 'payment', from: 'a', to: 'b' } as const
  for (const fen of [-1, 0.5, Number.NaN, Number.MAX_SAFE_INTEGER + 1])
    expect(() => move(ledger, { ...entry, fen })).toThrow(RangeError)
  move(ledger, { ...entry, fen: 0 })
  expect(ledger.entries).toHaveLength(entries)
  move(ledger, { ...entry, fen: 5 })
  expect([balanceOf(ledger, 'a'), balanceOf(ledger, 'b')]).toEqual([-5, 5])
})
