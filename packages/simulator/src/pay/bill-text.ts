/**
 * How WeChat writes a bill: byte-order mark, CRLF after every line, backticks before the cells of data, yuan.
 * Source: docs of both versions, "账单说明"; mark and line ends as in a file of production and a captured hash.
 */

export interface BillTable {
  header: readonly string[]
  rows: readonly (readonly string[])[]
  summaryHeader: readonly string[]
  summary: readonly string[]
}

export function billText({ header, rows, summaryHeader, summary }: BillTable): string {
  const lines = [header.join(','), ...rows.map(cells), summaryHeader.join(','), cells(summary)]
  return `\uFEFF${lines.map((line) => `${line}\r\n`).join('')}`
}

/** The backtick keeps spreadsheets from writing long numbers their own way. */
function cells(row: readonly string[]): string {
  return row.map((cell) => `\`${escaped(cell)}`).join(',')
}

/** Nothing is quoted: a comma in a merchant's text becomes a backslash and a space, a line break the two characters `\n`. */
function escaped(text: string): string {
  return text.replaceAll(',', '\\ ').replaceAll(/\r\n|\r|\n/g, '\\n')
}

/** `0.01`, from fen. */
export function yuan(fen: number): string {
  const digits = String(Math.abs(fen)).padStart(3, '0')
  return `${fen < 0 ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`
}

/** `0.01000`, from fen: how fees are written, although they are whole fen (a real file has 0.00000 for 1 % of 0.01). */
export function fiveDecimals(fen: number): string {
  return `${yuan(fen)}000`
}

export function sum(amounts: readonly number[]): number {
  return amounts.reduce((total, amount) => total + amount, 0)
}
