/** X.509 certificates of merchants and of WeChat Pay (商户 API 证书, 平台证书), as far as the protocol looks at them. */
import { X509Certificate } from 'node:crypto'
import { derOf, type KeyObject } from './crypto.ts'

export interface Certificate {
  /** Upper-case hex, whole bytes, as in `Authorization` and `Wechatpay-Serial`. */
  serial: string
  publicKey: KeyObject
  /** Milliseconds since the epoch. */
  validFrom: number
  validTo: number
  /** A merchant's certificate carries the merchant number here. */
  commonName: string | undefined
}

/** A certificate from PEM, PEM in one line, or base64 of its DER; undefined where it is none. */
export function readCertificate(text: string): Certificate | undefined {
  const block = derOf(text)
  if (block === undefined || !['', 'CERTIFICATE'].includes(block.label)) return undefined
  try {
    const certificate = new X509Certificate(block.der)
    return {
      serial: certificate.serialNumber.toUpperCase(),
      publicKey: certificate.publicKey,
      validFrom: Date.parse(certificate.validFrom),
      validTo: Date.parse(certificate.validTo),
      commonName: /^CN=(.*)$/m.exec(certificate.subject)?.[1],
    }
  } catch {
    return undefined
  }
}

/**
 * One spelling for one serial number: implementations differ in leading zeros (whole bytes, or a number) and in case. Identifiers
 * of public keys (`PUB_KEY_ID_…`) are no numbers, but fare well.
 */
export function canonicalSerial(serial: string): string {
  return serial.toUpperCase().replace(/^0+(?=.)/, '')
}
