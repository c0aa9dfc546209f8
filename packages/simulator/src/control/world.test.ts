/** What a program needs to be configured with, as the control API tells it. */
import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto'
import forge from 'node-forge'
import { expect, test } from 'vitest'
import { merchantCertificate } from '../certificates/certificates.ts'
import { type MerchantScene, openScene } from '../merchant.fixture.ts'
import { openV3Scene } from '../pay-v3/merchant-v3.fixture.ts'
import type { WorldView } from './world.ts'

const told = async ({ control }: MerchantScene): Promise<WorldView> => (await control('world')) as WorldView

test('the world as it is told can be put back, and is the same', async () => {
  const scene = openScene()
  const world = await told(scene)
  expect(await scene.control('world', world, 'PUT')).toEqual(world)
  expect(scene.simulator.world()).toEqual(scene.world)
})

test('a merchant’s certificate is told with its key, as files and as .p12', async () => {
  const scene = openScene()
  const [merchant] = (await told(scene)).merchants
  const { serial, certificatePem, privateKeyPem, p12Base64, p12Password } = merchant?.issued.certificate ?? {}
  const certificate = new X509Certificate(certificatePem ?? '')
  expect(certificate.serialNumber).toBe(serial)
  expect(certificate.subject).toContain(`CN=${scene.merchant.mchid}`)
  const publicKey = createPublicKey(createPrivateKey(privateKeyPem ?? ''))
  expect(publicKey.equals(certificate.publicKey)).toBe(true)
  const store = forge.pkcs12.pkcs12FromAsn1(
    forge.asn1.fromDer(forge.util.decode64(p12Base64 ?? '')),
    p12Password,
  )
  const [bag] =
    store.getBags({ bagType: forge.pki.oids['certBag'] ?? '' })[forge.pki.oids['certBag'] ?? ''] ?? []
  expect(bag?.cert?.serialNumber.toUpperCase()).toBe(serial)
})

test('one that brought its own certificate is told that one', async () => {
  const own = merchantCertificate({ seed: 'elsewhere', mchid: '1600000001', name: '别处', startedAt: 0 })
  const { certificatePem, privateKeyPem, serial } = own
  const scene = openScene(({ merchants }) => {
    for (const merchant of merchants) merchant.certificate = { certificatePem, privateKeyPem }
  })
  const [merchant] = (await told(scene)).merchants
  expect(merchant?.issued.certificate).toMatchObject({ serial, certificatePem, privateKeyPem })
})

test.each([
  ['certificate', 2, false],
  ['grey', 2, true],
  ['public-key', 0, true],
] as const)(
  'a merchant of the profile %s has %i platform certificates, a public key: %s',
  async (profile, count, has) => {
    const scene = openV3Scene(({ merchants }) => {
      for (const merchant of merchants) merchant.platformKeys = profile
    })
    const [merchant] = (await told(scene)).merchants
    const { platformCertificates = [], publicKey = null } = merchant?.issued ?? {}
    expect(platformCertificates).toHaveLength(count)
    for (const { serial, certificatePem } of platformCertificates)
      expect(new X509Certificate(certificatePem).serialNumber).toBe(serial)
    expect(publicKey !== null).toBe(has)
    await scene.v3Paid()
    const { headers } = await scene.newest()
    const known = [...platformCertificates.map(({ serial }) => serial), publicKey?.id]
    expect(known).toContain(headers['wechatpay-serial'])
  },
)

test('its shape is published as a JSON schema', async () => {
  const schema = (await openScene().json('http://localhost:9090/_simulator/world.schema.json')) as {
    $schema: string
    required: string[]
  }
  expect(schema.$schema).toContain('json-schema.org')
  expect(schema.required).toEqual(['officialAccounts', 'merchants', 'users'])
})

test('what is wrong with one is said in Chinese and English', async () => {
  const { control, world } = openScene()
  const broken = { ...world, merchants: [{ ...world.merchants[0], feeBasisPoints: 'many' }] }
  await expect(control('world', broken, 'PUT')).rejects.toThrow(
    /merchants\.0\.feeBasisPoints: 无效输入.* \/ Invalid input/,
  )
})
