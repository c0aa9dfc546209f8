/** What WeChat puts beside a body to have it believed. Source: API v3 docs, "如何验证签名". */
import type { Simulation } from '../simulation.ts'
import type { WechatKey } from './keys.ts'
import { SIGNATURE_TYPE, signBody } from './sign.ts'

/** Made for this moment: who checks them compares the timestamp with its clock. */
export function signatureHeaders(
  { random, schedule }: Simulation,
  { serial, privateKey: key }: WechatKey,
  body: string,
): Record<string, string> {
  const timestamp = String(Math.floor(schedule.now() / 1000))
  const nonce = random.hex(32)
  return {
    'wechatpay-nonce': nonce,
    'wechatpay-serial': serial,
    'wechatpay-signature': signBody({ timestamp, nonce, key }, body),
    'wechatpay-signature-type': SIGNATURE_TYPE,
    'wechatpay-timestamp': timestamp,
  }
}
