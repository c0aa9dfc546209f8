/** What WeChat puts beside a body to have it believed. Source: API v3 docs, "如何验证签名". */
import type { Simulation } from '../simulation.ts'
import { wireSeconds } from '../wire-clock.ts'
import type { WechatKey } from './keys.ts'
import { SIGNATURE_TYPE, signBody } from './sign.ts'

export interface Signer {
  /** Whom it is said to. */
  mchid: string
  key: WechatKey
  /** How long ago it claims to have been signed; now unless a fault says otherwise. */
  secondsAgo?: number
}

/** Made for this moment: who checks them compares the timestamp with its clock. */
export function signatureHeaders(
  simulation: Simulation,
  { mchid, key: { serial, privateKey: key }, secondsAgo = 0 }: Signer,
  body: string,
): Record<string, string> {
  const timestamp = String(wireSeconds(simulation, mchid) - secondsAgo)
  const nonce = simulation.random.hex(32)
  return {
    'wechatpay-nonce': nonce,
    'wechatpay-serial': serial,
    'wechatpay-signature': signBody({ timestamp, nonce, key }, body),
    'wechatpay-signature-type': SIGNATURE_TYPE,
    'wechatpay-timestamp': timestamp,
  }
}
