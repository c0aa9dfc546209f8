/** Which of WeChat's keys signs what: platform certificates, the switch, the WeChat Pay public key. */
import { X509Certificate } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { openV3Scene, publicKeysFor, type Sealed, unsealed, type V3Scene } from './merchant-v3.fixture.ts'

const CERTIFICATES = '/v3/certificates'

interface Listed {
  serial_no: string
  effective_time: string
  expire_time: string
  encrypt_certificate: Sealed & { algorithm: string }
}

function sceneWith(platformKeys: 'certificate' | 'grey' | 'public-key', greyShare = 0): V3Scene {
  return openV3Scene(({ merchants }) => {
    for (const merchant of merchants) Object.assign(merchant, { platformKeys, greyShare })
  })
}

async function listed(scene: V3Scene): Promise<Listed[]> {
  return (await scene.v3(CERTIFICATES)).json['data'] as Listed[]
}

const serialOf = ({ headers }: { headers: Headers }): string => headers.get('wechatpay-serial') ?? ''

test('the certificates in effect come encrypted, and are what their serials say', async () => {
  const scene = sceneWith('certificate')
  const certificates = await listed(scene)
  expect(certificates).toHaveLength(2)
  for (const { serial_no, encrypt_certificate, effective_time, expire_time } of certificates) {
    expect(encrypt_certificate).toMatchObject({
      algorithm: 'AEAD_AES_256_GCM',
      associated_data: 'certificate',
      nonce: expect.stringMatching(/^[0-9a-f]{12}$/),
    })
    const pem = await unsealed(scene.merchant.apiV3Key ?? '', encrypt_certificate)
    const certificate = new X509Certificate(pem)
    expect(certificate.serialNumber).toBe(serial_no)
    expect(Date.parse(effective_time)).toBe(Date.parse(certificate.validFrom))
    expect(Date.parse(expire_time)).toBe(Date.parse(certificate.validTo))
  }
})

test('the reply is signed by the newest of them', async () => {
  const scene = sceneWith('certificate')
  const reply = await scene.v3(CERTIFICATES)
  const [newest, older] = await listed(scene)
  expect(serialOf(reply)).toBe(newest?.serial_no)
  expect(Date.parse(newest?.effective_time ?? '')).toBeGreaterThan(Date.parse(older?.effective_time ?? ''))
  expect(await scene.isFromWechat(reply.headers, reply.text)).toBe(true)
})

test('a new year brings a new certificate, and the one before it stays', async () => {
  const scene = sceneWith('certificate')
  const before = await listed(scene)
  await scene.simulator.advance(40 * 24 * 3600)
  const after = await listed(scene)
  expect(after[0]?.serial_no).not.toBe(before[0]?.serial_no)
  expect(after[1]?.serial_no).toBe(before[0]?.serial_no)
})

test('merchants with a public key have no certificates', async () => {
  const reply = await sceneWith('public-key').v3(CERTIFICATES)
  expect([reply.status, reply.json]).toEqual([
    404,
    {
      code: 'RESOURCE_NOT_EXISTS',
      message:
        '无可用的平台证书，请在商户平台-API安全申请使用微信支付公钥。可查看指引https://pay.weixin.qq.com/docs/merchant/products/platform-certificate/wxp-pub-key-guide.html',
    },
  ])
})

test('without an APIv3 key there is nothing to encrypt them with', async () => {
  const scene = openV3Scene(({ merchants }) => {
    for (const merchant of merchants) merchant.apiV3Key = null
  })
  expect((await scene.v3(CERTIFICATES)).json).toEqual({
    code: 'SIGN_ERROR',
    message: '商户未设置APIv3密钥。',
  })
})

describe('the request names the key it can verify with', () => {
  const order = async (scene: V3Scene, named?: string): Promise<string> => {
    const headers = { 'wechatpay-serial': named }
    const reply = await scene.v3('/v3/pay/transactions/jsapi', { body: scene.v3Order(), headers })
    expect(await scene.isFromWechat(reply.headers, reply.text)).toBe(true)
    return serialOf(reply)
  }
  const publicKeyId = ({ merchant }: V3Scene): string => [...publicKeysFor(merchant.mchid).keys()][0] ?? ''

  test('during the switch either is used, certificates by default', async () => {
    const scene = sceneWith('grey')
    const [newest, older] = await listed(scene)
    expect(await order(scene)).toBe(newest?.serial_no)
    expect(await order(scene, older?.serial_no)).toBe(older?.serial_no)
    expect(await order(scene, publicKeyId(scene))).toBe(publicKeyId(scene))
  })

  test('a merchant with certificates only is never answered with the public key', async () => {
    const scene = sceneWith('certificate')
    expect(await order(scene, publicKeyId(scene))).toMatch(/^[0-9A-F]{40}$/)
  })

  test('a merchant with the public key only is never answered with a certificate', async () => {
    const [older] = await listed(sceneWith('grey'))
    const scene = sceneWith('public-key')
    expect(await order(scene)).toBe(publicKeyId(scene))
    expect(await order(scene, older?.serial_no)).toBe(publicKeyId(scene))
  })

  test('one that nobody knows changes nothing', async () => {
    expect(await order(sceneWith('grey'), 'PUB_KEY_ID_0')).toMatch(/^[0-9A-F]{40}$/)
  })
})

describe('notifications during the switch', () => {
  async function serials(scene: V3Scene): Promise<string[]> {
    for (let count = 0; count < 20; count += 1)
      await scene.v3Paid(`T20261124${count}`, { amount: { total: 100 } })
    await scene.simulator.settle()
    for (const { headers, body } of scene.delivered)
      expect(await scene.isFromWechat(new Headers(headers), body)).toBe(true)
    return scene.delivered.map(({ headers }) => headers['wechatpay-serial']?.slice(0, 10) ?? '')
  }

  test('move to the public key share by share', async () => {
    const drawn = await serials(sceneWith('grey', 0.5))
    const withKey = drawn.filter((serial) => serial === 'PUB_KEY_ID').length
    expect(withKey).toBeGreaterThan(4)
    expect(withKey).toBeLessThan(16)
  })

  test('until all have moved', async () => {
    expect(new Set(await serials(sceneWith('grey', 1)))).toEqual(new Set(['PUB_KEY_ID']))
  })
})
