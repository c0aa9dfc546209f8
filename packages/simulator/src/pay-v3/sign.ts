/**
 * Signatures of Pay v3, both ways: SHA-256 with RSA (PKCS #1 v1.5) over lines that each end with a line feed.
 * Source: API v3 docs, "如何生成请求签名", "如何验证签名".
 */
import { createPrivateKey, type KeyObject, sign, verify } from 'node:crypto'
import { once } from '../once.ts'

export const SIGNATURE_TYPE = 'WECHATPAY2-SHA256-RSA2048'

export interface RequestLines {
  method: string
  /** Path and query exactly as sent. */
  target: string
  timestamp: string
  nonce: string
}

/** What a merchant signs: the body's bytes as they came, never written anew. */
export function requestMessage({ method, target, timestamp, nonce }: RequestLines, body: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(`${method}\n${target}\n${timestamp}\n${nonce}\n`), body, LINE_FEED])
}

const LINE_FEED: Uint8Array = Buffer.from('\n')

export interface ReplySignature {
  /** Seconds. */
  timestamp: string
  nonce: string
  key: KeyObject
}

/** Base64, over a reply's or a notification's body; an empty one counts as an empty line. */
export function signBody({ timestamp, nonce, key }: ReplySignature, body: string): string {
  return signText(`${timestamp}\n${nonce}\n${body}\n`, key)
}

/** Base64. */
export function signText(text: string | Uint8Array, key: KeyObject): string {
  return sign('sha256', Buffer.from(text), key).toString('base64')
}

/** Whether the base64 text is the key's signature; what is not base64 of the one standard form is none. */
export function isSignatureOf(text: string | Uint8Array, signature: string, key: KeyObject): boolean {
  const bytes = Buffer.from(signature, 'base64')
  return bytes.toString('base64') === signature && verify('sha256', Buffer.from(text), key, bytes)
}

/** What base64 of another form means: with the letters of URLs, broken into lines, without its end. */
export function standardBase64(text: string): string {
  return Buffer.from(text, 'base64').toString('base64')
}

/** How the inspector calls a signature that is right in another form. */
export const OTHER_BASE64 = '非标准的 Base64 another form of base64'

/** Throws an `Error` for what is not a private key. */
export const privateKeyOf: (pem: string) => KeyObject = once((pem) => createPrivateKey(pem))
