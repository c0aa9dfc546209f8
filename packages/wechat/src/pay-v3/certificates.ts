/**
 * Downloads WeChat Pay's certificates (平台证书). Source: API v3 docs, "获取平台证书列表". The reply is signed by one of the very
 * certificates that it brings, or by the merchant's 微信支付公钥; that it is WeChat's follows from its contents, which only the APIv3 key
 * opens.
 */
import { ProtocolError } from '../errors.ts'
import { routed } from '../transport.ts'
import { type Caller, refusal, signedExchange } from './call.ts'
import { type Certificate, canonicalSerial, readCertificate } from './certificate.ts'
import type { KeyObject } from './crypto.ts'
import { parseJsonObject } from './json.ts'
import { object, objects, text } from './members.ts'
import { platformKeys } from './platform-keys.ts'
import { openSealed } from './sealed.ts'
import { verify } from './verify.ts'

/** What makes the list believable. */
export interface ListKeys {
  apiV3Key: string
  /** 微信支付公钥, where the merchant has one: during a grey switch it may sign the list. */
  publicKeys: ReadonlyMap<string, KeyObject>
}

/**
 * All certificates that are valid now or soon. Throws `ProtocolError` of code `wrong_key` where the APIv3 key does not open them,
 * `RefusedError` with RESOURCE_NOT_EXISTS for merchants who have none (they use a 微信支付公钥).
 */
export async function downloadCertificates(
  caller: Caller,
  { apiV3Key, publicKeys }: ListKeys,
): Promise<readonly Certificate[]> {
  const { origins, clock } = caller
  return routed({ origins, isQuestion: true }, async (origin) => {
    const request = { method: 'GET', path: '/v3/certificates' } as const
    const answer = await signedExchange(caller, origin, request)
    if (answer.status !== 200) throw refusal(answer, clock(), request)
    const certificates = certificatesOf(answer.bytes, apiV3Key)
    if (certificates.length === 0) throw malformed('是空的', 'there is none')
    const keys = platformKeys({ publicKeys, certificates, clock })
    await verify({ headers: answer.headers, body: answer.bytes }, keys, clock())
    return certificates
  })
}

/** The certificates of a reply, decrypted. */
export function certificatesOf(reply: string | Uint8Array, apiV3Key: string): readonly Certificate[] {
  return objects(parseJsonObject(reply), 'data').map((entry) => {
    const sealed = object(entry, 'encrypt_certificate')
    const certificate = readCertificate(Buffer.from(openSealed(sealed, apiV3Key)).toString('utf8'))
    if (certificate === undefined) throw malformed('不是证书', 'a certificate is none')
    if (canonicalSerial(certificate.serial) !== canonicalSerial(text(entry, 'serial_no')))
      throw malformed('证书与序列号不符', 'a certificate has another serial_no than the reply says')
    return certificate
  })
}

function malformed(zh: string, en: string): ProtocolError {
  return new ProtocolError('bad_message', `平台证书列表：${zh} / certificates: ${en}`)
}
