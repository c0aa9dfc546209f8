/**
 * What WeChat Pay v2 checks of each field before it looks at anything else, and the words it uses.
 * Source: API v2 docs, field tables of each call; texts as seen on the service.
 */
import { isIP } from 'node:net'
import { parseBeijingCompact } from '../beijing-time.ts'

export interface FieldRule {
  /** 中文名, as in the generated length texts. */
  label: string
  required?: boolean
  /** Most bytes of UTF-8. */
  bytes?: number
  accepts?: (value: string) => boolean
}

export type FieldRules = Record<string, FieldRule>

export interface FieldProblem {
  kind: 'missing' | 'too-long' | 'malformed'
  name: string
  /** WeChat's words. */
  text: string
}

/** The first thing wrong; undefined when nothing is. Fields without a rule are let through. */
export function fieldProblem(rules: FieldRules, fields: Record<string, string>): FieldProblem | undefined {
  const given = new Map(Object.entries(fields).filter(([, value]) => value !== ''))
  if (!DIGITS.test(given.get('mch_id') ?? ''))
    return { kind: 'malformed', name: 'mch_id', text: 'mch_id参数格式错误' }
  for (const [name, { required }] of Object.entries(rules))
    if (required === true && !given.has(name)) return { kind: 'missing', name, text: '缺少参数' }
  for (const [name, rule] of Object.entries(rules)) {
    const problem = valueProblem(name, rule, given.get(name) ?? '')
    if (problem !== undefined) return problem
  }
  return undefined
}

function valueProblem(
  name: string,
  { label, bytes, accepts }: FieldRule,
  value: string,
): FieldProblem | undefined {
  const length = Buffer.byteLength(value)
  if (bytes !== undefined && length > bytes) {
    const text = `输入源“/body/xml/${name}”映射到值字段“${label}”字符串规则校验失败，字节数 ${length}，大于最大值 ${bytes}`
    return { kind: 'too-long', name, text }
  }
  if (value === '' || accepts === undefined || accepts(value)) return undefined
  return { kind: 'malformed', name, text: '参数格式校验错误' }
}

