/**
 * What Pay v3 hides: AEAD_AES_256_GCM under the APIv3 key for notifications and certificates, RSAES-OAEP (SHA-1) for
 * sensitive fields (敏感信息). Source: API v3 docs, "如何加密敏感信息", "证书和回调报文解密".
 */
import {
  constants,
  createCipheriv,
  createHash,
  type KeyObject,
  privateDecrypt,
  publicEncrypt,
} from 'node:crypto'
import type { Random } from '../random.ts'

export interface Sealing {
  /** APIv3 密钥. */
  key: string
  /** 12 characters. */
  nonce: string
  associatedData: string
}

/** Base64 of the encrypted text and its tag of 16 bytes. */
export function seal({ key, nonce, associatedData }: Sealing, text: string): string {
  const cipher = createCipheriv('aes-256-gcm', key, nonce)
  cipher.setAAD(Buffer.from(associatedData))
  const encrypted = [cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]
  return Buffer.concat(encrypted).toString('base64')
}

/** The hidden text, or undefined where it was not encrypted for this key. */
export function openSensitive(base64: string, key: KeyObject): string | undefined {
  try {
    const padding = constants.RSA_PKCS1_OAEP_PADDING
    return privateDecrypt({ key, padding, oaepHash: 'sha1' }, Buffer.from(base64, 'base64')).toString()
  } catch {
    return undefined
  }
}

const HASH_BYTES = 20
const KEY_BYTES = 256

/**
 * Base64, for a key of 2048 bits and at most 214 bytes of UTF-8. The padding (RFC 8017, 7.1.1) is made here because its seed
 * is part of what the simulator's own seed fixes.
 */
export function sealSensitive(text: string, key: KeyObject, random: Random): string {
  const message = Buffer.from(text)
  const block = Buffer.alloc(KEY_BYTES - HASH_BYTES - 1)
  createHash('sha1').digest().copy(block)
  block[block.length - message.length - 1] = 1
  message.copy(block, block.length - message.length)
  const seed = Buffer.from(random.hex(HASH_BYTES * 2), 'hex')
  const maskedBlock = masked(block, seed)
  const maskedSeed = masked(seed, maskedBlock)
  const padded = Buffer.concat([Buffer.alloc(1), maskedSeed, maskedBlock])
  return publicEncrypt({ key, padding: constants.RSA_NO_PADDING }, padded).toString('base64')
}

/** Under the mask MGF1 with SHA-1 makes of a seed. */
function masked(bytes: Buffer, seed: Buffer): Buffer {
  const blocks = Math.ceil(bytes.length / HASH_BYTES)
  const mask = Buffer.concat(Array.from({ length: blocks }, (_, counter) => hashOf(seed, counter)))
  return Buffer.from(bytes.map((byte, index) => byte ^ (mask[index] ?? 0)))
}

function hashOf(seed: Buffer, counter: number): Buffer {
  const number = Buffer.alloc(4)
  number.writeUInt32BE(counter)
  return createHash('sha1').update(seed).update(number).digest()
}
