/** XML as WeChat Pay v2 reads and writes it: lenient about CDATA, order and comments, strict about shape. */

/** Element name to text; undefined when the text is not one flat `<xml>` message. */
export function readXml(body: string): Record<string, string> | undefined {
  if (/<!DOCTYPE|<!ENTITY/i.test(body)) return undefined
  const root = /^\uFEFF?\s*(?:<\?xml[^>]*\?>\s*)?<xml>([\s\S]*)<\/xml>\s*$/.exec(body)
  if (root === null) return undefined
  const fields = new Map<string, string>()
  let rest = (root[1] ?? '').replaceAll(/<!--[\s\S]*?-->/g, '')
  while (rest.trim() !== '') {
    const element = /^\s*<(\w+)(?:\s*\/>|>((?:<!\[CDATA\[[\s\S]*?\]\]>|[^<])*)<\/\1\s*>)/.exec(rest)
    if (element === null) return undefined
    const [whole, name = '', content = ''] = element
    fields.set(name, textOf(content))
    rest = rest.slice(whole.length)
  }
  return Object.fromEntries(fields)
}

/** Integers bare, texts in CDATA, one element a line, no declaration: as production replies look. */
export function writeXml(fields: Record<string, string | number>): string {
  const lines = Object.entries(fields).map(([name, value]) =>
    typeof value === 'number' ? `<${name}>${value}</${name}>` : `<${name}><![CDATA[${value}]]></${name}>`,
  )
  return `<xml>${lines.join('\n')}\n</xml>`
}

function textOf(content: string): string {
  if (!content.includes('<![CDATA[')) return unescaped(content)
  return content
    .split(/(<!\[CDATA\[[\s\S]*?\]\]>)/)
    .map((part) => (part.startsWith('<![CDATA[') ? part.slice(9, -3) : unescaped(part).trim()))
    .join('')
}

const ENTITIES: Record<string, string> = {
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&apos;': "'",
  '&amp;': '&',
}

function unescaped(text: string): string {
  return text.replaceAll(/&(?:lt|gt|quot|apos|amp);/g, (entity) => ENTITIES[entity] ?? entity)
}
