/**
 * Reads single elements of a message. Empty and absent are the same in Pay v2. Each throws `ProtocolError` naming the field
 * that is missing or not of its documented shape. Source: API v2 docs, "协议规则".
 */
import { ProtocolError } from '../errors.ts'
import { type Fen, fen } from '../fen.ts'
import type { Fields } from './sign.ts'

/** A field that must be there and not empty. */
export function required(fields: Fields, name: string): string {
  const value = optional(fields, name)
  if (value !== undefined) return value
  throw new ProtocolError('bad_message', `报文缺少字段 / the message lacks ${name}`)
}

export function optional(fields: Fields, name: string): string | undefined {
  const value = fields[name]
  return value === '' ? undefined : value
}

export function amount(fields: Fields, name: string): Fen {
  return fen(digits(required(fields, name), name))
}

export function optionalAmount(fields: Fields, name: string): Fen | undefined {
  const text = optional(fields, name)
  return text === undefined ? undefined : fen(digits(text, name))
}

export function optionalCount(fields: Fields, name: string): number | undefined {
  const text = optional(fields, name)
  return text === undefined ? undefined : digits(text, name)
}

function digits(text: string, name: string): number {
  if (/^\d{1,12}$/.test(text)) return Number(text)
  throw new ProtocolError('bad_message', `字段不是非负整数 / not a whole number above or equal 0: ${name}`)
}

/** `yyyyMMddHHmmss`. */
export function time(fields: Fields, name: string): string {
  const text = required(fields, name)
  if (/^\d{14}$/.test(text)) return text
  throw new ProtocolError('bad_message', `时间字段不是 yyyyMMddHHmmss / not a time: ${name}`)
}

/** Times of refunds, which come as `yyyy-MM-dd HH:mm:ss` where every other time has digits only; either is taken. */
export function optionalRefundTime(fields: Fields, name: string): string | undefined {
  const text = optional(fields, name)
  if (text === undefined || /^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d|\d{14})$/.test(text)) return text
  throw new ProtocolError('bad_message', `时间字段不是 yyyy-MM-dd HH:mm:ss / not a time: ${name}`)
}

/** One of the documented values. */
export function oneOf<Value extends string>(fields: Fields, name: string, values: readonly Value[]): Value {
  const found = values.find((value) => value === fields[name])
  if (found !== undefined) return found
  throw new ProtocolError('bad_message', `字段值未知 / an undocumented value: ${name}`)
}

/** The object, with those of the optional fields added that came. */
export function withArrived<Known extends object, Optional extends object>(
  known: Known,
  optional: Optional,
): Known & { [Name in keyof Optional]?: Exclude<Optional[Name], undefined> } {
  const all = known as Record<string, unknown>
  for (const name in optional) {
    const value = optional[name]
    if (value !== undefined) all[name] = value
  }
  return known as Known & { [Name in keyof Optional]?: Exclude<Optional[Name], undefined> }
}
