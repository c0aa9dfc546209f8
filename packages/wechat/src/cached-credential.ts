/**
 * One credential that many callers share: asked for once however many want it at the same time, renewed ahead of its end,
 * and served on while it lives when renewing fails. A WeChat that says no is not asked again at once, whoever insists:
 * daily quotas are small. What is asked for, and how, is the owner's.
 */
import type { Credential, CredentialCache } from './credential-cache.ts'
import { RefusedError } from './errors.ts'

export interface CachedCredentialOptions {
  cache: CredentialCache
  key: string
  /** Milliseconds since the epoch. */
  clock: () => number
  /** Whether a credential that still lives should be asked for again. */
  isDue: (kept: Credential, now: number) => boolean
  /** Asks WeChat. `kept` is the present one; `refused` is the value WeChat no longer takes, if that is why. */
  ask: (kept: Credential | undefined, refused: string | undefined) => Promise<Credential>
}

export interface CachedCredential {
  current(): Promise<string>
  /**
   * Another one after WeChat refused this: the first who comes asks, the others get what that one got. Answers the same again
   * when a replacement was fetched only just now, since another one would be refused too.
   */
  replace(refused: string): Promise<string>
  /** Asks anew at the next occasion, though the present one is not due; it stays in use if that fails. At most once a minute. */
  doubt(): Promise<void>
}

/** Between questions that nothing makes urgent. One a minute stays below the smallest daily quota (2000). */
const REST_MS = 60_000

export function cachedCredential(options: CachedCredentialOptions): CachedCredential {
  const { cache, key, clock, isDue, ask } = options
  let flight: Promise<Credential> | undefined
  let failure: { at: number; error: unknown } | undefined
  let replacedAt = Number.NEGATIVE_INFINITY
  let doubtedAt = Number.NEGATIVE_INFINITY
  let doubted: string | undefined

  const isRecent = (at: number): boolean => clock() < at + REST_MS
  const hasJustFailed = (): boolean => failure !== undefined && isRecent(failure.at)

  /** Another process, or a flight that landed while this caller read the cache, may have been first. */
  const askUnlessRenewed = async (stale: Credential | undefined, refused?: string): Promise<Credential> => {
    if (refused !== undefined) await cache.forget(key, refused)
    const latest = await cache.get(key)
    const isNewer = latest !== undefined && latest.fetchedAt > (stale?.fetchedAt ?? Number.NEGATIVE_INFINITY)
    return isNewer && latest.expiresAt > clock() ? latest : cache.put(key, await ask(latest, refused))
  }

  const renew = (stale: Credential | undefined, refused?: string): Promise<Credential> => {
    flight ??= askUnlessRenewed(stale, refused)
      .then(
        (renewed) => {
          failure = undefined
          doubted = undefined
          return renewed
        },
        (error: unknown) => {
          failure = { at: clock(), error }
          throw error
        },
      )
      .finally(() => {
        flight = undefined
      })
    return flight
  }

  /** With nothing that lives. A no that was heard just now is repeated without asking for it. */
  const renewOrRefuse = async (stale: Credential | undefined, refused?: string): Promise<string> => {
    const error = flight === undefined && hasJustFailed() ? failure?.error : undefined
    if (error instanceof RefusedError && error.outcome === 'refused') throw error
    return (await renew(stale, refused)).value
  }

  return {
    async current() {
      const kept = await cache.get(key)
      if (kept === undefined || kept.expiresAt <= clock()) return renewOrRefuse(kept)
      const isWanted = kept.value === doubted || (isDue(kept, clock()) && !isRecent(kept.fetchedAt))
      if (!isWanted || hasJustFailed()) return kept.value
      return renew(kept).then(
        ({ value }) => value,
        () => kept.value,
      )
    },

    async replace(refused) {
      const kept = await cache.get(key)
      if (kept !== undefined && kept.value !== refused && kept.expiresAt > clock()) return kept.value
      const landed = await flight?.catch(() => undefined)
      if (landed !== undefined && landed.value !== refused) return landed.value
      if (flight === undefined && isRecent(replacedAt)) return refused
      replacedAt = clock()
      return renewOrRefuse(undefined, refused)
    },

    async doubt() {
      if (isRecent(doubtedAt)) return
      doubtedAt = clock()
      doubted = (await cache.get(key))?.value
    },
  }
}
