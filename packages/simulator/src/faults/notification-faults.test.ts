/** Notifications that go wrong on purpose, as a merchant's endpoint gets them. */
import { describe, expect, test } from 'vitest'
import { type MerchantScene, openScene, START } from '../merchant.fixture.ts'
import { signV2 } from '../pay-v2/sign.ts'
import { readXml } from '../pay-v2/xml.ts'
import { openV3Scene, type Sealed, unsealed, type V3Scene } from '../pay-v3/merchant-v3.fixture.ts'

const DAY = 24 * 3600
const secondsOf = ({ delivered }: MerchantScene): number[] => delivered.map(({ at }) => (at - START) / 1000)

describe('deliveries', () => {
  test('parallel copies leave at once, and are repeated together until all are acknowledged', async () => {
    const scene = openScene()
    await scene.control('faults', { kind: 'notification-parallel', copies: 4 })
    let answers = 0
    scene.acknowledge = () => {
      answers += 1
      return new Response(answers === 2 ? 'busy' : '<xml><return_code>SUCCESS</return_code></xml>')
    }
    await scene.paid()
    await scene.simulator.advance(DAY)
    expect(secondsOf(scene)).toEqual([0, 0, 0, 0, 15, 15, 15, 15])
  })

  test('a late one leaves late', async () => {
    const scene = openScene()
    await scene.control('faults', { kind: 'notification-late', delaySeconds: 90 })
    await scene.paid()
    await scene.simulator.advance(DAY)
    expect(secondsOf(scene)).toEqual([90])
  })

  test('one out of order lets the merchant’s next one go first', async () => {
    const scene = openScene()
    await scene.control('faults', {
      kind: 'notification-out-of-order',
      match: { out_trade_no: 'T20261124001' },
    })
    await scene.paid('T20261124001')
    await scene.simulator.advance(10)
    await scene.paid('T20261124002')
    await scene.simulator.advance(DAY)
    const numbers = scene.delivered.map(({ body }) => readXml(body)?.['out_trade_no'])
    expect(numbers).toEqual(['T20261124002', 'T20261124001'])
    expect(secondsOf(scene)).toEqual([10, 10])
  })

  test('and leaves anyway when there is no next one', async () => {
    const scene = openScene()
    await scene.control('faults', { kind: 'notification-out-of-order', delaySeconds: 120 })
    await scene.paid()
    await scene.simulator.advance(DAY)
    expect(secondsOf(scene)).toEqual([120])
  })

  test('a repeated one comes again although it was acknowledged, once', async () => {
    const scene = openScene()
    await scene.control('faults', { kind: 'notification-repeated', delaySeconds: 300 })
    await scene.paid()
    await scene.simulator.advance(DAY)
    expect(secondsOf(scene)).toEqual([0, 300])
  })

  test('with a probability every other one is lost, the same ones for the same seed', async () => {
    const arrivals = async (): Promise<string[]> => {
      const scene = openScene()
      await scene.control('faults', { kind: 'notification-lost', probability: 0.5 })
      for (let order = 0; order < 8; order += 1)
        await scene.paid(`T2026112400${order}`).catch(() => undefined)
      await scene.simulator.settle()
      return scene.delivered.map(({ body }) => readXml(body)?.['out_trade_no'] ?? '')
    }
    const first = await arrivals()
    expect(await arrivals()).toEqual(first)
    expect(first.length).toBeGreaterThan(0)
    expect(first.length).toBeLessThan(8)
  })
})

