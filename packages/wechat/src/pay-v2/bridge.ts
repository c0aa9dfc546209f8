/** What a page needs to open the pay sheet, in both shapes. Source: API v2 docs, "JSAPI调起支付"; JS-SDK docs, "微信支付". */
import { prepayPackage } from '../prepay-package.ts'
import { type SignType, signatureOf } from './sign.ts'

/** `wx.chooseWXPay`: `timestamp` in lower case though `timeStamp` was signed; the appId is that of `wx.config`. */
export interface ChooseWXPayParameters {
  timestamp: string
  nonceStr: string
  package: string
  signType: SignType
  paySign: string
}

/** `WeixinJSBridge.invoke('getBrandWCPayRequest', …)`; every value a text. */
export interface BridgeParameters {
  appId: string
  timeStamp: string
  nonceStr: string
  package: string
  signType: SignType
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
  /** The one the unified order was signed with. */
  signType: SignType
}

/** Throws `RefusedError` of code `invalid_request` where the appid, the prepay_id or the nonce is missing. */
export function paymentParameters(payment: PaymentToSign, apiKey: string): PaymentParameters {
  const prepaid = prepayPackage(payment)
  const { appid, nonceStr, signType } = payment
  const timeStamp = String(payment.timestamp)
  // The five in the order of their names; none is ever empty.
  const text = `appId=${appid}&nonceStr=${nonceStr}&package=${prepaid}&signType=${signType}&timeStamp=${timeStamp}&key=${apiKey}`
  const signed = { nonceStr, package: prepaid, signType, paySign: signatureOf(text, apiKey, signType) }
  return {
    bridge: { appId: appid, timeStamp, ...signed },
    chooseWXPay: { timestamp: timeStamp, ...signed },
  }
}
