/**
 * One credential that many callers in many processes share: asked for once however many want it at the same time, renewed
 * ahead of its end, and served on while it lives when renewing fails. A WeChat that says no is not asked again at once, whoever
 * insists: daily quotas are small. What is asked for, and how, is the owner's.
 */
import { type Credential, type CredentialCache, guarded } from './credential-cache.ts'
import {
  type CredentialHistory,
  failureOf,
  isResting,
  REST_MS,
  readHistory,
  refusalIn,
  writeHistory,
} from './credential-history.ts'
import { TransportError } from './errors.ts'

export interface CachedCredentialOptions {
  cache: CredentialCache
  key: string
  /** Milliseconds since the epoch. */
  clock: () => number
  /** Lets this many milliseconds pass. */
  wait: (ms: number) => Promise<void>
  /** The longest that one call to WeChat can take, in milliseconds. A lease lasts a little longer: so long a dead holder is waited for. */
  callMs: number
  /** Whether a credential that still lives should be asked for again. */
  isDue: (kept: Credential, now: number) => boolean
  /** Asks WeChat. */
  ask: (question: Question) => Promise<Credential>
}

export interface Question {
  /** The present one, dead or alive. */
  kept: Credential | undefined
  /** The value that WeChat no longer takes, if that is why it is asked. */
  refused: string | undefined
  /** To be awaited before each call to WeChat: makes sure that nobody else asks in the meantime. */
  hold: () => Promise<void>
  /** Whether a refresh may be forced now, which is then written down as done: at most once in this many milliseconds. */
  mayForce: (restMs: number) => Promise<boolean>
}

export interface CachedCredential {
  current(): Promise<Credential>
  /**
   * Another one after WeChat refused this: the first who comes asks, the others get what that one got. Answers the same again
   * when a replacement was fetched only just now, since another one would be refused too.
   */
  replace(refused: string): Promise<Credential>
  /** Asks anew at the next occasion, though the present one is not due; it stays in use if that fails. At most once a minute. */
  doubt(): Promise<void>
}

/** Why somebody wants to ask. `stale` is the one to be renewed, which serves while that is not possible. */
type Wish =
  | { why: 'missing' }
  | { why: 'due' | 'doubted'; stale: Credential }
  | { why: 'refused'; value: string }

/** What a lease lasts beyond a call to WeChat, in milliseconds: the cache's own time, and clocks that differ a little. */
const SLACK_MS = 2000
/** How often a process looks whether another one has finished. */
const POLL_MS = 100
/** How many dead holders' leases a process waits for: one for the ticket, one for the token it is bought with, and some luck. */
const PATIENCE_LEASES = 4

