/**
 * Refunds (退款): request, query, and what to do about an abnormal one. Source: API v3 docs, "退款申请", "查询单笔退款",
 * "发起异常退款". 200 means accepted, not done; the end comes by notification or query.
 */
import { ProtocolError } from '../errors.ts'
import type { Fen } from '../fen.ts'
import type { Secret } from '../secret.ts'
import type { JsonObject } from './json.ts'
import { amount, object, objects, optionalAmount, optionalText, optionalTime, text, time } from './members.ts'
import type { NamedKey } from './platform-keys.ts'
import {
  check,
  MCHID,
  matches,
  notifyUrl,
  oneOf,
  optional,
  orderNumberRules,
  POSITIVE_FEN,
  type Rule,
  SENSITIVE,
  text as textRule,
  WECHAT_NUMBER,
} from './request-rules.ts'
import { encrypted } from './sensitive.ts'

/** 退款申请: of an order by either of its numbers. */
export type RefundRequest = RefundToMake & ({ out_trade_no: string } | { transaction_id: string })

interface RefundToMake {
  /** 子商户号, of a service provider's order. */
  sub_mchid?: string
  /** 商户退款单号: at most 64 of digits, letters and `_ - | * @`. The same number again is the same refund, never a second one. */
  out_refund_no: string
  /** Shown to the payer; at most 80 bytes. */
  reason?: string
  /** Instead of the address set in the merchant platform. */
  notify_url?: string
  funds_account?: 'AVAILABLE' | 'UNSETTLED'
  amount: {
    /** At least 1, at most what is left of the order. */
    refund: Fen
    /** Amount of the order. */
    total: Fen
    currency?: 'CNY'
    from?: readonly { account: 'AVAILABLE' | 'UNAVAILABLE'; amount: Fen }[]
  }
  goods_detail?: readonly {
    merchant_goods_id: string
    wechatpay_goods_id?: string
    goods_name?: string
    unit_price: Fen
    refund_amount: Fen
    refund_quantity: number
  }[]
}

/** 查询单笔退款: by 商户退款单号. */
export interface RefundQuery {
  out_refund_no: string
  sub_mchid?: string
}

/** 发起异常退款: only for refunds that are ABNORMAL. Account and name are given in clear, and encrypted on their way. */
export type AbnormalRefundRequest = { refund_id: string; out_refund_no: string; sub_mchid?: string } & (
  | { type: 'USER_BANK_CARD'; bank_type: string; bank_account: string | Secret; real_name: string | Secret }
  | { type: 'MERCHANT_BANK_CARD' }
)

interface RefundMembers {
  /** 微信支付退款单号. */
  refund_id: string
  out_refund_no: string
  transaction_id: string
  out_trade_no: string
  /** ORIGINAL, BALANCE, OTHER_BALANCE, OTHER_BANKCARD. */
  channel: string | undefined
  /** Where the money goes, in words: `招商银行信用卡0403`. */
  user_received_account: string | undefined
  create_time: string | undefined
  funds_account: string | undefined
  amount: {
    total: Fen
    refund: Fen
    payer_total: Fen | undefined
    payer_refund: Fen | undefined
    settlement_total: Fen | undefined
    settlement_refund: Fen | undefined
    discount_refund: Fen | undefined
    refund_fee: Fen | undefined
    currency: string
  }
  promotion_detail: readonly JsonObject[]
  /** Every member that arrived. */
  fields: JsonObject
}

/** A refund as a call answers it; narrow it by `status`. PROCESSING and ABNORMAL are not the end. */
export type Refund =
  | (RefundMembers & { status: 'SUCCESS'; success_time: string })
  | (RefundMembers & { status: UnsuccessfulState })

type UnsuccessfulState = 'PROCESSING' | 'ABNORMAL' | 'CLOSED'

/** A refund as a notification tells it: fewer members, and the state under another name. */
export type RefundNews = {
  mchid: string
  /** 子商户号; the merchant's own refunds have none. */
  sub_mchid: string | undefined
  refund_id: string
  out_refund_no: string
  transaction_id: string
  out_trade_no: string
  user_received_account: string | undefined
  amount: { total: Fen; refund: Fen; payer_total: Fen | undefined; payer_refund: Fen | undefined }
  fields: JsonObject
} & ({ refund_status: 'SUCCESS'; success_time: string } | { refund_status: UnsuccessfulState })

export function checkRefund(request: RefundRequest): void {
  check('refund', request, {
    ...orderNumberRules(request),
    sub_mchid: optional(MCHID),
    out_refund_no: OUT_REFUND_NO,
    reason: optional(textRule(1, 80)),
    notify_url: optional(notifyUrl(256)),
    funds_account: optional(oneOf(['AVAILABLE', 'UNSETTLED'])),
    'amount.refund': atMost(request?.amount?.total),
    'amount.total': POSITIVE_FEN,
    'amount.currency': optional(oneOf(['CNY'])),
    'amount.from': optional(FROM),
  })
}

const ACCOUNTS: Rule = oneOf(['AVAILABLE', 'UNAVAILABLE'])
/** 退款出资账户及金额. */
const FROM: Rule = {
  holds: (value) => Array.isArray(value) && value.every(isSource),
  words: '[{ account: AVAILABLE 或 / or UNAVAILABLE, amount: 分 / fen }]',
}

function isSource(source: unknown): boolean {
  if (typeof source !== 'object' || source === null) return false
  const members = new Map<string, unknown>(Object.entries(source))
  return ACCOUNTS.holds(members.get('account')) && POSITIVE_FEN.holds(members.get('amount'))
}

