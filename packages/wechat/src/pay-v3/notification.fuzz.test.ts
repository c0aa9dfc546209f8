/** What a stranger may send: mutations of a real notification. None is accepted, and nothing but our own errors comes out. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { WechatError } from '../errors.ts'
import { APPID, MCHID, NOW, notified, payTown, type SentNotification } from './wechat-pay.fake.ts'

const PAID = {
  appid: APPID,
  mchid: MCHID,
  out_trade_no: '1217752501201407033233368018',
  transaction_id: '4200000001202406010000000001',
  trade_type: 'JSAPI',
  trade_state: 'SUCCESS',
  bank_type: 'OTHERS',
  success_time: '2024-06-01T10:00:00+08:00',
  payer: { openid: 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o' },
  amount: { total: 100, payer_total: 100, currency: 'CNY', payer_currency: 'CNY' },
}
const NAMES = ['Wechatpay-Timestamp', 'Wechatpay-Nonce', 'Wechatpay-Serial', 'Wechatpay-Signature'] as const

type Mutation = (sent: SentNotification) => SentNotification

const spot = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
const inBody =
  (change: (body: Uint8Array<ArrayBuffer>, at: number) => Uint8Array<ArrayBuffer>) =>
  (where: number): Mutation =>
  ({ headers, body }) => ({ headers, body: change(body.slice(), Math.floor(where * body.length)) })
const inHeader =
  (name: string, change: (value: string) => string): Mutation =>
  ({ headers, body }) => ({ headers: { ...headers, [name]: change(headers[name] ?? '') }, body })

const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.tuple(spot, fc.integer({ min: 1, max: 255 })).map(([where, bits]) =>
    inBody((body, at) => {
      body[at] = (body[at] ?? 0) ^ bits
      return body
    })(where),
  ),
  spot.map(inBody((body, at) => body.slice(0, at))),
  spot.map(inBody((body, at) => new Uint8Array([...body.subarray(0, at), ...body.subarray(at + 1)]))),
  fc
    .tuple(spot, fc.uint8Array({ minLength: 1, maxLength: 8 }))
    .map(([where, bytes]) =>
      inBody((body, at) => new Uint8Array([...body.subarray(0, at), ...bytes, ...body.subarray(at)]))(where),
    ),
  fc
    .tuple(fc.constantFrom(...NAMES), spot, fc.string({ minLength: 1, maxLength: 1, unit: 'binary' }))
    .map(([name, where, character]) =>
      inHeader(name, (value) => {
        const at = Math.floor(where * value.length)
        return value.slice(0, at) + character + value.slice(at + 1)
      }),
    ),
  fc
    .tuple(fc.constantFrom(...NAMES), fc.string({ maxLength: 80 }))
    .map(([name, value]) => inHeader(name, () => value)),
  fc.constantFrom(...NAMES).map(
    (name): Mutation =>
      ({ headers, body }) => {
        const { [name]: _, ...others } = headers
        return { headers: others, body }
      },
  ),
  fc
    .integer({ min: -100_000, max: 100_000 })
    .map((seconds) => inHeader('Wechatpay-Timestamp', (value) => String(Number(value) + seconds))),
)

function isUnchanged(one: SentNotification, other: SentNotification): boolean {
  const isSame = (name: string): boolean => one.headers[name] === other.headers[name]
  return Buffer.from(one.body).equals(Buffer.from(other.body)) && NAMES.every(isSame)
}

async function outcome(message: SentNotification, pay = payTown({}).pay): Promise<'accepted' | WechatError> {
  try {
    await pay.readNotification(message)
    return 'accepted'
  } catch (error) {
    if (error instanceof WechatError) return error
    throw error
  }
}

test('of 100,000 mutated notifications none is accepted', { timeout: 120_000 }, async () => {
  const sent = await notified({ resource: PAID })
  const { pay } = payTown({})
  expect(await outcome(sent, pay)).toBe('accepted')
  let mutated = 0
  const property = fc.asyncProperty(fc.array(mutation, { minLength: 1, maxLength: 2 }), async (mutations) => {
    const message = mutations.reduce((each, mutate) => mutate(each), sent)
    if (isUnchanged(message, sent)) return
    mutated += 1
    expect(await outcome(message, pay)).toBeInstanceOf(WechatError)
  })
  await fc.assert(property, { numRuns: 103_000 })
  expect(mutated).toBeGreaterThanOrEqual(100_000)
})

test('what is rightly signed but made up fails with our errors only', { timeout: 60_000 }, async () => {
  const { pay } = payTown({})
  const value = fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.constantFrom(...Object.values(PAID)))
  const resource = fc.record(Object.fromEntries(Object.keys(PAID).map((name) => [name, value])), {
    requiredKeys: [],
  })
  const event_type = fc.constantFrom(
    'TRANSACTION.SUCCESS',
    'REFUND.SUCCESS',
    'REFUND.CLOSED',
    'SECURITY_ECHO.SUCCESS',
    'X',
  )
  const changed = fc.record(
    { algorithm: value, nonce: value, ciphertext: value, associated_data: value },
    { requiredKeys: [] },
  )
  const sending = fc.record({ resource, event_type, sealed: changed }, { requiredKeys: ['resource'] })
  const property = fc.asyncProperty(sending, async (each) => {
    const message = await notified({ now: NOW, ...each })
    expect(['string', 'object']).toContain(typeof (await outcome(message, pay)))
  })
  await fc.assert(property, { numRuns: 1000 })
})
