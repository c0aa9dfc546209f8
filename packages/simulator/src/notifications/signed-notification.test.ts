/** Notifications for unit tests of a merchant's endpoint. */
import { expect, test } from 'vitest'
import { START } from '../merchant.fixture.ts'
import { signV2 } from '../pay-v2/sign.ts'
import { readXml } from '../pay-v2/xml.ts'
import { openV3Scene, type Sealed, unsealed } from '../pay-v3/merchant-v3.fixture.ts'
import { signedNotification } from './signed-notification.ts'

const { merchant, world, isFromWechat } = openV3Scene()

test('a payment of v2 carries what was asked for, signed with the world’s key', () => {
  const { headers, body } = signedNotification({
    event: 'payment.success',
    world,
    outTradeNo: 'T1',
    totalFen: 12_800,
    attach: '茶',
    now: START,
  })
  const fields = readXml(body) ?? {}
  expect(headers['content-type']).toBe('text/xml')
  expect(fields).toMatchObject({
    out_trade_no: 'T1',
    total_fee: '12800',
    attach: '茶',
    time_end: '20261124100000',
  })
  expect(fields['sign']).toBe(signV2(fields, merchant.apiKey, 'MD5'))
})

test('a refund of v2 is encrypted', () => {
  const { body } = signedNotification({ event: 'refund.success', world, outTradeNo: 'T1', outRefundNo: 'R1' })
  expect(readXml(body)).toMatchObject({
    return_code: 'SUCCESS',
    req_info: expect.stringMatching(/^[\w+/]+=*$/),
  })
})

test.each([
  ['payment.success', { out_trade_no: 'T1', amount: { total: 12_800 } }],
  [
    'refund.success',
    { out_refund_no: 'R1', refund_status: 'SUCCESS', amount: { total: 12_800, refund: 100 } },
  ],
  ['refund.abnormal', { refund_status: 'ABNORMAL' }],
  ['refund.closed', { refund_status: 'CLOSED' }],
] as const)('%s of v3 verifies and decrypts', async (event, said) => {
  const about = { outTradeNo: 'T1', outRefundNo: 'R1', totalFen: 12_800, refundFen: 100 }
  const { headers, body } = signedNotification({ event, version: 'v3', world, ...about })
  expect(await isFromWechat(new Headers(headers), body)).toBe(true)
  const { resource } = JSON.parse(body) as { resource: Sealed }
  expect(JSON.parse(await unsealed(merchant.apiV3Key ?? '', resource))).toMatchObject(said)
})

test('a twisted one is not believed', async () => {
  const { headers, body } = signedNotification({
    event: 'payment.success',
    version: 'v3',
    world,
    twist: 'probe',
  })
  expect(await isFromWechat(new Headers(headers), body)).toBe(false)
})

test('the same arguments give the same bytes, other numbers other ones', () => {
  const make = (outTradeNo: string): object =>
    signedNotification({ event: 'payment.success', version: 'v3', outTradeNo, now: START })
  expect(make('T1')).toEqual(make('T1'))
  expect(make('T1')).not.toEqual(make('T2'))
})

test.each([
  [{ event: 'payment.success', mchid: '99' }, /没有商户 no merchant 99/],
  [{ event: 'payment.success', totalFen: 0.5 }, /total_fee/],
  [{ event: 'refund.success', totalFen: 1, refundFen: 2 }, /over-the-rest/],
] as const)('%o is refused in words', (asked, words) => {
  expect(() => signedNotification(asked)).toThrow(words)
})
