/** What WeChat would refuse of a unified order is refused here first, all of it at once. Source: API v2 docs, "统一下单". */
import { RefusedError } from '../errors.ts'
import type { UnifiedOrderRequest } from './messages.ts'

/** Throws `RefusedError` with code `invalid_request` naming every field that breaks its rule. */
export function checkUnifiedOrder(request: UnifiedOrderRequest): void {
  const wrong = RULES.filter(
    ([name, holds]) => !holds(request[name] === undefined ? '' : String(request[name])),
  )
  if (wrong.length === 0) return
  const reasons = wrong.map(([name, , rule]) => `${name}: ${rule}`).join('; ')
  throw new RefusedError({ code: 'invalid_request', message: `下单参数有误 / unified order: ${reasons}` })
}

type Rule = readonly [name: keyof UnifiedOrderRequest, holds: (text: string) => boolean, rule: string]

const within = (least: number, most: number) => (text: string) => {
  const bytes = Buffer.byteLength(text)
  return bytes >= least && bytes <= most
}
const matches = (pattern: RegExp) => (text: string) => pattern.test(text)

/** v2's own pattern of an address that may be notified: absolute, no query, no fragment, no white space. */
const NOTIFY_URL = /^https?:\/\/([^\s/?#[\]@]+@)?([^\s/?#@:]+)(?::\d{2,5})?(\/[^\s?#[\]]*)$/

const RULES: readonly Rule[] = [
  ['appid', matches(/^.{1,32}$/), '必填 / required'],
  ['body', within(1, 128), '1 至 128 字节 / 1 to 128 bytes of UTF-8'],
  [
    'out_trade_no',
    matches(/^[0-9A-Za-z_\-|*]{6,32}$/),
    '6 至 32 位，数字、字母、_-|* / 6 to 32 of digits, letters and _-|*',
  ],
  ['total_fee', matches(/^[1-9]\d{0,11}$/), '大于 0 的整数分 / a whole number of fen above 0'],
  ['spbill_create_ip', within(1, 64), '必填 / required'],
  [
    'notify_url',
    (text) => NOTIFY_URL.test(text) && text.length <= 256,
    '完整地址，不带查询串 / absolute, without a query',
  ],
  ['openid', within(1, 128), 'JSAPI 支付必填 / required for JSAPI'],
  ['attach', within(0, 127), '至多 127 字节 / at most 127 bytes'],
  ['time_start', matches(/^(\d{14})?$/), 'yyyyMMddHHmmss'],
  ['time_expire', matches(/^(\d{14})?$/), 'yyyyMMddHHmmss'],
]
