/**
 * The primitives of Pay v3: RSA with SHA-256 (PKCS#1 v1.5), AES-256-GCM, RSA-OAEP with SHA-1, SHA-1 of files, and reading keys from
 * the forms in which they travel. Source: API v3 docs, "签名生成", "证书和回调报文解密", "敏感信息加解密".
 */
import {
  constants,
  createDecipheriv,
  createHash,
  createPrivateKey,
  createPublicKey,
  type KeyObject,
  privateDecrypt,
  publicEncrypt,
  sign,
  verify,
} from 'node:crypto'

export type { KeyObject } from 'node:crypto'

/** Base64 signature of the UTF-8 bytes, made on a thread of its own: a private-key operation takes about a millisecond. */
export function rsaSign(text: string, privateKey: KeyObject): Promise<string> {
  return new Promise((resolve, reject) => {
    sign('RSA-SHA256', Buffer.from(text, 'utf8'), privateKey, (error, signature) => {
      if (error === null) resolve(signature.toString('base64'))
      else reject(error)
    })
  })
}

/** Whether a signature is that of the bytes. */
export function isRsaSigned(bytes: Uint8Array, signature: Uint8Array, publicKey: KeyObject): boolean {
  return verify('RSA-SHA256', bytes, publicKey, signature)
}

const TAG_LENGTH = 16
const MAX_NONCE_LENGTH = 16

/** What AEAD_AES_256_GCM sealed, or undefined where key, nonce, associated data or ciphertext are not the sealed ones. */
export function openAead(sealed: {
  /** 32 characters. The 16 of published samples make it AES-128. */
  key: string
  nonce: string
  associatedData: string
  /** Base64 of the ciphertext and the 16-byte tag behind it. */
  ciphertext: string
}): Uint8Array | undefined {
  // The tag says whether these are the sealed bytes; how their base64 was written says nothing.
  const bytes = Buffer.from(sealed.ciphertext, 'base64')
  if (bytes.length < TAG_LENGTH || sealed.nonce === '') return undefined
  const algorithm = sealed.key.length === 16 ? 'aes-128-gcm' : 'aes-256-gcm'
  // Certificates are opened before they are verified, so a nonce may be anything; WeChat's have 12 bytes.
  if (Buffer.byteLength(sealed.nonce) > MAX_NONCE_LENGTH) return undefined
  const decipher = createDecipheriv(algorithm, sealed.key, sealed.nonce, { authTagLength: TAG_LENGTH })
  decipher.setAuthTag(bytes.subarray(-TAG_LENGTH))
  decipher.setAAD(Buffer.from(sealed.associatedData, 'utf8'))
  const plaintext = decipher.update(bytes.subarray(0, -TAG_LENGTH))
  try {
    // Here, and only here, the tag is compared: nothing is handed out before. GCM keeps nothing back for the end.
    decipher.final()
    return plaintext
  } catch {
    return undefined
  }
}

/** Base64 of the text encrypted for the holder of the private key. Throws for more bytes than the key can take (214 for 2048 bits). */
export function oaepEncrypt(text: string, publicKey: KeyObject): string {
  const padding = { key: publicKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha1' }
  return publicEncrypt(padding, Buffer.from(text, 'utf8')).toString('base64')
}

/** The text of a field that was encrypted for us, or undefined where it was not. */
export function oaepDecrypt(ciphertext: string, privateKey: KeyObject): string | undefined {
  const bytes = fromBase64(ciphertext)
  if (bytes === undefined) return undefined
  const padding = { key: privateKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha1' }
  try {
    return privateDecrypt(padding, bytes).toString('utf8')
  } catch {
    return undefined
  }
}

/** A SHA-1 that is fed piece by piece; `hex` ends it. */
export function sha1Stream(): { update(bytes: Uint8Array): void; hex(): string } {
  const hash = createHash('sha1')
  return { update: (bytes) => void hash.update(bytes), hex: () => hash.digest('hex') }
}

/**
 * An RSA private key from PEM (PKCS#8 or PKCS#1), PEM whose line feeds became the two characters `\n` or blanks, or bare base64 of
 * its DER. Undefined where it is none of them.
 */
export function readPrivateKey(text: string): KeyObject | undefined {
  const block = derOf(text)
  if (block === undefined) return undefined
  const types = TYPES_OF_PRIVATE_KEY.filter(([label]) => block.label === '' || block.label === label)
  return rsaKey(
    types.map(
      ([, type]) =>
        () =>
          createPrivateKey({ key: block.der, format: 'der', type }),
    ),
  )
}

const TYPES_OF_PRIVATE_KEY = [
  ['PRIVATE KEY', 'pkcs8'],
  ['RSA PRIVATE KEY', 'pkcs1'],
] as const

/** An RSA public key in the same forms. A certificate or a private key is none. */
export function readPublicKey(text: string): KeyObject | undefined {
  const block = derOf(text)
  if (block === undefined || !['', 'PUBLIC KEY'].includes(block.label)) return undefined
  return rsaKey([() => createPublicKey({ key: block.der, format: 'der', type: 'spki' })])
}

/** Shorter ones are not of WeChat's making, and too weak to believe. */
const MIN_MODULUS_BITS = 2048

function rsaKey(readings: readonly (() => KeyObject)[]): KeyObject | undefined {
  for (const reading of readings) {
    try {
      const key = reading()
      return isStrongRsa(key) ? key : undefined
    } catch {}
  }
  return undefined
}

/** Whether a key object is an RSA key that WeChat Pay can have issued. */
export function isStrongRsa(key: KeyObject): boolean {
  return key.asymmetricKeyType === 'rsa' && (key.asymmetricKeyDetails?.modulusLength ?? 0) >= MIN_MODULUS_BITS
}

/** Whether two public keys, or the public halves of two keys, are one. */
export function isSameKey(one: KeyObject, other: KeyObject): boolean {
  return publicHalf(one).equals(publicHalf(other))
}

function publicHalf(key: KeyObject): Buffer {
  const half = key.type === 'private' ? createPublicKey(key) : key
  return half.export({ type: 'spki', format: 'der' })
}

const PEM_BLOCK = /-----BEGIN ([A-Z0-9 ]{1,40})-----([A-Za-z0-9+/=\s]+)-----END \1-----/

/** The DER of the first PEM block, or of bare base64 (label `''`). */
export function derOf(text: string): { label: string; der: Buffer } | undefined {
  const unescaped = text.replaceAll(String.raw`\r`, '').replaceAll(String.raw`\n`, '\n')
  const [, label = '', body = ''] = PEM_BLOCK.exec(unescaped) ?? [undefined, '', unescaped]
  const der = fromBase64(body.replace(/\s+/g, ''))
  return der === undefined || der.length === 0 ? undefined : { label, der }
}

/** Only canonical base64 of the standard alphabet: Node's decoder would skip what does not belong, and two texts would mean one. */
export function fromBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64')
  return bytes.toString('base64') === text ? bytes : undefined
}
