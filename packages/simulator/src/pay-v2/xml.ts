/**
 * XML as WeChat Pay v2 reads and writes it: one flat `<xml>` of text or CDATA. Lenient about order, comments and white
 * space, strict about shape. One pass over the text, so that a hostile body costs no more than its length.
 * Source: API v2 docs, "协议规则", and the historic XXE notice (no DTD, no entity declarations).
 */

/** Element name to text, raw; undefined when the text is not one flat message or names an element twice. */
export function readXml(body: string): Record<string, string> | undefined {
  const reader: Reader = { text: body, at: body.startsWith('\uFEFF') ? 1 : 0 }
  skipSpace(reader)
  if (reader.text.startsWith('<?xml ', reader.at) && !skipPast(reader, '?>')) return undefined
  if (!skipBetween(reader) || !take(reader, '<xml>')) return undefined
  const fields = readElements(reader)
  if (fields === undefined || !skipBetween(reader)) return undefined
  return reader.at === body.length ? Object.fromEntries(fields) : undefined
}

/** Integers bare, texts in CDATA, one element a line, no declaration: as production replies look. */
export function writeXml(fields: Record<string, string | number>): string {
  const lines = Object.entries(fields).map(([name, value]) =>
    typeof value === 'number' ? `<${name}>${value}</${name}>` : `<${name}>${cdata(value)}</${name}>`,
  )
  return `<xml>${lines.join('\n')}\n</xml>`
}

/** A text that itself holds the end mark of CDATA travels in two sections. */
function cdata(value: string): string {
  return `<![CDATA[${value.replaceAll(']]>', ']]]]><![CDATA[>')}]]>`
}

interface Reader {
  text: string
  at: number
}

/** Elements up to and including `</xml>`. */
function readElements(reader: Reader): Map<string, string> | undefined {
  const fields = new Map<string, string>()
  for (;;) {
    if (!skipBetween(reader)) return undefined
    if (take(reader, '</xml>')) return fields
    const name = openedName(reader)
    if (name === undefined || fields.has(name)) return undefined
    const content = take(reader, '/>') ? '' : take(reader, '>') ? readContent(reader, name) : undefined
    if (content === undefined) return undefined
    fields.set(name, content)
  }
}

function openedName(reader: Reader): string | undefined {
  const opening = /<([A-Za-z_][\w.-]*)[ \t\r\n]*/y
  opening.lastIndex = reader.at
  const match = opening.exec(reader.text)
  if (match === null) return undefined
  reader.at = opening.lastIndex
  return match[1]
}

/** Text and CDATA up to and including the closing tag; white space around a CDATA section is layout. */
function readContent(reader: Reader, name: string): string | undefined {
  const closing = new RegExp(`</${name}[ \\t\\r\\n]*>`, 'y')
  const parts: { text: string; raw: boolean }[] = []
  for (;;) {
    const bracket = reader.text.indexOf('<', reader.at)
    if (bracket === -1) return undefined
    parts.push({ text: unescaped(reader.text.slice(reader.at, bracket)), raw: false })
    reader.at = bracket
    closing.lastIndex = bracket
    if (closing.test(reader.text)) {
      reader.at = closing.lastIndex
      break
    }
    if (reader.text.startsWith('<!--', bracket)) {
      if (!skipPast(reader, '-->')) return undefined
    } else if (take(reader, '<![CDATA[')) {
      const from = reader.at
      if (!skipPast(reader, ']]>')) return undefined
      parts.push({ text: reader.text.slice(from, reader.at - 3), raw: true })
    } else return undefined
  }
  const hasCdata = parts.some(({ raw }) => raw)
  return parts.map(({ text, raw }) => (raw || !hasCdata ? text : text.trim())).join('')
}

const ENTITIES: Record<string, string> = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' }

function unescaped(text: string): string {
  return text.replaceAll(/&(?:#(\d{1,7})|#x([0-9a-fA-F]{1,6})|(\w+));/g, (entity, decimal, hex, name) => {
    if (name !== undefined) return ENTITIES[name] ?? entity
    const point = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal)
    return point <= 0x10ffff ? String.fromCodePoint(point) : entity
  })
}

/** White space and comments; false when a comment does not end. */
function skipBetween(reader: Reader): boolean {
  for (;;) {
    skipSpace(reader)
    if (!reader.text.startsWith('<!--', reader.at)) return true
    if (!skipPast(reader, '-->')) return false
  }
}

function skipSpace(reader: Reader): void {
  while (' \t\r\n'.includes(reader.text.charAt(reader.at)) && reader.at < reader.text.length) reader.at += 1
}

function skipPast(reader: Reader, mark: string): boolean {
  const at = reader.text.indexOf(mark, reader.at)
  if (at === -1) return false
  reader.at = at + mark.length
  return true
}

function take(reader: Reader, mark: string): boolean {
  if (!reader.text.startsWith(mark, reader.at)) return false
  reader.at += mark.length
  return true
}
