/** Reads WeChat's replies: three levels of success, the signature before anything is believed. Source: API v2 docs, "协议规则". */
import { ProtocolError, RefusedError } from '../errors.ts'
import { type Fen, fen } from '../fen.ts'
import type { OrderQueryReply, PaidFields, TradeState, UnifiedOrderReply } from './messages.ts'
import { type Fields, isSigned, type SignType } from './sign.ts'

export interface Expected {
  appid: string
  mchid: string
  apiKey: string
  /** The type of the request; replies do not repeat it. */
  signType: SignType
}

/** Codes with which WeChat says that it failed inside; whether the call took effect is open. */
const FAILED_INSIDE = new Set(['SYSTEMERROR', 'SYSTEM_ERROR', 'BIZERR_NEED_RETRY'])

/**
 * The fields of a reply that says yes. Throws `RefusedError` where it says no on either level, `ProtocolError` (outcome
 * unknown) where a reply that must be signed is not, or is somebody else's.
 */
export function accepted(fields: Fields, expected: Expected): Fields {
  // Level one is not signed: it may be believed in its no, which has no effect, but never in a yes.
  if (fields['return_code'] !== 'SUCCESS') {
    const text = fields['return_msg'] ?? ''
    throw refusal(fields['err_code'] ?? 'RETURN_FAIL', fields['err_code_des'] ?? text)
  }
  if (!isSigned(fields, expected.apiKey, expected.signType)) {
    throw new ProtocolError('bad_signature', '微信应答签名错误 / the reply is not signed with our key')
  }
  if (fields['mch_id'] !== expected.mchid || fields['appid'] !== expected.appid) {
    throw new ProtocolError(
      'bad_message',
      '应答的商户号或 appid 不符 / the reply is about another merchant or account',
    )
  }
  if (fields['result_code'] !== 'SUCCESS')
    throw refusal(fields['err_code'] ?? '', fields['err_code_des'] ?? '')
  return fields
}

function refusal(code: string, text: string): RefusedError {
  return new RefusedError({
    code: FAILED_INSIDE.has(code) ? 'wechat_failed' : 'refused',
    message: `微信拒绝 / WeChat refused: ${code} ${text}`,
    wechatCode: code,
    wechatText: text,
  })
}

export function unifiedOrderReply(fields: Fields): UnifiedOrderReply {
  return { prepay_id: required(fields, 'prepay_id'), trade_type: required(fields, 'trade_type') }
}

export function orderQueryReply(fields: Fields): OrderQueryReply {
  const trade_state = required(fields, 'trade_state') as TradeState
  const trade_state_desc = fields['trade_state_desc'] ?? ''
  if (trade_state === 'SUCCESS' || trade_state === 'REFUND') {
    return { ...paidFields(fields), trade_state, trade_state_desc, fields }
  }
  return { trade_state, trade_state_desc, out_trade_no: fields['out_trade_no'] ?? '', fields }
}

/** What a query and a notification say alike of a payment. Throws `ProtocolError` naming a missing field. */
export function paidFields(fields: Fields): PaidFields {
  const attach = fields['attach']
  return {
    out_trade_no: required(fields, 'out_trade_no'),
    transaction_id: required(fields, 'transaction_id'),
    openid: required(fields, 'openid'),
    total_fee: amount(fields, 'total_fee'),
    cash_fee: amount(fields, 'cash_fee'),
    bank_type: fields['bank_type'] ?? '',
    time_end: required(fields, 'time_end'),
    ...(attach === undefined || attach === '' ? {} : { attach }),
  }
}

function required(fields: Fields, name: string): string {
  const value = fields[name]
  if (value === undefined || value === '')
    throw new ProtocolError('bad_message', `应答缺少字段 / the message lacks ${name}`)
  return value
}

function amount(fields: Fields, name: string): Fen {
  const text = required(fields, name)
  if (!/^\d{1,12}$/.test(text))
    throw new ProtocolError('bad_message', `金额字段不是整数分 / not an amount in fen: ${name}`)
  return fen(Number(text))
}
