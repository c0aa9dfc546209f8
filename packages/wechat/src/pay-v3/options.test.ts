import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto'
import { inspect } from 'node:util'
import forge from 'node-forge'
import { describe, expect, test } from 'vitest'
import { ConfigError } from '../errors.ts'
import { Secret } from '../secret.ts'
import { createPayV3 } from './api.ts'
import type { PayV3Options } from './options.ts'
import { API_V3_KEY, MCHID, MERCHANT, NOW, SIGNERS } from './wechat-pay.fake.ts'

const RIGHT: PayV3Options = {
  mchid: MCHID,
  apiV3Key: API_V3_KEY,
  privateKey: MERCHANT.privateKey,
  certificate: MERCHANT.certificate,
  clock: () => NOW,
}
const PUBLIC_KEYS = { [SIGNERS.publicKey.serial]: SIGNERS.publicKey.pem }

function problemsOf(options: object): readonly string[] {
  try {
    createPayV3({ ...RIGHT, ...options } as PayV3Options)
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
  return []
}
const namesOf = (options: object): string[] =>
  problemsOf(options).map((problem) => problem.split(': ')[0] ?? '')

const base64 = (pem: string): string => pem.replace(/-----.*?-----|\s/g, '')
const key = createPrivateKey(MERCHANT.privateKey)
const FORMS: [string, string | Secret | object][] = [
  ['PEM', MERCHANT.privateKey],
  ['PEM of PKCS#1', key.export({ type: 'pkcs1', format: 'pem' })],
  ['PEM with blanks around it', `\n  ${MERCHANT.privateKey}  \n`],
  ['PEM with CRLF', MERCHANT.privateKey.replaceAll('\n', '\r\n')],
  ['PEM in one line, line feeds written out', MERCHANT.privateKey.replaceAll('\n', String.raw`\n`)],
  ['PEM in one line, CRLF written out', MERCHANT.privateKey.replaceAll('\n', String.raw`\r\n`)],
  ['PEM in one line, blanks for line feeds', MERCHANT.privateKey.replaceAll('\n', ' ')],
  ['base64 of the DER', base64(MERCHANT.privateKey)],
  ['base64 of the DER of PKCS#1', key.export({ type: 'pkcs1', format: 'der' }).toString('base64')],
  ['the bytes of a file', Buffer.from(MERCHANT.privateKey)],
  ['a secret', new Secret(MERCHANT.privateKey)],
  ['a key object', key],
]

describe('right options are right', () => {
  test.each(FORMS)('with the private key as %s', (_form, privateKey) => {
    expect(problemsOf({ privateKey })).toEqual([])
  })

  test('with certificates and public keys in the same forms', () => {
    const { pem } = SIGNERS.publicKey
    for (const certificate of [
      Buffer.from(MERCHANT.certificate),
      base64(MERCHANT.certificate),
      MERCHANT.certificate.replaceAll('\n', String.raw`\n`),
    ])
      expect(problemsOf({ certificate })).toEqual([])
    for (const publicKey of [pem, Buffer.from(pem), base64(pem), pem.replaceAll('\n', String.raw`\n`)])
      expect(problemsOf({ publicKeys: { [SIGNERS.publicKey.serial]: publicKey } })).toEqual([])
  })

  test('with the keys of WeChat in every combination', () => {
    for (const options of [
      { publicKeys: PUBLIC_KEYS },
      { publicKeys: PUBLIC_KEYS, platformCertificates: 'download' },
      {
        publicKeys: PUBLIC_KEYS,
        platformCertificates: [SIGNERS.certificate.pem, SIGNERS.nextCertificate.pem],
      },
      { platformCertificates: [SIGNERS.certificate.pem] },
      { apiV3Key: new Secret(API_V3_KEY), origin: 'http://localhost:9090', timeoutMs: 1 },
    ])
      expect(problemsOf(options)).toEqual([])
  })

  test('with a signer instead of a key', () => {
    const signer = { serial: MERCHANT.serial, sign: async () => '' }
    expect(problemsOf({ signer, privateKey: undefined, certificate: undefined })).toEqual([])
  })
})

test('everything that is wrong is said at once', () => {
  const wrong = {
    mchid: 'm1900000109',
    apiV3Key: 'short',
    privateKey: 'x',
    certificate: 'y',
    publicKeys: { 'not an id': 'z' },
    platformCertificates: ['w', SIGNERS.certificate.pem],
    origin: 'http://localhost:9090/pay',
    backupOrigin: 'api2',
    timeoutMs: 1.5,
  }
  expect(namesOf(wrong)).toEqual([
    'mchid',
    'privateKey',
    'certificate',
    'apiV3Key',
    'publicKeys[0]',
    'publicKeys[0]',
    'platformCertificates[0]',
    'origin',
    'backupOrigin',
    'timeoutMs',
  ])
})

test('what the environment does not have is missing, not an exception of another kind', () => {
  const nothing = { mchid: undefined, apiV3Key: undefined, privateKey: undefined, certificate: undefined }
  for (const each of [nothing, { mchid: '', apiV3Key: '', privateKey: '', certificate: '' }])
    expect(problemsOf(each)).toEqual([
      'mchid: 未填写 / is missing',
      'privateKey: 未填写 / is missing',
      'certificate: 未填写 / is missing',
      'apiV3Key: 未填写 / is missing',
    ])
})

const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 })
const weak = generateKeyPairSync('rsa', { modulusLength: 1024 })
const elliptic = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const pem = { type: 'pkcs8', format: 'pem' } as const
const spki = { type: 'spki', format: 'pem' } as const
const encrypted = { ...pem, cipher: 'aes-256-cbc', passphrase: 'x' }

