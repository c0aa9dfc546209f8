/**
 * One credential that many callers in many processes share: asked for once however many want it at the same time, renewed
 * ahead of its end, and served on while it lives when renewing fails. A WeChat that says no is not asked again at once, whoever
 * insists: daily quotas are small. What is asked for, and how, is the owner's.
 */
import { type Credential, guarded } from './credential-cache.ts'
import { isWithin, REST_MS } from './credential-history.ts'
import { type RenewalOptions, renewed } from './renewal.ts'
import { isSame, type Wish } from './wish.ts'

export interface CachedCredentialOptions extends RenewalOptions {
  /** Whether a credential that still lives should be asked for again. */
  isDue: (kept: Credential, now: number) => boolean
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

export function cachedCredential(options: CachedCredentialOptions): CachedCredential {
  const { key, clock, isDue } = options
  const cache = guarded(options.cache, options.callMs)
  let flight: Promise<Credential> | undefined
  let doubted: Credential | undefined
  let doubtedAt = Number.NEGATIVE_INFINITY

  const renew = (wish: Wish): Promise<Credential> => {
    flight ??= renewed({ ...options, cache }, wish).finally(() => {
      flight = undefined
    })
    return flight
  }

  return {
    async current() {
      const kept = await cache.get(key)
      const now = clock()
      if (kept === undefined || kept.expiresAt <= now) return renew({ why: 'missing' })
      if (isSame(kept, doubted)) return renew({ why: 'doubted', stale: kept }).catch(() => kept)
      if (!isDue(kept, now) || isWithin(kept.fetchedAt, now, REST_MS)) return kept
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
      if (isWithin(doubtedAt, clock(), REST_MS)) return
      doubtedAt = clock()
      doubted = await cache.get(key)
    },
  }
}
