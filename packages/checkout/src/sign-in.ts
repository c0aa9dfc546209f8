/**
 * Sign-ins under way (网页授权): one row per `state`, bound to one browser, exchanged once. A code that arrives twice
 * (refresh, back key, two requests at once) still ends in one session. State, browser and code are stored as hashes.
 */

/** Who came back from WeChat. */
export interface SignedInVisitor {
  openid: string
  unionid?: string | undefined
  /** 快照页虚拟账号: may look, may not pay. */
  snapshot: boolean
}

/** What a sign-in's state turned out to be. */
export type SignInClaim =
  /** This caller exchanges the code, then calls `finishSignIn` or `failSignIn`. */
  | { outcome: 'exchange'; returnTo: string; scope: string }
  /** The same state, browser and code again: the same visitor. */
  | { outcome: 'finished'; returnTo: string; visitor: SignedInVisitor }
  /** Another request exchanges a code of this state now; ask again in a moment. */
  | { outcome: 'busy' }
  /** `used`: this state was finished with a different code. */
  | { outcome: 'unknown' | 'foreign_browser' | 'expired' | 'used' }

/** Where sign-ins under way are kept. */
export interface SignInStore {
  startSignIn(row: {
    state: string
    browser: string
    returnTo: string
    scope: string
    now: Date
    expiresAt: Date
  }): Promise<void>
  /** Decides, in one atomic step, who exchanges the code. A claim that is neither finished nor failed lapses after `leaseMs`. */
  claimSignIn(input: {
    state: string
    browser: string
    code: string
    now: Date
    leaseMs: number
  }): Promise<SignInClaim>
  /** Keeps the visitor for repetitions of the same code. Without effect unless this code holds the claim. */
  finishSignIn(input: { state: string; code: string; visitor: SignedInVisitor; now: Date }): Promise<void>
  /** Gives the claim back, so that another code of this state may be exchanged. */
  failSignIn(input: { state: string; code: string; now: Date }): Promise<void>
}
