/** The simulated WeChat as one web-standard function: every host of WeChat, the control API and the phone. */
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import { type Context, Hono, type MiddlewareHandler } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { HTTPException } from 'hono/http-exception'
import { controlApi } from './control/control.ts'
import { type Connection, LOST, recordMissing } from './entry/front.ts'
import { serves } from './entry/hosts.ts'
import { sameOriginOnly } from './entry/same-origin.ts'
import { services } from './entry/services.ts'
import { NGINX_HEADERS, nginxPage } from './pages/nginx-page.ts'
import { announcerV2 } from './pay-v2/notification.ts'
import { announcerV3 } from './pay-v3/notification.ts'
import { phoneApi } from './phone-api.ts'
import { screens } from './screens.ts'
import { createWechat } from './wechat.ts'
import { defaultWorld, type World } from './world.ts'

/** Which world, clock and seed. */
export interface SimulatorOptions {
  world?: World
  /** The same seed and the same requests give the same answers, byte for byte. */
  seed?: string
  /** Milliseconds since the epoch. */
  clock?: () => number
  /** How notifications leave. */
  fetch?: typeof fetch
  /** Other machines may reach it: its control API then answers under IP addresses and names without a dot, too. */
  exposed?: boolean
}

/** A simulated WeChat, without a port. */
export interface Simulator {
  /**
   * A `fetch` that reaches nobody but this WeChat: hand it to an SDK as it is. `connection` is what a socket would tell, such as the
   * certificate that was presented. Rejects with `TypeError('fetch failed')` where a fault loses the answer, as a lost connection would.
   */
  fetch(input: Request | URL | string, init?: RequestInit, connection?: Connection): Promise<Response>
  /** Milliseconds since the epoch in the simulated world. */
  now(): number
  /** Does all that is due now, such as deliveries, and waits for it. */
  settle(): Promise<void>
  /** Moves the world's time on, doing what falls due at its own moment. */
  advance(seconds: number): Promise<void>
  /** Who is in the world. */
  world(): World
}

const MOST_BODY_BYTES = 1024 * 1024

export function createSimulator(options: SimulatorOptions = {}): Simulator {
  const { seed = 'shouyin', clock = Date.now, exposed = false } = options
  const world = options.world ?? defaultWorld({ seed })
  const wechat = createWechat({
    world,
    seed,
    clock,
    fetch: options.fetch ?? fetch,
    announcers: { v2: announcerV2, v3: announcerV3 },
  })
  const ownOnly = sameOriginOnly({ exposed })
  const app = new Hono()
    .use(async (c, next) => (serves(new URL(c.req.url).hostname, c.req.path) ? next() : c.notFound()))
    .use(limitedBody)
    // The bridge is a script for merchants' pages; everything else below is for the simulator's own.
    .use('/_simulator/*', (c, next) => (c.req.path === '/_simulator/bridge.js' ? next() : ownOnly(c, next)))
    .route('/_simulator/phone', phoneApi(wechat))
    .route('/_simulator', controlApi(wechat))
    .route('/', screens(wechat))
    .route('/', services(wechat))
    .notFound((c) => {
      if (isOwn(c)) return answerTo(NOT_THERE, c)
      recordMissing(wechat, c)
      return c.text('404 Not Found', 404)
    })
    .onError(answerTo)
  return {
    async fetch(input, init, connection = {}) {
      const request = input instanceof Request && init === undefined ? input : new Request(input, init)
      const response = await app.fetch(request, connection)
      return response.headers.has(LOST) ? cutOff(connection) : response
    },
    now: wechat.schedule.now,
    settle: wechat.schedule.settle,
    advance: wechat.schedule.advance,
    world: () => wechat.world,
  }
}

/** The effect stays; the connection ends without an answer. */
function cutOff(connection: Connection): Response {
  if (connection.outgoing === undefined) throw new TypeError('fetch failed')
  connection.outgoing.destroy()
  return RESPONSE_ALREADY_SENT
}

const ERROR_CODES: Record<number, string> = {
  400: 'bad_request',
  403: 'forbidden',
  404: 'not_found',
  409: 'conflict',
  413: 'too_large',
}

/** The simulator's own paths, which are none of WeChat's. */
function isOwn(c: Context): boolean {
  return c.req.path.startsWith('/_simulator/')
}

const NOT_THERE: HTTPException = new HTTPException(404, { message: '没有这个接口 / there is no such call' })
const TOO_LARGE: HTTPException = new HTTPException(413, {
  message: `最多 ${MOST_BODY_BYTES} 字节 / at most ${MOST_BODY_BYTES} bytes`,
})

const limitedStream = bodyLimit({ maxSize: MOST_BODY_BYTES, onError: tooLarge })

/** A length that is told is enough: to make a stream of the body, only to look at it, costs more than an order. */
const limitedBody: MiddlewareHandler = async (c, next) => {
  const length = c.req.header('content-length')
  if (length === undefined || c.req.header('transfer-encoding') !== undefined) return limitedStream(c, next)
  return Number(length) > MOST_BODY_BYTES ? tooLarge(c) : next()
}

/** WeChat's applications never see such a body: the web server before them turns it away. */
function tooLarge(c: Context): Response {
  if (isOwn(c)) return answerTo(TOO_LARGE, c)
  return c.body(nginxPage({ status: 413, heading: '413 Request Entity Too Large' }), 413, {
    ...NGINX_HEADERS,
  })
}

function answerTo(error: Error, c: Context): Response {
  const status = error instanceof HTTPException ? error.status : error instanceof SyntaxError ? 400 : 500
  return c.json({ error: { code: ERROR_CODES[status] ?? 'internal', message: wordsOf(error) } }, status)
}

function wordsOf(error: Error): string {
  return error instanceof SyntaxError ? `不是 JSON / not JSON: ${error.message}` : error.message
}