const DIGITS = /^\d+$/
/** As observed on the service: any port, any path, no query, no fragment. */
const NOTIFY_URL = /^https?:\/\/([^\s/?#[\]@]+@)?([^\s/?#@:]+)(?::\d{2,5})?([^\s?#[\]]*)$/

const matches =
  (pattern: RegExp) =>
  (value: string): boolean =>
    pattern.test(value)
const isTime = (value: string): boolean => parseBeijingCompact(value) !== undefined

const AMOUNT = /^[1-9]\d{0,11}$/
const NOTIFY_RULE: FieldRule = {
  label: '通知地址',
  bytes: 256,
  accepts: (value) => NOTIFY_URL.test(value) && URL.canParse(value),
}

const COMMON_RULES: FieldRules = {
  appid: { label: '公众账号ID', required: true, bytes: 32 },
  mch_id: { label: '商户号', required: true, bytes: 32, accepts: matches(DIGITS) },
  nonce_str: { label: '随机字符串', required: true, bytes: 32 },
  sign: { label: '签名', required: true, bytes: 128 },
  sign_type: { label: '签名类型', bytes: 32, accepts: matches(/^(MD5|HMAC-SHA256)$/) },
}

export const UNIFIED_ORDER_RULES: FieldRules = {
  ...COMMON_RULES,
  device_info: { label: '设备号', bytes: 32 },
  version: { label: '接口版本号', bytes: 32 },
  body: { label: '商品描述', required: true, bytes: 128 },
  detail: { label: '商品详情', bytes: 6000 },
  attach: { label: '附加数据', bytes: 127 },
  out_trade_no: {
    label: '商户订单号',
    required: true,
    bytes: 32,
    accepts: matches(/^[0-9A-Za-z_\-|*]{6,}$/),
  },
  fee_type: { label: '标价币种', bytes: 16, accepts: matches(/^CNY$/) },
  total_fee: { label: '标价金额', required: true, accepts: matches(AMOUNT) },
  spbill_create_ip: { label: '终端IP', required: true, bytes: 64, accepts: (value) => isIP(value) !== 0 },
  time_start: { label: '交易起始时间', accepts: isTime },
  time_expire: { label: '交易结束时间', accepts: isTime },
  goods_tag: { label: '订单优惠标记', bytes: 32 },
  notify_url: { ...NOTIFY_RULE, required: true },
  trade_type: {
    label: '交易类型',
    required: true,
    bytes: 16,
    accepts: matches(/^(JSAPI|NATIVE|APP|MWEB)$/),
  },
  product_id: { label: '商品ID', bytes: 32 },
  limit_pay: { label: '指定支付方式', bytes: 32, accepts: matches(/^no_credit$/) },
  openid: { label: '用户标识', bytes: 128 },
  receipt: { label: '电子发票入口开放标识', bytes: 8 },
  profit_sharing: { label: '是否需要分账', bytes: 16, accepts: matches(/^[YN]$/) },
  scene_info: { label: '场景信息', bytes: 256 },
}

const ORDER_NUMBERS: FieldRules = {
  transaction_id: { label: '微信订单号', bytes: 32 },
  out_trade_no: { label: '商户订单号', bytes: 32 },
}

export const QUERY_RULES: FieldRules = {
  ...COMMON_RULES,
  ...ORDER_NUMBERS,
  version: { label: '接口版本号', bytes: 32 },
}

export const CLOSE_RULES: FieldRules = {
  ...COMMON_RULES,
  out_trade_no: { label: '商户订单号', required: true, bytes: 32 },
}

export const REFUND_RULES: FieldRules = {
  ...COMMON_RULES,
  ...ORDER_NUMBERS,
  out_refund_no: {
    label: '商户退款单号',
    required: true,
    bytes: 64,
    accepts: matches(/^[0-9A-Za-z_\-|*@]+$/),
  },
  total_fee: { label: '订单金额', required: true, accepts: matches(AMOUNT) },
  refund_fee: { label: '退款金额', required: true, accepts: matches(AMOUNT) },
  refund_fee_type: { label: '退款货币种类', bytes: 8, accepts: matches(/^CNY$/) },
  refund_desc: { label: '退款原因', bytes: 80 },
  refund_account: {
    label: '退款资金来源',
    bytes: 30,
    accepts: matches(/^REFUND_SOURCE_(UNSETTLED|RECHARGE)_FUNDS$/),
  },
  notify_url: NOTIFY_RULE,
}

export const REFUND_QUERY_RULES: FieldRules = {
  ...COMMON_RULES,
  ...ORDER_NUMBERS,
  out_refund_no: { label: '商户退款单号', bytes: 64 },
  refund_id: { label: '微信退款单号', bytes: 32 },
  offset: { label: '偏移量', accepts: matches(/^\d{1,6}$/) },
}

export const TRADE_BILL_RULES: FieldRules = {
  ...COMMON_RULES,
  bill_date: { label: '对账单日期', required: true, accepts: matches(/^\d{8}$/) },
  bill_type: { label: '账单类型', accepts: matches(/^(ALL|SUCCESS|REFUND|RECHARGE_REFUND)$/) },
  tar_type: { label: '压缩账单', accepts: matches(/^GZIP$/) },
}

export const FUND_FLOW_BILL_RULES: FieldRules = {
  ...COMMON_RULES,
  bill_date: { label: '资金账单日期', required: true, accepts: matches(/^\d{8}$/) },
  account_type: {
    label: '资金账户类型',
    required: true,
    accepts: matches(/^(Basic|Operation|Fees)$/),
  },
  tar_type: { label: '压缩账单', accepts: matches(/^GZIP$/) },
}
