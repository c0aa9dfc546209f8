/** Payment notifications as a merchant's endpoint gets them. */
import { expect, test } from 'vitest'
import { ACKNOWLEDGED, openScene, START } from '../merchant.fixture.ts'
import { signV2 } from '../pay-v2/sign.ts'
import { readXml } from '../pay-v2/xml.ts'

test.each(['MD5', 'HMAC-SHA256'] as const)(
  'a payment is announced in alphabetical order, CDATA but for the sum, signed with the order’s %s',
  async (signType) => {
    const { v2, order, control, simulator, delivered, merchant, openid } = openScene()
    await v2('/pay/unifiedorder', order({ sign_type: signType, attach: '茶', device_info: 'WEB' }))
    await control('pay', { out_trade_no: 'T20261124001' })
    await simulator.settle()
    const body = delivered[0]?.body ?? ''
    const fields = readXml(body) ?? {}
    expect(fields).toEqual({
      appid: order()['appid'],
      attach: '茶',
      bank_type: 'OTHERS',
      cash_fee: '12800',
      device_info: 'WEB',
      fee_type: 'CNY',
      is_subscribe: 'N',
      mch_id: merchant.mchid,
      nonce_str: expect.stringMatching(/^\w{32}$/),
      openid,
      out_trade_no: 'T20261124001',
      result_code: 'SUCCESS',
      return_code: 'SUCCESS',
      sign: signV2(fields, merchant.apiKey, signType),
      time_end: '20261124100000',
      total_fee: '12800',
      trade_type: 'JSAPI',
      transaction_id: expect.stringMatching(/^42000\d{5}20261124\d{10}$/),
    })
    expect(Object.keys(fields)).toEqual(Object.keys(fields).sort())
    expect(body).toContain('<total_fee>12800</total_fee>')
    expect(body).toContain('<cash_fee><![CDATA[12800]]></cash_fee>')
    expect(body).toMatch(/^<xml><appid>/)
  },
)

test('it is posted as XML under a request id, and follows no redirect', async () => {
  const scene = openScene()
  let sent: RequestInit = {}
  scene.acknowledge = (init) => {
    sent = init
    return new Response(ACKNOWLEDGED)
  }
  await scene.paid()
  await scene.simulator.settle()
  expect(sent).toMatchObject({ method: 'POST', redirect: 'manual' })
  expect(sent.signal).toBeInstanceOf(AbortSignal)
  expect(scene.delivered[0]).toMatchObject({
    url: 'https://shop.example.com/notify',
    headers: { 'content-type': 'text/xml', 'request-id': expect.stringMatching(/^[0-9a-f]{32}-\d+$/) },
  })
})

test('what is never acknowledged is repeated at WeChat’s intervals for a day, and then no more', async () => {
  const scene = openScene()
  scene.acknowledge = () => new Response('success')
  await scene.paid()
  await scene.simulator.advance(3 * 24 * 3600)
  const minutes = [0, 15, 30, 60].map((seconds) => seconds / 60)
  const after = [4, 14, 34, 64, 94, 124, 184, 364, 544, 724, 1084, 1444]
  expect(scene.delivered.map(({ at }) => (at - START) / 60_000)).toEqual([...minutes, ...after])
  expect(new Set(scene.delivered.map(({ body }) => body)).size).toBe(1)
})

