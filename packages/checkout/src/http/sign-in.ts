/**
 * Sign-in by web authorization (网页授权): to WeChat with a `state` bound to this browser, back with a code that is exchanged
 * exactly once, away to a clean address. A code that comes twice ends in the same session; what cannot be used any more
 * starts over once, and then says so.
 */
import { RefusedError, type WebAuthorization } from '@shouyin/wechat'
import { type Context, Hono } from 'hono'
import { z } from 'zod'
import type { SignInClaim } from '../sign-in.ts'
import type { HttpContext, HttpEnv } from './context.ts'
import { randomText } from './crypto.ts'
import { noticePage } from './notice-page.tsx'
import type { SignInScope, Visitor } from './payer.ts'
import { sealedCookie } from './session.ts'

const SIGN_IN_SECONDS = 10 * 60
/** Longer than the exchange of a code may take, so that a claim lapses only when its process is gone. */
const LEASE_MS = 15_000
const BUSY_POLL_MS = 200
const BUSY_POLLS = 40
/** About 190 bits. */
const STATE_LENGTH = 32
/** WeChat's have 32 characters. */
const MAX_CODE_LENGTH = 256

export function signInRoutes(http: HttpContext): Hono<HttpEnv> {
  const { site, payers } = http
  const cookie = sealedCookie({ ...http, name: 'shouyin-sign-in', secure: site.secure })
  const app = new Hono<HttpEnv>()

  app.get('/sign-in', (c) => {
    const returnTo = site.returnAddress(c.req.query('return') ?? site.returnUrl)
    const scope = scopeSchema.safeParse(c.req.query('scope') ?? 'snsapi_base')
    if (returnTo === undefined) return noticePage(http, c, 'return_refused')
    if (!scope.success) return noticePage(http, c, 'bad_request')
    return authorize(c, { returnTo, scope: scope.data, again: false })
  })

  app.get('/callback', async (c) => {
    const code = c.req.query('code') ?? ''
    // WeChat has said no in three ways over the years: no code, an empty one, and this word.
    if (code === '' || code === 'authdeny') return refused(c)
    const state = c.req.query('state') ?? ''
    const ours = readTicket(c)
    if (ours === undefined || state.length !== STATE_LENGTH || code.length > MAX_CODE_LENGTH) return lost(c)
    const claim = await settledClaim(http, { state, browser: ours.browser, code })
    if (claim.outcome === 'exchange') return exchange(c, { state, code, ...claim })
    if (claim.outcome === 'finished') return arrive(c, claim.returnTo, knownProfile(c, claim.visitor))
    if (claim.outcome === 'busy') return noticePage(http, c, 'sign_in_busy', { signIn: ours })
    return lost(c)
  })

  /** To WeChat. `again` travels in the address to come back to, where it survives browsers without cookies. */
  async function authorize(
    c: Context<HttpEnv>,
    { returnTo, scope, again }: SignInRequest & { again: boolean },
  ): Promise<Response> {
    const state = randomText(http.randomBytes, STATE_LENGTH)
    const browser = readTicket(c)?.browser ?? randomText(http.randomBytes, STATE_LENGTH)
    const now = http.clock()
    const expiresAt = new Date(now + SIGN_IN_SECONDS * 1000)
    await http.engine.signIns.startSignIn({
      state,
      browser,
      returnTo,
      scope,
      now: new Date(now),
      expiresAt,
    })
    const redirectUri = site.address(again ? '/callback?again=1' : '/callback')
    c.header('set-cookie', cookie.write({ browser, returnTo, scope }, SIGN_IN_SECONDS), { append: true })
    return c.redirect(http.officialAccount.authorizeUrl({ redirectUri, scope, state, connectRedirect: true }))
  }

  async function exchange(
    c: Context<HttpEnv>,
    { state, code, returnTo, scope }: { state: string; code: string; returnTo: string; scope: string },
  ): Promise<Response> {
    const request: SignInRequest = { returnTo, scope: scopeSchema.parse(scope) }
    let authorization: WebAuthorization
    try {
      authorization = await http.officialAccount.exchangeCode(code)
    } catch (error) {
      await http.engine.signIns.failSignIn({ state, code, now: new Date(http.clock()) })
      if (isSpentCode(error)) return startOver(c, request)
      http.log({ level: 'error', event: 'sign_in.failed', requestId: c.var.requestId, error })
      return noticePage(http, c, 'wechat_silent', { signIn: request })
    }
    const visitor = visitorOf(authorization)
    await http.engine.signIns.finishSignIn({ state, code, visitor, now: new Date(http.clock()) })
    return arrive(c, returnTo, { ...visitor, ...(await profileOf(http, authorization)) })
  }

  /** A callback that no sign-in of this browser waits for. Who is signed in goes on; others start over. */
  function lost(c: Context<HttpEnv>): Response | Promise<Response> {
    const request = readTicket(c) ?? { returnTo: site.returnUrl, scope: 'snsapi_base' }
    return payers.visitor(c.req.raw) === undefined ? startOver(c, request) : c.redirect(request.returnTo)
  }

  function startOver(c: Context<HttpEnv>, request: SignInRequest): Response | Promise<Response> {
    const hadItsChance = c.req.query('again') !== undefined
    return hadItsChance
      ? noticePage(http, c, 'sign_in_lost', { signIn: request })
      : authorize(c, { ...request, again: true })
  }

  function refused(c: Context<HttpEnv>): Response | Promise<Response> {
    const signIn = readTicket(c) ?? { returnTo: site.returnUrl, scope: 'snsapi_base' }
    return noticePage(http, c, 'sign_in_refused', { signIn })
  }

  function arrive(c: Context<HttpEnv>, returnTo: string, visitor: Visitor): Response {
    c.header('set-cookie', payers.session(visitor), { append: true })
    return c.redirect(returnTo)
  }

  /** Repetitions bring only what the store keeps; nickname and avatar are still in the session of the first time. */
  function knownProfile(c: Context<HttpEnv>, visitor: Visitor): Visitor {
    const known = payers.visitor(c.req.raw)
    return known?.openid === visitor.openid ? known : visitor
  }

  function readTicket(c: Context<HttpEnv>): Ticket | undefined {
    const ticket = ticketSchema.safeParse(cookie.read(c.req.raw))
    return ticket.success ? ticket.data : undefined
  }

  return app
}

