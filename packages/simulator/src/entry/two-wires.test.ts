/**
 * Random lives of a shop that speaks both versions of the API at once, over the wire: whatever it asks for, and in whatever
 * order, both versions tell the same of every order and refund, nothing comes back from its end, and the bills are their rows.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { beijingDate } from '../beijing-time.ts'
import { openV3Scene, SUB_MCHID, type V3Scene, withSubMerchant } from '../pay-v3/merchant-v3.fixture.ts'

type Act =
  | { act: 'order' | 'close' | 'pay'; wire: Wire; number: string; fen: number }
  | { act: 'combine' | 'combine-close'; numbers: [string, string]; combined: string }
  | { act: 'refund'; wire: Wire; number: string; refund: string; fen: number; share: number }
  | { act: 'end'; refund: string; action: 'arrive' | 'abnormal' | 'close' }
  | { act: 'reverse'; number: string }
  | { act: 'wait'; seconds: number }

type Wire = 'v2' | 'v3'

/** Few, so that they meet again. */
const NUMBERS = ['T00000001', 'T00000002', 'T00000003', 'T00000004']
const REFUNDS = ['R1', 'R2', 'R3', 'R4', 'R5']
const number = fc.constantFrom(...NUMBERS)
const wire = fc.constantFrom<Wire>('v2', 'v3')
const refund = fc.constantFrom(...REFUNDS)
const fen = fc.constantFrom(1, 100, 9999)

const acts: fc.Arbitrary<Act> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ act: fc.constant('order' as const), wire, number, fen }) },
  { weight: 5, arbitrary: fc.record({ act: fc.constant('pay' as const), wire, number, fen }) },
  { weight: 1, arbitrary: fc.record({ act: fc.constant('close' as const), wire, number, fen }) },
  {
    weight: 2,
    arbitrary: fc.record({
      act: fc.constantFrom('combine' as const, 'combine-close' as const),
      numbers: fc.tuple(number, number),
      combined: fc.constantFrom('C00000001', 'C00000002'),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      act: fc.constant('refund' as const),
      wire,
      number,
      refund,
      fen,
      share: fc.constantFrom(1, 0.5, 0.3),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      act: fc.constant('end' as const),
      refund,
      action: fc.constantFrom('arrive' as const, 'abnormal' as const, 'close' as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ act: fc.constant('reverse' as const), number }) },
  {
    weight: 2,
    arbitrary: fc.record({
      act: fc.constant('wait' as const),
      seconds: fc.constantFrom(5, 3600, 24 * 3600, 8 * 24 * 3600),
    }),
  },
)

test('both versions tell the same life', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(acts, { minLength: 5, maxLength: 25 }), async (all) => {
      const scene = openV3Scene((world) => {
        withSubMerchant(world)
        world.behaviour.reverseJsapi = 'accepted'
        for (const user of world.users) user.balanceFen = 20_000
      })
      const before = new Map<string, Told>()
      for (const act of all) {
        await live(scene, act)
        for (const each of numbersOf(act)) followsFrom(before, each, await told(scene, each))
      }
      for (const each of NUMBERS) followsFrom(before, each, await told(scene, each))
      for (const each of REFUNDS) await sameRefund(scene, each)
      await scene.simulator.advance(2 * 24 * 3600)
      await billIsItsRows(scene, beijingDate(scene.simulator.now() - 2 * 24 * 3600 * 1000))
    }),
    { numRuns: 25 },
  )
}, 60_000)

function numbersOf(act: Act): readonly string[] {
  if ('number' in act) return [act.number]
  if ('numbers' in act) return act.numbers
  return act.act === 'wait' ? NUMBERS : []
}

