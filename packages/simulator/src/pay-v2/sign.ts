/** Signatures of Pay v2 as WeChat computes them. */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { SignatureCheck } from '../exchanges.ts'
import type { SignType } from '../pay/state.ts'
import { type OtherKey, type Parameters, signedInstead } from './signed-instead.ts'

export function signV2(params: Parameters, key: string, type: SignType): string {
  return digest(`${canonical(params)}&key=${key}`, key, type)
}

/** What else the other side may have signed, or with what, for the inspector. */
export interface Suspicions {
  otherKeys?: readonly OtherKey[]
  otherParams?: readonly Parameters[]
}

/** Compares the received signature with the right one; the texts are kept for the inspector, with the key masked. */
export function checkV2(
  params: Record<string, string>,
  received: string,
  key: string,
  type: SignType,
  { otherKeys = [], otherParams = [] }: Suspicions = {},
): SignatureCheck {
  const expected = signV2(params, key, type)
  const stringToSign = `${canonical(params)}&key=****`
  if (isSame(received, expected)) return { valid: true, expected, received, stringToSign }
  const mismatch = { params, right: stringToSign, received, key, type, otherKeys, otherParams, digest }
  return { valid: false, expected, received, stringToSign, ...signedInstead(mismatch) }
}

function isSame(received: string, expected: string): boolean {
  const [left, right] = [Buffer.from(received), Buffer.from(expected)]
  return left.byteLength === right.byteLength && timingSafeEqual(left, right)
}

function canonical(params: Parameters): string {
  return Object.keys(params)
    .filter((name) => name !== 'sign' && String(params[name]) !== '')
    .sort()
    .map((name) => `${name}=${params[name]}`)
    .join('&')
}

function digest(text: string | Uint8Array, key: string, type: SignType): string {
  const hash = type === 'MD5' ? createHash('md5') : createHmac('sha256', key)
  return (typeof text === 'string' ? hash.update(text, 'utf8') : hash.update(text))
    .digest('hex')
    .toUpperCase()
}
