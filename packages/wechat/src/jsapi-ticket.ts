/** The account's jsapi_ticket (JSAPI 票据), with which pages are signed. Source: JS-SDK documentation, "获取api_ticket". */
import { credential, withAccessToken } from './access-token.ts'
import { type AccountApi, get, numberOf, textOf } from './account-api.ts'
import { type CachedCredential, cachedCredential } from './cached-credential.ts'
import type { CredentialCache } from './credential-cache.ts'

export interface JsapiTicketOptions {
  api: AccountApi
  appid: string
  token: CachedCredential
  cache: CredentialCache
  clock: () => number
}

export interface JsapiTicket {
  current(): Promise<string>
  /**
   * The page's "invalid signature" is the only sign that a ticket was replaced early. Forgets the current one, at most once
   * in a while, since anybody with a page can cause this.
   */
  forget(): Promise<void>
}

/**
 * WeChat answers 7200 s each time, also for a ticket it has handed out for hours, so a computed end may lie two hours too
 * late. Asking again halfway costs one call an hour and halves the time in which pages could be signed with a dead ticket.
 */
const MARGIN_MS = 3_600_000
const FORGET_REST_MS = 60_000

export function jsapiTicket({ api, appid, token, cache, clock }: JsapiTicketOptions): JsapiTicket {
  let forgottenAt = Number.NEGATIVE_INFINITY
  const ticket = cachedCredential({
    cache,
    clock,
    key: `jsapi_ticket:${appid}`,
    marginMs: MARGIN_MS,
    async fetch() {
      const fetchedAt = clock()
      const answer = await withAccessToken(token, (accessToken) =>
        get(api, '/cgi-bin/ticket/getticket', { access_token: accessToken, type: 'jsapi' }),
      )
      return credential(textOf(answer, 'ticket'), numberOf(answer, 'expires_in'), fetchedAt)
    },
  })
  return {
    current: () => ticket.current(),
    async forget() {
      if (clock() - forgottenAt < FORGET_REST_MS) return
      forgottenAt = clock()
      const kept = await cache.get(`jsapi_ticket:${appid}`)
      if (kept !== undefined) await cache.forget(`jsapi_ticket:${appid}`, kept.value)
    },
  }
}
