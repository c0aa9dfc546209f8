/** Bodies and addresses laid out for reading. What cannot be read is shown as it is. */

/** JSON indented, flat XML one element per line, forms one field per line; anything else unchanged. */
export function prettyBody(body: string): string {
  const text = body.trim()
  if (text.startsWith('{') || text.startsWith('[')) return prettyJson(text)
  if (text.startsWith('<')) return prettyXml(text)
  return body
}

function prettyJson(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2)
  } catch {
    return text
  }
}

/** Only for elements without attributes, as WeChat Pay's are; CDATA and text stay as written. */
function prettyXml(text: string): string {
  const pieces = text.match(/<!\[CDATA\[[\s\S]*?\]\]>|<[^>]+>|[^<]+/g) ?? [text]
  let depth = 0
  let line = ''
  const lines: string[] = []
  const flush = (): void => {
    if (line.trim() !== '') lines.push(`${'  '.repeat(depth)}${line.trim()}`)
    line = ''
  }
  for (const piece of pieces) {
    if (/^<\/[^!]/.test(piece)) {
      // The end of an element that holds others stands on a line of its own.
      if (line === '') depth = Math.max(0, depth - 1)
      line += piece
      flush()
    } else if (/^<[^!?/]/.test(piece) && !piece.endsWith('/>')) {
      if (line !== '') {
        flush()
        depth += 1
      }
      line = piece
    } else if (piece.trim() !== '' || piece.startsWith('<![CDATA[')) {
      line += piece
    }
  }
  flush()
  return lines.join('\n')
}

/** Address without query, and the query's fields decoded for reading. */
export function splitUrl(url: string): { address: string; fields: [string, string][] } {
  const mark = url.indexOf('?')
  if (mark === -1) return { address: url, fields: [] }
  const query = url.slice(mark + 1).split('#')[0] ?? ''
  return { address: url.slice(0, mark), fields: [...new URLSearchParams(query)] }
}