describe('v2', () => {
  test('a wrong signature is repeated rightly; a merchant who believed it is told on', async () => {
    const scene = openScene()
    await scene.control('faults', { kind: 'notification-wrong-signature' })
    await scene.paid()
    await scene.simulator.settle()
    const fields = readXml(scene.delivered[0]?.body ?? '') ?? {}
    expect(fields['sign']).not.toBe(signV2(fields, scene.merchant.apiKey, 'MD5'))
    expect(await notes(scene)).toEqual([expect.stringContaining('it does not verify')])
  })

  test('and who refuses it gets the right one after fifteen seconds', async () => {
    const scene = openScene()
    await scene.control('faults', { kind: 'notification-wrong-signature' })
    scene.acknowledge = (init) => {
      const fields = readXml(String(init.body)) ?? {}
      const isRight = fields['sign'] === signV2(fields, scene.merchant.apiKey, 'MD5')
      return new Response(`<xml><return_code>${isRight ? 'SUCCESS' : 'FAIL'}</return_code></xml>`)
    }
    await scene.paid()
    await scene.simulator.advance(DAY)
    expect(secondsOf(scene)).toEqual([0, 15])
  })

  test('what only v3 knows does not strike', async () => {
    const scene = openScene()
    await scene.control('faults', { kind: 'notification-probe' })
    await scene.paid()
    await scene.simulator.advance(DAY)
    expect(scene.delivered).toHaveLength(1)
    expect(await scene.control('faults')).toHaveLength(1)
  })
})

describe('v3', () => {
  /** What the merchant thinks of each delivery, the endpoint refusing what it does not believe. */
  async function judged(kind: string, change: object = {}): Promise<{ scene: V3Scene; believed: boolean[] }> {
    const scene = openV3Scene()
    const believed: boolean[] = []
    scene.acknowledge = async ({ headers, body }) => {
      believed.push(await scene.isFromWechat(new Headers(headers), String(body)))
      return new Response(null, { status: believed.at(-1) === true ? 204 : 401 })
    }
    await scene.control('faults', { kind, ...change })
    await scene.v3Paid()
    await scene.simulator.advance(DAY)
    return { scene, believed }
  }

  test('a probe goes ahead, and the right one follows shortly whatever it was answered', async () => {
    const { scene, believed } = await judged('notification-probe')
    expect(believed).toEqual([false, true])
    expect(secondsOf(scene)).toEqual([0, 5])
    expect(scene.delivered[0]?.headers['wechatpay-signature']).toMatch(/^WECHATPAY\/SIGNTEST\//)
    expect(scene.delivered[0]?.body).toBe(scene.delivered[1]?.body)
  })

  test.each(['notification-wrong-signature', 'notification-unknown-serial'])(
    '%s is refused, and repeated rightly',
    async (kind) => {
      const { scene, believed } = await judged(kind, { times: 2 })
      expect(believed).toEqual([false, false, true])
      expect(secondsOf(scene)).toEqual([0, 15, 30])
    },
  )

  test('a stale one is rightly signed, ten minutes before it leaves', async () => {
    const { scene, believed } = await judged('notification-stale')
    expect(believed).toEqual([true])
    expect(Number(scene.delivered[0]?.headers['wechatpay-timestamp'])).toBe(START / 1000 - 600)
  })

  test.each([
    ['notification-wrong-aad', /^(?!.*JSON)/],
    ['notification-corrupted', /JSON/],
  ])('%s is believed, and cannot be read', async (kind, words) => {
    const { scene, believed } = await judged(kind)
    expect(believed).toEqual([true])
    const envelope = JSON.parse(scene.delivered[0]?.body ?? '') as { resource: Sealed }
    const reading = unsealed(scene.merchant.apiV3Key ?? '', envelope.resource).then((text) =>
      JSON.parse(text),
    )
    await expect(reading).rejects.toThrow(words)
  })

  test('keys switch between the repetitions of one notification', async () => {
    const scene = openV3Scene()
    const serials: (string | null)[] = []
    scene.acknowledge = ({ headers }) => {
      serials.push(new Headers(headers).get('wechatpay-serial'))
      return new Response(null, { status: serials.length < 4 ? 500 : 204 })
    }
    await scene.control('faults', { kind: 'notification-key-switch' })
    await scene.v3Paid()
    await scene.simulator.advance(DAY)
    const kinds = serials.map((serial) => (serial?.startsWith('PUB_KEY_ID_') ? 'public key' : 'certificate'))
    expect(kinds).toEqual(['certificate', 'public key', 'certificate', 'public key'])
  })
})

async function notes({ control }: MerchantScene): Promise<unknown[]> {
  const exchanges = (await control('exchanges')) as { title: string; note?: string }[]
  return exchanges.filter(({ title }) => title === 'payment notification').map(({ note }) => note)
}
