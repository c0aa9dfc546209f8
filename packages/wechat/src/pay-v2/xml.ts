/**
 * The XML dialect of Pay v2: one root, one flat level, text or CDATA, nothing else. Source: API v2 docs, "协议规则". Being this
 * small it can be strict: no DOCTYPE, no entity declarations, no nesting, no attributes, no duplicates, everything bounded.
 * The scanner never looks back, so its time grows with the message only, whatever a stranger sends.
 */
import { isUtf8 } from 'node:buffer'
import { invalidRequest, ProtocolError } from '../errors.ts'
import type { Fields } from './sign.ts'
import { learnShape, noFields, readByShape } from './xml-shapes.ts'

/** 64 KiB holds the largest documented message several times over. */
const MAX_BYTES = 64 * 1024
/** A page of ten refunds with all their coupons has more than a few hundred. */
const MAX_FIELDS = 1024
/** The longest documented field (`promotion_detail`) has 6000 characters. */
const MAX_FIELD_LENGTH = 16 * 1024

/** The root of messages is `xml`; that of what a refund's notification has closed inside is `root`. */
export type Root = 'xml' | 'root'

/** The elements of a message by name, in the order they came. Throws `ProtocolError` for anything outside the dialect. */
export function parseXml(message: string | Uint8Array, root: Root = 'xml'): Fields {
  const text = decoded(message)
  const known = readByShape(text, root, MAX_FIELD_LENGTH)
  if (known !== undefined) return known
  const fields = careful(text, root)
  learnShape(text, root, Object.keys(fields))
  return fields
}

function careful(text: string, root: Root): Fields {
  if (NOT_XML_TEXT.test(text)) throw malformed('含有非法字符', 'characters that XML forbids')
  const start = afterRootTag(text, root)
  const { fields, end } = elements(text, start)
  const close = afterEndTag(text, end, root)
  if (afterLayout(text, close) !== text.length) throw malformed('根元素之后有内容', 'content after the root')
  return fields
}

/**
 * One message with root `<xml>`, every value in CDATA, empty values left out. Throws `RefusedError` of code `invalid_request`
 * for a value that XML cannot carry.
 */
export function serialiseXml(fields: Fields): string {
  let body = ''
  let values = ''
  for (const name of Object.keys(fields)) {
    const value = fields[name] ?? ''
    if (value === '') continue
    const [start, end] = tagsOf(name)
    body += start + value + end
    values += value
  }
  return `<xml>${needsCare(values) ? carefully(fields) : body}</xml>`
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const NOT_XML_TEXT = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Cs}/u

/**
 * Whether a text may be sent: no control characters but tab and line feed, no half of a surrogate pair. A carriage return may
 * arrive, but is never sent: receivers differ in what they make of it, and then in the signature.
 */
export function isXmlText(text: string): boolean {
  return !NOT_XML_TEXT.test(text) && !text.includes('\r')
}

const NAME = /^[A-Za-z_][A-Za-z0-9_.-]{0,63}$/
/** The names that are written are few and always the same: those of WeChat's requests. */
const TAGS = new Map<string, readonly [start: string, end: string]>()
const MAX_TAGS = 256

/** What stands around a value in CDATA. Throws `RefusedError` for what is no name. */
export function tagsOf(name: string): readonly [start: string, end: string] {
  const known = TAGS.get(name)
  if (known !== undefined) return known
  if (!NAME.test(name)) throw invalidRequest('XML', ['字段名不合法 / not the name of an element'])
  const tags = [`<${name}><![CDATA[`, `]]></${name}>`] as const
  if (TAGS.size < MAX_TAGS) TAGS.set(name, tags)
  return tags
}

/** Whether values have in them what is not XML text, or may end a CDATA section. Most have not, and one look at all of them tells. */
export function needsCare(values: string): boolean {
  return !PLAIN.test(values) && NEEDS_CARE.test(values)
}

/** Nearly all that is ever sent, and told in two thirds of the time. */
const PLAIN = /^[ -\\^-\ud7ff]*$/

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const NEEDS_CARE = /[\u0000-\u0008\u000b-\u001f\ud800-\udfff\ufffe\uffff\]]/

