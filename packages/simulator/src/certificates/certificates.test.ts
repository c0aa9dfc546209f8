/** Certificates as those who receive them see them: OpenSSL by way of Node, and readers of old .p12 files. */
import { createPrivateKey, createPublicKey, sign, verify, X509Certificate } from 'node:crypto'
import forge from 'node-forge'
import { describe, expect, test } from 'vitest'
import {
  certificateAuthority,
  hostCertificate,
  isClientCertificate,
  merchantCertificate,
  platformCertificate,
  readCertificate,
  wechatPayPublicKey,
} from './certificates.ts'

const seed = 'shouyin'
const startedAt = Date.parse('2026-11-24T02:00:00Z')
const merchant = { seed, mchid: '1600000001', name: '山间茶事（杭州）商贸有限公司', startedAt }
const SERIAL = /^[1-7][0-9A-F]{39}$/

describe('the authority', () => {
  test('is the same after every restart, long before and after any simulated time', () => {
    const { certificatePem, publicKeyHash } = certificateAuthority(seed)
    const { fingerprint256, ca, validFrom, validTo } = new X509Certificate(certificatePem)
    expect(fingerprint256.replaceAll(':', '')).toBe(
      '7677EAC0F72ED13CCF54F8073D08FB70DFF1F44620D122F0D4725C750580C591',
    )
    expect(publicKeyHash).toBe('X3anepOr4zs8p6MJ0BSGF5VyA0AVNRyBmSJMn1Vkdh0=')
    expect([ca, validFrom, validTo]).toEqual([true, 'Jan  1 00:00:00 2015 GMT', 'Dec 31 00:00:00 2049 GMT'])
  })

  test('of another seed is another one, and did not issue what this one issued', () => {
    const { certificatePem } = merchantCertificate(merchant)
    expect(isClientCertificate(seed, certificatePem)).toBe(true)
    expect(isClientCertificate('another', certificatePem)).toBe(false)
  })
})

test('a host’s certificate names hosts and addresses, and lasts no longer than Apple allows', () => {
  const host = { seed, hostnames: ['api.mch.weixin.qq.com', 'localhost', '127.0.0.1', '::1'], now: startedAt }
  const { certificatePem, privateKeyPem } = hostCertificate(host)
  const certificate = new X509Certificate(certificatePem)
  expect(certificate.checkHost('api.mch.weixin.qq.com')).toBeDefined()
  expect(certificate.checkHost('shop.example.com')).toBeUndefined()
  expect([certificate.checkIP('127.0.0.1'), certificate.checkIP('::1')]).toEqual(['127.0.0.1', '::1'])
  expect(certificate.checkPrivateKey(createPrivateKey(privateKeyPem))).toBe(true)
  expect(certificate.ca).toBe(false)
  expect(isClientCertificate(seed, certificatePem)).toBe(false)
  const { effectiveAt, expiresAt } = readCertificate(certificatePem)
  expect(effectiveAt).toBe(Date.UTC(2026, 0, 1))
  expect((expiresAt - effectiveAt) / 86_400_000).toBe(825)
})

describe('a merchant’s certificate', () => {
  const issued = merchantCertificate(merchant)

  test('is in the merchant’s name, in effect for five years of which at least one is past', () => {
    const { serial, commonName, effectiveAt, expiresAt, publicKey } = readCertificate(issued.certificatePem)
    expect(serial).toBe(issued.serial)
    expect(serial).toMatch(SERIAL)
    expect(commonName).toBe(merchant.mchid)
    expect(new X509Certificate(issued.certificatePem).subject).toContain(
      `O=微信商户系统\nOU=${merchant.name}`,
    )
    expect([effectiveAt, expiresAt]).toEqual([Date.UTC(2025, 0, 1), Date.UTC(2030, 0, 1)])
    expect(publicKey.equals(issued.publicKey)).toBe(true)
  })

  test('belongs to the key beside it', () => {
    const signature = sign('sha256', Buffer.from('a request'), issued.privateKeyPem)
    expect(verify('sha256', Buffer.from('a request'), issued.publicKey, signature)).toBe(true)
  })

  test('comes as a .p12 that opens with the mchid, encrypted as WeChat encrypts it', () => {
    const bytes = forge.util.decode64(issued.p12Base64)
    const opened = forge.pkcs12.pkcs12FromAsn1(forge.asn1.fromDer(bytes), true, merchant.mchid)
    const [certificate, key] = ['certBag', 'pkcs8ShroudedKeyBag'].map(
      (name) => opened.getBags({ bagType: forge.pki.oids[name] })[forge.pki.oids[name] ?? '']?.[0],
    )
    expect(certificate?.cert?.serialNumber.toUpperCase()).toBe(issued.serial)
    expect(certificate?.attributes).toEqual(key?.attributes)
    expect(key?.attributes.friendlyName).toEqual(['Tenpay Certificate'])
    const pem = key?.key === undefined ? '' : forge.pki.privateKeyToPem(key.key)
    expect(createPublicKey(createPrivateKey(pem)).equals(issued.publicKey)).toBe(true)
    for (const name of ['pbewithSHAAnd40BitRC2-CBC', 'pbeWithSHAAnd3-KeyTripleDES-CBC'])
      expect(bytes).toContain(forge.asn1.oidToDer(forge.pki.oids[name] ?? '').getBytes())
  })

  test('does not open with another password', () => {
    const asn1 = forge.asn1.fromDer(forge.util.decode64(issued.p12Base64))
    expect(() => forge.pkcs12.pkcs12FromAsn1(asn1, true, '1600000002')).toThrow('Invalid password')
  })

  test('is another one for another merchant', () => {
    const other = merchantCertificate({ ...merchant, mchid: '1600000002' })
    expect(other.serial).not.toBe(issued.serial)
    expect(other.publicKey.equals(issued.publicKey)).toBe(false)
  })
})

test('platform certificates follow each other a year apart, each with a key and serial of its own', () => {
  const generations = [0, 1, 2].map((generation) => platformCertificate({ seed, generation, startedAt }))
  expect(generations.map(({ effectiveAt }) => new Date(effectiveAt).getUTCFullYear())).toEqual([
    2025, 2026, 2027,
  ])
  expect(new Set(generations.map(({ serial }) => serial)).size).toBe(3)
  for (const { serial, certificatePem, privateKey, ...validity } of generations) {
    expect(serial).toMatch(SERIAL)
    const facts = readCertificate(certificatePem)
    expect(facts).toMatchObject({ serial, ...validity, commonName: 'Tenpay.com sign' })
    expect(
      verify('sha256', Buffer.from('a'), facts.publicKey, sign('sha256', Buffer.from('a'), privateKey)),
    ).toBe(true)
  }
})

test('a merchant’s public key has an id with the mchid in it', () => {
  const { id, publicKeyPem, privateKey } = wechatPayPublicKey({ seed, mchid: merchant.mchid })
  expect(id).toMatch(/^PUB_KEY_ID_011600000001\d{16}$/)
  expect(createPublicKey(privateKey).equals(createPublicKey(publicKeyPem))).toBe(true)
})

test('what is not a certificate cannot be read', () => {
  expect(() => readCertificate('-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----')).toThrow()
})
