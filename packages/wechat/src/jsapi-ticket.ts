/** The account's jsapi_ticket (JSAPI 票据), with which pages are signed. Source: JS-SDK documentation, "获取api_ticket". */
import { credential, withAccessToken } from './access-token.ts'
import { type AccountApi, get } from './account-api.ts'
import { type CachedCredential, cachedCredential } from './cached-credential.ts'
import type { Credential, CredentialCache } from './credential-cache.ts'

export interface JsapiTicketOptions {
  api: AccountApi
  appid: string
  token: CachedCredential
  cache: CredentialCache
  /** Milliseconds since the epoch. */
  clock: () => number
  /** Lets this many milliseconds pass. */
  wait: (ms: number) => Promise<void>
}

/**
 * WeChat answers 7200 s each time, also for a ticket it handed out hours ago, so whoever starts in the middle of a ticket's
 * life computes an end up to two hours too late. Asking every ten minutes bounds how long pages are signed with a dead one.
 */
const ASK_EVERY_MS = 600_000
/** How long a ticket is trusted that WeChat still hands out after its computed end. */
const OVERTIME_MS = 60_000

/**
 * The account's ticket. A page's "invalid signature" is the only sign that a ticket was replaced early: then `doubt` it, which
 * is bounded because anybody with a page can cause it.
 */
export function jsapiTicket(options: JsapiTicketOptions): CachedCredential {
  const { api, appid, token, cache, clock, wait } = options
  return cachedCredential({
    cache,
    clock,
    wait,
    key: `jsapi_ticket:${appid}`,
    callMs: api.timeoutMs,
    isDue: (kept, now) => kept.fetchedAt + ASK_EVERY_MS <= now,
    async ask({ kept, hold }) {
      const fetchedAt = clock()
      const answer = await withAccessToken(token, async (accessToken) => {
        // The token may have been long in coming, and the lease gone in the meantime.
        await hold()
        return get(api, '/cgi-bin/ticket/getticket', { access_token: accessToken, type: 'jsapi' })
      })
      return endingAsFirstSeen(credential(answer, 'ticket', fetchedAt), kept)
    },
  })
}

/** The same ticket again ends when it was first said to end, not two hours after each question. */
function endingAsFirstSeen(asked: Credential, kept: Credential | undefined): Credential {
  if (asked.value !== kept?.value) return asked
  const expiresAt = Math.max(Math.min(asked.expiresAt, kept.expiresAt), asked.fetchedAt + OVERTIME_MS)
  return { ...asked, expiresAt }
}
