/**
 * The merchant's key (商户 API 私钥) and its certificate, as options bring them: from files, environment lines, key objects, or a
 * signer outside of this process. Everything wrong with them is said at once, and nothing of them is printed.
 */
import { TransportError } from '../errors.ts'
import { Secret } from '../secret.ts'
import { type Certificate, readCertificate } from './certificate.ts'
import {
  fromBase64,
  isSameKey,
  isStrongRsa,
  type KeyObject,
  oaepDecrypt,
  readPrivateKey,
  readPublicKey,
  rsaSign,
} from './crypto.ts'

/** Signs for the merchant; an implementation of your own lets the private key stay where it is kept (KMS, HSM). */
export interface Signer {
  /** Serial number of the merchant API certificate (商户API证书序列号), upper-case hex. */
  readonly serial: string
  /** Base64 of the signature, RSASSA-PKCS1-v1_5 with SHA-256, over the UTF-8 bytes of the text. */
  sign(text: string): Promise<string>
  /** The text of a reply's sensitive field (RSAES-OAEP with SHA-1, base64). Only `decrypt` and `echo` need it. */
  decrypt?(ciphertext: string): Promise<string>
}

/** The merchant's half of the keys: a private key with its certificate, or a signer of the caller's. */
export type MerchantKeyOptions =
  | {
      /** apiclient_key.pem: PEM as text or bytes (also in one line with `\n` written out), base64 of the DER, or a key object. */
      privateKey: string | Uint8Array | Secret | KeyObject
      /** apiclient_cert.pem, in the same forms; the serial number is read from it. */
      certificate: string | Uint8Array
      signer?: never
    }
  | { signer: Signer; privateKey?: never; certificate?: never }

/** A value that was read from options, or why it could not be. */
export interface Read<Value> {
  problems: readonly string[]
  value?: Value
}

interface MerchantKey {
  signer: Signer
  /** Absent where a signer keeps the key. */
  publicKey?: KeyObject
}

/** Reads the merchant's key; `mchid` and `now` (ms since the epoch) are what the certificate is held against. */
export function readMerchantKey(options: MerchantKeyOptions, mchid: unknown, now: number): Read<MerchantKey> {
  if (options.signer !== undefined) return readSigner(options.signer)
  const privateKey = readPrivateKeyOption(options.privateKey)
  const certificate = readMerchantCertificate(options.certificate, mchid, now)
  const problems = [...privateKey.problems, ...certificate.problems]
  if (privateKey.value === undefined || certificate.value === undefined) return { problems }
  if (!isSameKey(privateKey.value, certificate.value.publicKey)) problems.push(`privateKey: ${NO_PAIR}`)
  const { serial, publicKey } = certificate.value
  return { problems, value: { signer: localSigner(serial, privateKey.value), publicKey } }
}

const NO_PAIR =
  '与 certificate 不是一对：两者须来自同一次下载 / is not the key of certificate: take both from one download'

function readSigner(signer: Signer): Read<MerchantKey> {
  const isSigner = typeof signer?.sign === 'function' && /^[0-9A-Fa-f]{8,64}$/.test(signer.serial)
  if (isSigner) return { problems: [], value: { signer: named(signer) } }
  const rule = '须有证书序列号 serial（十六进制）和 sign 函数 / must have a hex serial and a function sign'
  return { problems: [`signer: ${rule}`] }
}

/** A signer's failure is nothing of WeChat's: nothing was sent. Its words may hold anything, so they are not kept. */
function named(signer: Signer): Signer {
  return {
    serial: signer.serial.toUpperCase(),
    async sign(text) {
      const signature = await attempted(() => signer.sign(text))
      if (isBase64(signature)) return signature
      const message =
        '签名服务失败，或没有返回一行 base64，请求未发出 / the signer failed, or gave no base64 in one line; nothing was sent'
      throw new TransportError({ message, isUnsent: true })
    },
    ...(signer.decrypt === undefined
      ? {}
      : { decrypt: (text) => Promise.resolve(signer.decrypt?.(text) ?? '') }),
  }
}

async function attempted<Value>(run: () => Value | Promise<Value>): Promise<Value | undefined> {
  try {
    return await run()
  } catch {
    return undefined
  }
}

function isBase64(signature: unknown): signature is string {
  return typeof signature === 'string' && signature !== '' && fromBase64(signature) !== undefined
}