/** Does it, or is told no: what matters is how things stand afterwards. */
async function live(scene: V3Scene, act: Act): Promise<void> {
  const { v2, v3, credentials, control, simulator } = scene
  const { mchid } = scene.merchant
  switch (act.act) {
    case 'order': {
      const { number: out_trade_no, fen: total } = act
      if (act.wire === 'v2')
        await v2('/pay/unifiedorder', scene.order({ out_trade_no, total_fee: String(total) }))
      else
        await v3('/v3/pay/transactions/jsapi', { body: scene.v3Order({ out_trade_no, amount: { total } }) })
      return
    }
    case 'close': {
      const { number: out_trade_no } = act
      if (act.wire === 'v2') await v2('/pay/closeorder', { ...credentials(), out_trade_no })
      else await v3(`/v3/pay/transactions/out-trade-no/${out_trade_no}/close`, { body: { mchid } })
      return
    }
    case 'pay':
      await control('pay', { out_trade_no: act.number, mchid }).catch(() => undefined)
      return
    case 'combine':
      await v3('/v3/combine-transactions/jsapi', { body: combination(scene, act) })
      return
    case 'combine-close': {
      const { combine_appid, sub_orders } = combination(scene, act)
      const parts = sub_orders.map(({ mchid: of, out_trade_no }) => ({ mchid: of, out_trade_no }))
      const path = `/v3/combine-transactions/out-trade-no/${act.combined}/close`
      await v3(path, { body: { combine_appid, sub_orders: parts } })
      return
    }
    case 'refund':
      return refunded(scene, act)
    case 'end':
      await control(`refunds/${act.refund}`, { action: act.action }).catch(() => undefined)
      return
    case 'reverse':
      await v2('/secapi/pay/reverse', { ...credentials(), out_trade_no: act.number })
      return
    case 'wait':
      await simulator.advance(act.seconds)
  }
}

function combination(
  { merchant, account, openid }: V3Scene,
  { numbers, combined }: { numbers: [string, string]; combined: string },
) {
  const part = (mchid: string, out_trade_no: string) => ({
    mchid,
    out_trade_no,
    attach: 'basket',
    description: '明前龙井',
    amount: { total_amount: 100, currency: 'CNY' },
  })
  return {
    combine_appid: account.appid,
    combine_mchid: merchant.mchid,
    combine_out_trade_no: combined,
    sub_orders: [part(merchant.mchid, numbers[0]), part(SUB_MCHID, numbers[1])],
    combine_payer_info: { openid },
    notify_url: 'https://shop.example.com/combined',
  }
}

async function refunded(
  scene: V3Scene,
  { wire: by, number: out_trade_no, refund: out_refund_no, fen: total, share }: Act & { act: 'refund' },
): Promise<void> {
  const amount = Math.max(1, Math.floor(total * share))
  if (by === 'v2') {
    const fees = { total_fee: String(total), refund_fee: String(amount) }
    await scene.v2('/secapi/pay/refund', scene.refundOf({ out_trade_no, out_refund_no, ...fees }))
  } else {
    const body = { out_trade_no, out_refund_no, amount: { refund: amount, total, currency: 'CNY' } }
    await scene.v3('/v3/refund/domestic/refunds', { body })
  }
}

interface Told {
  state: string
  total: string
  transactionId: string | undefined
  /** What was refunded, closed refunds left out. */
  refundedFen: number
}

/** What the versions say of an order, which is the same; nothing where there is none of its own. */
async function told(
  { v2, v3, credentials, merchant }: V3Scene,
  out_trade_no: string,
): Promise<Told | undefined> {
  const asked = { ...credentials(), out_trade_no }
  const second = await v2('/pay/orderquery', asked)
  const third = await v3(`/v3/pay/transactions/out-trade-no/${out_trade_no}?mchid=${merchant.mchid}`)
  if (second['result_code'] === 'FAIL') {
    expect([second['err_code'], third.json['code']]).toEqual(['ORDERNOTEXIST', 'ORDER_NOT_EXIST'])
    return undefined
  }
  const { trade_state: state = '', total_fee: total = '', transaction_id: transactionId } = second
  expect(third.json).toMatchObject({ trade_state: state, amount: { total: Number(total) } })
  expect(third.json['transaction_id']).toBe(transactionId)
  const refunds = await v2('/pay/refundquery', asked)
  const count = Number(refunds['refund_count'] ?? 0)
  const refundedFen = Array.from({ length: count }, (_, index) =>
    refunds[`refund_status_${index}`] === 'REFUNDCLOSE' ? 0 : Number(refunds[`refund_fee_${index}`]),
  ).reduce((sum, each) => sum + each, 0)
  return { state, total, transactionId, refundedFen }
}

