/**
 * Where the account's access_token and jsapi_ticket are kept, once for all who use them (中控缓存). The interface is small so
 * that a table or Redis can stand behind it; `memoryCache` serves one process.
 */

export interface Credential {
  /** The token or ticket; room for 512 characters and more. */
  value: string
  /** Milliseconds since the epoch. */
  fetchedAt: number
  /** Milliseconds since the epoch at which WeChat stops accepting it. */
  expiresAt: number
}

export interface CredentialCache {
  get(key: string): Promise<Credential | undefined>
  /** Keeps a credential unless a newer one (by `fetchedAt`) is there already; answers the one that is kept. */
  put(key: string, credential: Credential): Promise<Credential>
  /** Forgets a credential if its value is still this one. */
  forget(key: string, value: string): Promise<void>
}

/** A cache in this process's memory. */
export function memoryCache(): CredentialCache {
  const kept = new Map<string, Credential>()
  return {
    async get(key) {
      return kept.get(key)
    },
    async put(key, credential) {
      const present = kept.get(key)
      if (present !== undefined && present.fetchedAt > credential.fetchedAt) return present
      kept.set(key, credential)
      return credential
    },
    async forget(key, value) {
      if (kept.get(key)?.value === value) kept.delete(key)
    },
  }
}
