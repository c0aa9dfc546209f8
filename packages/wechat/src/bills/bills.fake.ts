/** Bills as WeChat writes them, for tests only; not published. */

export const HEADERS = {
  all: '交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注',
  success:
    '交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,商品名称,商户数据包,手续费,费率,订单金额,费率备注',
  refund:
    '交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,退款申请时间,退款成功时间,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注',
  old: '交易时间,公众账号ID,商户号,子商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,总金额,代金券或立减优惠金额,微信退款单号,商户退款单号,退款金额,代金券或立减优惠退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率',
  flow: '记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额(元),账户结余(元),资金变更提交申请人,备注,业务凭证号',
} as const

export const SUMMARIES = {
  trade: '总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额',
  old: '总交易单数,总交易额,总退款金额,总代金券或立减优惠退款金额,手续费总金额',
  flow: '资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额',
} as const

export const PAYMENT =
  '`2026-01-05 09:15:01,`wx0000000000000001,`1900000001,`0,`WEB,`4200000001202601050000000001,`T20260105091500,`oTestOpenid0000000000000001,`JSAPI,`SUCCESS,`OTHERS,`CNY,`1.00,`0.20,`0,`0,`0.00,`0.00,`,`,`示例商品A,`order=1,`0.00600,`0.60%,`1.00,`0.00,`'
export const REFUND =
  '`2026-01-05 18:00:00,`wx0000000000000001,`1900000001,`0,`WEB,`4200000001202601050000000001,`T20260105091500,`oTestOpenid0000000000000001,`JSAPI,`REFUND,`OTHERS,`CNY,`0.00,`0.00,`50000000012026010500000000001,`R20260105180000,`0.30,`0.00,`ORIGINAL,`SUCCESS,`示例商品A,`order=1,`-0.00180,`0.60%,`0.00,`0.30,`'

/** A file with byte order mark and CRLF, as it comes. */
export function file(...lines: string[]): string {
  return `\uFEFF${lines.map((line) => `${line}\r\n`).join('')}`
}

/** A day with two rows. */
export const TRADES: string = file(
  HEADERS.all,
  PAYMENT,
  REFUND,
  SUMMARIES.trade,
  '`2,`1.00,`0.30,`0.00,`0.00420,`1.00,`0.30',
)

/** Bytes in pieces of one size, as a connection may bring them. */
export async function* piecesOf(content: string | Uint8Array, size = 1000): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(content)
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}
