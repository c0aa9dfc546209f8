/** What every route of the checkout works with, made once per handler. */
import { isIP } from 'node:net'
import type { OfficialAccount } from '@shouyin/wechat'
import type { Context } from 'hono'
import type { RandomBytes } from '../crypto.ts'
import type { Delay } from '../delay.ts'
import type { Engine } from '../engine.ts'
import type { Log } from '../log.ts'
import type { Payers, Visitor } from './payer.ts'
import { PublicFault } from './public-error.ts'
import type { Site } from './site.ts'

export interface HttpContext {
  engine: Pick<Engine, 'order' | 'prepay' | 'confirm' | 'receiveNotification' | 'signIns'>
  officialAccount: OfficialAccount
  site: Site
  payers: Payers
  /** The merchant's secret; keys are derived from it, it signs nothing itself. */
  secret: string
  openOrigin: string
  jweixin: readonly string[]
  clientAddress: ((request: Request) => string) | undefined
  clock: () => number
  randomBytes: RandomBytes
  delay: Delay
  log: Log
}

/** What only the server that accepted the connection knows. */
export interface Connection {
  clientAddress?: string | undefined
}

/** Hono's types of our routes. */
export interface HttpEnv {
  Bindings: Connection
  Variables: { requestId: string; nonce: string }
}

/** The signed-in visitor of a request. Throws `sign_in_required`. */
export function requireVisitor(http: HttpContext, c: Context<HttpEnv>): Visitor {
  const visitor = http.payers.visitor(c.req.raw)
  if (visitor === undefined)
    throw new PublicFault('sign_in_required', 'no session; send the browser to sign-in')
  return visitor
}

/** WeChat wants an address of the payer; where nobody knows it, the loopback address is accepted. */
export function clientAddressOf(http: HttpContext, c: Context<HttpEnv>): string {
  const known = [http.clientAddress?.(c.req.raw), c.env.clientAddress]
  // Proxies have been seen to write ports and `unknown`; WeChat refuses the whole order for it.
  return known.find((address) => isIP(address ?? '') !== 0) ?? '127.0.0.1'
}