test.each<[string, string, object]>([
  ['privateKey', 'is not the key of certificate', { privateKey: stranger.privateKey.export(pem) }],
  ['privateKey', 'is not an RSA private key', { privateKey: MERCHANT.certificate }],
  ['privateKey', 'is not an RSA private key', { privateKey: SIGNERS.publicKey.pem }],
  ['privateKey', 'is not an RSA private key', { privateKey: weak.privateKey.export(pem) }],
  ['privateKey', 'is not an RSA private key', { privateKey: elliptic.privateKey.export(pem) }],
  ['privateKey', 'is not an RSA private key', { privateKey: elliptic.privateKey }],
  ['privateKey', 'is not an RSA private key', { privateKey: stranger.publicKey }],
  ['privateKey', 'is not an RSA private key', { privateKey: MERCHANT.privateKey.slice(0, 400) }],
  ['privateKey', 'encrypted PEM', { privateKey: stranger.privateKey.export(encrypted) }],
  ['privateKey', 'not its path', { privateKey: '/etc/wechatpay/apiclient_key.pem' }],
  ['certificate', 'not its path', { certificate: './apiclient_cert.pem' }],
  ['certificate', 'is not an X.509 certificate', { certificate: MERCHANT.privateKey }],
  ['certificate', 'has expired', { clock: () => Date.parse('2032-01-01') }],
  ['certificate', 'is not valid yet', { clock: () => Date.parse('2020-01-01') }],
  ['apiV3Key', '32', { apiV3Key: '0123456789abcdef' }],
  ['apiV3Key', 'blanks or quotes', { apiV3Key: ` ${API_V3_KEY}` }],
  ['signer', 'sign', { signer: { serial: 'x' }, privateKey: undefined, certificate: undefined }],
  ['signer', 'sign', { signer: 'x', privateKey: undefined, certificate: undefined }],
  ['publicKeys', 'identifier', { publicKeys: {} }],
  ['publicKeys', 'identifier', { publicKeys: 'x' }],
  ['publicKeys[0]', 'PUB_KEY_ID_', { publicKeys: { '0114232134912410000000000000': SIGNERS.publicKey.pem } }],
  [
    'publicKeys[0]',
    'not a certificate',
    { publicKeys: { [SIGNERS.publicKey.serial]: SIGNERS.certificate.pem } },
  ],
  ['publicKeys[0]', 'is missing', { publicKeys: { [SIGNERS.publicKey.serial]: '' } }],
  ['publicKeys[0]', 'not its path', { publicKeys: { [SIGNERS.publicKey.serial]: 'pub_key.pem' } }],
  [
    'publicKeys[0]',
    'not an RSA public key',
    { publicKeys: { [SIGNERS.publicKey.serial]: stranger.privateKey } },
  ],
  [
    'publicKeys[0]',
    'not an RSA public key',
    { publicKeys: { [SIGNERS.publicKey.serial]: weak.publicKey.export(spki) } },
  ],
  [
    'publicKeys[0]',
    'merchant’s own key',
    { publicKeys: { [SIGNERS.publicKey.serial]: createPublicKey(key).export(spki) } },
  ],
  ['platformCertificates', 'list of PEMs', { platformCertificates: 'fetch' }],
  ['platformCertificates', 'not empty', { platformCertificates: [], publicKeys: undefined }],
  [
    'platformCertificates[0]',
    'merchant’s own certificate',
    { platformCertificates: [MERCHANT.certificate], clock: () => NOW },
  ],
  ['clock', 'function', { clock: 5 }],
  ['platformCertificates[0]', 'X.509', { platformCertificates: [SIGNERS.publicKey.pem] }],
  [
    'platformCertificates[0]',
    'has expired',
    { platformCertificates: [SIGNERS.nextCertificate.pem], clock: () => Date.parse('2026-01-01') },
  ],
])('%s: %s', (name, words, options) => {
  const problems = problemsOf(options)
  expect(problems.length).toBe(1)
  expect(problems[0]).toMatch(new RegExp(`^${name.replace(/[[\]]/g, String.raw`\$&`)}: `))
  expect(problems[0]).toContain(words)
})

