/** Of which days there is a bill, and when. Source: docs of both versions, "申请交易账单", "申请资金账单", 注意事项. */
import { beijingDate, parseBeijingCompact } from '../beijing-time.ts'
import type { PaySide } from './state.ts'

/** A bill, or why there is none. */
export type Bill =
  /** The file, byte-order mark and all. */
  | { outcome: 'file'; text: string }
  /** Not before ten in the morning of the next day. */
  | { outcome: 'creating' }
  /** Nothing happened on that day, so there is no file at all. */
  | { outcome: 'none' }
  /** Today, a day to come, one too long ago, or no day. */
  | { outcome: 'bad-date' }

/** A day of Beijing that is over, in milliseconds since the epoch. */
export interface BillDay {
  from: number
  /** Not part of it any more. */
  until: number
  /** States are told as of then, and not told anew later. */
  generatedAt: number
}

const HOUR_MS = 3600 * 1000
const DAY_MS = 24 * HOUR_MS
const GENERATED_AT_MS = 9 * HOUR_MS
const FETCHED_FROM_MS = 10 * HOUR_MS
const KEPT_MONTHS = 3

/** The day if its bill can be had now, from `yyyy-MM-dd`; of the last three months unless they go back to another day. */
export function billDay({ schedule }: PaySide, date: string, earliest?: string): BillDay | Bill {
  const from = parseBeijingCompact(`${date.replaceAll('-', '')}000000`)
  const now = schedule.now()
  const today = beijingDate(now)
  if (from === undefined || beijingDate(from) !== date) return { outcome: 'bad-date' }
  if (date >= today || date < (earliest ?? monthsBefore(today))) return { outcome: 'bad-date' }
  const until = from + DAY_MS
  if (now < until + FETCHED_FROM_MS) return { outcome: 'creating' }
  return { from, until, generatedAt: until + GENERATED_AT_MS }
}

/** The same day three calendar months ago, or the last of a shorter month. */
function monthsBefore(date: string): string {
  const [year = 0, month = 0, day = 0] = date.split('-').map(Number)
  const lastOfMonth = new Date(Date.UTC(year, month - KEPT_MONTHS, 0)).getUTCDate()
  const earliest = new Date(Date.UTC(year, month - 1 - KEPT_MONTHS, Math.min(day, lastOfMonth)))
  return earliest.toISOString().slice(0, 10)
}
