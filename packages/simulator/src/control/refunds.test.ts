/** How refunds end by hand, as a bank would end them. */
import { expect, test } from 'vitest'
import { openV3Scene, type V3Scene } from '../pay-v3/merchant-v3.fixture.ts'

async function refunded(): Promise<V3Scene> {
  const scene = openV3Scene()
  await scene.v3Paid()
  await scene.v3('/v3/refund/domestic/refunds', {
    body: {
      out_trade_no: 'T20261124001',
      out_refund_no: 'R1',
      notify_url: 'https://shop.example.com/refunded',
      amount: { refund: 800, total: 12_800, currency: 'CNY' },
    },
  })
  await scene.simulator.settle()
  return scene
}

test.each([
  ['arrive', 'SUCCESS'],
  ['abnormal', 'ABNORMAL'],
  ['close', 'CLOSED'],
])('%s ends it with %s, and the merchant is told', async (action, state) => {
  const scene = await refunded()
  expect(await scene.control('refunds/R1', { action })).toMatchObject({
    out_refund_no: 'R1',
    refund_status: state,
  })
  const { resource } = await scene.newest()
  expect(resource).toMatchObject({ refund_status: state, amount: { refund: 800 } })
  expect(await scene.control('refunds')).toMatchObject([{ refund_status: state }])
  await scene.simulator.advance(3600)
  expect(scene.delivered).toHaveLength(2)
})

test('one that has ended does not end otherwise; an unknown one is not found', async () => {
  const scene = await refunded()
  await scene.control('refunds/R1', { action: 'close' })
  await expect(scene.control('refunds/R1', { action: 'arrive' })).rejects.toThrow(/^409 .*CLOSED/)
  await expect(scene.control('refunds/R2', { action: 'arrive' })).rejects.toThrow(/^404 .*没有这笔退款/)
  await expect(scene.control('refunds/R1', { action: 'vanish' })).rejects.toThrow(/^400 .*action/)
})
