/**
 * Opens the merchant's `apiclient_cert.p12` (PKCS#12). WeChat still issues files closed with RC2 and 3DES, which the OpenSSL in Node
 * refuses without flags; node-forge opens them, and newer ones, anywhere. Source: RFC 7292; API v2 docs, "商户证书".
 */
import forge from 'node-forge'

/** PEM texts. */
export interface OpenedP12 {
  privateKey: string
  /** In the file's order. */
  certificates: readonly string[]
}

/** Why a file cannot be used. */
export type P12Problem = 'not_p12' | 'wrong_password' | 'no_key' | 'no_certificate'

/** Never throws: what a parser says of a file may quote it. */
export function openP12(file: Uint8Array, password: string): OpenedP12 | P12Problem {
  const contents = contentsOf(file, password)
  if (typeof contents === 'string') return contents
  const key = firstKey(contents)
  if (key === undefined) return 'no_key'
  const certificates = bagsOf(contents, 'certBag').flatMap(({ cert }) =>
    cert === undefined ? [] : [forge.pki.certificateToPem(cert)],
  )
  if (certificates.length === 0) return 'no_certificate'
  return { privateKey: forge.pki.privateKeyToPem(key), certificates }
}

type Contents = forge.pkcs12.Pkcs12Pfx

function contentsOf(file: Uint8Array, password: string): Contents | P12Problem {
  try {
    const asn1 = forge.asn1.fromDer(forge.util.createBuffer(Buffer.from(file).toString('latin1')))
    return forge.pkcs12.pkcs12FromAsn1(asn1, false, password)
  } catch (error) {
    return error instanceof Error && /password/i.test(error.message) ? 'wrong_password' : 'not_p12'
  }
}

function firstKey(contents: Contents): forge.pki.PrivateKey | undefined {
  const [bag] = [...bagsOf(contents, 'pkcs8ShroudedKeyBag'), ...bagsOf(contents, 'keyBag')]
  return bag?.key ?? undefined
}

function bagsOf(contents: Contents, kind: 'certBag' | 'keyBag' | 'pkcs8ShroudedKeyBag'): forge.pkcs12.Bag[] {
  const bagType = forge.pki.oids[kind] ?? ''
  return contents.getBags({ bagType })[bagType] ?? []
}
