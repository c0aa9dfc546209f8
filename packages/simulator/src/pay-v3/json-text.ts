/** JSON as the service reads it; where it cannot, it says where and why in the words of its parser. Seen on the service. */
import { isUtf8 } from 'node:buffer'
import { FieldError } from './fields.ts'

/** How much of a broken text the refusal repeats. */
const SHOWN_CHARACTERS = 200

/** No request of the service is anywhere near so deep; its parser gives up here. */
const MOST_DEPTH = 1000

/** Throws `FieldError` for what is not JSON in UTF-8, or deeper than anybody nests it. */
export function readJson(bytes: Uint8Array): unknown {
  const text = Buffer.from(bytes).toString()
  const value = isUtf8(bytes) ? parsed(text) : undefined
  // What has fewer brackets cannot be deeper either.
  if (value !== undefined && (text.match(/[[{]/g)?.length ?? 0) <= MOST_DEPTH) return value
  const fault = isUtf8(bytes) ? faultOf(text) : { offset: text.indexOf('\uFFFD'), why: 'Invalid UTF-8.' }
  if (fault === undefined) return value
  const { offset, why } = fault
  const lines = text.slice(0, offset).split('\n')
  const column = (lines.at(-1)?.length ?? 0) + 1
  throw new FieldError(`解析 Json 出错 (位置: /body): * Line ${lines.length}, Column ${column}\n  ${why}\n`, {
    location: null,
    value: text.slice(0, SHOWN_CHARACTERS),
  })
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

interface Fault {
  offset: number
  why: string
}

/** Where the text stops being JSON, or becomes too deep, found by walking through it once. */
function faultOf(text: string): Fault | undefined {
  const walk: Walk = { text, offset: 0 }
  const open: Bracket[] = []
  do {
    const why = valueFault(walk, open) ?? endFault(walk, open)
    if (why !== undefined) return { offset: walk.offset, why }
  } while (open.length > 0)
  const rest = next(walk)
  return rest === '' ? undefined : { offset: walk.offset, why: 'Extra non-whitespace after JSON value.' }
}

type Bracket = '{' | '['

interface Walk {
  text: string
  offset: number
}

/** A value begins: a scalar, or what is in an object or an array, down to the first scalar or the first that is empty. */
function valueFault(walk: Walk, open: Bracket[]): string | undefined {
  for (;;) {
    const start = next(walk)
    if (start !== '{' && start !== '[')
      return pass(walk, SCALAR) ? undefined : 'Syntax error: value, object or array expected.'
    if (open.length === MOST_DEPTH) return 'Exceeded stackLimit in readValue().'
    open.push(start)
    walk.offset += 1
    if (isClosing(next(walk), start)) return undefined
    const why = start === '{' ? nameFault(walk) : undefined
    if (why !== undefined) return why
  }
}

/** A value has ended: brackets close, until a comma announces the next one. */
function endFault(walk: Walk, open: Bracket[]): string | undefined {
  for (let inside = open.at(-1); inside !== undefined; inside = open.at(-1)) {
    if (next(walk) === ',') {
      walk.offset += 1
      return inside === '{' ? nameFault(walk) : undefined
    }
    if (!isClosing(next(walk), inside)) return MISSING_END[inside]
    open.pop()
    walk.offset += 1
  }
  return undefined
}

const MISSING_END: Record<Bracket, string> = {
  '{': "Missing ',' or '}' in object declaration",
  '[': "Missing ',' or ']' in array declaration",
}

function nameFault(walk: Walk): string | undefined {
  next(walk)
  if (!pass(walk, STRING)) return "Missing '}' or object member name"
  if (next(walk) !== ':') return "Missing ':' after object member name"
  walk.offset += 1
  return undefined
}

function isClosing(character: string, bracket: Bracket): boolean {
  return character === (bracket === '{' ? '}' : ']')
}

/** The next character that is not white space; empty at the end. */
function next(walk: Walk): string {
  while (/\s/.test(walk.text[walk.offset] ?? '')) walk.offset += 1
  return walk.text[walk.offset] ?? ''
}

const STRING = /"([^"\\\p{Cc}]|[\u007f-\u009f]|\\(["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/uy
const SCALAR = new RegExp(
  String.raw`-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?|true|false|null|${STRING.source}`,
  'uy',
)

function pass(walk: Walk, pattern: RegExp): boolean {
  pattern.lastIndex = walk.offset
  const found = pattern.exec(walk.text)?.[0]
  walk.offset += found?.length ?? 0
  return found !== undefined
}
