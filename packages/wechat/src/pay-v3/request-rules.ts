/**
 * What WeChat would refuse of a request is refused here first, all of it at once. Source: API v3 docs, request tables. A rule looks
 * at one member by its path; absent members have the value `undefined`.
 */
import { isIP } from 'node:net'
import { invalidRequest } from '../errors.ts'
import { names } from '../given.ts'
import { Secret } from '../secret.ts'
import { jsonOf } from './json.ts'
import type { OrderNumber, OrderToPay, PartnerPrepayRequest, PrepayRequest } from './messages.ts'

export interface Rule {
  holds(value: unknown): boolean
  /** The rule in words, Chinese and English. */
  words: string
}

/** Throws `RefusedError` with code `invalid_request` naming every member that breaks its rule, and no value. */
export function check(call: string, request: object, rules: Readonly<Record<string, Rule>>): void {
  const problems = Object.entries(rules)
    .filter(([path, rule]) => !rule.holds(memberAt(request, path)))
    .map(([path, rule]) => `${path}: ${rule.words}`)
  if (problems.length > 0) throw invalidRequest(call, problems)
}

export function checkPrepay(request: PrepayRequest): void {
  check('prepay', request, { ...orderRules(request), appid: APPID, 'payer.openid': OPENID })
}

export function checkPartnerPrepay(request: PartnerPrepayRequest): void {
  const isOfSub = memberAt(request, 'payer.sub_openid') !== undefined
  check('partner.prepay', request, {
    ...orderRules(request),
    sp_appid: APPID,
    sub_appid: isOfSub ? APPID : optional(APPID),
    sub_mchid: MCHID,
    [isOfSub ? 'payer.sub_openid' : 'payer.sp_openid']: OPENID,
    'settle_info.subsidy_amount': optional(POSITIVE_FEN),
  })
}

/** Rules for a number to ask for, whichever it is. */
export function orderNumberRules(order: OrderNumber): Readonly<Record<string, Rule>> {
  if (names(order, 'out_trade_no')) return { out_trade_no: OUT_TRADE_NO }
  return { transaction_id: names(order, 'transaction_id') ? WECHAT_NUMBER : ONE_OF_TWO }
}

const ONE_OF_TWO: Rule = {
  holds: () => false,
  words: '或 out_trade_no，须给其一 / or out_trade_no: one of them is required',
}

function orderRules(request: OrderToPay): Readonly<Record<string, Rule>> {
  return {
    description: text(1, 127),
    out_trade_no: OUT_TRADE_NO,
    time_expire: optional(TIME),
    attach: optional(text(1, 128)),
    notify_url: notifyUrl(255),
    goods_tag: optional(text(1, 32)),
    limit_pay: optional(listOf(['no_balance', 'no_credit', 'no_debit', 'balance_only'])),
    'amount.total': POSITIVE_FEN,
    'amount.currency': optional(oneOf(['CNY'])),
    detail: optional(DETAIL),
    ...(names(request, 'scene_info') ? SCENE_RULES : {}),
    ...(memberAt(request, 'payer.identity') === undefined ? {} : IDENTITY_RULES),
  }
}

/** Follows names joined by dots; what is null is absent. */
function memberAt(object: object, path: string): unknown {
  let value: unknown = object
  for (const name of path.split('.')) {
    if (typeof value !== 'object' || value === null) return undefined
    value = new Map<string, unknown>(Object.entries(value)).get(name)
  }
  return value ?? undefined
}

export function matches(pattern: RegExp, words: string): Rule {
  return { holds: (value) => typeof value === 'string' && pattern.test(value), words }
}

/** A rule for a member that may be left out. */
export function optional({ holds, words }: Rule): Rule {
  return { holds: (value) => value === undefined || holds(value), words }
}

/** Values have no control characters, and no characters of four bytes (emoji): "UTF-8 编码，仅支持 1 至 3 字节". */
const NOT_SENDABLE = /[\p{Cc}\p{Cs}\u{10000}-\u{10ffff}]/u