export interface SignInRequest {
  /** Absolute, checked against the allow-list. */
  returnTo: string
  scope: SignInScope
}

const scopeSchema = z.enum(['snsapi_base', 'snsapi_userinfo'])

/** What the browser holds while it is away: the store knows its hash, and every sign-in of this browser shares it. */
const ticketSchema = z.object({ browser: z.string(), returnTo: z.string(), scope: scopeSchema })
type Ticket = z.output<typeof ticketSchema>

/** Waits, for a bounded time, while another request exchanges this very code. */
async function settledClaim(
  { engine, clock, delay }: HttpContext,
  key: { state: string; browser: string; code: string },
): Promise<SignInClaim> {
  for (let poll = 0; ; poll += 1) {
    const claim = await engine.signIns.claimSignIn({ ...key, now: new Date(clock()), leaseMs: LEASE_MS })
    if (claim.outcome !== 'busy' || poll === BUSY_POLLS) return claim
    await delay(BUSY_POLL_MS)
  }
}

/** 40029 invalid code, 40163 code been used, 42003 as documented for an expired one. */
function isSpentCode(error: unknown): boolean {
  return (
    error instanceof RefusedError && ['40029', '40163', '42003'].some((code) => code === error.wechatCode)
  )
}

function visitorOf({ openid, unionid, snapshotVisitor }: WebAuthorization): Visitor {
  return { openid, snapshot: snapshotVisitor, ...(unionid === undefined ? {} : { unionid }) }
}

/** Nickname and avatar where they were granted; a sign-in does not fail for want of them. */
async function profileOf(
  { officialAccount, log }: HttpContext,
  { scopes, snapshotVisitor, accessToken, openid }: WebAuthorization,
): Promise<Pick<Visitor, 'nickname' | 'avatar'>> {
  if (snapshotVisitor || !scopes.includes('snsapi_userinfo')) return {}
  try {
    const { nickname, headimgurl } = await officialAccount.userinfo({ accessToken, openid })
    return { nickname, avatar: headimgurl }
  } catch (error) {
    log({ level: 'warn', event: 'sign_in.profile_missing', error })
    return {}
  }
}
