/** Signatures of Pay v2 as WeChat computes them. */
import { createHash, createHmac } from 'node:crypto'
import type { SignatureCheck } from '../exchanges.ts'
import type { SignType } from '../pay/state.ts'

export function signV2(params: Record<string, string | number>, key: string, type: SignType): string {
  return digest(`${canonical(params)}&key=${key}`, key, type)
}

/** Compares the received signature with the right one; the texts are kept for the inspector, with the key masked. */
export function checkV2(
  params: Record<string, string>,
  received: string,
  key: string,
  type: SignType,
): SignatureCheck {
  const expected = signV2(params, key, type)
  return { valid: received === expected, expected, received, stringToSign: `${canonical(params)}&key=****` }
}

function canonical(params: Record<string, string | number>): string {
  return Object.keys(params)
    .filter((name) => name !== 'sign' && String(params[name]) !== '')
    .sort()
    .map((name) => `${name}=${params[name]}`)
    .join('&')
}

function digest(text: string, key: string, type: SignType): string {
  const hash = type === 'MD5' ? createHash('md5') : createHmac('sha256', key)
  return hash.update(text, 'utf8').digest('hex').toUpperCase()
}
