/** What a page needs to open the pay sheet, in both shapes. Source: API v3 docs, "JSAPI调起支付"; JS-SDK docs, "微信支付". */
import { prepayPackage } from '../prepay-package.ts'
import type { Signer } from './keys.ts'

/** `wx.chooseWXPay`: `timestamp` in lower case; the appId is that of `wx.config`. */
export interface ChooseWXPayParameters {
  timestamp: string
  nonceStr: string
  package: string
  signType: 'RSA'
  paySign: string
}

/** `WeixinJSBridge.invoke('getBrandWCPayRequest', …)`; every value a text. */
export interface BridgeParameters {
  appId: string
  timeStamp: string
  nonceStr: string
  package: string
  signType: 'RSA'
  paySign: string
}

/** The signed parameters in both shapes a page may use. */
export interface PaymentParameters {
  chooseWXPay: ChooseWXPayParameters
  bridge: BridgeParameters
}

/** What `paySign` is made of. */
export interface PaymentToSign {
  appid: string
  prepayId: string
  nonceStr: string
  /** Seconds since the epoch. */
  timestamp: number
}

/**
 * Signed with the key that placed the order; `signType` is not part of what is signed, unlike in v2. Throws `RefusedError` of code
 * `invalid_request` where the appid or the prepay_id is missing.
 */
export async function paymentParameters(payment: PaymentToSign, signer: Signer): Promise<PaymentParameters> {
  const signed = {
    appId: payment.appid,
    timeStamp: String(payment.timestamp),
    nonceStr: payment.nonceStr,
    package: prepayPackage(payment),
  }
  const paySign = await signer.sign(paymentText(signed))
  const bridge = { ...signed, signType: 'RSA', paySign } as const
  const { appId: _, timeStamp, ...rest } = bridge
  return { bridge, chooseWXPay: { timestamp: timeStamp, ...rest } }
}

/** Four lines, each ended by a line feed. */
export function paymentText(
  signed: Pick<BridgeParameters, 'appId' | 'timeStamp' | 'nonceStr' | 'package'>,
): string {
  return `${signed.appId}\n${signed.timeStamp}\n${signed.nonceStr}\n${signed.package}\n`
}