function localSigner(serial: string, privateKey: KeyObject): Signer {
  return {
    serial,
    sign: (text) => rsaSign(text, privateKey),
    async decrypt(ciphertext) {
      const text = oaepDecrypt(ciphertext, privateKey)
      if (text === undefined) throw new RangeError('not encrypted for this key / 不是用本商户证书加密的')
      return text
    },
  }
}

function readPrivateKeyOption(option: unknown): Read<KeyObject> {
  if (isKeyObject(option)) {
    const isRight = option.type === 'private' && isStrongRsa(option)
    return isRight ? { problems: [], value: option } : wrong('privateKey', NO_PRIVATE_KEY)
  }
  const text = textOf(option)
  if (text === '') return wrong('privateKey', MISSING)
  if (isPath(text)) return wrong('privateKey', A_PATH)
  if (text.includes('ENCRYPTED PRIVATE KEY')) return wrong('privateKey', ENCRYPTED)
  const value = readPrivateKey(text)
  return value === undefined ? wrong('privateKey', NO_PRIVATE_KEY) : { problems: [], value }
}

const MISSING = '未填写 / is missing'
const A_PATH = '这里要文件内容，不是路径 / give the content of the file, not its path'
const ENCRYPTED = '是加密的 PEM，请先解密 / is an encrypted PEM; decrypt it first'
const NO_PRIVATE_KEY =
  '不是 RSA 私钥，应为 apiclient_key.pem 的内容 / is not an RSA private key; give the content of apiclient_key.pem'
const NO_CERTIFICATE =
  '不是 X.509 证书，应为 apiclient_cert.pem 的内容 / is not an X.509 certificate; give the content of apiclient_cert.pem'

function readMerchantCertificate(option: unknown, mchid: unknown, now: number): Read<Certificate> {
  const read = readCertificateOption('certificate', option)
  const { value } = read
  if (value === undefined) return read
  const problems = [...validityProblems('certificate', value, now)]
  const { commonName } = value
  // A merchant number that is no text has its own problem.
  if (typeof mchid === 'string' && /^\d{8,10}$/.test(commonName ?? '') && commonName !== mchid)
    problems.push('certificate: 属于另一个商户号 / is the certificate of another merchant number')
  return { problems, value }
}

/** A certificate of either side from an option; `name` is the option's. */
export function readCertificateOption(name: string, option: unknown): Read<Certificate> {
  const text = textOf(option)
  if (text === '') return wrong(name, MISSING)
  if (isPath(text)) return wrong(name, A_PATH)
  const value = readCertificate(text)
  return value === undefined ? wrong(name, NO_CERTIFICATE) : { problems: [], value }
}

/** What is wrong with the time of a certificate. */
export function validityProblems(name: string, { validFrom, validTo }: Certificate, now: number): string[] {
  if (now < validFrom) return [`${name}: 尚未生效（检查服务器时钟） / is not valid yet (check the clock)`]
  return now <= validTo ? [] : [`${name}: 已过期 / has expired`]
}

/** A 微信支付公钥 from an option: PEM, base64 of the DER, or a key object. */
export function readPublicKeyOption(name: string, option: unknown): Read<KeyObject> {
  const text = textOf(option)
  if (isPath(text)) return wrong(name, A_PATH)
  const value = isKeyObject(option) ? option : readPublicKey(text)
  if (value?.type === 'public' && isStrongRsa(value)) return { problems: [], value }
  return wrong(name, text === '' && value === undefined ? MISSING : NO_PUBLIC_KEY)
}

const NO_PUBLIC_KEY =
  '不是 RSA 公钥，应为 pub_key.pem 的内容（不是证书） / is not an RSA public key; give the content of pub_key.pem, not a certificate'

function wrong(name: string, problem: string): { problems: string[] } {
  return { problems: [`${name}: ${problem}`] }
}

/** Files are read as bytes, too. */
function textOf(option: unknown): string {
  if (option instanceof Uint8Array) return Buffer.from(option).toString('latin1').trim()
  const text = option instanceof Secret ? option.reveal() : option
  return typeof text === 'string' ? text.trim() : ''
}

function isPath(text: string): boolean {
  return text.length < 1000 && /\.(pem|key|crt|cer|p12|pfx)$/i.test(text)
}

function isKeyObject(option: unknown): option is KeyObject {
  return typeof option === 'object' && option !== null && 'asymmetricKeyType' in option
}
