/** Reads WeChat's replies: three levels of success, the signature before anything is believed. Source: API v2 docs, "协议规则". */
import { ProtocolError } from '../errors.ts'
import { names } from '../given.ts'
import { isSameCode } from '../remedies.ts'
import { optional, required } from './fields.ts'
import type { OrderQueryReply, OrderQueryRequest, UnifiedOrderReply } from './messages.ts'
import { paidFields } from './paid-fields.ts'
import { refusal } from './refusals.ts'
import { codeOfReturnText } from './return-texts.ts'
import { type Fields, isSigned, type SignType } from './sign.ts'

export interface Expected {
  appid: string
  mchid: string
  apiKey: string
  /** The type of the request; replies do not repeat it. */
  signType: SignType
}

/**
 * The fields of a reply that says yes. Throws `RefusedError` where it says no on either level, `ProtocolError` (outcome
 * unknown) where a reply that must be signed is not, is somebody else's, or says neither yes nor no.
 */
export function accepted(fields: Fields, expected: Expected): Fields {
  // Level one is not signed: it may be believed in its no, which has no effect, but never in a yes.
  if (answer(fields, 'return_code') === 'FAIL') throw unsignedRefusal(fields)
  if (!isSigned(fields, expected.apiKey, expected.signType)) {
    throw new ProtocolError('bad_signature', '微信应答签名错误 / the reply is not signed with our key')
  }
  if (fields['mch_id'] !== expected.mchid || fields['appid'] !== expected.appid) {
    const message = '应答的商户号或 appid 不符 / the reply is about another merchant or account'
    throw new ProtocolError('bad_message', message)
  }
  if (answer(fields, 'result_code') === 'FAIL') {
    throw refusal(required(fields, 'err_code'), fields['err_code_des'] ?? '', fields['recall'] === 'Y')
  }
  return fields
}

function answer(fields: Fields, level: 'return_code' | 'result_code'): 'SUCCESS' | 'FAIL' {
  const value = fields[level]
  if (value === 'SUCCESS' || value === 'FAIL') return value
  throw new ProtocolError('bad_message', `应答既非成功也非失败 / neither SUCCESS nor FAIL: ${level}`)
}

/**
 * Codes that tell of an order's or a refund's state. Anybody on the way can write an unsigned no; these would be believed in what
 * they tell.
 */
const TELLS_OF_THE_ORDER = [
  'ORDERPAID',
  'ORDERCLOSED',
  'ORDERNOTEXIST',
  'OUT_TRADE_NO_USED',
  'TRADE_STATE_ERROR',
  'REFUNDNOTEXIST',
  'REFUND_FEE_MISMATCH',
  'TRADE_OVERDUE',
  'USER_ACCOUNT_ABNORMAL',
]

/** Some documented codes are also seen on level one, as `err_code` or as text. */
function unsignedRefusal(fields: Fields): Error {
  const text = optional(fields, 'err_code_des') ?? optional(fields, 'return_msg') ?? ''
  const code = optional(fields, 'err_code') ?? codeOfReturnText(text)
  if (!TELLS_OF_THE_ORDER.some((each) => isSameCode(each, code))) return refusal(code, text)
  return new ProtocolError(
    'bad_signature',
    '应答没有签名，却声称订单状态 / an unsigned reply tells of an order',
  )
}

export function unifiedOrderReply(fields: Fields): UnifiedOrderReply {
  return { prepay_id: required(fields, 'prepay_id'), trade_type: required(fields, 'trade_type') }
}

const PAID = ['SUCCESS', 'REFUND'] as const
const NOT_PAID = ['NOTPAY', 'CLOSED', 'REVOKED', 'USERPAYING', 'PAYERROR', 'ACCEPT'] as const

/** Throws `ProtocolError` for another order's reply, a state that is not documented, or a payment with a field missing. */
export function orderQueryReply(fields: Fields, request: OrderQueryRequest): OrderQueryReply {
  const trade_state_desc = fields['trade_state_desc'] ?? ''
  const paid = PAID.find((state) => state === fields['trade_state'])
  if (paid !== undefined) {
    expectOrder(fields, request)
    return { ...paidFields(fields), trade_state: paid, trade_state_desc, fields }
  }
  const notPaid = NOT_PAID.find((state) => state === fields['trade_state'])
  if (notPaid !== undefined) {
    // What is not paid has no transaction_id to compare.
    if (names(request, 'out_trade_no')) expectOrder(fields, request)
    return { trade_state: notPaid, trade_state_desc, out_trade_no: required(fields, 'out_trade_no'), fields }
  }
  throw new ProtocolError('bad_message', '订单状态未知 / an undocumented trade_state')
}

function expectOrder(fields: Fields, request: OrderQueryRequest): void {
  const isAskedFor = names(request, 'out_trade_no')
    ? fields['out_trade_no'] === request.out_trade_no
    : fields['transaction_id'] === request.transaction_id
  if (isAskedFor) return
  throw new ProtocolError('bad_message', '应答是另一个订单 / the reply is about another order')
}