/** A text of so many bytes of UTF-8. */
export function text(least: number, most: number): Rule {
  return {
    holds(value) {
      if (typeof value !== 'string' || NOT_SENDABLE.test(value)) return false
      const bytes = Buffer.byteLength(value)
      return bytes >= least && bytes <= most
    },
    words: `${least} 至 ${most} 字节，不含表情符号和控制字符 / ${least} to ${most} bytes of UTF-8, no emoji, no control characters`,
  }
}

export function oneOf(choices: readonly string[]): Rule {
  const words = `只能是 ${choices.join('、')} / must be one of ${choices.join(', ')}`
  return { holds: (value) => choices.some((choice) => choice === value), words }
}

function listOf(choices: readonly string[]): Rule {
  const { holds, words } = oneOf(choices)
  return { holds: (value) => Array.isArray(value) && value.every(holds), words }
}

const NOTIFY_URL = /^https?:\/\/([^\s/?#[\]@]+@)?([^\s/?#@:]+)(?::\d{2,5})?(\/[^\s?#[\]]*)$/

/** WeChat's own pattern of an address that may be notified: absolute, no query, no fragment, no white space. */
export function notifyUrl(most: number): Rule {
  return {
    holds: (value) => typeof value === 'string' && value.length <= most && NOTIFY_URL.test(value),
    words: `完整网址，不带查询串，至多 ${most} 字符 / absolute, without query and fragment, at most ${most} characters`,
  }
}

export const APPID: Rule = matches(/^[!-~]{1,32}$/, '必填 / required')
export const MCHID: Rule = matches(/^\d{8,10}$/, '8 至 10 位数字 / 8 to 10 digits')
export const OPENID: Rule = matches(/^[!-~]{1,128}$/, '必填 / required')
export const OUT_TRADE_NO: Rule = matches(
  /^[0-9A-Za-z_\-|*]{6,32}$/,
  '6 至 32 位，数字、字母、_-|* / 6 to 32 of digits, letters and _-|*',
)
/** 微信支付订单号, 微信支付退款单号. */
export const WECHAT_NUMBER: Rule = matches(/^[0-9A-Za-z]{1,32}$/, '至多 32 位 / at most 32 digits')
export const POSITIVE_FEN: Rule = {
  holds: (value) => Number.isSafeInteger(value) && Number(value) > 0,
  words: '大于 0 的整数分 / a whole number of fen above 0',
}
export const TIME: Rule = matches(
  /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/,
  'RFC 3339，如 2018-06-08T10:34:56+08:00 / RFC 3339, as 2018-06-08T10:34:56+08:00',
)
export const CLIENT_ADDRESS: Rule = {
  holds: (value) => typeof value === 'string' && isIP(value) !== 0,
  words: 'IPv4 或 IPv6 地址 / an IPv4 or IPv6 address',
}
/** A text that is encrypted on its way. */
export const SENSITIVE: Rule = {
  holds: (value) => value instanceof Secret || (typeof value === 'string' && value !== ''),
  words: '必填，明文（自动加密） / required, in clear (it is encrypted on its way)',
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

function lengthOf(value: object): number {
  try {
    return Buffer.byteLength(jsonOf(value))
  } catch {
    return Number.POSITIVE_INFINITY
  }
}

const DETAIL: Rule = {
  holds: (value) => isObject(value) && lengthOf(value) <= 6144,
  words: '至多 6144 字节，数字须为整数 / at most 6144 bytes as JSON, numbers whole',
}
const SCENE_RULES: Readonly<Record<string, Rule>> = {
  'scene_info.payer_client_ip': CLIENT_ADDRESS,
  'scene_info.device_id': optional(text(1, 32)),
  'scene_info.store_info.name': optional(text(1, 256)),
  'scene_info.store_info.address': optional(text(1, 512)),
}
const IDENTITY_RULES: Readonly<Record<string, Rule>> = {
  'payer.identity.number': SENSITIVE,
  'payer.identity.name': SENSITIVE,
}
