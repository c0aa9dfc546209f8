/**
 * Sensitive fields (敏感信息): encrypted for WeChat Pay in requests, for the merchant in replies. Source: API v3 docs,
 * "敏感信息加解密". The digest is SHA-1 in the guides and in every SDK, though one answer of the FAQ names another.
 */
import { invalidRequest, ProtocolError } from '../errors.ts'
import { Secret } from '../secret.ts'
import { oaepEncrypt } from './crypto.ts'
import type { Signer } from './keys.ts'
import type { NamedKey } from './platform-keys.ts'

/** What OAEP leaves of a 2048-bit key. */
export const MAX_SENSITIVE_BYTES = 214

/** Base64 of one field, encrypted for WeChat Pay. Throws `RefusedError` of code `invalid_request` for more than 214 bytes. */
export function encrypted(plain: string | Secret, key: NamedKey): string {
  const text = plain instanceof Secret ? plain.reveal() : plain
  if (typeof text !== 'string') throw invalidRequest('encrypt', ['应为文本 / must be a text'])
  if (Buffer.byteLength(text) <= MAX_SENSITIVE_BYTES) return oaepEncrypt(text, key.publicKey)
  const problem = `至多 ${MAX_SENSITIVE_BYTES} 字节 / at most ${MAX_SENSITIVE_BYTES} bytes`
  throw invalidRequest('encrypt', [problem])
}

/** The text of a reply's field. Throws `ProtocolError`: it was encrypted for another certificate, or by nobody. */
export async function decrypted(ciphertext: string, signer: Signer): Promise<Secret> {
  if (signer.decrypt === undefined)
    throw invalidRequest('decrypt', ['signer 没有 decrypt / the signer has no decrypt'])
  try {
    return new Secret(await signer.decrypt(ciphertext))
  } catch {
    throw new ProtocolError(
      'wrong_key',
      '敏感字段解不开：不是用本商户证书加密的 / a sensitive field was not encrypted for this merchant’s certificate',
    )
  }
}
