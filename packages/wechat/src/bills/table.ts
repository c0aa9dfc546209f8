/**
 * What every bill is: a header, rows, a summary's header, a summary. Cells of rows begin with a backtick; the platform writes no
 * quotes and puts `\ ` for a comma, so that `,` and backtick never stand together within a cell. Columns go by name: their number and
 * order differ by kind and age of the file. Source: API v2 and v3 docs, "交易账单", "资金账单"; files as they came.
 */
import { ProtocolError } from '../errors.ts'
import { type BillBytes, piecesOf } from './bytes.ts'
import { inflated } from './inflate.ts'
import { linesOf } from './lines.ts'

/** The rows of a bill, once, in the file's order; then its summary. Reading throws `ProtocolError` unless the file is whole. */
export interface BillReading<Row, Summary> extends AsyncIterable<Row> {
  /** The sums below the rows. Throws before the last row was read. */
  summary(): Summary
}

/** How one kind of bill is read. Readers of cells throw `RangeError` for what is not of its shape. */
export interface BillKind<Row, Summary extends { count: number }> {
  /** The first column of the summary; it tells where the rows end. */
  firstOfSummary: string
  /** Throws `ProtocolError` where a column is missing. */
  rowReader(columns: Columns): (cells: readonly string[]) => Row
  summaryReader(columns: Columns): (cells: readonly string[]) => Summary
}

/** Where the columns are. */
export interface Columns {
  has(name: string): boolean
  /** Of a column under any of its names; `none` where there is no such column. */
  optional(...names: readonly string[]): number
  /** Throws `ProtocolError` naming the column. */
  required(...names: readonly string[]): number
  /** Past the last cell. */
  none: number
}

/** Reads GZIP or plain bytes; never more than a piece of them is in memory. Throws `ConfigError` for what is no bytes at all. */
export function readBill<Row, Summary extends { count: number }>(
  bytes: BillBytes,
  kind: BillKind<Row, Summary>,
): BillReading<Row, Summary> {
  const pieces = piecesOf(bytes)
  let summary: Summary | undefined
  return {
    async *[Symbol.asyncIterator]() {
      const reading = readingOf(kind)
      for await (const lines of linesOf(inflated(pieces))) {
        for (const row of reading.rowsIn(lines)) yield row
      }
      summary = reading.end()
    },
    summary() {
      if (summary !== undefined) return summary
      throw new Error('账单还没有读完 / the bill has not been read to its end')
    },
  }
}

interface Reading<Row, Summary> {
  rowsIn(lines: readonly string[]): Row[]
  end(): Summary
}

type Cells = readonly string[]

/** Takes lines as they come and knows which of the four parts they belong to. */
function readingOf<Row, Summary extends { count: number }>(
  kind: BillKind<Row, Summary>,
): Reading<Row, Summary> {
  let lineNumber = 0
  let rows = 0
  let width = 0
  let readRow: ((cells: Cells) => Row) | undefined
  let readSummary: ((cells: Cells) => Summary) | undefined
  let summary: Summary | undefined

  const open = (header: Cells): void => {
    width = header.length
    if (header[0] !== kind.firstOfSummary) readRow = kind.rowReader(columnsOf(header))
    else if (readRow !== undefined) readSummary = kind.summaryReader(columnsOf(header))
    else throw broken(lineNumber, '没有明细表头', 'no header of rows')
  }
  const take = (cells: Cells): Row | undefined => {
    if (summary !== undefined) throw broken(lineNumber, '汇总之后还有内容', 'more after the summary')
    if (readRow === undefined || cells[0] === kind.firstOfSummary) {
      open(cells)
      return undefined
    }
    if (cells.length !== width) throw broken(lineNumber, '列数与表头不符', 'not as many cells as the header')
    if (readSummary === undefined) return readRow(cells)
    summary = readSummary(cells)
    return undefined
  }

  return {
    rowsIn(lines) {
      const found: Row[] = []
      try {
        for (const line of lines) {
          lineNumber += 1
          const row = line === '' ? undefined : take(cellsOf(line))
          if (row !== undefined) found.push(row)
        }
      } catch (error) {
        if (!(error instanceof RangeError)) throw error
        throw broken(
          lineNumber,
          '有不合规格的金额、状态或单号',
          'an amount, a state or a number not of its shape',
        )
      }
      rows += found.length
      return found
    },
    end() {
      if (summary === undefined)
        throw broken(lineNumber, '没有汇总，文件不完整', 'no summary, the file is cut short')
      if (summary.count !== rows)
        throw broken(lineNumber, '汇总笔数与明细行数不符', 'another number of rows than the summary says')
      return summary
    },
  }
}

const BACKTICK = 0x60

/** Split where the platform splits. Rows without backticks come from files that somebody saved again. */
function cellsOf(line: string): string[] {
  if (line.charCodeAt(0) !== BACKTICK)
    return line.includes('"') ? quotedCells(line) : line.split(',').map(bare)
  const cells = line.split(',`')
  cells[0] = bare(cells[0] ?? '')
  return cells
}

const QUOTED_CELL = /(?:"((?:[^"]|"")*)"|([^,]*))(,|$)/y

function quotedCells(line: string): string[] {
  const cells: string[] = []
  QUOTED_CELL.lastIndex = 0
  for (;;) {
    const [, quoted, plain = '', comma] = QUOTED_CELL.exec(line) ?? []
    cells.push(bare(quoted?.replaceAll('""', '"') ?? plain))
    if (comma !== ',') return cells
  }
}

function bare(cell: string): string {
  return cell.charCodeAt(0) === BACKTICK ? cell.slice(1) : cell
}

function columnsOf(header: Cells): Columns {
  const none = header.length
  const optional: Columns['optional'] = (...names) =>
    names.map((name) => header.indexOf(name)).find((index) => index !== -1) ?? none
  return {
    none,
    optional,
    has: (name) => header.includes(name),
    required(...names) {
      const index = optional(...names)
      if (index !== none) return index
      throw new ProtocolError('bad_message', `账单缺少列 / the bill lacks a column: ${names[0]}`)
    },
  }
}

function broken(lineNumber: number, zh: string, en: string): ProtocolError {
  return new ProtocolError('bad_message', `账单第 ${lineNumber} 行：${zh} / bill, line ${lineNumber}: ${en}`)
}
