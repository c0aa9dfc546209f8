/** `GET` and `PUT world`, `POST reset`: who is in the world, with all that their programs need to be configured with. */
import { Hono } from 'hono'
import {
  certificateAuthority,
  merchantCertificate,
  readCertificate,
  wechatPayPublicKey,
} from '../certificates/certificates.ts'
import { pkcs12 } from '../certificates/pkcs12.ts'
import { platformCertificates } from '../pay-v3/keys.ts'
import { seededRandom } from '../random.ts'
import { reset, type Wechat } from '../wechat.ts'
import { type Merchant, parseWorld, type World, worldSchema } from '../world.ts'
import { orRefuse } from './refusal.ts'

export function worldRoutes(wechat: Wechat): Hono {
  return new Hono()
    .get('/world', (c) => c.json(worldView(wechat)))
    .put('/world', async (c) => {
      const described = await c.req.json()
      reset(
        wechat,
        orRefuse(400, () => parseWorld(described)),
      )
      return c.json(worldView(wechat))
    })
    .get('/world.schema.json', (c) => c.json(worldSchema()))
    .get('/ca.pem', (c) => c.text(certificateAuthority(wechat.seed).certificatePem))
    .post('/reset', (c) => {
      reset(wechat, wechat.world)
      return c.json({})
    })
}

export interface WorldView extends World {
  seed: string
  /** Trusted by those who want to believe the HTTPS port. */
  caPem: string
  merchants: MerchantView[]
}

export interface MerchantView extends Merchant {
  /** What WeChat's merchant platform hands out; made from the seed, and ignored when the world is put back. */
  issued: IssuedToMerchant
}

export interface IssuedToMerchant {
  /** 商户API证书 as a file pair and as `apiclient_cert.p12`. */
  certificate: {
    serial: string
    certificatePem: string
    privateKeyPem: string
    p12Base64: string
    p12Password: string
  }
  /** 微信支付平台证书, newest first; none for merchants that only have the public key. */
  platformCertificates: { serial: string; certificatePem: string; effectiveAt: string; expiresAt: string }[]
  /** 微信支付公钥; null for merchants that only have platform certificates. */
  publicKey: { id: string; publicKeyPem: string } | null
}

function worldView(wechat: Wechat): WorldView {
  const { world, seed } = wechat
  return {
    ...world,
    merchants: world.merchants.map((merchant) => ({ ...merchant, issued: issuedTo(wechat, merchant) })),
    seed,
    caPem: certificateAuthority(seed).certificatePem,
  }
}

function issuedTo(wechat: Wechat, merchant: Merchant): IssuedToMerchant {
  const { mchid, platformKeys } = merchant
  const publicKey =
    platformKeys === 'certificate' ? undefined : wechatPayPublicKey({ seed: wechat.seed, mchid })
  const certificates = platformKeys === 'public-key' ? [] : platformCertificates(wechat)
  return {
    certificate: { ...certificateOf(wechat, merchant), p12Password: mchid },
    platformCertificates: certificates.map(({ serial, certificatePem, effectiveAt, expiresAt }) => ({
      serial,
      certificatePem,
      effectiveAt: new Date(effectiveAt).toISOString(),
      expiresAt: new Date(expiresAt).toISOString(),
    })),
    publicKey: publicKey === undefined ? null : { id: publicKey.id, publicKeyPem: publicKey.publicKeyPem },
  }
}

type CertificateFiles = Omit<IssuedToMerchant['certificate'], 'p12Password'>

function certificateOf(
  { seed, startedAt }: Wechat,
  { mchid, name, certificate }: Merchant,
): CertificateFiles {
  if (certificate === null) {
    const { serial, certificatePem, privateKeyPem, p12Base64 } = merchantCertificate({
      seed,
      mchid,
      name,
      startedAt,
    })
    return { serial, certificatePem, privateKeyPem, p12Base64 }
  }
  const { serial } = readCertificate(certificate.certificatePem)
  const salt = seededRandom(`${seed}:p12:${mchid}`)
  const p12Base64 = pkcs12({ ...certificate, password: mchid, salt: () => salt.hex(16) })
  return { serial, ...certificate, p12Base64 }
}
