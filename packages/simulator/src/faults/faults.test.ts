/** Which faults strike where, how often, and by which seed. */
import { expect, test } from 'vitest'
import { FAULT_KINDS } from './fault-kinds.ts'
import { createFaults, type FaultMatch, faultRequest } from './faults.ts'

const fault = (request: object): ReturnType<typeof faultRequest.parse> => faultRequest.parse(request)

test('a fault strikes as often as it was armed for, and then no more', () => {
  const faults = createFaults('seed')
  faults.arm(fault({ kind: 'notification-lost', times: 2 }))
  expect([1, 2, 3].map(() => faults.strikes('notification-lost', {}))).toEqual([true, true, false])
  expect(faults.armed()).toEqual([])
})

const place = {
  host: 'api.mch.weixin.qq.com',
  path: '/pay/unifiedorder',
  mchid: '1600000001',
  appid: 'wx0000000000000001',
  outTradeNo: 'T1',
  outRefundNo: 'R1',
}
const rules: [FaultMatch, boolean][] = [
  [{}, true],
  [{ host: place.host, path: place.path, mchid: place.mchid, out_trade_no: 'T1', out_refund_no: 'R1' }, true],
  [{ host: 'api2.mch.weixin.qq.com' }, false],
  [{ path: '/pay/orderquery' }, false],
  [{ mchid: '1600000002' }, false],
  [{ appid: place.appid }, true],
  [{ appid: 'wx0000000000000002' }, false],
  [{ out_trade_no: 'T2' }, false],
  [{ out_refund_no: 'R2' }, false],
  [{ path: place.path, out_trade_no: 'T2' }, false],
]
test.each(rules)('a rule of %o covers a call of that place: %s', (match, strikes) => {
  const faults = createFaults('seed')
  faults.arm(fault({ kind: 'answer-lost-after-effect', match }))
  expect(faults.strikes('answer-lost-after-effect', place)).toBe(strikes)
})

test('with a probability the seed decides, the same each time, and goes on deciding', () => {
  const drawn = (seed: string): boolean[] => {
    const faults = createFaults(seed)
    faults.arm(fault({ kind: 'answer-slow', probability: 0.3, match: { path: '/pay/orderquery' } }))
    return Array.from({ length: 1000 }, () => {
      // What is asked elsewhere draws nothing.
      faults.strikes('answer-slow', { path: '/elsewhere' })
      return faults.strikes('answer-slow', { path: '/pay/orderquery' })
    })
  }
  const first = drawn('seven')
  expect(drawn('seven')).toEqual(first)
  expect(drawn('eight')).not.toEqual(first)
  const struck = first.filter(Boolean).length
  expect(struck).toBeGreaterThan(200)
  expect(struck).toBeLessThan(400)
})

test('what struck is counted, and a world that begins anew has the luck of the first', () => {
  const faults = createFaults('seven')
  const drawn = (): unknown => {
    const { id } = faults.arm(fault({ kind: 'answer-slow', probability: 0.5 }))
    const struck = Array.from({ length: 100 }, () => faults.strikes('answer-slow', {}))
    expect(faults.armed()).toMatchObject([{ id, struck: struck.filter(Boolean).length }])
    return [id, struck]
  }
  const first = drawn()
  faults.clear()
  expect(drawn()).toEqual(first)
})

test('one is disarmed by its number, or all at once', () => {
  const faults = createFaults('seed')
  const lost = faults.arm(fault({ kind: 'notification-lost' }))
  faults.arm(fault({ kind: 'answer-slow' }))
  expect(faults.disarm(lost.id)).toBe(true)
  expect(faults.disarm(lost.id)).toBe(false)
  expect(faults.armed()).toMatchObject([{ kind: 'answer-slow', delaySeconds: 30 }])
  faults.disarm()
  expect(faults.armed()).toEqual([])
})

test('a clock that is wrong stays so, for the merchants it is wrong for', () => {
  const faults = createFaults('seed')
  faults.arm(fault({ kind: 'clock-skew', skewSeconds: -400, match: { mchid: '1600000001' } }))
  const skews = [1, 2].map(() => faults.skewSeconds({ mchid: '1600000001' }))
  expect([...skews, faults.skewSeconds({ mchid: '1600000002' })]).toEqual([-400, -400, 0])
})

test.each([
  [{ kind: 'meteor' }, 'kind'],
  [{ kind: 'notification-lost', times: 0 }, 'times'],
  [{ kind: 'notification-lost', probability: 1.5 }, 'probability'],
  [{ kind: 'notification-lost', copies: 3 }, '没有这个参数 / takes no such number'],
  [{ kind: 'notification-parallel', copies: 21 }, 'copies'],
  [{ kind: 'answer-slow', delaySeconds: -1 }, 'delaySeconds'],
  [{ kind: 'answer-slow', match: { order: 'T1' } }, 'order'],
  [{ kind: 'answer-slow', often: 3 }, 'often'],
  [{ kind: 'answer-slow', code: '50002' }, '只用于 answer-refused / is for answer-refused only'],
  [{ kind: 'answer-refused', code: 'no code' }, '错误码 / an error code'],
])('%o is no fault: %s', (request, words) => {
  expect(faultRequest.safeParse(request).error?.message).toContain(words)
})

test('every kind is told in Chinese and in English', () => {
  for (const { zh, en } of Object.values(FAULT_KINDS)) {
    expect(zh).toMatch(/[一-鿿]/)
    expect(en).toMatch(/^\S.+\w$|v3:/)
  }
})
