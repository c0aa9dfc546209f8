import type { CheckoutEvent } from '@shouyin/checkout'
import { expect, test } from 'vitest'
import { createPackingTable } from './packing.ts'

test('the same event, delivered twice, packs one parcel', () => {
  const lines: string[] = []
  const packing = createPackingTable((line) => lines.push(line))
  packing.pack(PAID)
  packing.pack(PAID)
  expect(lines).toEqual(['已收款，开始打包 / paid, packing: SJ0123456789AB 明前龙井 × 2'])
})

test('an order nobody paid is not being packed', () => {
  const packing = createPackingTable(() => {})
  packing.pack(PAID)
  expect([packing.isPacking('ord_1'), packing.isPacking('ord_2')]).toEqual([true, false])
})

const PAID: CheckoutEvent = {
  id: 'evt_1',
  type: 'order.paid',
  occurredAt: '2026-11-24T02:00:00.000Z',
  order: {
    orderId: 'ord_1',
    account: 'default',
    reference: 'SJ0123456789AB',
    description: '明前龙井 × 2',
    totalFen: 25_600,
    state: 'paid',
    createdAt: '2026-11-24T01:58:00.000Z',
    expiresAt: '2026-11-24T03:58:00.000Z',
    paidAt: '2026-11-24T01:59:00.000Z',
  },
}
