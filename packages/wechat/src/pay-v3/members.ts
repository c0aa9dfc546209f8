/** Reads members of a message of Pay v3: what is missing or of another type is named, and not what it holds. */
import { ProtocolError } from '../errors.ts'
import { type Fen, fen } from '../fen.ts'
import { isJsonObject, type JsonObject } from './json.ts'

/** A text that must be there and not empty. Throws `ProtocolError`, as all of these do. */
export function text(object: JsonObject, name: string): string {
  return optionalText(object, name) ?? missing(name)
}

/** A text that may be absent; empty is absent. */
export function optionalText(object: JsonObject, name: string): string | undefined {
  const value = object[name]
  if (value === undefined || value === null || value === '') return undefined
  return typeof value === 'string' ? value : mistyped(name)
}

/** A whole number of fen, 0 or more. */
export function amount(object: JsonObject, name: string): Fen {
  return optionalAmount(object, name) ?? missing(name)
}

export function optionalAmount(object: JsonObject, name: string): Fen | undefined {
  const value = object[name]
  if (value === undefined || value === null) return undefined
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? fen(value) : mistyped(name)
}

const RFC_3339 =
  /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/

/** A time as RFC 3339 writes it. */
export function time(object: JsonObject, name: string): string {
  return optionalTime(object, name) ?? missing(name)
}

export function optionalTime(object: JsonObject, name: string): string | undefined {
  const value = optionalText(object, name)
  return value === undefined || RFC_3339.test(value) ? value : mistyped(name)
}

export function object(object: JsonObject, name: string): JsonObject {
  return optionalObject(object, name) ?? missing(name)
}

export function optionalObject(object: JsonObject, name: string): JsonObject | undefined {
  const value = object[name]
  if (value === undefined || value === null) return undefined
  return isJsonObject(value) ? value : mistyped(name)
}

/** A list of objects; absent is empty. */
export function objects(object: JsonObject, name: string): readonly JsonObject[] {
  const value = object[name]
  if (value === undefined || value === null) return []
  return Array.isArray(value) && value.every(isJsonObject) ? value : mistyped(name)
}

function missing(name: string): never {
  throw new ProtocolError('bad_message', `报文缺少字段 / the message lacks ${name}`)
}

function mistyped(name: string): never {
  throw new ProtocolError('bad_message', `字段类型或格式不符 / not as documented: ${name}`)
}
