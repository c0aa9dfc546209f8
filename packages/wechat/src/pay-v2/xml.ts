/**
 * The XML dialect of Pay v2: one root, one flat level, text or CDATA, nothing else. Source: API v2 docs, "协议规则". Being this
 * small it can be strict: no DOCTYPE, no entity declarations, no nesting, no attributes, no duplicates, everything bounded.
 */
import { ProtocolError } from '../errors.ts'
import type { Fields } from './sign.ts'

/** 64 KiB holds the largest documented message several times over. */
const MAX_BYTES = 64 * 1024
const MAX_FIELDS = 256

/** The elements of a message by name. Throws `ProtocolError` for anything outside the dialect. */
export function parseXml(message: string | Uint8Array): Fields {
  const text = decoded(message)
  const root = /^\s*(?:<\?xml[^?<>]*\?>\s*)?<(xml|root)>([\s\S]*)<\/\1>\s*$/.exec(text)
  if (root === null) throw malformed(/<!DOCTYPE|<!ENTITY/i.test(text) ? 'DOCTYPE' : 'root')
  return elements(root[2] ?? '')
}

/** One message with root `<xml>`, every value in CDATA, empty values left out. */
export function serialiseXml(fields: Fields): string {
  const written = Object.entries(fields)
    .filter(([, value]) => value !== '')
    .map(([name, value]) => `<${name}><![CDATA[${value.replaceAll(']]>', ']]]]><![CDATA[>')}]]></${name}>`)
  return `<xml>${written.join('')}</xml>`
}

function decoded(message: string | Uint8Array): string {
  const bytes = typeof message === 'string' ? Buffer.byteLength(message) : message.byteLength
  if (bytes > MAX_BYTES) throw malformed('size')
  if (typeof message === 'string') return message.replace(/^\uFEFF/, '')
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(message)
  } catch (cause) {
    throw malformed('UTF-8', cause)
  }
}

/** One element with its content up to its own end tag, or one comment, at the place where the last one ended. */
const ELEMENT =
  /\s*(?:<!--(?:(?!--)[\s\S])*-->|<([A-Za-z_][A-Za-z0-9_.-]{0,63})(?:\/>|>((?:[^<]|<!\[CDATA\[[\s\S]*?\]\]>)*)<\/\1>))/y

function elements(content: string): Fields {
  const fields = new Map<string, string>()
  ELEMENT.lastIndex = 0
  while (content.slice(ELEMENT.lastIndex).trimStart() !== '') {
    const at = ELEMENT.lastIndex
    const match = ELEMENT.exec(content)
    if (match === null) throw malformed(/^\s*<!/.test(content.slice(at, at + 200)) ? 'DOCTYPE' : 'element')
    const [, name, value = ''] = match
    if (name === undefined) continue
    if (fields.has(name) || fields.size === MAX_FIELDS) throw malformed('duplicate')
    fields.set(name, plain(value))
  }
  // Defined, not assigned: an element called __proto__ is an element like others.
  return Object.fromEntries(fields)
}

/** Text and CDATA sections joined; entities are resolved outside CDATA only. */
function plain(value: string): string {
  const cdata = /<!\[CDATA\[([\s\S]*?)\]\]>/g
  const hasCdata = value.includes('<![CDATA[')
  if (!hasCdata) return resolved(value)
  // Line breaks around a CDATA section are layout; text there would be content.
  let text = ''
  let end = 0
  for (const match of value.matchAll(cdata)) {
    text += layoutFree(value.slice(end, match.index)) + (match[1] ?? '')
    end = match.index + match[0].length
  }
  return text + layoutFree(value.slice(end))
}

function layoutFree(text: string): string {
  return text.trim() === '' ? '' : resolved(text)
}

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }

function resolved(text: string): string {
  return text.replace(/&([^;&\s]{0,10};)?/g, (_whole, reference: string | undefined) => {
    const name = reference?.slice(0, -1) ?? ''
    const character = ENTITIES[name] ?? numeric(name)
    if (character === undefined) throw malformed('entity')
    return character
  })
}

function numeric(name: string): string | undefined {
  const match = /^#(?:x([0-9a-fA-F]{1,6})|([0-9]{1,7}))$/.exec(name)
  if (match === null) return undefined
  const point = match[1] === undefined ? Number(match[2]) : Number.parseInt(match[1], 16)
  const allowed =
    point === 9 ||
    point === 10 ||
    point === 13 ||
    (point >= 32 && point <= 0x10ffff && (point < 0xd800 || point > 0xdfff))
  return allowed ? String.fromCodePoint(point) : undefined
}

function malformed(what: string, cause?: unknown): ProtocolError {
  return new ProtocolError('bad_message', `XML 格式错误 / not the XML of Pay v2: ${what}`, cause)
}