export function checkRefundQuery(request: RefundQuery): void {
  check('queryRefund', request, { out_refund_no: OUT_REFUND_NO, sub_mchid: optional(MCHID) })
}

export function checkAbnormalRefund(request: AbnormalRefundRequest): void {
  const toCard = request?.type === 'USER_BANK_CARD'
  check('applyAbnormalRefund', request, {
    refund_id: WECHAT_NUMBER,
    out_refund_no: OUT_REFUND_NO,
    sub_mchid: optional(MCHID),
    type: oneOf(['USER_BANK_CARD', 'MERCHANT_BANK_CARD']),
    ...(toCard ? { bank_type: textRule(1, 32), bank_account: SENSITIVE, real_name: SENSITIVE } : {}),
  })
}

/** The body of a request: WeChat wants the currency to be said. */
export function refundBody(request: RefundRequest): object {
  return { ...request, amount: { ...request.amount, currency: request.amount.currency ?? 'CNY' } }
}

/** The body of a request about an abnormal refund, account and name encrypted. */
export function abnormalRefundBody(
  { refund_id: _, ...request }: AbnormalRefundRequest,
  key: NamedKey,
): object {
  // Whatever else a program without types has put there would go in clear.
  const { out_refund_no, sub_mchid, type } = request
  if (type !== 'USER_BANK_CARD') return { out_refund_no, sub_mchid, type }
  const { bank_account, real_name } = request
  return { ...request, bank_account: encrypted(bank_account, key), real_name: encrypted(real_name, key) }
}

const OUT_REFUND_NO: Rule = matches(
  /^[0-9A-Za-z_\-|*@]{1,64}$/,
  '至多 64 位，数字、字母、_-|*@ / at most 64 of digits, letters and _-|*@',
)

function atMost(total: unknown): Rule {
  return {
    holds: (value) =>
      POSITIVE_FEN.holds(value) && (!POSITIVE_FEN.holds(total) || Number(value) <= Number(total)),
    words: '大于 0、不超过订单金额的整数分 / a whole number of fen above 0, at most the total',
  }
}

/** Throws `ProtocolError` for another refund, an undocumented state, or a member that is missing or mistyped. */
export function refund(reply: JsonObject, outRefundNo: string): Refund {
  if (text(reply, 'out_refund_no') !== outRefundNo)
    throw new ProtocolError('bad_message', '应答是另一笔退款 / the reply is about another refund')
  const members = refundMembers(reply)
  const status = refundState(text(reply, 'status'))
  return status === 'SUCCESS'
    ? { ...members, status, success_time: time(reply, 'success_time') }
    : { ...members, status }
}

function refundMembers(reply: JsonObject): RefundMembers {
  const sums = object(reply, 'amount')
  return {
    refund_id: text(reply, 'refund_id'),
    out_refund_no: text(reply, 'out_refund_no'),
    transaction_id: text(reply, 'transaction_id'),
    out_trade_no: text(reply, 'out_trade_no'),
    channel: optionalText(reply, 'channel'),
    user_received_account: optionalText(reply, 'user_received_account'),
    create_time: optionalTime(reply, 'create_time'),
    funds_account: optionalText(reply, 'funds_account'),
    amount: {
      total: amount(sums, 'total'),
      refund: amount(sums, 'refund'),
      payer_total: optionalAmount(sums, 'payer_total'),
      payer_refund: optionalAmount(sums, 'payer_refund'),
      settlement_total: optionalAmount(sums, 'settlement_total'),
      settlement_refund: optionalAmount(sums, 'settlement_refund'),
      discount_refund: optionalAmount(sums, 'discount_refund'),
      refund_fee: optionalAmount(sums, 'refund_fee'),
      currency: optionalText(sums, 'currency') ?? 'CNY',
    },
    promotion_detail: objects(reply, 'promotion_detail'),
    fields: reply,
  }
}

/** The plaintext of a refund notification; whose it is has been looked at. */
export function refundNews(message: JsonObject, mchid: string): RefundNews {
  const sums = object(message, 'amount')
  const members = {
    mchid,
    sub_mchid: optionalText(message, 'sub_mchid'),
    refund_id: text(message, 'refund_id'),
    out_refund_no: text(message, 'out_refund_no'),
    transaction_id: text(message, 'transaction_id'),
    out_trade_no: text(message, 'out_trade_no'),
    user_received_account: optionalText(message, 'user_received_account'),
    amount: {
      total: amount(sums, 'total'),
      refund: amount(sums, 'refund'),
      payer_total: optionalAmount(sums, 'payer_total'),
      payer_refund: optionalAmount(sums, 'payer_refund'),
    },
    fields: message,
  }
  const refund_status = refundState(text(message, 'refund_status'))
  return refund_status === 'SUCCESS'
    ? { ...members, refund_status, success_time: time(message, 'success_time') }
    : { ...members, refund_status }
}

/** One enumeration of WeChat's spells CLOSED without its D. */
function refundState(state: string): 'SUCCESS' | UnsuccessfulState {
  switch (state) {
    case 'SUCCESS':
    case 'PROCESSING':
    case 'ABNORMAL':
    case 'CLOSED':
      return state
    case 'CLOSE':
      return 'CLOSED'
    default:
      throw new ProtocolError('bad_message', '退款状态未知 / an undocumented state of a refund')
  }
}
