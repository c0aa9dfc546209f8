/** What WeChat's own hosts answer to merchants and pages. Every exchange is recorded, and may lose its answer to a fault. */
import { type Context, type Handler, Hono, type MiddlewareHandler } from 'hono'
import { certificateMchid, certificateRefusal } from './client-certificate.ts'
import type { Exchange, Party } from './exchanges.ts'
import { authorize } from './oauth.ts'
import { V2_CALLS } from './pay-v2/calls.ts'
import { answerV2 } from './pay-v2/gateway.ts'
import { payV3 } from './pay-v3/routes.ts'
import { sns } from './sns.ts'
import { cgi } from './tokens.ts'
import { viewerOf } from './viewer.ts'
import type { Wechat } from './wechat.ts'

/** What the node server knows of a connection; absent when `fetch` is called directly. */
export interface Connection {
  incoming?: { url?: string | undefined; socket: { remoteAddress?: string | undefined } }
  outgoing?: { destroy(): unknown }
  /** What the client presented in the TLS handshake; `certificateRefusal` judges it. */
  clientCertificatePem?: string | undefined
}

/** Marks an answer that a fault takes away; it never leaves the simulator. */
export const LOST = 'simulator-answer-lost'

/** One request as WeChat understood it. */
interface Heard {
  from: Party
  title: string
  refused?: string | undefined
  note?: string | undefined
  signature?: Exchange['signature']
  outTradeNo?: string | undefined
  /** The body of the answer before it was compressed. */
  text?: string | undefined
}

export type ServiceEnvironment = {
  Bindings: Connection
  Variables: { heard: Heard; requestBody: Uint8Array<ArrayBuffer> }
}

export function services(wechat: Wechat): Hono<ServiceEnvironment> {
  return new Hono<ServiceEnvironment>()
    .use(async (c, next) => {
      c.set('requestBody', new Uint8Array(await c.req.arrayBuffer()))
      await next()
      const heard = c.get('heard')
      if (heard !== undefined) await conclude(wechat, c, heard)
    })
    .get('/connect/oauth2/authorize', (c) => {
      const viewer = viewerOf(c.req.raw, wechat.world.users[0]?.id ?? '')
      const answer = authorize(wechat, new URL(c.req.url), viewer)
      c.set('heard', {
        from: 'page',
        title: 'authorize',
        refused: answer.outcome === 'refused' ? answer.text : undefined,
        note: answer.outcome === 'redirect' ? answer.note : undefined,
      })
      return answer.outcome === 'redirect' ? c.redirect(answer.to, 302) : c.html(answer.page)
    })
    .all('/sns/*', (c) => {
      const { body, refused } = sns(wechat, c.req.path, new URL(c.req.url).searchParams)
      c.set('heard', { from: 'merchant', title: c.req.path, refused })
      return c.body(JSON.stringify(body), 200, { 'content-type': 'text/plain' })
    })
    .all('/cgi-bin/*', (c) => {
      const { body, refused } = cgi(wechat, c.req.path, {
        method: c.req.method,
        query: new URL(c.req.url).searchParams,
        body: new TextDecoder().decode(c.get('requestBody')),
        callerIp: callerIp(c),
      })
      c.set('heard', { from: 'merchant', title: c.req.path, refused })
      return c.body(JSON.stringify(body), 200, { 'content-type': 'application/json; encoding=utf-8' })
    })
    .use('/secapi/*', mutualTls(wechat))
    .use('/pay/downloadfundflow', mutualTls(wechat))
    .all('/pay/*', payV2(wechat))
    .all('/secapi/pay/*', payV2(wechat))
    .route('/', payV3(wechat))
}

function payV2(wechat: Wechat): Handler<ServiceEnvironment> {
  return (c) => {
    const call = V2_CALLS[c.req.path]
    if (call === undefined) return c.notFound()
    const { body, ...heard } = answerV2(wechat, call, {
      method: c.req.method,
      body: c.get('requestBody'),
      certificateMchid: certificateMchid(c.env),
    })
    c.set('heard', { from: 'merchant', title: c.req.path.split('/').at(-1) ?? '', ...heard })
    return c.body(body, 200, { 'content-type': 'text/plain' })
  }
}

/** The web server before the application: without a certificate of ours nobody gets further. */
function mutualTls({ seed, schedule }: Wechat): MiddlewareHandler<ServiceEnvironment> {
  return async (c, next) => {
    const refusal = certificateRefusal(c.env, { seed, now: schedule.now() })
    if (refusal === undefined) return next()
    c.set('heard', { from: 'merchant', title: c.req.path, refused: refusal.refused })
    return refusal.response
  }
}

function callerIp(c: Context<ServiceEnvironment>): string {
  return (c.env.incoming?.socket.remoteAddress ?? '127.0.0.1').replace(/^::ffff:/, '')
}

/** Records what was said, and takes the answer away when a fault strikes. */
async function conclude(wechat: Wechat, c: Context<ServiceEnvironment>, heard: Heard): Promise<void> {
  const { refused, note, text, ...rest } = heard
  const lost = wechat.faults.strikes('answer-lost-after-effect', {
    path: c.req.path,
    outTradeNo: heard.outTradeNo,
  })
  const isPage = (c.res.headers.get('content-type') ?? '').startsWith('text/html')
  wechat.exchanges.record({
    ...rest,
    to: 'wechat',
    request: {
      method: c.req.method,
      url: c.req.url,
      headers: c.req.header(),
      body: new TextDecoder().decode(c.get('requestBody')),
    },
    response: {
      status: c.res.status,
      headers: Object.fromEntries(c.res.headers),
      body: isPage ? '' : (text ?? (await c.res.clone().text())),
    },
    outcome: lost ? 'fault' : refused === undefined ? 'ok' : 'refused',
    note: lost ? '应答丢失 answer lost after the effect (fault)' : (refused ?? note),
  })
  if (lost) c.res = new Response(null, { headers: { [LOST]: 'yes' } })
}
