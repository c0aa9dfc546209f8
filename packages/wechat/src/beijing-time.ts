/** WeChat's times without a zone are Beijing's (UTC+8, no summer time). Source: API v2 docs, "时间"; bills. */

/**
 * Milliseconds since the epoch of `yyyyMMddHHmmss`, as Pay v2 writes times, or of `yyyy-MM-dd HH:mm:ss`, as its refunds and all
 * bills do. Throws `RangeError` for anything else and for days that no calendar has.
 */
export function beijingTime(text: string): number {
  const match = /^(\d{4})(-?)(\d\d)\2(\d\d)( ?)(\d\d)(:?)(\d\d)\7(\d\d)$/.exec(text)
  const [, year, dash, month, day, blank, hour, colon, minute, second] = match ?? []
  const isOneForm = dash === '' ? blank === '' && colon === '' : blank === ' ' && colon === ':'
  const utc = `${year}-${month}-${day}T${hour}:${minute}:${second}.000Z`
  const instant = match !== null && isOneForm ? Date.parse(utc) : Number.NaN
  // A 31st of February is read as one of March.
  if (Number.isNaN(instant) || new Date(instant).toISOString() !== utc)
    throw new RangeError('not a time of WeChat / 不是 yyyyMMddHHmmss 或 yyyy-MM-dd HH:mm:ss')
  return instant - EIGHT_HOURS_MS
}

const EIGHT_HOURS_MS = 8 * 60 * 60 * 1000
