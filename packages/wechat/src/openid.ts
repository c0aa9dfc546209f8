/**
 * A person's number at one account (openid). The same person has another one at another account, and payments, messages and
 * profiles refuse it there; so the type remembers whose it is.
 */

declare const ACCOUNT: unique symbol

/**
 * An openid of the account with this appid. A text from a database or a request is one, too, without a cast: what is refused is
 * an openid that is known to be of another account, or a snapshot visitor's. Where the appid comes from the environment, pass
 * `account.appid` on with it rather than a literal.
 */
export type Openid<Appid extends string = string> = string & {
  readonly length: number
  readonly [ACCOUNT]?: Appid
}

/** The made-up number of somebody in a snapshot page (快照页); nothing that takes an `Openid` takes it. */
export type SnapshotOpenid = string & { readonly length: number; readonly [ACCOUNT]?: false }
