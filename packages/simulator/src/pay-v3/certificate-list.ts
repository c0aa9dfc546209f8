/**
 * 获取平台证书列表: the certificates in effect, encrypted with the APIv3 key. Merchants who were switched to the WeChat Pay
 * public key have none. Source: API v3 docs of the call; the refusal as seen on the service.
 */
import { beijingRfc3339 } from '../beijing-time.ts'
import type { PlatformCertificate } from '../certificates/certificates.ts'
import type { Random } from '../random.ts'
import { done, NOTHING, type V3Call, v3Call } from './call.ts'
import { seal } from './crypto.ts'
import { object, oneOf, optional } from './fields.ts'
import { platformCertificates } from './keys.ts'
import { refusal, signError } from './refusal.ts'

const NONE =
  '无可用的平台证书，请在商户平台-API安全申请使用微信支付公钥。可查看指引https://pay.weixin.qq.com/docs/merchant/products/platform-certificate/wxp-pub-key-guide.html'

export const certificateList: V3Call = v3Call({
  title: 'certificates',
  path: NOTHING,
  query: object('查询参数', { algorithm_type: optional(oneOf('证书算法类型', ['RSA', 'SM2', 'ALL'])) }),
  body: NOTHING,
  run({ side, merchant, query }) {
    const { apiV3Key, platformKeys } = merchant
    // SM2 is asked for by merchants who signed up for it, and nobody here has.
    if (platformKeys === 'public-key' || query.algorithm_type === 'SM2')
      return refusal(404, 'RESOURCE_NOT_EXISTS', NONE)
    if (apiV3Key === null) return signError('商户未设置APIv3密钥。')
    return done({ data: platformCertificates(side).map((each) => listed(each, apiV3Key, side.random)) })
  },
})

function listed(certificate: PlatformCertificate, key: string, random: Random): object {
  const { serial, certificatePem, effectiveAt, expiresAt } = certificate
  const nonce = random.hex(12)
  return {
    effective_time: beijingRfc3339(effectiveAt),
    encrypt_certificate: {
      algorithm: 'AEAD_AES_256_GCM',
      associated_data: 'certificate',
      ciphertext: seal({ key, nonce, associatedData: 'certificate' }, certificatePem),
      nonce,
    },
    expire_time: beijingRfc3339(expiresAt),
    serial_no: serial,
  }
}
