/**
 * One credential that many callers share: fetched once however many ask at once, renewed ahead of its end, and served on
 * while it lives when renewing fails. What is fetched, and how, is the caller's.
 */
import type { Credential, CredentialCache } from './credential-cache.ts'

export interface CachedCredentialOptions {
  cache: CredentialCache
  key: string
  /** How long before its end a credential is renewed, in milliseconds. */
  marginMs: number
  clock: () => number
  /** Fetches anew. `instead` is the credential that was found not to work, if that is why. */
  fetch: (instead?: string) => Promise<Credential>
}

export interface CachedCredential {
  current(): Promise<string>
  /** After WeChat refused `value`: another one. Whoever was first fetches; the others get what that one got. */
  replace(value: string): Promise<string>
}

/** After a fetch, renewing ahead rests this long: the stable endpoint may hand out the same token again. */
const RENEWAL_REST_MS = 60_000

export function cachedCredential({
  cache,
  key,
  marginMs,
  clock,
  fetch,
}: CachedCredentialOptions): CachedCredential {
  let flight: Promise<Credential> | undefined

  const renew = (instead?: string): Promise<Credential> => {
    flight ??= (async () => cache.put(key, await fetch(instead)))().finally(() => {
      flight = undefined
    })
    return flight
  }

  return {
    async current() {
      const kept = await cache.get(key)
      const now = clock()
      if (kept === undefined || kept.expiresAt <= now) return (await renew()).value
      const due = kept.expiresAt - marginMs <= now && kept.fetchedAt + RENEWAL_REST_MS <= now
      if (!due) return kept.value
      return renew().then(
        (renewed) => renewed.value,
        // It is still good; the next caller tries again.
        () => kept.value,
      )
    },
    async replace(value) {
      const kept = await cache.get(key)
      if (kept !== undefined && kept.value !== value && kept.expiresAt > clock()) return kept.value
      await cache.forget(key, value)
      return (await renew(value)).value
    },
  }
}
