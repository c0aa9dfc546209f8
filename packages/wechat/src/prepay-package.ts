/** What the pay sheet is opened with, common to both versions. Source: "JSAPI调起支付" of either. */
import { invalidRequest } from './errors.ts'

/** `prepay_id=…`. Throws `RefusedError` of code `invalid_request`: signed, a missing value would fail on the payer's phone only. */
export function prepayPackage({ appid, prepayId }: { appid: string; prepayId: string }): string {
  const problems = [
    ...(isValue(appid) ? [] : ['appid: 必填 / required']),
    ...(isValue(prepayId) && !prepayId.includes('=') ? [] : [`prepayId: ${ONLY_THE_VALUE}`]),
  ]
  if (problems.length > 0) throw invalidRequest('paymentParameters', problems)
  return `prepay_id=${prepayId}`
}

const ONLY_THE_VALUE =
  '必填，只要下单应答里 prepay_id 的值 / required, only the value of prepay_id as the order was answered'

/** Options of programs that have no types may be missing. */
function isValue(text: unknown): text is string {
  return typeof text === 'string' && /^[!-~]{1,128}$/.test(text)
}
