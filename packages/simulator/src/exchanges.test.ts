import { expect, test } from 'vitest'
import { createExchanges, type Exchange } from './exchanges.ts'

const said = { from: 'merchant', to: 'wechat', title: 'orderquery', outcome: 'ok' } as const

test('exchanges are numbered, dated in simulated time and kept oldest first', () => {
  const exchanges = createExchanges(() => Date.parse('2026-11-24T02:00:00Z'))
  exchanges.record(said)
  exchanges.record({ ...said, outcome: 'refused', note: '签名错误' })
  expect(exchanges.all()).toEqual([
    { ...said, id: 1, at: '2026-11-24T02:00:00.000Z' },
    { ...said, id: 2, at: '2026-11-24T02:00:00.000Z', outcome: 'refused', note: '签名错误' },
  ])
})

test('the last 2000 are kept, and of a long body its beginning', () => {
  const exchanges = createExchanges(() => 0)
  const request = { method: 'POST', url: 'https://x', headers: {}, body: 'a'.repeat(100_000) }
  for (let count = 0; count < 2001; count += 1) exchanges.record(said)
  const { request: kept } = exchanges.record({ ...said, request })
  expect(exchanges.all()).toHaveLength(2000)
  expect(exchanges.all()[0]?.id).toBe(3)
  expect(kept?.body).toBe(`${'a'.repeat(64 * 1024)}…`)
})

test('who follows hears each new one until they stop', () => {
  const exchanges = createExchanges(() => 0)
  const heard: Exchange[] = []
  const stop = exchanges.follow((exchange) => heard.push(exchange))
  exchanges.record(said)
  stop()
  exchanges.record(said)
  expect(heard).toMatchObject([{ id: 1 }])
})
