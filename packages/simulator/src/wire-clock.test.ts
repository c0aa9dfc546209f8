/** By which clock merchants and WeChat understand each other. */
import { expect, test } from 'vitest'
import { START } from './merchant.fixture.ts'
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
