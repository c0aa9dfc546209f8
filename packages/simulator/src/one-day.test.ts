/** A day of WeChat's in one test, on both APIs: nobody sleeps, the clock is moved. */
import { expect, test } from 'vitest'
import { openV3Scene, type V3Scene } from './pay-v3/merchant-v3.fixture.ts'

const API = 'https://api.weixin.qq.com/cgi-bin'
const HOUR = 3600
/** 15s/15s/30s/3m/10m/20m/30m/30m/30m/60m/3h/3h/3h/6h/6h, as seconds after the payment. */
const LADDER = [0, 15, 30, 60, 240, 840, 2040, 3840, 5640, 7440, 11040, 21840, 32640, 43440, 65040, 86640]

test('a day passes: sixteen notifications nobody acknowledges, what lives two hours ends, the morning brings the bills', async () => {
  const scene = openV3Scene()
  const { v2, v3, v3Order, v3Paid, order, control, simulator, delivered } = scene
  scene.acknowledge = () => new Response('busy', { status: 503 })

  const { access_token: token } = await scene.json(tokenUrl(scene))
  const { ticket } = await scene.json(`${API}/ticket/getticket?access_token=${token}&type=jsapi`)
  const old = await v2('/pay/unifiedorder', order({ out_trade_no: 'LEFT-V2' }))
  const { json } = await v3('/v3/pay/transactions/jsapi', { body: v3Order({ out_trade_no: 'LEFT-V3' }) })
  const paidAt = simulator.now()
  await scene.paid('PAID-V2', { notify_url: 'https://shop.example.com/v2' })
  await v3Paid('PAID-V3', { notify_url: 'https://shop.example.com/v3' })

  await simulator.advance(2 * HOUR)
  const refused = await scene.json(`${API}/ticket/getticket?access_token=${token}&type=jsapi`)
  expect(refused).toMatchObject({ errcode: 42001 })
  const { access_token: next } = await scene.json(tokenUrl(scene))
  const { ticket: other } = await scene.json(`${API}/ticket/getticket?access_token=${next}&type=jsapi`)
  expect(other).not.toBe(ticket)
  for (const prepay_id of [old['prepay_id'], json['prepay_id']])
    await expect(control('pay', { prepay_id })).rejects.toThrow('过期')
  expect(await v2('/pay/orderquery', { ...scene.credentials(), out_trade_no: 'LEFT-V2' })).toMatchObject({
    trade_state: 'NOTPAY',
  })

  await simulator.advance(22 * HOUR - 1)
  expect(await bills(scene)).toEqual(['Bill Creating', 'STATEMENT_CREATING'])
  await simulator.advance(1)
  const [plain] = await bills(scene)
  expect(plain).toContain('`PAID-V2,')
  expect(plain).toContain('`PAID-V3,')
  expect(plain).not.toContain('LEFT')
  expect(plain).toMatch(/\n`2,`256\.00,/)

  await simulator.advance(HOUR)
  for (const path of ['/v2', '/v3']) {
    const mine = delivered.filter(({ url }) => url.endsWith(path))
    expect(mine.map(({ at }) => (at - paidAt) / 1000)).toEqual(LADDER)
  }
})

function tokenUrl({ account: { appid, secret } }: V3Scene): string {
  return `${API}/token?grant_type=client_credential&appid=${appid}&secret=${secret}`
}

/** The trade bill of the day by v2, or why there is none; and the same of v3. */
async function bills(scene: V3Scene): Promise<[string, string]> {
  const fields = { ...scene.credentials(), bill_date: '20261124', bill_type: 'ALL' }
  const file = String(await scene.v2File('/pay/downloadbill', fields))
  const { json } = await scene.v3('/v3/bill/tradebill?bill_date=2026-11-24')
  const refusal = /<return_msg><!\[CDATA\[(.*?)\]\]>/.exec(file)?.[1]
  return [refusal ?? file, String(json['code'] ?? json['hash_type'])]
}