function carefully(fields: Fields): string {
  const written = Object.entries(fields).map(([name, value]) => {
    if (!isXmlText(value))
      throw invalidRequest('XML', [`${name}: 含有非法字符 / characters that XML forbids`])
    const [start, end] = tagsOf(name)
    return value === '' ? '' : start + value.replaceAll(CDATA_END, ']]]]><![CDATA[>') + end
  })
  return written.join('')
}

function decoded(message: string | Uint8Array): string {
  if (isTooLong(message)) throw malformed('报文过长', 'too long')
  const text = typeof message === 'string' ? message : utf8(message)
  return text.charCodeAt(0) === BYTE_ORDER_MARK ? text.slice(1) : text
}

/** A short text is not too long, whatever its characters. */
function isTooLong(message: string | Uint8Array): boolean {
  if (typeof message !== 'string') return message.byteLength > MAX_BYTES
  return message.length * 3 > MAX_BYTES && Buffer.byteLength(message) > MAX_BYTES
}

function utf8(bytes: Uint8Array): string {
  if (!isUtf8(bytes)) throw malformed('不是 UTF-8', 'not UTF-8')
  const buffer = Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return buffer.toString('utf8')
}

const BYTE_ORDER_MARK = 0xfeff

/** An encoding other than UTF-8 is refused with the rest: the bytes were read as UTF-8. */
const DECLARATION =
  /<\?xml\s+version=(["'])1\.[0-9]\1(?:\s+encoding=(["'])utf-8\2)?(?:\s+standalone=(["'])(?:yes|no)\3)?\s*\?>/iy
const ROOTS: Readonly<Record<Root, RegExp>> = { xml: /<xml[ \t\r\n]*>/y, root: /<root[ \t\r\n]*>/y }

function afterRootTag(text: string, root: Root): number {
  const prolog = afterLayout(text, text.startsWith('<?') ? (afterMatch(DECLARATION, text, 0) ?? 0) : 0)
  const start = afterMatch(ROOTS[root], text, prolog)
  if (start === undefined) throw unexpected(text, prolog)
  return start
}

function elements(text: string, start: number): { fields: Fields; end: number } {
  const fields = noFields()
  let count = 0
  let at = afterLayout(text, start)
  while (!(text.charCodeAt(at) === LESS && text.charCodeAt(at + 1) === SLASH)) {
    const { name, value, after } = element(text, at)
    if (fields[name] !== undefined) throw malformed('字段重复', `a field comes twice: ${name}`)
    if (value.length > MAX_FIELD_LENGTH) throw malformed('字段过长', `a field is too long: ${name}`)
    count += 1
    if (count > MAX_FIELDS) throw malformed('字段过多', 'too many fields')
    fields[name] = value
    at = afterLayout(text, after)
  }
  return { fields, end: at }
}

function element(text: string, at: number): { name: string; value: string; after: number } {
  const nameEnd = afterName(text, at)
  const name = text.slice(at + 1, nameEnd)
  const end = afterBlanks(text, nameEnd)
  if (text.charCodeAt(end) === GREATER) return { name, ...content(text, end + 1, name) }
  if (text.startsWith('/>', end)) return { name, value: '', after: end + 2 }
  throw unexpected(text, at)
}

const MAX_NAME_LENGTH = 64

/** Past the name that follows `<`. */
function afterName(text: string, at: number): number {
  let end = at + 1
  while (isNameCharacter(text.charCodeAt(end))) end += 1
  const first = text.charCodeAt(at + 1)
  const startsLikeOne = first === UNDERSCORE || isLetter(first)
  const isName = text.charCodeAt(at) === LESS && startsLikeOne && end - at - 1 <= MAX_NAME_LENGTH
  if (!isName) throw unexpected(text, at)
  return end
}

const [LESS, GREATER, SLASH, UNDERSCORE, DASH, DOT] = [0x3c, 0x3e, 0x2f, 0x5f, 0x2d, 0x2e]

function isNameCharacter(code: number): boolean {
  return (
    isLetter(code) || (code >= 0x30 && code <= 0x39) || code === UNDERSCORE || code === DASH || code === DOT
  )
}

function isLetter(code: number): boolean {
  return (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a)
}

const CDATA_START = '<![CDATA['
const CDATA_END = ']]>'

