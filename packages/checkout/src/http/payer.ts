/** Whose openid a request carries (付款人): the session that a sign-in leaves in the browser. */
import { z } from 'zod'
import { type SealedCookie, sealedCookie } from './session.ts'
import type { Site } from './site.ts'

/** A signed-in visitor of the site. */
export interface Visitor {
  openid: string
  unionid?: string | undefined
  /** 快照页虚拟账号: may look, may not pay; its openid belongs to nobody. */
  snapshot: boolean
  /** After a sign-in with `snsapi_userinfo`. */
  nickname?: string | undefined
  /** Address of the avatar, after a sign-in with `snsapi_userinfo`. */
  avatar?: string | undefined
}

/** How much of the visitor is asked for. */
export type SignInScope = 'snsapi_base' | 'snsapi_userinfo'

export interface Payers {
  /** Who is signed in; undefined for nobody, and for a session that is forged, expired or of another account. */
  visitor(request: Request): Visitor | undefined
  /** A `Set-Cookie` value that signs the visitor in. */
  session(visitor: Visitor): string
  /** Where to send a visitor to sign in and come back to `returnTo`: a path of this site or an allowed address. */
  signInUrl(returnTo: string, options?: { scope?: SignInScope }): string
}

export interface PayerOptions {
  site: Pick<Site, 'address' | 'secure'>
  secret: string
  /** Sessions of one official account mean nothing to another: openids differ. */
  appid: string
  /** Milliseconds since the epoch. */
  clock: () => number
}

const SESSION_SECONDS = 7 * 24 * 3600
/** Leaving the snapshot must not wait for the made-up identity to expire. */
const SNAPSHOT_SESSION_SECONDS = 10 * 60

export function createPayers({ site, secret, appid, clock }: PayerOptions): Payers {
  const cookie: SealedCookie = sealedCookie({ name: 'shouyin-session', secret, secure: site.secure, clock })
  return {
    visitor(request) {
      const session = sessionContent.safeParse(cookie.read(request))
      return session.success && session.data.appid === appid ? session.data.visitor : undefined
    },
    session: (visitor) =>
      cookie.write({ appid, visitor }, visitor.snapshot ? SNAPSHOT_SESSION_SECONDS : SESSION_SECONDS),
    signInUrl(returnTo, { scope } = {}) {
      const query = new URLSearchParams({ return: returnTo, ...(scope === undefined ? {} : { scope }) })
      return `${site.address('/sign-in')}?${query}`
    },
  }
}

const sessionContent = z.object({
  appid: z.string(),
  visitor: z.object({
    openid: z.string().min(1),
    unionid: z.string().optional(),
    snapshot: z.boolean(),
    nickname: z.string().optional(),
    avatar: z.string().optional(),
  }),
})
