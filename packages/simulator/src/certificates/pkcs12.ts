/**
 * Key and certificate in one file under a password (`apiclient_cert.p12`), encrypted as WeChat's are: 40-bit RC2 around the
 * certificate, triple DES around the key, SHA-1. Clients must cope with that, so a modern file would prove nothing. Source:
 * RFC 7292. Built here because node-forge leaves the certificate in the clear and draws its salts at random.
 */
import forge from 'node-forge'

export interface Pkcs12Contents {
  certificatePem: string
  privateKeyPem: string
  /** 证书密码: the merchant number. */
  password: string
  /** Eight bytes in hex, other ones at each call. */
  salt: () => string
}

const ROUNDS = 2048
/** What the derived bytes are for. */
const [FOR_KEY, FOR_IV, FOR_MAC] = [1, 2, 3]
const IV_BYTES = 8

const { oids } = forge.pki
const { Class, Type } = forge.asn1
type Asn1 = forge.asn1.Asn1

/** Base64 of the file. */
export function pkcs12(contents: Pkcs12Contents): string {
  const safe = der(sequence(certificateSafe(contents), keySafe(contents)))
  const file = sequence(integer(3), content(octets(safe)), integrity(safe, contents))
  return forge.util.encode64(der(file))
}

function certificateSafe(contents: Pkcs12Contents): Asn1 {
  const certificate = derOf(contents.certificatePem)
  const bag = sequence(
    oid('certBag'),
    explicit(sequence(oid('x509Certificate'), explicit(octets(certificate)))),
    attributes(certificate),
  )
  const { algorithm, encrypted } = encrypt(RC2_40, der(sequence(bag)), contents)
  const implicit = forge.asn1.create(Class.CONTEXT_SPECIFIC, Type.NONE, false, encrypted)
  return sequence(
    oid('encryptedData'),
    explicit(sequence(integer(0), sequence(oid('data'), algorithm, implicit))),
  )
}

function keySafe(contents: Pkcs12Contents): Asn1 {
  const { algorithm, encrypted } = encrypt(TRIPLE_DES, derOf(contents.privateKeyPem), contents)
  const bag = sequence(
    oid('pkcs8ShroudedKeyBag'),
    explicit(sequence(algorithm, octets(encrypted))),
    attributes(derOf(contents.certificatePem)),
  )
  return content(octets(der(sequence(bag))))
}

/** The same id on both tells which key belongs to which certificate. */
function attributes(certificate: string): Asn1 {
  const id = forge.md.sha1.create().update(certificate).digest().getBytes()
  return set(
    sequence(oid('localKeyId'), set(octets(id))),
    sequence(oid('friendlyName'), set(universal(Type.BMPSTRING, 'Tenpay Certificate'))),
  )
}

interface Cipher {
  oid: string
  keyBytes: number
  encrypt(key: forge.util.ByteBuffer, iv: forge.util.ByteBuffer, text: forge.util.ByteBuffer): string
}

const RC2_40: Cipher = {
  oid: 'pbewithSHAAnd40BitRC2-CBC',
  keyBytes: 5,
  encrypt(key, iv, text) {
    const cipher = forge.rc2.createEncryptionCipher(key, 40)
    cipher.start(iv)
    cipher.update(text)
    cipher.finish()
    return cipher.output.getBytes()
  },
}

const TRIPLE_DES: Cipher = {
  oid: 'pbeWithSHAAnd3-KeyTripleDES-CBC',
  keyBytes: 24,
  encrypt(key, iv, text) {
    const cipher = forge.cipher.createCipher('3DES-CBC', key)
    cipher.start({ iv })
    cipher.update(text)
    cipher.finish()
    return cipher.output.getBytes()
  },
}

function encrypt(
  cipher: Cipher,
  text: string,
  { password, salt }: Pkcs12Contents,
): { algorithm: Asn1; encrypted: string } {
  const salted = forge.util.hexToBytes(salt())
  const derived = (purpose: number, bytes: number): forge.util.ByteBuffer =>
    derive({ password, salt: salted, purpose, bytes })
  const encrypted = cipher.encrypt(
    derived(FOR_KEY, cipher.keyBytes),
    derived(FOR_IV, IV_BYTES),
    forge.util.createBuffer(text),
  )
  return { algorithm: sequence(oid(cipher.oid), sequence(octets(salted), integer(ROUNDS))), encrypted }
}

function integrity(safe: string, { password, salt }: Pkcs12Contents): Asn1 {
  const salted = forge.util.hexToBytes(salt())
  const hmac = forge.hmac.create()
  hmac.start('sha1', derive({ password, salt: salted, purpose: FOR_MAC, bytes: 20 }))
  hmac.update(safe)
  const algorithm = sequence(oid('sha1'), universal(Type.NULL, ''))
  return sequence(sequence(algorithm, octets(hmac.getMac().getBytes())), octets(salted), integer(ROUNDS))
}

function derive(which: {
  password: string
  salt: string
  purpose: number
  bytes: number
}): forge.util.ByteBuffer {
  const salt = forge.util.createBuffer(which.salt)
  return forge.pkcs12.generateKey(which.password, salt, which.purpose, ROUNDS, which.bytes)
}

/** The bytes between the two lines of a PEM text. */
function derOf(pem: string): string {
  return forge.pem.decode(pem)[0]?.body ?? ''
}

function der(value: Asn1): string {
  return forge.asn1.toDer(value).getBytes()
}

function content(data: Asn1): Asn1 {
  return sequence(oid('data'), explicit(data))
}

function explicit(value: Asn1): Asn1 {
  return forge.asn1.create(Class.CONTEXT_SPECIFIC, Type.NONE, true, [value])
}

function sequence(...values: Asn1[]): Asn1 {
  return forge.asn1.create(Class.UNIVERSAL, Type.SEQUENCE, true, values)
}

function set(...values: Asn1[]): Asn1 {
  return forge.asn1.create(Class.UNIVERSAL, Type.SET, true, values)
}

function oid(name: string): Asn1 {
  return universal(Type.OID, forge.asn1.oidToDer(oids[name] ?? '').getBytes())
}

function integer(value: number): Asn1 {
  return universal(Type.INTEGER, forge.asn1.integerToDer(value).getBytes())
}

function octets(bytes: string): Asn1 {
  return universal(Type.OCTETSTRING, bytes)
}

function universal(type: forge.asn1.Type, bytes: string): Asn1 {
  return forge.asn1.create(Class.UNIVERSAL, type, false, bytes)
}