/** Text and CDATA sections up to the element's end tag, joined, untrimmed; entities are resolved outside CDATA only. */
function content(text: string, start: number, name: string): { value: string; after: number } {
  let value = ''
  let at = start
  for (;;) {
    const next = text.indexOf('<', at)
    if (next === -1) throw malformed('元素没有结束', `no end of ${name}`)
    if (next > at) value += resolved(text.slice(at, next), name)
    if (!text.startsWith(CDATA_START, next)) {
      return { value, after: afterEndTag(text, next, name) }
    }
    const close = text.indexOf(CDATA_END, next)
    if (close === -1) throw malformed('CDATA 没有结束', `no end of CDATA in ${name}`)
    value += text.slice(next + CDATA_START.length, close)
    at = close + CDATA_END.length
  }
}

/** A child element, a comment or an instruction where the end tag should be is no value of this dialect. */
function afterEndTag(text: string, at: number, name: string): number {
  const start = at + 2
  if (text.charCodeAt(at + 1) !== SLASH) throw unexpected(text, at)
  const end = start + name.length
  const isSame = text.startsWith(name, start) && !isNameCharacter(text.charCodeAt(end))
  if (!isSame) throw malformed('结束标签不符', `another end tag than that of ${name}`)
  const close = afterBlanks(text, end)
  if (text.charCodeAt(close) !== GREATER) throw unexpected(text, at)
  return close + 1
}

const COMMENT_START = '<!--'

/** Past white space and comments between elements. */
function afterLayout(text: string, start: number): number {
  let at = afterBlanks(text, start)
  while (text.charCodeAt(at + 1) === EXCLAMATION && text.startsWith(COMMENT_START, at)) {
    const close = text.indexOf('--', at + COMMENT_START.length)
    if (close === -1 || text[close + 2] !== '>') throw malformed('注释有误', 'a comment that does not end')
    at = afterBlanks(text, close + 3)
  }
  return at
}

const EXCLAMATION = 0x21

function afterBlanks(text: string, start: number): number {
  let at = start
  for (;;) {
    const code = text.charCodeAt(at)
    if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return at
    at += 1
  }
}

function afterMatch(pattern: RegExp, text: string, at: number): number | undefined {
  pattern.lastIndex = at
  return pattern.test(text) ? pattern.lastIndex : undefined
}

const ENTITIES: ReadonlyMap<string, string> = new Map([
  ['lt', '<'],
  ['gt', '>'],
  ['amp', '&'],
  ['quot', '"'],
  ['apos', "'"],
])

function resolved(text: string, name: string): string {
  if (text.includes(CDATA_END)) throw malformed('多余的 ]]>', `]]> outside CDATA in ${name}`)
  if (!text.includes('&')) return text
  return text.replace(/&([^;&]{0,10};)?/g, (_whole, reference: string | undefined) => {
    const entity = reference?.slice(0, -1) ?? ''
    const character = ENTITIES.get(entity) ?? numeric(entity)
    if (character === undefined)
      throw malformed('未知实体', `an entity that XML does not predefine, in ${name}`)
    return character
  })
}

function numeric(entity: string): string | undefined {
  const match = /^#(?:x([0-9a-fA-F]{1,6})|([0-9]{1,7}))$/.exec(entity)
  if (match === null) return undefined
  const point = match[1] === undefined ? Number(match[2]) : Number.parseInt(match[1], 16)
  if (point > 0x10ffff) return undefined
  const character = String.fromCodePoint(point)
  return NOT_XML_TEXT.test(character) ? undefined : character
}

/** Names what stands where an element or an end tag should, as far as it has a name. */
function unexpected(text: string, at: number): ProtocolError {
  const found = text.slice(at, at + 9)
  if (/^<!DOCTYPE/i.test(found)) return malformed('不接受 DOCTYPE', 'DOCTYPE is refused')
  if (/^<!ENTITY/i.test(found)) return malformed('不接受实体声明', 'an entity declaration is refused')
  if (found.startsWith('<?')) return malformed('不接受处理指令', 'a processing instruction is refused')
  return malformed('结构不符', 'not one flat level of elements without attributes')
}

function malformed(zh: string, en: string): ProtocolError {
  return new ProtocolError('bad_message', `XML 格式错误：${zh} / not the XML of Pay v2: ${en}`)
}
