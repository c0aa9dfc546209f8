/** WeChat writes times as Beijing's wall clock (UTC+8, no summer time). */

const EIGHT_HOURS_MS = 8 * 3600 * 1000

/** `yyyyMMddHHmmss`. */
export function beijingCompact(ms: number): string {
  return new Date(ms + EIGHT_HOURS_MS).toISOString().slice(0, 19).replaceAll(/[-T:]/g, '')
}

/** RFC 3339 in whole seconds, `2018-06-08T10:34:56+08:00`: how API v3 writes a time. */
export function beijingRfc3339(ms: number): string {
  return `${new Date(ms + EIGHT_HOURS_MS).toISOString().slice(0, 19)}+08:00`
}

/** `yyyy-MM-dd HH:mm:ss`. */
export function beijingSpaced(ms: number): string {
  return new Date(ms + EIGHT_HOURS_MS).toISOString().slice(0, 19).replace('T', ' ')
}

/** `yyyy-MM-dd`. */
export function beijingDate(ms: number): string {
  return beijingSpaced(ms).slice(0, 10)
}

/** Milliseconds since the epoch of `yyyyMMddHHmmss`; undefined for other texts and impossible dates. */
export function parseBeijingCompact(text: string): number | undefined {
  const match = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(text)
  if (match === null) return undefined
  const [, year, month, day, hour, minute, second] = match
  const ms = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}+08:00`)
  return Number.isNaN(ms) || beijingCompact(ms) !== text ? undefined : ms
}

/** Milliseconds since the epoch of the last midnight in Beijing. */
export function beijingMidnight(ms: number): number {
  const day = 24 * 3600 * 1000
  return Math.floor((ms + EIGHT_HOURS_MS) / day) * day - EIGHT_HOURS_MS
}
