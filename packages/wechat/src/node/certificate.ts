/** The merchant's API certificate (商户 API 证书) and what can be wrong with it. Source: API v2 docs, "商户证书"; v3 docs, "证书相关". */
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { Secret } from '../secret.ts'
import { type OpenedP12, openP12, type P12Problem } from './p12.ts'
import { pemBlocks } from './pem.ts'

/** Either the `.p12` file, as bytes or base64, or the pair of PEM texts (also in one line with `\n`). */
export type CertificateSource =
  | {
      /** `apiclient_cert.p12`. */
      p12: Uint8Array | string | Secret
      /** The merchant number unless told otherwise. */
      password?: string | Secret
    }
  | {
      /** `apiclient_cert.pem`, as text or bytes; more certificates of its chain may follow the first. */
      certificate: string | Uint8Array
      /** `apiclient_key.pem`, as text or bytes. */
      privateKey: string | Uint8Array | Secret
    }

export interface MerchantCertificate {
  /** PEM, the merchant's own certificate first. */
  chain: string
  privateKey: Secret
  /** 证书序列号, upper-case hex. */
  serial: string
  /** Milliseconds since the epoch. */
  expiresAt: number
}

/** What is wrong, in Chinese and English, with no value in it. */
export type Problems = readonly string[]

/** The certificate, or everything that is wrong with it at `now` (milliseconds since the epoch). */
export function merchantCertificate(
  source: CertificateSource,
  mchid: string,
  now: number,
): MerchantCertificate | Problems {
  const pair = pairOf(source, mchid)
  if (isProblems(pair)) return pair
  const { key, certificates } = pair
  const own = certificates.find((each) => each.checkPrivateKey(key))
  if (own === undefined) return ['certificate: 与私钥不配对 / does not belong to the private key']
  const problems = [...timeProblems(own, now), ...ownerProblems(own, mchid)]
  if (problems.length > 0) return problems
  const others = certificates.filter((each) => each !== own)
  return {
    chain: [own, ...others].join(''),
    privateKey: new Secret(key.export({ type: 'pkcs8', format: 'pem' }).toString()),
    serial: own.serialNumber,
    expiresAt: Date.parse(own.validTo),
  }
}

export function isProblems<Value extends object>(value: Value | Problems): value is Problems {
  return Array.isArray(value)
}

interface Pair {
  key: KeyObject
  certificates: X509Certificate[]
}

function pairOf(source: CertificateSource, mchid: string): Pair | Problems {
  const given = new Map<string, unknown>(Object.entries(source))
  const isP12 = given.get('p12') !== undefined
  const isPem = given.get('certificate') !== undefined || given.get('privateKey') !== undefined
  if (isP12 === isPem) {
    return [
      'certificate: 须给 p12，或 certificate 与 privateKey / give either p12, or certificate and privateKey',
    ]
  }
  return isP12
    ? fromP12(given.get('p12'), textOf(given.get('password')) || mchid)
    : fromPem(textOf(given.get('certificate')), textOf(given.get('privateKey')))
}

function textOf(option: unknown): string {
  if (option instanceof Secret) return option.reveal()
  if (option instanceof Uint8Array) return Buffer.from(option).toString('latin1')
  return typeof option === 'string' ? option : ''
}

const P12_PROBLEMS: Readonly<Record<P12Problem, string>> = {
  not_p12: 'p12: 不是 .p12 文件的内容或其 base64 / not the content of a .p12 file, nor its base64',
  wrong_password:
    'p12: 密码不符，应为商户号，除非改过 / the password does not open it; it is the merchant number unless somebody changed it',
  no_key: 'p12: 里面没有私钥 / has no private key in it',
  no_certificate: 'p12: 里面没有证书 / has no certificate in it',
}

function fromP12(option: unknown, password: string): Pair | Problems {
  if (option === '' || (option instanceof Uint8Array && option.length === 0))
    return ['p12: 未填写 / is missing']
  const file = option instanceof Uint8Array ? option : Buffer.from(textOf(option), 'base64')
  const opened = openP12(file, password)
  return typeof opened === 'string' ? [P12_PROBLEMS[opened]] : fromOpened(opened)
}

function fromOpened({ privateKey, certificates }: OpenedP12): Pair | Problems {
  return fromPem(certificates.join(''), privateKey)
}

function fromPem(certificate: string, privateKey: string): Pair | Problems {
  const key = keyOf(privateKey)
  const certificates = certificatesOf(certificate)
  const problems = [
    ...(key === undefined
      ? ['privateKey: 不是 PEM 格式的 RSA 私钥（apiclient_key.pem） / not an RSA private key in PEM']
      : []),
    ...(certificates === undefined
      ? ['certificate: 不是 PEM 格式的证书（apiclient_cert.pem） / not a certificate in PEM']
      : []),
  ]
  return key === undefined || certificates === undefined ? problems : { key, certificates }
}

function keyOf(text: string): KeyObject | undefined {
  try {
    const key = createPrivateKey(pemBlocks(text, /^(RSA )?PRIVATE KEY$/)[0] ?? '')
    return key.asymmetricKeyType === 'rsa' ? key : undefined
  } catch {
    return undefined
  }
}

function certificatesOf(text: string): X509Certificate[] | undefined {
  try {
    const certificates = pemBlocks(text, /^CERTIFICATE$/).map((block) => new X509Certificate(block))
    return certificates.length === 0 ? undefined : certificates
  } catch {
    return undefined
  }
}

function timeProblems(certificate: X509Certificate, now: number): string[] {
  if (now > Date.parse(certificate.validTo)) {
    return [
      'certificate: 已过期，在商户平台“账户中心-API安全”更换 / has expired; renew it in the merchant platform (API安全)',
    ]
  }
  if (now < Date.parse(certificate.validFrom)) {
    return ['certificate: 尚未生效，检查服务器时钟 / is not valid yet; look at the server’s clock']
  }
  return []
}

/** The subject's common name is the merchant number; in old certificates it is the company's, which tells nothing. */
function ownerProblems(certificate: X509Certificate, mchid: string): string[] {
  const owner = /^CN=(\d{8,10})$/m.exec(certificate.subject)?.[1]
  if (owner === undefined || owner === mchid) return []
  return ['certificate: 是另一个商户号的 / belongs to another merchant number']
}
