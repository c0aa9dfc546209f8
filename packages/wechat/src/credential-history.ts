/**
 * What happened to a credential lately, kept beside it for all processes: when it was replaced, doubted or forced, and how the
 * last question failed. Daily quotas are the account's, not a process's, so that this is what keeps sixteen processes from
 * asking sixteen times. Only the holder of the credential's lease writes it.
 */
import type { CredentialCache } from './credential-cache.ts'
import { RefusedError, type WechatNo, wechatRefused } from './errors.ts'

export interface CredentialHistory {
  /** `fetchedAt` of the latest that was fetched because WeChat refused the one before. */
  replacedAt?: number | undefined
  /** `fetchedAt` of the latest that was asked for because pages reported the one before. */
  doubtedAt?: number | undefined
  /** Milliseconds since the epoch of the last forced refresh. */
  forcedAt?: number | undefined
  /** The last question, if it failed. */
  failure?: Failure | undefined
}

interface Failure {
  /** Milliseconds since the epoch. */
  at: number
  /** Milliseconds for which nothing asks again. */
  restMs: number
  /** WeChat's words, if it was WeChat who said no; an outage has none. */
  no?: (WechatNo & { retryable: boolean }) | undefined
}

/** Between questions that nothing makes urgent. One a minute stays below the smallest daily quota (2000). */
export const REST_MS = 60_000
/** 接口调用超过限制: the day's quota is used up, and asking again at once tells nothing new. */
const OVER_DAILY_QUOTA = '45009'
/** The rest after it doubles from a minute up to this: the quota comes back at midnight, or when an operator clears it. */
const LONGEST_REST_MS = 600_000
/** No note in it matters for longer. */
const KEPT_MS = 24 * 3_600_000

/** The history beside a credential; empty when there is none. */
export async function readHistory(cache: CredentialCache, key: string): Promise<CredentialHistory> {
  const kept = await cache.get(historyKey(key))
  return kept === undefined ? {} : parse(kept.value)
}

/** Writes it anew under a lease of the credential. */
export async function writeHistory(
  cache: CredentialCache,
  { key, fence, now, history }: { key: string; fence: number; now: number; history: CredentialHistory },
): Promise<void> {
  const value = JSON.stringify(history)
  await cache.put(historyKey(key), { value, fetchedAt: now, expiresAt: now + KEPT_MS }, fence)
}

/** What to write down of a failed question. */
export function failureOf(error: unknown, before: Failure | undefined, now: number): Failure {
  if (!(error instanceof RefusedError) || error.outcome !== 'refused' || error.wechatCode === undefined)
    return { at: now, restMs: REST_MS }
  const { wechatCode, wechatText = '', requestId, retryable } = error
  const isAgain = wechatCode === OVER_DAILY_QUOTA && before?.no?.wechatCode === OVER_DAILY_QUOTA
  const restMs = isAgain ? Math.min(2 * before.restMs, LONGEST_REST_MS) : REST_MS
  return { at: now, restMs, no: { wechatCode, wechatText, requestId, retryable } }
}

/** Whether the last question failed so lately that nobody should ask again without need. */
export function isResting({ failure }: CredentialHistory, now: number): boolean {
  return failure !== undefined && isWithin(failure.at, now, failure.restMs)
}

/** Whether it happened so lately. A clock that was ahead, and is right again, must not make it last. */
export function isWithin(at: number | undefined, now: number, ms: number): boolean {
  return at !== undefined && Math.abs(now - at) < ms
}

/** WeChat's no, as whoever heard it first was told. */
export function refusalIn({ failure }: CredentialHistory): RefusedError | undefined {
  return failure?.no && wechatRefused(failure.no)
}

function historyKey(key: string): string {
  return `${key}:history`
}

/** It was written by us; what cannot be read is as good as none. */
function parse(text: string): CredentialHistory {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as CredentialHistory) : {}
  } catch {
    return {}
  }
}
