/** What WeChat seals with the merchant's APIv3 key (APIv3 密钥): notifications, certificates. Source: API v3 docs, "证书和回调报文解密". */
import { ProtocolError } from '../errors.ts'
import { openAead } from './crypto.ts'
import type { JsonObject } from './json.ts'
import { optionalText, text } from './members.ts'

const ALGORITHM = 'AEAD_AES_256_GCM'

/**
 * The bytes inside of `{algorithm, nonce, associated_data, ciphertext}`. Only for messages that were verified, or that prove
 * themselves by opening. Throws `ProtocolError` of code `wrong_key` where the key does not open it.
 */
export function openSealed(sealed: JsonObject, apiV3Key: string): Uint8Array {
  if (text(sealed, 'algorithm') !== ALGORITHM) {
    const message = `加密算法不是 ${ALGORITHM} / another algorithm than ${ALGORITHM}`
    throw new ProtocolError('bad_message', message)
  }
  const opened = openAead({
    key: apiV3Key,
    nonce: text(sealed, 'nonce'),
    associatedData: optionalText(sealed, 'associated_data') ?? '',
    ciphertext: text(sealed, 'ciphertext'),
  })
  if (opened !== undefined) return opened
  throw new ProtocolError(
    'wrong_key',
    'APIv3 密钥解不开：核对商户平台“API安全”里设置的 APIv3 密钥（不是 APIv2 密钥） / the APIv3 key does not open it: compare with the one set in the merchant platform (API安全); it is not the APIv2 key',
  )
}
