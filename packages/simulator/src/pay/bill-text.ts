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
  return decimal(fen, 2)
}

/** `0.00600`, from thousandths of a fen; a fee is told more finely than it is booked. */
export function fineYuan(milliFen: number): string {
  return decimal(milliFen, 5)
}

function decimal(units: number, places: number): string {
  const digits = String(Math.abs(units)).padStart(places + 1, '0')
  return `${units < 0 ? '-' : ''}${digits.slice(0, -places)}.${digits.slice(-places)}`
}

export function sum(amounts: readonly number[]): number {
  return amounts.reduce((total, amount) => total + amount, 0)
}
