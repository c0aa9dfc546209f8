/** The phone and the inspector as files, jweixin under its real names, and the beacon that real scripts send. */
import { readFile } from 'node:fs/promises'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Context, Hono } from 'hono'
import { OLD_USER_AGENTS, USER_AGENTS } from './bridge/user-agents.ts'
import bridgeScript from './page/bridge.ts?script'
import jweixinScript from './page/jweixin.ts?script'
import { type ClientKind, type JweixinHosts, phoneCookie, type Viewer } from './viewer.ts'
import type { Wechat } from './wechat.ts'

const VERSIONS = ['1.0.0', '1.1.0', '1.2.0', '1.3.2', '1.4.0', '1.6.0']

const CONTENT_TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
}

/** Built by Vite; the same place seen from `src` and from `dist`. */
const PHONE_FOLDER = new URL('../dist/phone/', import.meta.url)

export function screens(wechat: Wechat): Hono {
  return (
    new Hono()
      .get('/', async (c) => {
        const url = new URL(c.req.url)
        // One name for one host: cookies of the phone and of the pages in it count as same-site only then.
        if (['127.0.0.1', '[::1]'].includes(url.hostname))
          return c.redirect(`${url.protocol}//localhost:${url.port}/`)
        return file('index.html')
      })
      .get('/assets/:name', (c) => file(`assets/${c.req.param('name')}`))
      .get('/_simulator/bridge.js', (c) =>
        // For pages that bring a jweixin of their own, as from npm.
        c.body(bridge(c.req.url, phoneCookie(c.req.raw)), 200, JAVASCRIPT),
      )
      .get('/open/js/:name', (c) => jweixin(c, hostOf(c) === 'res2.wx.qq.com' ? 'second' : 'first'))
      // By base URL both hosts are one; this path stands for the second.
      .get('/res2/open/js/:name', (c) => jweixin(c, 'second'))
      .get('/sdk/report', (c) => {
        const query = c.req.query()
        wechat.exchanges.record({
          from: 'page',
          to: 'wechat',
          title: 'sdk/report',
          request: { method: 'GET', url: c.req.url, headers: {}, body: '' },
          outcome: query['o'] === '1' ? 'refused' : 'ok',
        })
        return c.body(null, 204)
      })
  )
}

const JAVASCRIPT = { 'content-type': 'text/javascript; charset=utf-8', 'cache-control': 'no-store' }

/** The script as the host hands it out to who holds the phone; the bridge comes above it, as in WeChat. */
function jweixin(c: Context, host: 'first' | 'second'): Response {
  const version = /^jweixin-(\d+\.\d+\.\d+)\.js$/.exec(c.req.param('name') ?? '')?.[1]
  if (version === undefined || !VERSIONS.includes(version)) return c.text('404 Not Found', 404)
  const viewer = phoneCookie(c.req.raw)
  const answers: JweixinHosts = viewer?.jweixin ?? 'both'
  if (answers === 'second' && host === 'first') return c.text('503 Service Unavailable', 503)
  const prelude = viewer === undefined ? '' : bridge(c.req.url, viewer)
  const script = `window.__jweixinVersion=${JSON.stringify(version)};${jweixinScript}`
  return c.body(answers === 'emptied' ? prelude : prelude + script, 200, JAVASCRIPT)
}

function hostOf(c: Context): string {
  return new URL(c.req.url).hostname
}

/** When the bridge of such a client is there, in milliseconds. */
const DUE: Record<ClientKind, string | undefined> = {
  current: undefined,
  late: '1500',
  bare: 'never',
  old: undefined,
}

function bridge(requestUrl: string, viewer: Viewer | undefined): string {
  const { device = 'ios', client = 'current' } = viewer ?? {}
  const userAgent = (client === 'old' ? OLD_USER_AGENTS : USER_AGENTS)[device]
  const settings = { origin: new URL(requestUrl).origin, device, userAgent, due: DUE[client] }
  return `window.__simulatorBridge=${JSON.stringify(settings)};${bridgeScript};`
}

async function file(name: string): Promise<Response> {
  if (!/^(assets\/)?[\w.-]+$/.test(name)) return new Response('404 Not Found', { status: 404 })
  const content = await readFile(fileURLToPath(new URL(name, PHONE_FOLDER))).catch(() => undefined)
  if (content !== undefined) {
    const contentType = CONTENT_TYPES[extname(name)] ?? 'application/octet-stream'
    return new Response(content, { headers: { 'content-type': contentType } })
  }
  const text = '手机界面尚未构建：npm run build\nThe phone has not been built yet: npm run build'
  return new Response(text, {
    status: name === 'index.html' ? 503 : 404,
    headers: { 'content-type': 'text/plain; charset=utf-8' },
  })
}
