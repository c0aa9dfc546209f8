/**
 * The certificates of the simulated WeChat, all under one authority and all made from the seed when they are first asked
 * for: the same seed gives the same bytes after every restart, so that what trusts them today trusts them tomorrow.
 * Shapes as WeChat issues them: 商户API证书 (`apiclient_cert`), 微信支付平台证书, 微信支付公钥.
 */
import { createHash, createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import { rsaKeys } from '../crypto.ts'
import { once } from '../once.ts'
import { seededRandom } from '../random.ts'
import { authorityCertificate, issue } from './authority.ts'
import { pkcs12 } from './pkcs12.ts'

/** Trusted by those who want to believe the simulator's HTTPS; it issues all other certificates here. */
export interface Authority {
  certificatePem: string
  /** Base64 SHA-256 of its public key, as Chromium wants to be told whom to trust. */
  publicKeyHash: string
}

export interface HostCertificate {
  certificatePem: string
  privateKeyPem: string
}

export interface MerchantCertificate {
  /** 40 upper-case hex digits, the first not 0. */
  serial: string
  certificatePem: string
  /** PKCS #8. */
  privateKeyPem: string
  publicKey: KeyObject
  /** `apiclient_cert.p12`; its password is the mchid. */
  p12Base64: string
}

export interface PlatformCertificate {
  serial: string
  certificatePem: string
  privateKey: KeyObject
  /** Milliseconds since the epoch. */
  effectiveAt: number
  /** Milliseconds since the epoch. */
  expiresAt: number
}

export interface WechatPayPublicKey {
  /** `PUB_KEY_ID_` and 28 digits. */
  id: string
  publicKeyPem: string
  privateKey: KeyObject
}

/** What a certificate says of itself, whoever issued it. */
export interface CertificateFacts {
  /** Upper-case hex. */
  serial: string
  /** The subject's common name: of a merchant's certificate, the mchid. */
  commonName: string
  publicKey: KeyObject
  /** Milliseconds since the epoch. */
  effectiveAt: number
  /** Milliseconds since the epoch. */
  expiresAt: number
}

/** id-kp-clientAuth, RFC 5280. */
const CLIENT_AUTHENTICATION = '1.3.6.1.5.5.7.3.2'
const DAY_MS = 24 * 3600 * 1000
/** Apple's systems refuse a server whose certificate lasts longer. */
const MOST_DAYS_OF_A_HOST = 825

export function certificateAuthority(seed: string): Authority {
  const { certificatePem } = authorityCertificate(seed)
  return { certificatePem, publicKeyHash: publicKeyHash(certificatePem) }
}

/** Base64 SHA-256 of the public key in a certificate. */
export function publicKeyHash(pem: string): string {
  const publicKey = new X509Certificate(pem).publicKey.export({ type: 'spki', format: 'der' })
  return createHash('sha256').update(publicKey).digest('base64')
}

/** For TLS under these names, of which an IP address may be one. `now` is the real time: TLS clients look at real clocks. */
export const hostCertificate: (host: {
  seed: string
  hostnames: readonly string[]
  now: number
}) => HostCertificate = once(({ seed, hostnames, now }) => {
  const [commonName = ''] = hostnames
  const keys = rsaKeys(`${seed}:host`)
  const effectiveAt = Date.UTC(new Date(now).getUTCFullYear(), 0, 1)
  const expiresAt = effectiveAt + MOST_DAYS_OF_A_HOST * DAY_MS
  const issued = issue({
    seed,
    serialOf: `host:${effectiveAt}:${hostnames.join()}`,
    subject: [{ shortName: 'CN', value: commonName }],
    publicKey: keys.publicKey,
    effectiveAt,
    expiresAt,
    extensions: [
      { name: 'keyUsage', critical: true, digitalSignature: true, keyEncipherment: true },
      { name: 'extKeyUsage', serverAuth: true },
      { name: 'subjectAltName', altNames: hostnames.map(alternativeName) },
    ],
  })
  return { certificatePem: issued.certificatePem, privateKeyPem: pkcs8(keys.privateKey) }
})

/** 商户API证书 of a merchant, for mutual TLS and for signatures of Pay v3. `startedAt`: when the simulated time began. */
export const merchantCertificate: (merchant: {
  seed: string
  mchid: string
  name: string
  startedAt: number
}) => MerchantCertificate = once(({ seed, mchid, name, startedAt }) => {
  const keys = rsaKeys(`${seed}:merchant:${mchid}`)
  const issued = issue({
    seed,
    serialOf: `merchant:${mchid}`,
    subject: [
      { shortName: 'CN', value: mchid },
      { shortName: 'O', value: '微信商户系统' },
      { shortName: 'OU', value: name },
      { shortName: 'L', value: 'Shenzhen' },
      { shortName: 'C', value: 'CN' },
    ],
    publicKey: keys.publicKey,
    ...fiveYears(startedAt),
    extensions: [
      { name: 'keyUsage', critical: true, digitalSignature: true, keyEncipherment: true },
      { name: 'extKeyUsage', clientAuth: true },
    ],
  })
  const { certificatePem } = issued
  const privateKeyPem = pkcs8(keys.privateKey)
  const salt = seededRandom(`${seed}:p12:${mchid}`)
  return {
    ...issued,
    privateKeyPem,
    publicKey: keys.publicKey,
    p12Base64: pkcs12({ certificatePem, privateKeyPem, password: mchid, salt: () => salt.hex(16) }),
  }
})

/**
 * 微信支付平台证书: what WeChat signs with. Each generation begins a year after the one before it and lasts five years;
 * the first has been in effect for a year or more when the simulated time begins.
 */
export const platformCertificate: (which: {
  seed: string
  generation: number
  startedAt: number
}) => PlatformCertificate = once(({ seed, generation, startedAt }) => {
  const { publicKey, privateKey } = rsaKeys(`${seed}:platform:${generation}`)
  const validity = fiveYears(startedAt, generation)
  const issued = issue({
    seed,
    serialOf: `platform:${generation}`,
    subject: [
      { shortName: 'C', value: 'CN' },
      { shortName: 'O', value: 'Tenpay.com' },
      { shortName: 'OU', value: 'Tenpay.com CA Center' },
      { shortName: 'CN', value: 'Tenpay.com sign' },
    ],
    publicKey,
    ...validity,
    extensions: [{ name: 'keyUsage', critical: true, digitalSignature: true, keyEncipherment: true }],
  })
  return { ...issued, privateKey, ...validity }
})

/** 微信支付公钥 of a merchant: what took the place of platform certificates. It has an id and no end. */
export const wechatPayPublicKey: (merchant: { seed: string; mchid: string }) => WechatPayPublicKey = once(
  ({ seed, mchid }) => {
    const { publicKey, privateKey } = rsaKeys(`${seed}:public-key:${mchid}`)
    const digits = seededRandom(`${seed}:public-key-id:${mchid}`).digits(16)
    return {
      id: `PUB_KEY_ID_01${mchid.padStart(10, '0')}${digits}`,
      publicKeyPem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
      privateKey,
    }
  },
)

/** Reads anyone's certificate. Throws an `Error` for what is not one. */
export function readCertificate(pem: string): CertificateFacts {
  const { serialNumber, subject, publicKey, validFrom, validTo } = new X509Certificate(pem)
  return {
    serial: serialNumber,
    commonName: /^CN=(.*)$/m.exec(subject)?.[1] ?? '',
    publicKey,
    effectiveAt: Date.parse(validFrom),
    expiresAt: Date.parse(validTo),
  }
}

/** A certificate with its private key, both PEM. */
export interface CertificatePair {
  certificatePem: string
  privateKeyPem: string
}

/**
 * A pair that somebody brought, as WeChat would hand it out: the certificate alone, whatever stood around it, and the key
 * as PKCS #8. Throws an `Error` with words for a person when they are none, or do not belong together.
 */
export function ownPair({ certificatePem, privateKeyPem }: CertificatePair): CertificatePair {
  const certificate = readOr(
    'certificatePem 不是证书 / is not a certificate',
    () => new X509Certificate(certificatePem),
  )
  const key = readOr('privateKeyPem 不是未加密的私钥 / is not a private key, or is encrypted', () =>
    createPrivateKey(privateKeyPem),
  )
  if (key.asymmetricKeyType !== 'rsa') throw new Error('微信支付只用 RSA 密钥 / WeChat Pay has RSA keys only')
  if (!certificate.checkPrivateKey(key))
    throw new Error('私钥与证书不是一对 / the private key is not that of the certificate')
  return { certificatePem: certificate.toString(), privateKeyPem: pkcs8(key) }
}

function readOr<Value>(words: string, read: () => Value): Value {
  try {
    return read()
  } catch (cause) {
    throw new Error(words, { cause })
  }
}

/** Whether the authority of this seed issued the certificate to a client of TLS, which says nothing about its dates. */
export function isClientCertificate(seed: string, pem: string): boolean {
  const authority = new X509Certificate(certificateAuthority(seed).certificatePem)
  const certificate = new X509Certificate(pem)
  const issued = certificate.checkIssued(authority) && certificate.verify(authority.publicKey)
  return issued && certificate.keyUsage?.includes(CLIENT_AUTHENTICATION) === true
}

/** From the beginning of last year, so that it does not change with every restart. */
function fiveYears(now: number, yearsLater = 0): { effectiveAt: number; expiresAt: number } {
  const year = new Date(now).getUTCFullYear() - 1 + yearsLater
  return { effectiveAt: Date.UTC(year, 0, 1), expiresAt: Date.UTC(year + 5, 0, 1) }
}

function alternativeName(hostname: string): object {
  const isIpAddress = isIP(hostname) !== 0
  return isIpAddress ? { type: 7, ip: hostname } : { type: 2, value: hostname }
}

function pkcs8(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString()
}