/** 订单状态: where each may go next. */
const NEXT: Record<string, string[]> = {
  NOTPAY: ['NOTPAY', 'SUCCESS', 'CLOSED', 'REVOKED'],
  SUCCESS: ['SUCCESS', 'REFUND', 'REVOKED'],
  REFUND: ['REFUND'],
  CLOSED: ['CLOSED'],
  REVOKED: ['REVOKED'],
}

function followsFrom(before: Map<string, Told>, out_trade_no: string, now: Told | undefined): void {
  const last = before.get(out_trade_no)
  if (now === undefined) return expect(last).toBeUndefined()
  before.set(out_trade_no, now)
  expect(now.refundedFen).toBeLessThanOrEqual(now.transactionId === undefined ? 0 : Number(now.total))
  expect(now.refundedFen > 0 && now.state === 'SUCCESS').toBe(false)
  if (last === undefined) return expect(now.state).toBe('NOTPAY')
  expect(NEXT[last.state]).toContain(now.state)
  expect(now.total).toBe(last.total)
  if (last.transactionId !== undefined) expect(now.transactionId).toBe(last.transactionId)
}

const STATES: Record<string, string> = {
  PROCESSING: 'PROCESSING',
  SUCCESS: 'SUCCESS',
  CHANGE: 'ABNORMAL',
  REFUNDCLOSE: 'CLOSED',
}

async function sameRefund({ v2, v3, credentials }: V3Scene, out_refund_no: string): Promise<void> {
  const second = await v2('/pay/refundquery', { ...credentials(), out_refund_no })
  const third = await v3(`/v3/refund/domestic/refunds/${out_refund_no}`)
  if (second['result_code'] === 'FAIL')
    return expect([second['err_code'], third.status]).toEqual(['REFUNDNOTEXIST', 404])
  expect(third.json).toMatchObject({
    refund_id: second['refund_id_0'],
    out_trade_no: second['out_trade_no'],
    status: STATES[second['refund_status_0'] ?? ''],
    channel: second['refund_channel_0'],
    amount: { refund: Number(second['refund_fee_0']), total: Number(second['total_fee']) },
  })
}

async function billIsItsRows({ v2File, credentials }: V3Scene, date: string): Promise<void> {
  const bill_date = date.replaceAll('-', '')
  const file = async (bill_type: string): Promise<string[][]> =>
    linesOf(String(await v2File('/pay/downloadbill', { ...credentials(), bill_date, bill_type })))
  const [all, payments, refunds] = [await file('ALL'), await file('SUCCESS'), await file('REFUND')]
  const rows = all.slice(1, -2)
  expect(rows).toHaveLength(payments.slice(1, -2).length + refunds.slice(1, -2).length)
  const total = (column: number): number => rows.reduce((sum, cells) => sum + digits(cells[column]), 0)
  if (all.length > 0)
    expect(all.at(-1)?.map(digits)).toEqual([rows.length, ...[12, 16, 17, 22, 24, 25].map(total)])
  const asked = { ...credentials(), bill_date, account_type: 'Basic', sign_type: 'HMAC-SHA256' }
  const flows = linesOf(String(await v2File('/pay/downloadfundflow', asked)))
  let balance: number | undefined
  for (const cells of flows.slice(1, -2)) {
    const change = digits(cells[6]) * (cells[5] === '收入' ? 1 : -1)
    const after = digits(cells[7])
    if (balance !== undefined) expect(after).toBe(balance + change)
    balance = after
  }
  expect((balance ?? 0) >= 0).toBe(true)
}

/** Cells of each line; none where there is no file. */
function linesOf(text: string): string[][] {
  if (text.startsWith('<xml>')) return []
  return text
    .trimEnd()
    .split('\r\n')
    .map((line) => line.split(',').map((cell) => cell.replace('`', '')))
}

/** An amount by its digits: 0.01 and 1 are the same here, as the columns of each file are alike. */
function digits(cell = ''): number {
  return Number(cell.replace('.', ''))
}
