/** The certificate authority of the simulated WeChat: its own certificate, and how it issues others (X.509, RFC 5280). */
import forge from 'node-forge'
import { type RsaKeys, rsaKeys } from '../crypto.ts'
import { once } from '../once.ts'
import { seededRandom } from '../random.ts'

export interface CertificateRequest {
  seed: string
  /** The serial is made from it and the seed: other contents need another one. */
  serialOf: string
  subject: NamePart[]
  publicKey: RsaKeys['publicKey']
  /** Milliseconds since the epoch. */
  effectiveAt: number
  /** Milliseconds since the epoch. */
  expiresAt: number
  /** In node-forge's terms. */
  extensions: object[]
}

export interface IssuedCertificate {
  /** 40 upper-case hex digits, the first not 0. */
  serial: string
  certificatePem: string
}

/** A part of a subject, such as `O`. */
export interface NamePart {
  shortName: string
  value: string
}

const NAME: NamePart[] = [{ shortName: 'CN', value: 'Shouyin simulator CA' }]

/** The authority of a seed, the same bytes always. It lasts as long as two-digit years go. */
export const authorityCertificate: (seed: string) => IssuedCertificate = once((seed) => {
  const { publicKey } = rsaKeys(`${seed}:authority`)
  const [effectiveAt, expiresAt] = [Date.UTC(2015, 0, 1), Date.UTC(2049, 11, 31)]
  return signed({
    ...{ seed, serialOf: 'authority', subject: NAME, publicKey, effectiveAt, expiresAt },
    extensions: [
      { name: 'basicConstraints', critical: true, cA: true },
      { name: 'keyUsage', critical: true, keyCertSign: true, cRLSign: true },
      { name: 'subjectKeyIdentifier' },
    ],
  })
})

/** A certificate of anyone but the authority. */
export function issue(request: CertificateRequest): IssuedCertificate {
  const authority = forge.pki.certificateFromPem(authorityCertificate(request.seed).certificatePem)
  const keyIdentifier = authority.generateSubjectKeyIdentifier().getBytes()
  return signed({
    ...request,
    extensions: [
      { name: 'basicConstraints', critical: true, cA: false },
      ...request.extensions,
      { name: 'subjectKeyIdentifier' },
      { name: 'authorityKeyIdentifier', keyIdentifier },
    ],
  })
}

function signed(request: CertificateRequest): IssuedCertificate {
  const { publicKey, subject, effectiveAt, expiresAt } = request
  const certificate = forge.pki.createCertificate()
  certificate.publicKey = forge.pki.publicKeyFromPem(
    publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  )
  certificate.serialNumber = serial(request)
  certificate.validity.notBefore = new Date(effectiveAt)
  certificate.validity.notAfter = new Date(expiresAt)
  certificate.setSubject(subject.map(encoded))
  certificate.setIssuer(NAME.map(encoded))
  certificate.setExtensions(request.extensions)
  certificate.sign(signingKey(request.seed), forge.md.sha256.create())
  const pem = forge.pki.certificateToPem(certificate)
  return { serial: certificate.serialNumber, certificatePem: pem.replaceAll('\r\n', '\n') }
}

/** Printable as far as ASCII goes, UTF-8 beyond. The tag has no place in node-forge's types. */
function encoded(part: NamePart): forge.pki.CertificateField {
  const tag: object = /[^ -~]/.test(part.value) ? { valueTagClass: forge.asn1.Type.UTF8 } : {}
  return { ...part, ...tag }
}

/** The first digit makes the number positive and as long as it can be: some print a leading zero, some do not. */
function serial({ seed, serialOf }: CertificateRequest): string {
  const random = seededRandom(`serial:${seed}:${serialOf}`)
  return random.text(1, '1234567') + random.text(39, '0123456789ABCDEF')
}

const signingKey: (seed: string) => forge.pki.rsa.PrivateKey = once((seed) => {
  const { privateKey } = rsaKeys(`${seed}:authority`)
  return forge.pki.privateKeyFromPem(privateKey.export({ type: 'pkcs8', format: 'pem' }).toString())
})