describe('a certificate that carries a merchant number', () => {
  /** As WeChat issues them: the number is the subject's common name. */
  function issued(commonName: string): string {
    const certificate = forge.pki.createCertificate()
    const privateKey = forge.pki.privateKeyFromPem(String(key.export({ type: 'pkcs1', format: 'pem' })))
    certificate.publicKey = forge.pki.setRsaPublicKey(privateKey.n, privateKey.e)
    certificate.serialNumber = '5157F09EFDC096DE15EBE81A47057A7232F1B8E1'
    certificate.validity.notBefore = new Date(NOW - 86_400_000)
    certificate.validity.notAfter = new Date(NOW + 86_400_000)
    const subject = [{ name: 'commonName', value: commonName }]
    certificate.setSubject(subject)
    certificate.setIssuer(subject)
    certificate.sign(privateKey, forge.md.sha256.create())
    return forge.pki.certificateToPem(certificate)
  }

  test('must carry ours', () => {
    expect(problemsOf({ certificate: issued(MCHID) })).toEqual([])
    expect(problemsOf({ certificate: issued('1900000110') })).toEqual([
      'certificate: 属于另一个商户号 / is the certificate of another merchant number',
    ])
  })
})

test('no value is printed', () => {
  const wrong = {
    mchid: 'MARK-mchid',
    apiV3Key: 'MARK-key',
    privateKey: 'MARK-private',
    certificate: 'MARK-certificate',
    publicKeys: { 'MARK-id': 'MARK-public' },
    platformCertificates: ['MARK-platform'],
    origin: 'MARK-origin',
  }
  const error = (() => {
    try {
      return createPayV3(wrong as unknown as PayV3Options)
    } catch (caught) {
      return caught
    }
  })()
  expect(error).toBeInstanceOf(ConfigError)
  expect(inspect(error, { depth: 9, showHidden: true }) + JSON.stringify(error)).not.toContain('MARK')
})
