/** What WeChat's own hosts answer to merchants and pages, by path. */
import { type Context, type Handler, Hono, type MiddlewareHandler } from 'hono'
import { cgi } from '../account/cgi.ts'
import { authorize } from '../account/oauth.ts'
import { SNS_CONTENT_TYPE, sns } from '../account/sns.ts'
import { CGI_CONTENT_TYPE } from '../account/tokens.ts'
import { certificateMchids, certificateRefusal } from '../certificates/client-certificate.ts'
import { V2_CALLS } from '../pay-v2/calls.ts'
import { answerV2 } from '../pay-v2/gateway.ts'
import { payV3 } from '../pay-v3/routes.ts'
import { viewerOf } from '../viewer.ts'
import type { Wechat } from '../wechat.ts'
import { front, type ServiceEnvironment } from './front.ts'

export function services(wechat: Wechat): Hono<ServiceEnvironment> {
  return new Hono<ServiceEnvironment>()
    .use(front(wechat))
    .get('/connect/oauth2/authorize', (c) => {
      const viewer = viewerOf(c.req.raw, wechat.world.users[0]?.id ?? '')
      const answer = authorize(wechat, new URL(c.req.url), viewer)
      c.set('heard', {
        from: 'page',
        title: 'authorize',
        userId: viewer?.userId,
        refused: answer.outcome === 'refused' ? answer.text : undefined,
        note: answer.outcome === 'refused' ? undefined : answer.note,
      })
      return answer.outcome === 'redirect' ? c.redirect(answer.to, 302) : c.html(answer.page)
    })
    .all('/sns/*', (c) => {
      const { body, refused } = sns(wechat, {
        method: c.req.method,
        path: c.req.path,
        query: new URL(c.req.url).searchParams,
      })
      const text = JSON.stringify(body)
      c.set('heard', { from: 'merchant', title: c.req.path, refused, text })
      return c.body(text, 200, { 'content-type': SNS_CONTENT_TYPE })
    })
    .all('/cgi-bin/*', (c) => {
      const { body, refused } = cgi(wechat, c.req.path, {
        method: c.req.method,
        query: new URL(c.req.url).searchParams,
        body: new TextDecoder().decode(c.get('requestBody')),
        callerIp: callerIp(c),
      })
      const text = JSON.stringify(body)
      c.set('heard', { from: 'merchant', title: c.req.path, refused, text })
      return c.body(text, 200, { 'content-type': CGI_CONTENT_TYPE })
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
    const {
      body,
      text = typeof body === 'string' ? body : undefined,
      ...heard
    } = answerV2(wechat, call, {
      method: c.req.method,
      body: c.get('requestBody'),
      certificateMchids: call.needsCertificate === true ? certificateMchids(c.env, wechat.world) : [],
    })
    c.set('heard', { from: 'merchant', title: c.req.path.split('/').at(-1) ?? '', text, ...heard })
    return c.body(body, 200, { 'content-type': 'text/plain' })
  }
}

/** The web server before the application: without a certificate of a merchant nobody gets further. */
function mutualTls(wechat: Wechat): MiddlewareHandler<ServiceEnvironment> {
  return async (c, next) => {
    const { seed, world, schedule } = wechat
    const refusal = certificateRefusal(c.env, { seed, world, now: schedule.now() })
    if (refusal === undefined) return next()
    c.set('heard', { from: 'merchant', title: c.req.path, refused: refusal.refused })
    return refusal.response
  }
}

function callerIp(c: Context<ServiceEnvironment>): string {
  const address = (c.env.incoming?.socket.remoteAddress ?? '127.0.0.1').replace(/^::ffff:/, '')
  // Which of the two this machine calls itself by is an accident of name resolution.
  return address === '::1' ? '127.0.0.1' : address
}
