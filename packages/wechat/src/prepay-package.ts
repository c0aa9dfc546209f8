/** What the pay sheet is opened with, common to both versions. Source: "JSAPI调起支付" of either. */
import { invalidRequest } from './errors.ts'

/** What is signed beside the time. */
interface Payment {
  appid: string
  prepayId: string
  nonceStr: string
}

/** `prepay_id=…`. Throws `RefusedError` of code `invalid_request`: signed, a missing value would fail on the payer's phone only. */
export function prepayPackage({ appid, prepayId, nonceStr }: Payment): string {
  const isNumber = isValue(prepayId) && !prepayId.includes('=')
  if (isNumber && isValue(appid) && isValue(nonceStr)) return `prepay_id=${prepayId}`
  throw invalidRequest('paymentParameters', [
    ...(isValue(appid) ? [] : ['appid: 必填 / required']),
    ...(isNumber ? [] : [`prepayId: ${ONLY_THE_VALUE}`]),
    ...(isValue(nonceStr) ? [] : ['nonceStr: 必填 / required']),
  ])
}

const ONLY_THE_VALUE =
  '必填，只要下单应答里 prepay_id 的值 / required, only the value of prepay_id as the order was answered'

/** Options of programs that have no types may be missing. */
function isValue(text: unknown): text is string {
  return typeof text === 'string' && /^[!-~]{1,128}$/.test(text)
}
