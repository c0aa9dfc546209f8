/** The control API as scripts and tests in any language use it. */
import { expect, test } from 'vitest'
import { certificateAuthority } from '../certificates/certificates.ts'
import { openScene, START } from '../merchant.fixture.ts'

const CONTROL = 'http://localhost:9090/_simulator'
const NUMBER = 'T20261124001'

test('the world can be read, replaced and reset; a new one begins without orders', async () => {
  const scene = openScene()
  await scene.paid()
  const world = await scene.json(`${CONTROL}/world`)
  expect(world).toMatchObject(scene.world)
  await scene.control('world', { ...world, users: [{ ...scene.payer, nickname: '老王' }] }, 'PUT')
  expect(await scene.control('orders')).toEqual([])
  expect(scene.simulator.world().users).toMatchObject([{ nickname: '老王' }])
  await scene.paid()
  await scene.control('reset', {})
  expect(await scene.control('orders')).toEqual([])
  expect(await scene.control('exchanges')).toEqual([])
  expect(scene.simulator.world().users).toMatchObject([{ nickname: '老王' }])
})

test('a world that is not one is refused, naming every field, and the old one stays', async () => {
  const scene = openScene()
  await scene.paid()
  const broken = { officialAccounts: [{ appid: 'x' }], merchants: [], users: [] }
  await expect(scene.control('world', broken, 'PUT')).rejects.toThrow(
    /^400 .*bad_request.*officialAccounts\.0\.appid.*merchants.*users/s,
  )
  expect(await scene.control('orders')).toHaveLength(1)
})

test('time is told and moved, and what falls due on the way happens', async () => {
  const scene = openScene()
  expect(await scene.control('clock')).toEqual({ now: '2026-11-24T02:00:00.000Z', nowMs: START })
  await scene.paid()
  expect(await scene.control('clock', { advanceSeconds: 90 })).toEqual({
    now: '2026-11-24T02:01:30.000Z',
    nowMs: START + 90_000,
  })
  expect(scene.delivered).toHaveLength(1)
})

test.each([{}, { advanceSeconds: -1 }, { advanceSeconds: '60' }, { advanceSeconds: 1e12 }])(
  'time does not move by %o',
  async (body) => {
    await expect(openScene().control('clock', body)).rejects.toThrow(/^400 .*bad_request.*advanceSeconds/s)
  },
)

test('faults are armed for a number of times, listed and disarmed', async () => {
  const { control } = openScene()
  const lost = { kind: 'notification-lost', times: 2, match: { out_trade_no: NUMBER } }
  expect(await control('faults', lost)).toMatchObject(lost)
  expect(await control('faults')).toMatchObject([lost])
  await control('faults', {}, 'DELETE')
  expect(await control('faults')).toEqual([])
  await expect(control('faults', { kind: 'meteor' })).rejects.toThrow(/^400 .*kind/s)
})

test('an answer is lost after the effect, on the path and for the order that were named', async () => {
  const scene = openScene()
  const match = { path: '/pay/unifiedorder', out_trade_no: NUMBER }
  await scene.control('faults', { kind: 'answer-lost-after-effect', match })
  const other = scene.order({ out_trade_no: 'T20261124002' })
  expect(await scene.v2('/pay/unifiedorder', other)).toMatchObject({ result_code: 'SUCCESS' })
  await expect(scene.v2('/pay/unifiedorder', scene.order())).rejects.toThrow(new TypeError('fetch failed'))
  const query = { ...scene.credentials(), out_trade_no: NUMBER }
  expect(await scene.v2('/pay/orderquery', query)).toMatchObject({ trade_state: 'NOTPAY' })
  expect(await scene.control('exchanges')).toContainEqual(
    expect.objectContaining({ title: 'unifiedorder', outcome: 'fault', outTradeNo: NUMBER }),
  )
})

test('a person pays by either number; the order shows it and the balance falls', async () => {
  const scene = openScene()
  const { prepay_id: prepayId } = await scene.v2('/pay/unifiedorder', scene.order())
  expect(await scene.control('pay', { prepay_id: prepayId })).toMatchObject({
    out_trade_no: NUMBER,
    total_fee: 12_800,
    trade_state: 'SUCCESS',
    prepay_ids: [prepayId],
    paid_at: '2026-11-24T02:00:00.000Z',
  })
  expect(await scene.control('orders')).toMatchObject([{ trade_state: 'SUCCESS' }])
  const state = (await scene.control('phone/state')) as { users: { id: string; balanceFen: number }[] }
  expect(state.users[0]).toMatchObject({ id: scene.payer.id, balanceFen: 100_000 - 12_800 })
  expect(await scene.control('exchanges')).toContainEqual(
    expect.objectContaining({ from: 'user', to: 'wechat', title: 'pay', outcome: 'ok' }),
  )
})

test('a prepay_id and a number that contradict each other pay nobody', async () => {
  const scene = openScene()
  const { prepay_id: prepayId } = await scene.v2('/pay/unifiedorder', scene.order())
  await scene.v2('/pay/unifiedorder', scene.order({ out_trade_no: 'T20261124002' }))
  for (const [contradiction, status] of [
    [{ prepay_id: 'wx-unknown', out_trade_no: NUMBER }, 404],
    [{ prepay_id: prepayId, out_trade_no: 'T20261124002' }, 409],
    [{ prepay_id: prepayId, mchid: '1900000999' }, 409],
  ] as const)
    await expect(scene.control('pay', contradiction)).rejects.toThrow(new RegExp(`^${status} `))
  expect(await scene.control('orders', undefined)).toMatchObject([
    { trade_state: 'NOTPAY' },
    { trade_state: 'NOTPAY' },
  ])
})

