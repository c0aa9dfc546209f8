/** The phone and the inspector as files, jweixin under its real names, and the beacon that real scripts send. */
import { readFile } from 'node:fs/promises'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Hono } from 'hono'
import { USER_AGENTS } from './bridge/user-agents.ts'
import bridgeScript from './page/bridge.ts?script'
import jweixinScript from './page/jweixin.ts?script'
import { phoneCookie, type Viewer } from './viewer.ts'
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
  return new Hono()
    .get('/', async (c) => {
      const url = new URL(c.req.url)
      // One name for one host: cookies of the phone and of the pages in it count as same-site only then.
      if (url.hostname === '127.0.0.1') return c.redirect(`http://localhost:${url.port}/`)
      return file('index.html')
    })
    .get('/assets/:name', (c) => file(`assets/${c.req.param('name')}`))
    .get('/_simulator/bridge.js', (c) => {
      // For pages that bring a jweixin of their own, as from npm.
      const device = phoneCookie(c.req.raw)?.device ?? 'ios'
      return c.body(bridge(c.req.url, device), 200, JAVASCRIPT)
    })
    .get('/open/js/:name', (c) => {
      const version = /^jweixin-(\d+\.\d+\.\d+)\.js$/.exec(c.req.param('name'))?.[1]
      if (version === undefined || !VERSIONS.includes(version)) return c.notFound()
      const device = phoneCookie(c.req.raw)?.device
      const prelude = device === undefined ? '' : bridge(c.req.url, device)
      const options = `window.__jweixinVersion=${JSON.stringify(version)};`
      return c.body(`${prelude}${options}${jweixinScript}`, 200, JAVASCRIPT)
    })
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
}

const JAVASCRIPT = { 'content-type': 'text/javascript; charset=utf-8', 'cache-control': 'no-store' }

function bridge(requestUrl: string, device: Viewer['device']): string {
  const settings = { origin: new URL(requestUrl).origin, device, userAgent: USER_AGENTS[device] }
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
