/** What a merchant is told when a refund has come to its end. */
import { createDecipheriv, createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { type MerchantScene, openScene } from '../merchant.fixture.ts'
import { openV3Scene } from '../pay-v3/merchant-v3.fixture.ts'
import type { World } from '../world.ts'
import { readXml } from './xml.ts'

const NUMBER = 'T20261124001'

async function paidScene(change?: (world: World) => void): Promise<MerchantScene> {
  const scene = openScene(change)
  await scene.paid()
  return scene
}

describe('the notification of a refund', () => {
  const notify_url = 'https://shop.example.com/refunded'

  test('is encrypted and not signed', async () => {
    const scene = await paidScene()
    const asked = await scene.v2('/secapi/pay/refund', scene.refundOf({ refund_fee: '100', notify_url }))
    await scene.simulator.advance(60)
    const { url, body } = scene.delivered.at(-1) ?? { url: '', body: '' }
    const message = readXml(body) ?? {}
    expect(url).toBe(notify_url)
    expect(message).toEqual({
      return_code: 'SUCCESS',
      appid: scene.account.appid,
      mch_id: scene.merchant.mchid,
      nonce_str: expect.any(String),
      req_info: expect.any(String),
    })
    expect(decrypted(message['req_info'] ?? '', scene.merchant.apiKey)).toBe(
      [
        '<root>',
        '<cash_refund_fee><![CDATA[100]]></cash_refund_fee>',
        '<out_refund_no><![CDATA[R20261124001]]></out_refund_no>',
        `<out_trade_no><![CDATA[${NUMBER}]]></out_trade_no>`,
        '<refund_account><![CDATA[REFUND_SOURCE_UNSETTLED_FUNDS]]></refund_account>',
        '<refund_fee><![CDATA[100]]></refund_fee>',
        `<refund_id><![CDATA[${asked['refund_id']}]]></refund_id>`,
        '<refund_recv_accout><![CDATA[支付用户零钱]]></refund_recv_accout>',
        '<refund_request_source><![CDATA[API]]></refund_request_source>',
        '<refund_status><![CDATA[SUCCESS]]></refund_status>',
        '<settlement_refund_fee><![CDATA[100]]></settlement_refund_fee>',
        '<settlement_total_fee><![CDATA[12800]]></settlement_total_fee>',
        '<success_time><![CDATA[2026-11-24 10:00:04]]></success_time>',
        '<total_fee><![CDATA[12800]]></total_fee>',
        `<transaction_id><![CDATA[${asked['transaction_id']}]]></transaction_id>`,
        '</root>',
      ].join('\n'),
    )
  })

  test('of one that got stuck says CHANGE and no time', async () => {
    const scene = await paidScene()
    await scene.control('faults', { kind: 'refund-abnormal' })
    await scene.v2('/secapi/pay/refund', scene.refundOf({ notify_url }))
    await scene.simulator.advance(60)
    const { req_info = '' } = readXml(scene.delivered.at(-1)?.body ?? '') ?? {}
    const plaintext = decrypted(req_info, scene.merchant.apiKey)
    expect(plaintext).toContain('<refund_status><![CDATA[CHANGE]]></refund_status>')
    expect(plaintext).not.toContain('success_time')
    expect(await scene.v2('/pay/refundquery', scene.refundOf())).toMatchObject({ refund_status_0: 'CHANGE' })
  })

  test.each([
    ["to the merchant platform's address", notify_url, 1],
    ['nowhere', null, 0],
  ])('goes %s when the request names none', async (_where, refundNotifyUrl, count) => {
    const scene = await paidScene(({ merchants: [merchant] }) => {
      if (merchant) merchant.refundNotifyUrl = refundNotifyUrl
    })
    await scene.v2('/secapi/pay/refund', scene.refundOf())
    await scene.simulator.advance(60)
    expect(scene.delivered.filter(({ url }) => url === notify_url)).toHaveLength(count)
  })
})

test('a refund asked through v2 of an order paid through v3 is told in XML', async () => {
  const scene = openV3Scene()
  await scene.v3Paid(NUMBER)
  const reply = await scene.v2(
    '/secapi/pay/refund',
    scene.refundOf({ notify_url: 'https://shop.example.com/r' }),
  )
  expect(reply).toMatchObject({ result_code: 'SUCCESS', total_fee: '12800' })
  await scene.simulator.advance(60)
  const told = scene.delivered.filter(({ url }) => url === 'https://shop.example.com/r')
  expect(readXml(told[0]?.body ?? '')).toMatchObject({ return_code: 'SUCCESS', req_info: expect.any(String) })
  const { resource_type } = JSON.parse(scene.delivered[0]?.body ?? '{}') as Record<string, string>
  expect(resource_type).toBe('encrypt-resource')
})

function decrypted(reqInfo: string, apiKey: string): string {
  const key = createHash('md5').update(apiKey).digest('hex')
  const decipher = createDecipheriv('aes-256-ecb', key, null)
  return decipher.update(reqInfo, 'base64', 'utf8') + decipher.final('utf8')
}
