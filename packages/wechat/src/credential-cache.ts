/**
 * Where the account's access_token and jsapi_ticket are kept, once for all who use them (中控缓存). The interface is small so
 * that a table or Redis can stand behind it; `memoryCache` serves one process. Who wants to fetch takes a lease first, and
 * each lease has a number that is higher than the one before (fencing token): a holder who died delays the others until its
 * lease ends, and one who was only slow finds that what it fetched comes too late.
 */
import { within } from './delay.ts'
import { TransportError } from './errors.ts'

/** An access_token (调用凭证) or jsapi_ticket with the end of its life. */
export interface Credential {
  /** The token or ticket; room for 512 characters and more. */
  value: string
  /** Milliseconds since the epoch. */
  fetchedAt: number
  /** Milliseconds since the epoch at which WeChat stops accepting it. */
  expiresAt: number
}

/** From when to when a lease lasts, in milliseconds since the epoch by the clock of who takes it. */
export interface LeaseTerm {
  now: number
  until: number
}

/** Each verb is atomic by itself, and sees what every verb before it wrote, whichever process that was. */
export interface CredentialCache {
  get(key: string): Promise<Credential | undefined>
  /**
   * Takes the right to fetch; undefined while somebody else's lasts, unless that ends more than five minutes from now, which only a
   * clock that is ahead can have written. Answers the lease's number: a whole number from 1 on, higher than any before; where rows
   * can be lost, at least the time.
   */
  lease(key: string, term: LeaseTerm): Promise<number | undefined>
  /** Moves the end of a lease; false when somebody else has taken it over. */
  prolong(key: string, fence: number, until: number): Promise<boolean>
  /**
   * Keeps a credential, unless the holder of a later lease has put one there already, and ends the lease of this number.
   * Answers the credential that is kept. Keys that nobody leases may be put, too.
   */
  put(key: string, credential: Credential, fence: number): Promise<Credential>
  /** Ends the lease of this number, if it has not been taken over. */
  release(key: string, fence: number): Promise<void>
}

/** A lease that ends later than this was written by a clock that is ahead, and is none: nobody may be kept waiting for that clock. */
export const LONGEST_LEASE_MS = 300_000

/** A cache in this process's memory. */
export function memoryCache(): CredentialCache {
  const slots = new Map<string, Slot>()
  const slotOf = (key: string): Slot => {
    const slot = slots.get(key) ?? { credential: undefined, keptFence: 0, fence: 0, leasedUntil: 0 }
    slots.set(key, slot)
    return slot
  }
  const end = (slot: Slot, fence: number): void => {
    if (slot.fence === fence) slot.leasedUntil = 0
  }
  return {
    async get(key) {
      return slots.get(key)?.credential
    },
    async lease(key, { now, until }) {
      const slot = slotOf(key)
      if (slot.leasedUntil > now && slot.leasedUntil <= now + LONGEST_LEASE_MS) return undefined
      slot.fence += 1
      slot.leasedUntil = until
      return slot.fence
    },
    async prolong(key, fence, until) {
      const slot = slotOf(key)
      if (slot.fence !== fence) return false
      slot.leasedUntil = until
      return true
    },
    async put(key, credential, fence) {
      const slot = slotOf(key)
      end(slot, fence)
      if (slot.credential !== undefined && slot.keptFence > fence) return slot.credential
      slot.keptFence = fence
      slot.credential = credential
      return credential
    },
    async release(key, fence) {
      end(slotOf(key), fence)
    },
  }
}

interface Slot {
  credential: Credential | undefined
  /** Number of the lease under which the credential was fetched. */
  keptFence: number
  /** Number of the latest lease. */
  fence: number
  leasedUntil: number
}

/** The same cache, whose failures, among them no answer within so many milliseconds, are `TransportError`s that hold nothing of what was to be kept. */
export function guarded(cache: CredentialCache, timeoutMs: number): CredentialCache {
  const guard = async <Answer>(
    use: () => Promise<Answer>,
    tells: (error: unknown) => string = nameAndText,
  ): Promise<Answer> => {
    try {
      // A link that died without a word would hold all callers of the process for good.
      return await within(timeoutMs, use())
    } catch (error) {
      // What drivers say may hold an address with a password; it stays out of what is logged.
      const message = `凭据缓存不可用 / the credential cache cannot be used: ${nameAndCode(error)}`
      throw new TransportError({ code: 'cache_failed', message, cause: new Error(tells(error)) })
    }
  }
  return {
    get: (key) => guard(() => cache.get(key)),
    lease: (key, term) => guard(() => cache.lease(key, term)),
    prolong: (key, fence, until) => guard(() => cache.prolong(key, fence, until)),
    // Drivers quote what they were given, and here that is a token.
    put: (key, credential, fence) => guard(() => cache.put(key, credential, fence), nameAndCode),
    release: (key, fence) => guard(() => cache.release(key, fence)),
  }
}

function nameAndText(error: unknown): string {
  const text = error instanceof Error ? error.message.slice(0, 200) : ''
  return [nameAndCode(error), text].filter((part) => part !== '').join(': ')
}

function nameAndCode(error: unknown): string {
  if (!(error instanceof Error)) return 'Error'
  return 'code' in error ? `${error.name} ${String(error.code)}` : error.name
}
