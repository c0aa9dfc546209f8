/**
 * G: a bill of 200,000 rows and one of a million, from GZIP to typed rows. Every reader runs in a process of its own, so that its memory
 * is its own; a peer that needs the whole file in one text is shown with the small bill only.
 */
import { execFileSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Figures, READERS, type ReaderName } from './bill-reader.ts'
import { writeTradeBill } from './bill-writer.ts'

const ROUNDS = 3
const MEMORY_BUDGET_MB = 200
const TIME_BUDGET = 3

export async function bills(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'shouyin-bill-'))
  try {
    for (const rows of [200_000, 1_000_000]) {
      const file = join(folder, `${rows}.csv.gz`)
      await writeTradeBill(file, rows)
      report(rows, measured(file, rows))
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function measured(file: string, rows: number): Map<ReaderName, Figures> {
  const best = new Map<ReaderName, Figures>()
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [name, { isStreaming }] of Object.entries(READERS) as [
      ReaderName,
      { isStreaming: boolean },
    ][]) {
      if (!isStreaming && (rows > 200_000 || round > 0)) continue
      const figures = inProcess(name, file)
      const before = best.get(name) ?? figures
      best.set(name, {
        rows: figures.rows,
        ms: Math.min(figures.ms, before.ms),
        peakMb: Math.max(figures.peakMb, before.peakMb),
      })
    }
  }
  return best
}

function inProcess(name: ReaderName, file: string): Figures {
  const reader = fileURLToPath(new URL('bill-reader.ts', import.meta.url))
  const printed = execFileSync(process.execPath, ['--import', 'jiti/register', reader, name, file], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  return JSON.parse(printed) as Figures
}

function report(rows: number, best: ReadonlyMap<ReaderName, Figures>): void {
  console.log(`\nG  trade bill of ${rows.toLocaleString('en')} rows, from GZIP to rows`)
  const ours = best.get('@shouyin/wechat')
  const scan = best.get('gunzip and readline')
  if (ours === undefined || scan === undefined) throw new Error('nothing was measured')
  for (const [name, { ms, peakMb, rows: read }] of [...best].sort(
    ([, one], [, other]) => one.ms - other.ms,
  )) {
    const columns = [
      `${ms.toFixed(0)} ms`,
      `${(ms / ours.ms).toFixed(2)} ×`,
      `${peakMb.toFixed(0)} MB`,
      `${read} rows`,
    ]
    console.log(`  ${name.padEnd(34)}${columns.map((column) => column.padStart(14)).join('')}`)
  }
  const ratio = ours.ms / scan.ms
  const isMet = ratio <= TIME_BUDGET && ours.peakMb < MEMORY_BUDGET_MB
  console.log(
    `  ${ratio.toFixed(2)} × gunzip and a line scan, peak ${ours.peakMb.toFixed(0)} MB; budget ≤ ${TIME_BUDGET} ×, < ${MEMORY_BUDGET_MB} MB: ${isMet ? 'met' : 'MISSED'}`,
  )
}
