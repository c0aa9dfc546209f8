/** By which clock merchants and WeChat understand each other. */
import { describe, expect, test } from 'vitest'
import { beijingCompact, beijingRfc3339 } from './beijing-time.ts'
import { openScene, START } from './merchant.fixture.ts'
import { openV3Scene, type V3Scene } from './pay-v3/merchant-v3.fixture.ts'

const TARGET = '/v3/pay/transactions/out-trade-no/T20261124001'

/** The status of a request signed so many seconds after the beginning, and the time the answer was signed at. */
async function asked(scene: V3Scene, seconds: number): Promise<{ status: number; signedAfter: number }> {
  const timestamp = String(START / 1000 + seconds)
  const { status, headers } = await scene.v3(`${TARGET}?mchid=${scene.merchant.mchid}`, {
    signed: { timestamp },
  })
  return { status, signedAfter: Number(headers.get('wechatpay-timestamp')) - START / 1000 }
}

test('a merchant that lives by this machine’s clock is understood in a world that was moved ahead', async () => {
  const scene = openV3Scene()
  await scene.v3Paid()
  await scene.simulator.advance(7200)
  expect(await asked(scene, 10)).toEqual({ status: 200, signedAfter: 0 })
  expect(await asked(scene, 7200)).toEqual({ status: 200, signedAfter: 7200 })
  expect((await asked(scene, 3600)).status).toBe(401)
})

test('its notifications are dated by the clock it last used', async () => {
  const scene = openV3Scene()
  await scene.simulator.advance(7200)
  await asked(scene, 10)
  await scene.v3('/v3/pay/transactions/jsapi', {
    body: scene.v3Order(),
    signed: { timestamp: String(START / 1000) },
  })
  await scene.control('pay', { out_trade_no: 'T20261124001' })
  await scene.simulator.settle()
  expect(Number(scene.delivered[0]?.headers['wechatpay-timestamp'])).toBe(START / 1000)
})

test.each([600, -600])(
  'a clock that is %i s wrong refuses the merchant’s, and tells what time it takes it for',
  async (skewSeconds) => {
    const scene = openV3Scene()
    await scene.v3Paid()
    await scene.control('faults', { kind: 'clock-skew', skewSeconds, match: { mchid: scene.merchant.mchid } })
    const { status, headers, json } = await scene.v3(`${TARGET}?mchid=${scene.merchant.mchid}`)
    expect(status).toBe(401)
    expect(json['message']).toContain('不得超过5分钟')
    expect(Date.parse(headers.get('date') ?? '')).toBe(START + skewSeconds * 1000)
    expect(await asked(scene, skewSeconds)).toEqual({ status: 200, signedAfter: skewSeconds })
  },
)

test('a wrong clock shows in the rid of the account’s API as in its Date', async () => {
  const scene = openScene()
  await scene.control('faults', { kind: 'clock-skew', skewSeconds: 600 })
  const response = await scene.send('https://api.weixin.qq.com/cgi-bin/get_api_domain_ip')
  const seconds = START / 1000 + 600
  expect(Date.parse(response.headers.get('date') ?? '')).toBe(seconds * 1000)
  expect(await response.text()).toContain(`rid: ${seconds.toString(16)}-`)
})

describe('the last moment of an order, named by this machine’s clock in a world that was moved ahead,', () => {
  const quarter = beijingRfc3339(START + 15 * 60_000)

  test('is as far away for v2, which tells nobody its clock', async () => {
    const scene = openScene()
    const order = scene.order({ time_expire: beijingCompact(START + 15 * 60_000) })
    await scene.simulator.advance(24 * 3600)
    expect(await scene.v2('/pay/unifiedorder', order)).toMatchObject({ result_code: 'SUCCESS' })
    await scene.simulator.advance(14 * 60)
    await scene.control('pay', { out_trade_no: 'T20261124001' })
    expect(await scene.control('orders')).toMatchObject([{ trade_state: 'SUCCESS' }])
  })

  test('has passed where it has passed by either clock', async () => {
    const scene = openScene()
    await scene.simulator.advance(24 * 3600)
    const order = scene.order({ time_expire: beijingCompact(START - 60_000) })
    expect(await scene.v2('/pay/unifiedorder', order)).toMatchObject({ return_code: 'FAIL' })
  })

  test.each([
    ['that clock', 0, 14],
    ['the world’s, by which it has passed and is moved a minute ahead', 24 * 3600, 1],
  ])('is as far away for v3 that signs by %s', async (_clock, seconds, minutes) => {
    const scene = openV3Scene()
    await scene.simulator.advance(24 * 3600)
    const signed = { timestamp: String(START / 1000 + seconds) }
    const body = scene.v3Order({ time_expire: quarter })
    expect((await scene.v3('/v3/pay/transactions/jsapi', { body, signed })).status).toBe(200)
    await scene.simulator.advance(minutes * 60 - 1)
    await scene.control('pay', { out_trade_no: 'T20261124001' })
    expect(await scene.control('orders')).toMatchObject([{ trade_state: 'SUCCESS' }])
  })
})
