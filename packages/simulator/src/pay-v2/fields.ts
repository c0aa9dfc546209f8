/** What WeChat Pay v2 checks of each field before anything else, and the words it uses. */

export interface FieldRule {
  /** 中文名, as in the generated length texts. */
  label: string
  required?: boolean
  /** Most bytes of UTF-8. */
  bytes?: number
  pattern?: RegExp
}

export type FieldRules = Record<string, FieldRule>

export const COMMON_RULES: FieldRules = {
  appid: { label: '公众账号ID', required: true, bytes: 32 },
  mch_id: { label: '商户号', required: true, bytes: 32, pattern: /^\d+$/ },
  nonce_str: { label: '随机字符串', required: true, bytes: 32 },
  sign: { label: '签名', required: true, bytes: 128 },
  sign_type: { label: '签名类型', bytes: 32 },
}

export const UNIFIED_ORDER_RULES: FieldRules = {
  ...COMMON_RULES,
  device_info: { label: '设备号', bytes: 32 },
  body: { label: '商品描述', required: true, bytes: 128 },
  detail: { label: '商品详情', bytes: 6000 },
  attach: { label: '附加数据', bytes: 127 },
  out_trade_no: { label: '商户订单号', required: true, bytes: 32, pattern: /^[0-9A-Za-z_\-|*]{6,32}$/ },
  fee_type: { label: '标价币种', bytes: 16, pattern: /^CNY$/ },
  total_fee: { label: '标价金额', required: true, pattern: /^[1-9]\d{0,11}$/ },
  spbill_create_ip: { label: '终端IP', required: true, bytes: 64, pattern: /^[\d.]+$|^[0-9a-fA-F:.]+$/ },
  time_start: { label: '交易起始时间', pattern: /^\d{14}$/ },
  time_expire: { label: '交易结束时间', pattern: /^\d{14}$/ },
  goods_tag: { label: '订单优惠标记', bytes: 32 },
  notify_url: {
    label: '通知地址',
    required: true,
    bytes: 256,
    pattern: /^https?:\/\/([^\s/?#[\]@]+@)?([^\s/?#@:]+)(?::\d{2,5})?([^\s?#[\]]*)$/,
  },
  trade_type: { label: '交易类型', required: true, bytes: 16, pattern: /^(JSAPI|NATIVE|APP|MWEB)$/ },
  openid: { label: '用户标识', bytes: 128 },
  limit_pay: { label: '指定支付方式', bytes: 32 },
  scene_info: { label: '场景信息', bytes: 256 },
}

export const QUERY_RULES: FieldRules = {
  ...COMMON_RULES,
  transaction_id: { label: '微信订单号', bytes: 32 },
  out_trade_no: { label: '商户订单号', bytes: 32 },
}

export const CLOSE_RULES: FieldRules = {
  ...COMMON_RULES,
  out_trade_no: { label: '商户订单号', required: true, bytes: 32 },
}

/** The first thing wrong, in WeChat's words; undefined when nothing is. */
export function fieldProblem(rules: FieldRules, fields: Record<string, string>): string | undefined {
  if (!/^\d+$/.test(fields['mch_id'] ?? '')) return 'mch_id参数格式错误'
  const missing = Object.entries(rules).find(
    ([name, rule]) => rule.required === true && (fields[name] ?? '') === '',
  )
  if (missing !== undefined) return '缺少参数'
  for (const [name, rule] of Object.entries(rules)) {
    const value = fields[name] ?? ''
    const bytes = Buffer.byteLength(value)
    if (rule.bytes !== undefined && bytes > rule.bytes) {
      return `输入源“/body/xml/${name}”映射到值字段“${rule.label}”字符串规则校验失败，字节数 ${bytes}，大于最大值 ${rule.bytes}`
    }
    if (value !== '' && rule.pattern !== undefined && !rule.pattern.test(value)) return '参数格式校验错误'
  }
  return undefined
}
