/**
 * Why somebody wants another credential, and whether that takes a question to WeChat: decided from what is kept and from what
 * happened lately, and from nothing else.
 */
import type { Credential } from './credential-cache.ts'
import { type CredentialHistory, isResting, isWithin, REST_MS, refusalIn } from './credential-history.ts'

/** Why somebody wants to ask. `stale` is the one to be renewed, which serves while that is not possible. */
export type Wish =
  | { why: 'missing' }
  | { why: 'due' | 'doubted'; stale: Credential }
  | { why: 'refused'; value: string }

/** Throws WeChat's no where it was heard only just now and nothing lives that could serve in the meantime. */
export function answerWithoutAsking(
  wish: Wish,
  living: Credential | undefined,
  history: CredentialHistory,
  now: number,
): Credential | undefined {
  if (living !== undefined && isNews(living, wish)) return living
  /** The note alone would not do: whoever wrote it may not have come to keep what it fetched. */
  const isRecent = (at: number | undefined): boolean => living?.fetchedAt === at && isWithin(at, now, REST_MS)
  const serves = spared(wish, living)
  if (serves !== undefined) {
    const isEnough = isResting(history, now) || (wish.why === 'doubted' && isRecent(history.doubtedAt))
    return isEnough ? serves : undefined
  }
  const refusal = isResting(history, now) ? refusalIn(history) : undefined
  if (refusal !== undefined) throw refusal
  return wish.why === 'refused' && isRecent(history.replacedAt) ? living : undefined
}

/** Whether another caller or process has granted the wish. */
function isNews(living: Credential, wish: Wish): boolean {
  if (wish.why === 'refused') return living.value !== wish.value
  return wish.why === 'missing' || !isSame(living, wish.stale)
}

/** What serves while somebody else is asking; nothing where the wish cannot do without news. */
export function spared(wish: Wish, living: Credential | undefined): Credential | undefined {
  return wish.why === 'due' || wish.why === 'doubted' ? living : undefined
}

/** Whether two are one and the same: WeChat may hand out a value twice. */
export function isSame(one: Credential, other: Credential | undefined): boolean {
  return one.value === other?.value && one.fetchedAt === other.fetchedAt
}

/** What is new to write down after a question that went well; undefined when nothing is. */
export function afterSuccess(
  wish: Wish,
  history: CredentialHistory,
  { fetchedAt }: Credential,
): CredentialHistory | undefined {
  const { failure, ...rest } = history
  if (wish.why === 'refused') return { ...rest, replacedAt: fetchedAt }
  if (wish.why === 'doubted') return { ...rest, doubtedAt: fetchedAt }
  return failure === undefined ? undefined : rest
}
