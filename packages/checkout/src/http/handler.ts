/** The checkout as one web-standard handler: sign-in, pay page, the page's JSON, WeChat's notifications. */
import type { OfficialAccount } from '@shouyin/wechat'
import { type Context, Hono } from 'hono'
import { type RandomBytes, randomBytes } from '../crypto.ts'
import { type Delay, delay } from '../delay.ts'
import type { Log } from '../log.ts'
import type { Connection, HttpContext, HttpEnv } from './context.ts'
import type { PublicError } from './contract.ts'
import { randomText } from './crypto.ts'
import { SECURITY_HEADERS } from './headers.ts'
import { faultPage } from './notice-page.tsx'
import { notificationRoutes } from './notifications.ts'
import { orderRoutes } from './order-routes.ts'
import { payPageRoute } from './pay-page-route.ts'
import { createPayers } from './payer.ts'
import { PublicFault, publicFault } from './public-error.ts'
import { signInRoutes } from './sign-in.ts'
import { createSite, type SiteOptions } from './site.ts'

export interface HttpDependencies {
  engine: HttpContext['engine']
  officialAccount: OfficialAccount
  site: SiteOptions
  /** Origin of WeChat's authorization and beacon; https://open.weixin.qq.com unless told otherwise. */
  openOrigin?: string | undefined
  /** Addresses of the jweixin script in the order to try; 1.6.0 at res.wx.qq.com, then res2.wx.qq.com. */
  jweixin?: readonly string[] | undefined
  /** The payer's IP address, where the merchant knows better than the connection. */
  clientAddress?: ((request: Request) => string) | undefined
  /** Milliseconds since the epoch. */
  clock?: (() => number) | undefined
  randomBytes?: RandomBytes | undefined
  delay?: Delay | undefined
  log?: Log | undefined
}

/** `connection` is for servers that know their sockets; without it the payer's address is `clientAddress` or unknown. */
export type HttpHandler = (request: Request, connection?: Connection) => Promise<Response>

/** Throws `ConfigError` naming every option of the site that cannot work. */
export function createHttpHandler(dependencies: HttpDependencies): HttpHandler {
  const http = contextOf(dependencies)
  const app = new Hono<HttpEnv>()
  app.use(async (c, next) => {
    c.set('requestId', requestIdOf(http, c))
    c.set('nonce', randomText(http.randomBytes, NONCE_LENGTH))
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) c.header(name, value)
    c.header('x-request-id', c.var.requestId)
    await next()
  })
  app.route(http.site.basePath, pages(http))
  app.route(http.site.basePath, answers(http))
  app.notFound((c) => jsonFault(http, c, new PublicFault('not_found', 'no such address')))
  app.onError((error, c) => jsonFault(http, c, error))
  return async (request, connection = {}) => app.fetch(request, connection)
}

const NONCE_LENGTH = 22
const REQUEST_ID_LENGTH = 16
const JWEIXIN = ['res', 'res2'].map((host) => `https://${host}.wx.qq.com/open/js/jweixin-1.6.0.js`)

function contextOf({ site: siteOptions, ...given }: HttpDependencies): HttpContext {
  const site = createSite(siteOptions)
  const { secret } = siteOptions
  const { engine, officialAccount, clientAddress, clock = Date.now } = given
  return {
    engine,
    officialAccount,
    site,
    payers: createPayers({ site, secret, appid: officialAccount.appid, clock }),
    secret,
    openOrigin: given.openOrigin ?? 'https://open.weixin.qq.com',
    jweixin: given.jweixin ?? JWEIXIN,
    clientAddress,
    clock,
    randomBytes: given.randomBytes ?? randomBytes,
    delay: given.delay ?? delay,
    log: given.log ?? (() => undefined),
  }
}

/** What people open: errors are pages. */
function pages(http: HttpContext): Hono<HttpEnv> {
  const app = new Hono<HttpEnv>()
  app.route('/', signInRoutes(http))
  app.route('/', payPageRoute(http))
  app.onError((error, c) => faultPage(http, c, loggedFault(http, c, error)))
  return app
}

/** What pages and WeChat ask: errors are JSON. */
function answers(http: HttpContext): Hono<HttpEnv> {
  const app = new Hono<HttpEnv>()
  app.route('/', orderRoutes(http))
  app.route('/', notificationRoutes(http))
  return app
}

function jsonFault(http: HttpContext, c: Context<HttpEnv>, error: unknown): Response {
  const fault = loggedFault(http, c, error)
  if (fault.status === 503) c.header('retry-after', '2')
  return c.json<PublicError>({ error: fault.public(c.var.requestId) }, fault.status)
}

/** The browser gets a code and a number; what really happened stays here, under the same number. */
function loggedFault(http: HttpContext, c: Context<HttpEnv>, error: unknown): PublicFault {
  const fault = publicFault(error)
  if (fault.status < 500) return fault
  const { requestId } = c.var
  http.log({ level: 'error', event: 'http.failed', requestId, code: fault.code, error: fault.cause ?? fault })
  return fault
}

/** A proxy's number is kept when it looks like one, so that one number leads through all logs. */
function requestIdOf(http: HttpContext, c: Context<HttpEnv>): string {
  const given = c.req.header('x-request-id') ?? ''
  return /^[\w-]{8,64}$/.test(given) ? given : randomText(http.randomBytes, REQUEST_ID_LENGTH)
}
