/** Members that orders of all kinds share. Source: API v3 docs, "JSAPI下单", "合单JSAPI下单". */
import { type Field, flag, integer, list, note, object, oneOf, optional, text } from './fields.ts'

export const APPID: Field<string> = text('公众号ID', { most: 32 })
export const MCHID: Field<string> = text('直连商户号', { most: 32 })
export const SUB_MCHID: Field<string> = text('子商户号', { most: 32 })
export const DESCRIPTION: Field<string> = text('商品描述', { most: 127 })
/** As the service writes it, which its texts repeat. */
const NUMBER = String.raw`^[0-9a-zA-Z_\-\|\*]+$`
export const OUT_TRADE_NO: Field<string> = text('商户订单号', { least: 6, most: 32, pattern: NUMBER })
/** Of a combination; its parts have ordinary ones. */
export const COMBINE_OUT_TRADE_NO: Field<string> = text('合单商户订单号', {
  least: 2,
  most: 32,
  pattern: NUMBER,
})
export const TRANSACTION_ID: Field<string> = text('微信支付订单号', { most: 32 })
export const OPENID: Field<string> = text('用户标识', { most: 128 })
export const CURRENCY: Field<string> = oneOf('货币类型', ['CNY'])

/** As observed on the service: any port, any path, no query, no fragment; http passes too. */
const URL_PATTERN = String.raw`^https?://([^\s/?#\[\]\@]+\@)?([^\s/?#\@:]+)(?::\d{2,5})?([^\s?#\[\]]*)$`
export const NOTIFY_URL: Field<string> = notifyUrl(255)

export function notifyUrl(most: number): Field<string> {
  return text('通知地址', { most, pattern: URL_PATTERN, accepts: URL.canParse })
}

export const TIME: Field<string> = text('交易结束时间', {
  most: 64,
  pattern: String.raw`^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$`,
  accepts: (value) => !Number.isNaN(Date.parse(value)),
})

export const LIMIT_PAY: Field<string[]> = list(
  '指定支付方式',
  oneOf('指定支付方式', ['no_balance', 'no_credit', 'no_debit', 'balance_only']),
)

const IDENTITIES = [
  'IDCARD',
  'HONGKONG_MACAO',
  'HONGKONG_MACAO_RESIDENT',
  'TAIWAN_RESIDENT',
  'FOREIGN_RESIDENT',
  'OVERSEA_PASSPORT',
  'PHONE_NUMBER',
] as const

/** 实名支付: who must pay, encrypted. */
export interface Identity {
  type: (typeof IDENTITIES)[number]
  number: string
  name: string
}

export const IDENTITY: Field<Identity> = object('实名信息', {
  type: oneOf('证件类型', IDENTITIES),
  number: text('证件号', { most: 512 }),
  name: text('姓名', { most: 512 }),
})

export interface SceneInfo {
  payer_client_ip: string
  device_id: string | undefined
}

const STORE_INFO = object('商户门店信息', {
  id: text('门店编号', { most: 32 }),
  name: optional(note('门店名称', 256)),
  area_code: optional(note('地区编码', 32)),
  address: optional(note('详细地址', 512)),
})

export const SCENE_INFO: Field<SceneInfo> = object('场景信息', {
  payer_client_ip: text('用户终端IP', { most: 45 }),
  device_id: optional(note('商户端设备号', 32)),
  store_info: optional(STORE_INFO),
})

const GOODS = object('单品列表', {
  merchant_goods_id: text('商户侧商品编码', { most: 32 }),
  wechatpay_goods_id: optional(note('微信支付商品编码', 32)),
  goods_name: optional(note('商品名称', 256)),
  quantity: integer('商品数量', 1),
  unit_price: integer('商品单价', 0),
})

const MOST_DETAIL_BYTES = 6144

/** 优惠功能; as a whole no longer than a bill's column takes. */
export const DETAIL: Field<object> = atMost(
  MOST_DETAIL_BYTES,
  object('优惠功能', {
    cost_price: optional(integer('订单原价', 0)),
    invoice_id: optional(note('商品小票ID', 32)),
    goods_detail: optional(list('单品列表', GOODS)),
  }),
)

function atMost(most: number, field: Field<object>): Field<object> {
  const size = text(field.label, { least: 0, most })
  return {
    ...field,
    read(json, at) {
      const value = field.read(json, at)
      size.read(JSON.stringify(json), at)
      return value
    },
  }
}

const SUBSIDY = object('贴息详情', {
  subsidy_period_type: oneOf('贴息方案类型', ['DAILY', 'PERIOD']),
  subsidy_plan: list(
    '贴息方案列表',
    object('贴息方案', {
      subsidy_installment_num: integer('贴息期数', 3),
      subsidy_percent: integer('贴息比例', 0),
    }),
  ),
})

/** 贴息信息 of instalments. */
export const SUBSIDY_INFO: Field<object> = object('贴息信息', {
  subsidy_detail: optional(list('贴息详情', SUBSIDY)),
})

export const PROFIT_SHARING: Field<boolean> = flag('是否指定分账')
export const SUBSIDY_AMOUNT: Field<number> = integer('补差金额', 0)
export const SUPPORT_FAPIAO: Field<boolean> = flag('电子发票入口开放标识')
