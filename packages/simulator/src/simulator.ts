/** The simulated WeChat as one web-standard function: every host of WeChat, the control API and the phone. */
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import { type Context, Hono } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { z } from 'zod'
import { controlApi } from './control.ts'
import type { Exchange } from './exchanges.ts'
import { authorize } from './oauth.ts'
import { V2_CALLS } from './pay-v2/calls.ts'
import { answerV2 } from './pay-v2/gateway.ts'
import { phoneApi } from './phone-api.ts'
import { screens } from './screens.ts'
import { sns } from './sns.ts'
import { cgi } from './tokens.ts'
import { viewerOf } from './viewer.ts'
import { createWechat, type Wechat } from './wechat.ts'
import { defaultWorld, type World } from './world.ts'

export interface SimulatorOptions {
  world?: World
  /** The same seed and the same requests give the same answers, byte for byte. */
  seed?: string
  /** Milliseconds since the epoch. */
  clock?: () => number
  /** How notifications leave. */
  fetch?: typeof fetch
}

/** What the node server knows of a connection; absent when `fetch` is called directly. */
export interface Connection {
  incoming?: { socket: { remoteAddress?: string | undefined } }
  outgoing?: { destroy(): unknown }
}

export interface Simulator {
  /** Rejects with `TypeError('fetch failed')` where a fault loses the answer, as a lost connection would. */
  fetch(request: Request, connection?: Connection): Promise<Response>
  /** Milliseconds since the epoch in the simulated world. */
  now(): number
  /** Does all that is due now, such as deliveries, and waits for it. */
  settle(): Promise<void>
  /** Moves the world's time on, doing what falls due at its own moment. */
  advance(seconds: number): Promise<void>
  /** Who is in the world. */
  world(): World
}

interface Heard {
  title: string
  refused?: string | undefined
  note?: string | undefined
  signature?: Exchange['signature']
  outTradeNo?: string | undefined
}

type Environment = { Bindings: Connection; Variables: { heard: Heard; requestBody: Uint8Array<ArrayBuffer> } }

const MAX_BODY_BYTES = 1024 * 1024

export function createSimulator(options: SimulatorOptions = {}): Simulator {
  const { seed = 'shouyin', clock = Date.now } = options
  const world = options.world ?? defaultWorld({ seed })
  const wechat = createWechat({ world, seed, clock, fetch: options.fetch ?? fetch })
  const app = new Hono<Environment>()
    .route('/_simulator/phone', phoneApi(wechat))
    .route('/_simulator', controlApi(wechat, seed))
    .route('/', screens(wechat))
    .route('/', services(wechat))
    .notFound((c) => c.text('404 Not Found', 404))
    .onError((error, c) => {
      const status = error instanceof HTTPException ? error.status : 400
      return c.json({ error: { code: 'bad_request', message: wordsOf(error) } }, status)
    })
  return {
    async fetch(request, connection = {}) {
      const response = await app.fetch(request, connection)
      return response.headers.has(LOST) ? cutOff(connection) : response
    },
    now: wechat.schedule.now,
    settle: wechat.schedule.settle,
    advance: wechat.schedule.advance,
    world: () => wechat.world,
  }
}

/** What WeChat's own hosts answer. Every exchange is recorded, and may lose its answer to a fault. */
function services(wechat: Wechat): Hono<Environment> {
  return new Hono<Environment>()
    .use(async (c, next) => {
      const bytes = new Uint8Array(await c.req.arrayBuffer())
      if (bytes.byteLength > MAX_BODY_BYTES) throw new HTTPException(413, { message: 'too large' })
      c.set('requestBody', bytes)
      await next()
      const heard = c.get('heard')
      if (heard === undefined) return
      const lost = wechat.faults.strikes('answer-lost-after-effect', {
        path: c.req.path,
        outTradeNo: heard.outTradeNo,
      })
      await record(wechat, c, heard, lost)
      if (lost) c.res = new Response(null, { headers: { [LOST]: 'yes' } })
    })
    .get('/connect/oauth2/authorize', (c) => {
      const answer = authorize(
        wechat,
        new URL(c.req.url),
        viewerOf(c.req.raw, wechat.world.users[0]?.id ?? ''),
      )
      c.set('heard', {
        title: 'authorize',
        refused: answer.outcome === 'refused' ? answer.text : undefined,
        note: answer.outcome === 'redirect' ? answer.note : undefined,
      })
      return answer.outcome === 'redirect' ? c.redirect(answer.to, 302) : c.html(answer.page)
    })
    .all('/sns/*', (c) => {
      const answer = sns(wechat, c.req.path, new URL(c.req.url).searchParams)
      c.set('heard', { title: c.req.path, refused: answer.refused })
      return c.body(JSON.stringify(answer.body), 200, { 'content-type': 'text/plain' })
    })
    .all('/cgi-bin/*', (c) => {
      const answer = cgi(wechat, c.req.path, {
        method: c.req.method,
        query: new URL(c.req.url).searchParams,
        body: new TextDecoder().decode(c.get('requestBody')),
        callerIp: (c.env.incoming?.socket.remoteAddress ?? '127.0.0.1').replace(/^::ffff:/, ''),
      })
      c.set('heard', { title: c.req.path, refused: answer.refused })
      return c.body(JSON.stringify(answer.body), 200, { 'content-type': 'application/json; encoding=utf-8' })
    })
    .all('/pay/:call', async (c, next) => {
      const call = V2_CALLS[c.req.path]
      if (call === undefined) return next()
      const { body, ...heard } = answerV2(wechat, call, c.req.method, c.get('requestBody'))
      c.set('heard', { title: c.req.param('call'), ...heard })
      return c.body(body, 200, { 'content-type': 'text/plain' })
    })
}

async function record(wechat: Wechat, c: Context<Environment>, heard: Heard, lost: boolean): Promise<void> {
  wechat.exchanges.record({
    from: heard.title === 'authorize' ? 'page' : 'merchant',
    to: 'wechat',
    title: heard.title,
    request: {
      method: c.req.method,
      url: c.req.url,
      headers: c.req.header(),
      body: new TextDecoder().decode(c.get('requestBody')),
    },
    response: {
      status: c.res.status,
      headers: Object.fromEntries(c.res.headers),
      body: heard.title === 'authorize' ? '' : await c.res.clone().text(),
    },
    outcome: lost ? 'fault' : heard.refused === undefined ? 'ok' : 'refused',
    note: lost ? '应答丢失 answer lost after the effect (fault)' : (heard.refused ?? heard.note),
    signature: heard.signature,
    outTradeNo: heard.outTradeNo,
  })
}

/** Marks an answer that a fault takes away; it never leaves this file. */
const LOST = 'simulator-answer-lost'

/** The effect stays; the connection ends without an answer. */
function cutOff(connection: Connection): Response {
  if (connection.outgoing === undefined) throw new TypeError('fetch failed')
  connection.outgoing.destroy()
  return RESPONSE_ALREADY_SENT
}

function wordsOf(error: Error): string {
  return error instanceof z.ZodError ? z.prettifyError(error) : error.message
}
