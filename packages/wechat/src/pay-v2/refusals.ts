/** What WeChat's codes of refusal mean for the caller. Source: API v2 docs, error tables of each call. */
import { type RefusedError, wechatFailed, wechatRefused } from '../errors.ts'
import { isSameCode } from '../remedies.ts'

/** WeChat says that it failed inside; whether the call took effect is open. Numbers are those of downloadbill. */
const FAILED_INSIDE = ['SYSTEMERROR', 'BIZERR_NEED_RETRY', '20003', '20100', '100']

/** The same request may pass later: too many, too early, or not enough money on the merchant's account. */
const LATER = [
  'FREQUENCY_LIMITED',
  'FREQUENCY_LIMIT',
  'RATELIMIT_EXCEED',
  'INVALID_REQ_TOO_MUCH',
  'ORDER_NOT_READY',
  'NOTENOUGH',
  'BILL_CREATING',
]

/** `isForNow` where the reply itself asks to be called again. */
export function refusal(wechatCode: string, wechatText: string, isForNow = false): RefusedError {
  const says = (codes: readonly string[]): boolean => codes.some((code) => isSameCode(code, wechatCode))
  if (says(FAILED_INSIDE)) return wechatFailed({ wechatCode, wechatText })
  return wechatRefused({ wechatCode, wechatText, retryable: isForNow || says(LATER) })
}
