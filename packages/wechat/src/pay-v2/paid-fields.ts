/** What a query and a notification say alike of a payment. Source: API v2 docs, "查询订单" and "支付结果通知". */
import { ProtocolError } from '../errors.ts'
import { type Fen, fen } from '../fen.ts'
import type { PaidFields } from './messages.ts'
import type { Fields } from './sign.ts'

/** Throws `ProtocolError` naming a field that is missing or not of its documented shape. */
export function paidFields(fields: Fields): PaidFields {
  const attach = fields['attach']
  return {
    out_trade_no: required(fields, 'out_trade_no'),
    transaction_id: required(fields, 'transaction_id'),
    openid: required(fields, 'openid'),
    total_fee: amount(fields, 'total_fee'),
    fee_type: fields['fee_type'] || 'CNY',
    ...(isPresent(fields['cash_fee']) ? { cash_fee: amount(fields, 'cash_fee') } : {}),
    bank_type: fields['bank_type'] ?? '',
    time_end: time(fields, 'time_end'),
    ...(isPresent(attach) ? { attach } : {}),
  }
}

/** A field that must be there and not empty. Throws `ProtocolError` naming it. */
export function required(fields: Fields, name: string): string {
  const value = fields[name]
  if (isPresent(value)) return value
  throw new ProtocolError('bad_message', `报文缺少字段 / the message lacks ${name}`)
}

/** Empty and absent are the same in Pay v2. */
function isPresent(value: string | undefined): value is string {
  return value !== undefined && value !== ''
}

function amount(fields: Fields, name: string): Fen {
  const text = required(fields, name)
  if (/^\d{1,12}$/.test(text)) return fen(Number(text))
  throw new ProtocolError('bad_message', `金额字段不是整数分 / not an amount in fen: ${name}`)
}

function time(fields: Fields, name: string): string {
  const text = required(fields, name)
  if (/^\d{14}$/.test(text)) return text
  throw new ProtocolError('bad_message', `时间字段不是 yyyyMMddHHmmss / not a time: ${name}`)
}