const doubtful: [string, () => Response][] = [
  ['an empty body', () => new Response('')],
  ['ok', () => new Response('ok')],
  ['success', () => new Response('success')],
  ['JSON', () => new Response('{"return_code":"SUCCESS"}')],
  ['a page', () => new Response('<!DOCTYPE html><html></html>')],
  ['a literal line break', () => new Response(ACKNOWLEDGED.replace('</xml>', '\\n</xml>'))],
  ['text behind it', () => new Response(`${ACKNOWLEDGED}ok`)],
  ['another root', () => new Response('<root><return_code>SUCCESS</return_code></root>')],
  ['another element', () => new Response('<xml><code>SUCCESS</code></xml>')],
  ['FAIL', () => new Response('<xml><return_code>FAIL</return_code><return_msg>签名失败</return_msg></xml>')],
  ['another status', () => new Response(ACKNOWLEDGED, { status: 201 })],
  ['an error', () => new Response(ACKNOWLEDGED, { status: 500 })],
  ['a redirect', () => new Response(null, { status: 302, headers: { location: '/elsewhere' } })],
  ['more than anyone would say', () => new Response(`${ACKNOWLEDGED}${' '.repeat(100_000)}`)],
]
test.each(doubtful)('%s does not acknowledge', async (_what, answer) => {
  const scene = openScene()
  scene.acknowledge = answer
  await scene.paid()
  await scene.simulator.advance(15)
  expect(scene.delivered).toHaveLength(2)
})

test.each([
  ['CDATA or not', '<xml><return_code>SUCCESS</return_code></xml>'],
  ['white space around it', `\n  ${ACKNOWLEDGED}\r\n`],
  ['a return_msg', ACKNOWLEDGED.replace('</xml>', '<return_msg><![CDATA[OK]]></return_msg></xml>')],
])('an acknowledgement with %s is one', async (_what, body) => {
  const scene = openScene()
  scene.acknowledge = () => new Response(body)
  await scene.paid()
  await scene.simulator.advance(24 * 3600)
  expect(scene.delivered).toHaveLength(1)
})

test('an endpoint that cannot be reached, or is too slow, is asked again, and the inspector says which', async () => {
  const scene = openScene()
  const failures = [new TypeError('fetch failed'), new DOMException('aborted', 'TimeoutError')]
  scene.acknowledge = () => {
    const failure = failures.shift()
    if (failure !== undefined) throw failure
    return new Response(ACKNOWLEDGED)
  }
  await scene.paid()
  await scene.simulator.advance(60)
  expect(scene.delivered).toHaveLength(3)
  const notes = (await exchanges(scene)).filter(({ title }) => title === 'payment notification')
  expect(notes.map(({ outcome, note }) => [outcome, note])).toEqual([
    ['fault', expect.stringContaining('not reached')],
    ['fault', expect.stringContaining('no answer within 5 s')],
    ['ok', undefined],
  ])
  // Whom it was told to, for those who follow one merchant.
  expect(new Set(notes.map(({ mchid }) => mchid))).toEqual(new Set([scene.merchant.mchid]))
})

test('a lost one never leaves; a doubled one leaves twice, and is repeated twice', async () => {
  const scene = openScene()
  await scene.control('faults', { kind: 'notification-lost' })
  await scene.paid('T20261124001')
  await scene.simulator.advance(24 * 3600)
  expect(scene.delivered).toHaveLength(0)
  await scene.control('faults', { kind: 'notification-doubled', match: { out_trade_no: 'T20261124003' } })
  await scene.paid('T20261124002')
  await scene.simulator.settle()
  expect(scene.delivered).toHaveLength(1)
  scene.acknowledge = () => new Response('FAIL')
  await scene.paid('T20261124003')
  await scene.simulator.advance(15)
  expect(scene.delivered).toHaveLength(5)
})

test('nothing of a world that was reset is announced in the next one, nor repeated', async () => {
  const scene = openScene()
  await scene.paid()
  await scene.control('reset', {})
  await scene.simulator.advance(3600)
  expect(scene.delivered).toHaveLength(0)
  scene.acknowledge = async () => {
    await scene.control('reset', {})
    return new Response('FAIL')
  }
  await scene.paid()
  await scene.simulator.advance(3600)
  expect(scene.delivered).toHaveLength(1)
})

async function exchanges({ control }: ReturnType<typeof openScene>): Promise<Record<string, unknown>[]> {
  return (await control('exchanges')) as Record<string, unknown>[]
}
