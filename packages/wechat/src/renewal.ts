/**
 * One question to WeChat for all processes: whoever holds the credential's lease asks, the others wait and take what it got.
 * How often a process may die, be stopped or be slow on the way is what the order of the steps is about.
 */
import type { Credential, CredentialCache } from './credential-cache.ts'
import {
  type CredentialHistory,
  failureOf,
  isWithin,
  readHistory,
  writeHistory,
} from './credential-history.ts'
import { TransportError } from './errors.ts'
import { afterSuccess, answerWithoutAsking, spared, type Wish } from './wish.ts'

export interface RenewalOptions {
  cache: CredentialCache
  key: string
  /** Milliseconds since the epoch. */
  clock: () => number
  /** Lets this many milliseconds pass. */
  wait: (ms: number) => Promise<void>
  /** The longest that one call to WeChat can take, in milliseconds. A lease lasts a little longer: so long a dead holder is waited for. */
  callMs: number
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

/** What a lease lasts beyond a call to WeChat, in milliseconds: the cache's own time, and clocks that differ a little. */
const SLACK_MS = 2000
/** How often a process looks whether another one has finished. */
const POLL_MS = 100
/** How many dead holders' leases a process waits for: one for the ticket, one for the token it is bought with, and some luck. */
const PATIENCE_LEASES = 4

/**
 * Until the wish is granted, by this process or by another one, and not for ever. Throws what `ask` throws, WeChat's no where it
 * was heard only just now, and `TransportError` when the cache fails or waiting came to its end.
 */
export async function renewed(options: RenewalOptions, wish: Wish): Promise<Credential> {
  const { cache, key, clock, wait } = options
  const leaseMs = leaseOf(options)
  for (let waitedMs = 0; ; waitedMs += POLL_MS) {
    const { answer, living } = await look(options, wish)
    if (answer !== undefined) return answer
    const now = clock()
    const fence = await cache.lease(key, { now, until: now + leaseMs })
    const granted = fence === undefined ? spared(wish, living) : await asHolder(options, fence, wish)
    if (granted !== undefined) return granted
    if (waitedMs >= PATIENCE_LEASES * leaseMs) throw stillFetching()
    await wait(POLL_MS)
  }
}

function leaseOf({ callMs }: RenewalOptions): number {
  return callMs + SLACK_MS
}

interface Sight {
  kept: Credential | undefined
  /** The same while it lives. */
  living: Credential | undefined
  history: CredentialHistory
  /** What grants the wish without a question. */
  answer: Credential | undefined
}

async function look({ cache, key, clock }: RenewalOptions, wish: Wish): Promise<Sight> {
  const kept = await cache.get(key)
  const history = await readHistory(cache, key)
  const living = kept !== undefined && kept.expiresAt > clock() ? kept : undefined
  return { kept, living, history, answer: answerWithoutAsking(wish, living, history, clock()) }
}

/** Undefined when the lease was lost on the way: then another one is asking. */
async function asHolder(options: RenewalOptions, fence: number, wish: Wish): Promise<Credential | undefined> {
  let asked = false
  try {
    const sight = await look(options, wish)
    if (sight.answer !== undefined) return sight.answer
    asked = true
    return await askAndKeep(options, fence, wish, sight)
  } catch (error) {
    if (error instanceof LeaseLost) return undefined
    if (asked) await remember(options, fence, error)
    throw error
  } finally {
    await options.cache.release(options.key, fence).catch(() => undefined)
  }
}

async function askAndKeep(
  options: RenewalOptions,
  fence: number,
  wish: Wish,
  { kept, history }: Sight,
): Promise<Credential> {
  const { cache, key, clock } = options
  const hold = (): Promise<void> => makeSure(options, fence)
  const force = forcing(options, fence, history)
  await hold()
  const refused = wish.why === 'refused' ? wish.value : undefined
  const credential = await options.ask({ kept, refused, hold, mayForce: force.may })
  const after = afterSuccess(wish, { ...history, forcedAt: force.lastAt() }, credential)
  if (after !== undefined) await writeHistory(cache, { key, fence, now: clock(), history: after })
  return cache.put(key, credential, fence)
}

/** A slow cache, or a process that was stopped, may have used up what the lease lasts beyond the call; then it is as good as lost. */
async function makeSure(options: RenewalOptions, fence: number): Promise<void> {
  const { cache, key, clock } = options
  const asked = clock()
  const isMine = await cache.prolong(key, fence, asked + leaseOf(options))
  if (!isMine || clock() > asked + SLACK_MS) throw new LeaseLost()
}

interface Forcing {
  may(restMs: number): Promise<boolean>
  lastAt(): number | undefined
}

/** A forced refresh is written down before it is made: one whose answer is lost has cost its share of the day all the same. */
function forcing({ cache, key, clock }: RenewalOptions, fence: number, history: CredentialHistory): Forcing {
  let { forcedAt } = history
  return {
    lastAt: () => forcedAt,
    async may(restMs) {
      if (isWithin(forcedAt, clock(), restMs)) return false
      forcedAt = clock()
      await writeHistory(cache, { key, fence, now: forcedAt, history: { ...history, forcedAt } })
      return true
    },
  }
}

async function remember({ cache, key, clock }: RenewalOptions, fence: number, error: unknown): Promise<void> {
  try {
    const history = await readHistory(cache, key)
    const now = clock()
    const failure = failureOf(error, history.failure, now)
    await writeHistory(cache, { key, fence, now, history: { ...history, failure } })
  } catch {
    // The failure itself is what the caller has to hear of.
  }
}

/** Somebody else has taken the lease over, or may before a call ends. */
class LeaseLost extends Error {}

function stillFetching(): TransportError {
  const message =
    '另一个进程正在获取凭据，等待超时 / another process is fetching the credential and did not finish in time'
  return new TransportError({ message })
}
