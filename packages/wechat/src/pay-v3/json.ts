/**
 * The JSON of Pay v3, read strictly: one object in UTF-8, no member twice, no number that a JavaScript number cannot hold exactly,
 * bounded in size and depth. What `JSON.parse` would let pass silently (the last of two members wins, an int64 is rounded) could
 * make two programs read two different sums from one signed message.
 */
import { isUtf8 } from 'node:buffer'
import { invalidRequest, ProtocolError } from '../errors.ts'

/** A JSON object as it came, every member kept. */
export type JsonObject = Readonly<Record<string, unknown>>

/** The longest documented message holds a ciphertext of 1 MiB. */
const MAX_BYTES = 1024 * 1024 + 64 * 1024
/** Twice the depth of the deepest documented message. */
const MAX_DEPTH = 16
/** Digits of the largest integer that is held exactly. */
const MAX_NUMBER_LENGTH = String(Number.MAX_SAFE_INTEGER).length + 1

/** Throws `ProtocolError` of code `bad_message` for anything else than one strict JSON object. */
export function parseJsonObject(message: string | Uint8Array): JsonObject {
  const text = decoded(message)
  const members = countedMembers(text)
  const value = parsed(text)
  if (!isJsonObject(value)) throw malformed('不是对象', 'not an object')
  if (membersOf(value) !== members) throw malformed('成员重复', 'a member comes twice')
  if (text.includes(ESCAPE) && hasHalfCharacter(value)) throw malformed('含有半个字符', 'half a character')
  return value
}

/**
 * The text of a request. Members that are null are left out like those that are undefined. Throws `RefusedError` of
 * code `invalid_request` for a number that is not whole: nothing that is sent has another, and JSON has no bigint.
 */
export function jsonOf(body: object): string {
  return JSON.stringify(body, sendable)
}

function sendable(name: string, value: unknown): unknown {
  if (typeof value === 'bigint' || (typeof value === 'number' && !Number.isSafeInteger(value)))
    throw invalidRequest('JSON', [`${name}: 应为整数 / must be a whole number`])
  return value ?? undefined
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function decoded(message: string | Uint8Array): string {
  const bytes = typeof message === 'string' ? Buffer.byteLength(message) : message.byteLength
  if (bytes > MAX_BYTES) throw malformed('报文过长', 'too long')
  if (typeof message === 'string') return message
  if (!isUtf8(message)) throw malformed('不是 UTF-8', 'not UTF-8')
  const buffer = Buffer.isBuffer(message)
    ? message
    : Buffer.from(message.buffer, message.byteOffset, message.byteLength)
  return buffer.toString('utf8')
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // The exception of JSON.parse quotes the message.
    throw malformed('语法错误', 'bad syntax')
  }
}

const [QUOTE, COLON, BACKSLASH] = [34, 58, 92]
const [OPEN_ARRAY, CLOSE_ARRAY, OPEN_OBJECT, CLOSE_OBJECT] = [91, 93, 123, 125]

/**
 * How many members the text writes down: colons outside of strings. Looks only at depth and numbers on its way; whether the text
 * is JSON at all is the parser's to say.
 */
function countedMembers(text: string): number {
  let members = 0
  let depth = 0
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charCodeAt(at)
    if (character === QUOTE) at = endOfString(text, at)
    else if (character === COLON) members += 1
    else if (character === OPEN_OBJECT || character === OPEN_ARRAY) depth += 1
    else if (character === CLOSE_OBJECT || character === CLOSE_ARRAY) depth -= 1
    else if (isNumeric(character)) at = endOfNumber(text, at)
    if (depth > MAX_DEPTH) throw malformed('嵌套过深', 'too deep')
  }
  return members
}

/** Where the string that starts here ends: at the next quote without an odd number of backslashes before it. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let escapes = 0
    while (text.charCodeAt(end - 1 - escapes) === BACKSLASH) escapes += 1
    if (escapes % 2 === 0) return end
  }
  return text.length
}

/** Digits and the minus sign, with which every number begins. */
function isNumeric(character: number): boolean {
  return (character >= 48 && character <= 57) || character === 45
}

const NUMBER = /[-+.eE\d]+/y

function endOfNumber(text: string, start: number): number {
  NUMBER.lastIndex = start
  const digits = NUMBER.exec(text)?.[0] ?? ''
  if (digits.length > MAX_NUMBER_LENGTH || Math.abs(Number(digits)) > Number.MAX_SAFE_INTEGER)
    throw malformed('数字超出精确范围', 'a number that cannot be held exactly')
  return start + digits.length - 1
}

/** How many members the parser kept. */
function membersOf(value: unknown): number {
  if (Array.isArray(value)) return value.reduce<number>((members, each) => members + membersOf(each), 0)
  if (!isJsonObject(value)) return 0
  const names = Object.keys(value)
  let members = names.length
  for (const name of names) {
    const within = value[name]
    if (typeof within === 'object') members += membersOf(within)
  }
  return members
}

/** Bytes of UTF-8 hold no half of a character; an escape may. */
const ESCAPE = String.raw`\u`

function hasHalfCharacter(value: unknown): boolean {
  if (typeof value === 'string') return /\p{Cs}/u.test(value)
  if (typeof value !== 'object' || value === null) return false
  return Object.entries(value).some(([name, each]) => /\p{Cs}/u.test(name) || hasHalfCharacter(each))
}

function malformed(zh: string, en: string): ProtocolError {
  return new ProtocolError('bad_message', `JSON 格式错误：${zh} / not the JSON of Pay v3: ${en}`)
}
