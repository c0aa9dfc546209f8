/**
 * Which key is used when: the merchant's own (商户API证书), and WeChat's, which is a platform certificate (平台证书) for old
 * merchants, the WeChat Pay public key (微信支付公钥) for new ones, and both during the switch (灰度切换).
 */
import {
  type MerchantCertificate,
  merchantCertificate,
  type PlatformCertificate,
  platformCertificate,
  readCertificate,
  wechatPayPublicKey,
} from '../certificates/certificates.ts'
import { once } from '../once.ts'
import type { Simulation } from '../simulation.ts'
import type { Merchant } from '../world.ts'
import { privateKeyOf } from './sign.ts'

export interface MerchantKeys {
  /** Upper-case hex. */
  serial: string
  publicKey: MerchantCertificate['publicKey']
  /** Milliseconds; a certificate of the world may have ended. */
  expiresAt: number
}

/** The key a merchant signs with: of the world's certificate, else of the one made from the seed. */
export function merchantKeys(simulation: Simulation, merchant: Merchant): MerchantKeys {
  if (merchant.certificate !== null) return factsOf(merchant.certificate.certificatePem)
  const { serial, publicKey } = seededCertificate(simulation, merchant)
  return { serial, publicKey, expiresAt: Number.POSITIVE_INFINITY }
}

/** What the merchant must have signed with; the inspector shows the signature it would have made. */
export function merchantPrivateKey(simulation: Simulation, merchant: Merchant): WechatKey['privateKey'] {
  const pem = merchant.certificate?.privateKeyPem ?? seededCertificate(simulation, merchant).privateKeyPem
  return privateKeyOf(pem)
}

const factsOf = once(readCertificate)

function seededCertificate({ seed, startedAt }: Simulation, { mchid, name }: Merchant): MerchantCertificate {
  return merchantCertificate({ seed, mchid, name, startedAt })
}

/** One of WeChat's own, by the text that `Wechatpay-Serial` names it with. */
export interface WechatKey {
  serial: string
  privateKey: PlatformCertificate['privateKey']
}

/** The key that signs for this merchant: the one its request names when it has it, its usual one otherwise. */
export function replyKey(simulation: Simulation, merchant: Merchant, named: string | undefined): WechatKey {
  return wechatKeyNamed(simulation, merchant, named) ?? usualKey(simulation, merchant)
}

/** During the grey switch a share of the notifications is signed with the public key, each delivery for itself. */
export function notificationKey(simulation: Simulation, merchant: Merchant): WechatKey {
  const { platformKeys, greyShare, mchid } = merchant
  const drawn = platformKeys === 'grey' && greyShare > 0 && drawnBelow(simulation, greyShare)
  return drawn ? publicKeyOf(simulation, mchid) : usualKey(simulation, merchant)
}

/** The one a repetition may be signed with instead, where WeChat has two for this merchant. */
export function otherNotificationKey(simulation: Simulation, merchant: Merchant): WechatKey {
  const { platformKeys, mchid } = merchant
  return platformKeys === 'grey' ? publicKeyOf(simulation, mchid) : usualKey(simulation, merchant)
}

function drawnBelow({ random }: Simulation, share: number): boolean {
  return Number(random.digits(6)) < share * 1_000_000
}

function usualKey(simulation: Simulation, { mchid, platformKeys }: Merchant): WechatKey {
  return platformKeys === 'public-key' ? publicKeyOf(simulation, mchid) : newestCertificate(simulation)
}

/** One of the keys WeChat has for this merchant: to sign with, or to open what was encrypted for it. */
export function wechatKeyNamed(
  simulation: Simulation,
  { mchid, platformKeys }: Merchant,
  serial: string | undefined,
): WechatKey | undefined {
  if (serial === undefined) return undefined
  if (serial.startsWith('PUB_KEY_ID_')) {
    const key = platformKeys === 'certificate' ? undefined : publicKeyOf(simulation, mchid)
    return key?.serial === serial ? key : undefined
  }
  if (platformKeys === 'public-key') return undefined
  const newest = newestCertificate(simulation)
  if (newest.serial === serial) return newest
  return platformCertificates(simulation).find((certificate) => certificate.serial === serial)
}

function publicKeyOf({ seed }: Simulation, mchid: string): WechatKey {
  const { id, privateKey } = wechatPayPublicKey({ seed, mchid })
  return { serial: id, privateKey }
}

/** In effect now, newest first. There are two: a new one comes years before the old one ends. */
export function platformCertificates(simulation: Simulation): PlatformCertificate[] {
  return [newestCertificate(simulation), certificateOf(simulation, generationNow(simulation) - 1)]
}

function newestCertificate(simulation: Simulation): PlatformCertificate {
  return certificateOf(simulation, generationNow(simulation))
}

function certificateOf({ seed, startedAt }: Simulation, generation: number): PlatformCertificate {
  return platformCertificate({ seed, generation, startedAt })
}

/** The first began the year before simulated time did, and another one begins each year. */
function generationNow({ startedAt, schedule }: Simulation): number {
  return new Date(schedule.now()).getUTCFullYear() - new Date(startedAt).getUTCFullYear() + 1
}