export function cachedCredential(options: CachedCredentialOptions): CachedCredential {
  const { key, clock, wait, callMs, isDue } = options
  const leaseMs = callMs + SLACK_MS
  const cache = guarded(options.cache)
  let flight: Promise<Credential> | undefined
  let doubted: Credential | undefined
  let doubtedAt = Number.NEGATIVE_INFINITY

  const renew = (wish: Wish): Promise<Credential> => {
    flight ??= fly(wish).finally(() => {
      flight = undefined
    })
    return flight
  }

  /** Until the wish is granted, by this process or by another one, and not for ever. */
  const fly = async (wish: Wish): Promise<Credential> => {
    for (let waitedMs = 0; ; waitedMs += POLL_MS) {
      const { answer, living } = await look(wish)
      if (answer !== undefined) return answer
      const now = clock()
      const fence = await cache.lease(key, { now, until: now + leaseMs })
      const granted = fence === undefined ? spared(wish, living) : await asHolder(fence, wish)
      if (granted !== undefined) return granted
      if (waitedMs >= PATIENCE_LEASES * leaseMs) throw stillFetching()
      await wait(POLL_MS)
    }
  }

  const look = async (wish: Wish): Promise<Sight> => {
    const kept = await cache.get(key)
    const history = await readHistory(cache, key)
    const living = kept !== undefined && kept.expiresAt > clock() ? kept : undefined
    return { kept, living, history, answer: answerWithoutAsking(wish, living, history, clock()) }
  }

  /** Undefined when the lease was lost on the way: then another one is asking. */
  const asHolder = async (fence: number, wish: Wish): Promise<Credential | undefined> => {
    let asked = false
    try {
      const sight = await look(wish)
      if (sight.answer !== undefined) return sight.answer
      asked = true
      return await askAndKeep(fence, wish, sight)
    } catch (error) {
      if (error instanceof LeaseLost) return undefined
      if (asked) await remember(fence, error)
      throw error
    } finally {
      await cache.release(key, fence).catch(() => undefined)
    }
  }

  const askAndKeep = async (fence: number, wish: Wish, { kept, history }: Sight): Promise<Credential> => {
    let { forcedAt } = history
    const hold = async (): Promise<void> => {
      const asked = clock()
      const isMine = await cache.prolong(key, fence, asked + leaseMs)
      // A slow cache, or a process that was stopped, may have used up what the lease lasts beyond the call.
      if (!isMine || clock() > asked + SLACK_MS) throw new LeaseLost()
    }
    const mayForce = async (restMs: number): Promise<boolean> => {
      if (forcedAt !== undefined && clock() < forcedAt + restMs) return false
      forcedAt = clock()
      await writeHistory(cache, { key, fence, now: forcedAt, history: { ...history, forcedAt } })
      return true
    }
    const refused = wish.why === 'refused' ? wish.value : undefined
    await hold()
    const credential = await options.ask({ kept, refused, hold, mayForce })
    const now = clock()
    const after = afterSuccess(wish, { ...history, forcedAt }, credential)
    if (after !== undefined) await writeHistory(cache, { key, fence, now, history: after })
    return cache.put(key, credential, fence)
  }

  const remember = async (fence: number, error: unknown): Promise<void> => {
    try {
      const history = await readHistory(cache, key)
      const now = clock()
      const failure = failureOf(error, history.failure, now)
      await writeHistory(cache, { key, fence, now, history: { ...history, failure } })
    } catch {
      // The failure itself is what the caller has to hear of.
    }
  }

  return {
    async current() {
      const kept = await cache.get(key)
      const now = clock()
      if (kept === undefined || kept.expiresAt <= now) return renew({ why: 'missing' })
      if (isSame(kept, doubted)) return renew({ why: 'doubted', stale: kept }).catch(() => kept)
      if (!isDue(kept, now) || now < kept.fetchedAt + REST_MS) return kept
      return renew({ why: 'due', stale: kept }).catch(() => kept)
    },

    async replace(refused) {
      const kept = await cache.get(key)
      if (kept !== undefined && kept.value !== refused && kept.expiresAt > clock()) return kept
      const landed = await flight?.catch(() => undefined)
      if (landed !== undefined && landed.value !== refused) return landed
      return renew({ why: 'refused', value: refused })
    },

    async doubt() {
      if (clock() < doubtedAt + REST_MS) return
      doubtedAt = clock()
      doubted = await cache.get(key)
    },
  }
}

interface Sight {
  kept: Credential | undefined
  /** The same while it lives. */
  living: Credential | undefined
  history: CredentialHistory
  /** What grants the wish without a question. */
  answer: Credential | undefined
}

/** Throws WeChat's no where it was heard only just now and nothing lives that could serve in the meantime. */
function answerWithoutAsking(
  wish: Wish,
  living: Credential | undefined,
  history: CredentialHistory,
  now: number,
): Credential | undefined {
  if (living !== undefined && isNews(living, wish)) return living
  /** The note alone would not do: whoever wrote it may not have come to keep what it fetched. */
  const isRecent = (at: number | undefined): boolean =>
    living?.fetchedAt === at && at !== undefined && now < at + REST_MS
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
function spared(wish: Wish, living: Credential | undefined): Credential | undefined {
  return wish.why === 'due' || wish.why === 'doubted' ? living : undefined
}

function isSame(one: Credential, other: Credential | undefined): boolean {
  return one.value === other?.value && one.fetchedAt === other.fetchedAt
}

/** What is new to write down after a question that went well; undefined when nothing is. */
function afterSuccess(
  wish: Wish,
  history: CredentialHistory,
  { fetchedAt }: Credential,
): CredentialHistory | undefined {
  const { failure, ...rest } = history
  if (wish.why === 'refused') return { ...rest, replacedAt: fetchedAt }
  if (wish.why === 'doubted') return { ...rest, doubtedAt: fetchedAt }
  return failure === undefined ? undefined : rest
}

/** Somebody else has taken the lease over, or may before a call ends. */
class LeaseLost extends Error {}

function stillFetching(): TransportError {
  const message =
    '另一个进程正在获取凭据，等待超时 / another process is fetching the credential and did not finish in time'
  return new TransportError({ message })
}