test('time moves by whole milliseconds, of which numbers are made', async () => {
  const scene = openScene()
  await scene.control('clock', { advanceSeconds: 0.0333 })
  const { prepay_id: prepayId } = await scene.v2('/pay/unifiedorder', scene.order())
  expect(prepayId).toMatch(/^wx[0-9a-f]{34}$/)
})

test.each(['cancel', 'fail'])('a payment that ends with %s leaves the order unpaid', async (result) => {
  const scene = openScene()
  await scene.v2('/pay/unifiedorder', scene.order())
  expect(await scene.control('pay', { out_trade_no: NUMBER, result })).toMatchObject({
    trade_state: 'NOTPAY',
  })
  await scene.simulator.settle()
  expect(scene.delivered).toHaveLength(0)
})

test('what a person cannot pay is refused in the words of WeChat’s dialogs', async () => {
  const scene = openScene()
  const pay = (body: object): Promise<unknown> => scene.control('pay', body)
  await expect(pay({ result: 'ok' })).rejects.toThrow(/^400 .*prepay_id or out_trade_no/s)
  await expect(pay({ out_trade_no: NUMBER })).rejects.toThrow(/^404 .*no such order/)
  await scene.v2('/pay/unifiedorder', scene.order({ out_trade_no: 'SOMEBODY-ELSES' }))
  await expect(pay({ prepay_id: 'wx-unknown' })).rejects.toThrow(/^404 .*no such order/)
  const { prepay_id: prepayId } = await scene.v2('/pay/unifiedorder', scene.order())
  const stranger = scene.world.users[1]?.openids[scene.account.appid]
  await expect(pay({ out_trade_no: NUMBER, openid: stranger })).rejects.toThrow(
    /^409 .*conflict.*下单账号与支付账号不一致/,
  )
  scene.pass(7200)
  await expect(pay({ prepay_id: prepayId })).rejects.toThrow(/^409 .*该订单已过期，请重新下单/)
  await pay({ out_trade_no: NUMBER })
  await expect(pay({ out_trade_no: NUMBER })).rejects.toThrow(/^409 .*该订单已支付/)
  await scene.v2('/pay/unifiedorder', scene.order({ out_trade_no: 'T20261124002', total_fee: '100001' }))
  await expect(pay({ out_trade_no: 'T20261124002' })).rejects.toThrow(/^409 .*余额不足/)
})

test('the stream tells what was said and what is being said, once and in order', async () => {
  const scene = openScene()
  await scene.v2('/pay/unifiedorder', scene.order())
  const headers = { accept: 'text/event-stream' }
  const stream = await scene.send(`${CONTROL}/exchanges`, { headers })
  expect(stream.headers.get('content-type')).toContain('text/event-stream')
  const reader = stream.body?.pipeThrough(new TextDecoderStream()).getReader()
  await scene.paid()
  let heard = ''
  while (heard.split('\n\n').length <= 3) heard += (await reader?.read())?.value ?? ''
  await reader?.cancel()
  const told = [...heard.matchAll(/^data: (.+)$/gm)].map(([, data = '']) => JSON.parse(data) as object)
  expect(told).toMatchObject([
    { id: 1, title: 'unifiedorder' },
    { id: 2, title: 'unifiedorder' },
    { id: 3, title: 'pay' },
  ])
})

test('broken JSON, and more of it than anyone needs, are refused', async () => {
  const { send } = openScene()
  const said = async (body: string): Promise<unknown> => {
    const response = await send(`${CONTROL}/clock`, { method: 'POST', body })
    return [response.status, ((await response.json()) as { error: { code: string } }).error.code]
  }
  expect(await said('{')).toEqual([400, 'bad_request'])
  expect(await said(' '.repeat(1024 * 1024 + 1))).toEqual([413, 'too_large'])
})

test.each([
  ['http://rebound.example.com:9090/_simulator/world', {}],
  ['http://127.0.0.1.example.com/_simulator/world', {}],
  ['http://localhost:9090/_simulator/world', { origin: 'https://evil.example.com' }],
  ['http://localhost:9090/_simulator/world', { origin: 'http://localhost:8080' }],
  ['http://localhost:9090/_simulator/world', { origin: 'null' }],
  ['http://localhost:9090/_simulator/phone/state', { origin: 'https://evil.example.com' }],
])('%s asked with %o is none of their business', async (url, headers) => {
  const response = await openScene().send(url, { headers })
  expect(response.status).toBe(403)
  expect(await response.json()).toMatchObject({ error: { code: 'forbidden' } })
})

test.each(['localhost:9090', '127.0.0.1:9090', '[::1]:9090', 'simulator.localhost'])(
  'the simulator’s own pages under %s are answered',
  async (host) => {
    const url = `http://${host}/_simulator/clock`
    expect((await openScene().send(url, { headers: { origin: `http://${host}` } })).status).toBe(200)
  },
)

test('the authority to trust is handed out, the same as long as the seed is', async () => {
  const { send, simulator } = openScene()
  const { certificatePem } = certificateAuthority('shouyin')
  expect(await (await send(`${CONTROL}/ca.pem`)).text()).toBe(certificatePem)
  expect(await (await send(`${CONTROL}/world`)).json()).toMatchObject({
    ...simulator.world(),
    caPem: certificatePem,
  })
})
