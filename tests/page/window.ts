/** As much of a window as the page's scripts touch, with a bridge that writes down what it is asked and answers as told. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import vm from 'node:vm'
import { onTestFinished, vi } from 'vitest'

export interface PageOptions {
  userAgent?: string
  url?: string
  /** Answers of the bridge by method; without one, there is no bridge. */
  bridge?: Record<string, object>
  /** Which addresses of scripts can be loaded; all, unless told otherwise. */
  loads?: (url: string) => boolean
  /** Answers of the merchant's server, by path. */
  server?: (path: string, body: unknown) => object | Promise<object>
}

export interface TestPage {
  sdk: typeof import('@shouyin/browser')
  invoked: { method: string; parameters: Record<string, unknown> }[]
  requested: { path: string; body: unknown }[]
  scripts: string[]
  /** The router goes elsewhere without a load. */
  push(url: string): void
}

export const IPHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 MicroMessenger/8.0.50(0x18003231) NetType/WIFI'
export const ANDROID =
  'Mozilla/5.0 (Linux; Android 14; wv) Chrome/126.0 MicroMessenger/8.0.50.2701(0x2800325A) NetType/WIFI'
export const CHROME = 'Mozilla/5.0 (X11; Linux x64) Chrome/132.0 Safari/537.36'

const jweixin = readFileSync(createRequire(import.meta.url).resolve('weixin-js-sdk'), 'utf8')

export async function openPage(options: PageOptions = {}): Promise<TestPage> {
  const { userAgent = IPHONE, url = 'https://shop.example.com/orders?from=menu' } = options
  const invoked: TestPage['invoked'] = []
  const requested: TestPage['requested'] = []
  const scripts: string[] = []
  const location = {
    href: url,
    pathname: new URL(url).pathname,
    search: new URL(url).search,
    protocol: 'https:',
  }
  const storage = new Map<string, string>()
  const window: Record<string, unknown> = {}
  const WeixinJSBridge = {
    invoke(method: string, parameters: Record<string, unknown>, callback?: (result: object) => void) {
      invoked.push({ method, parameters })
      callback?.(structuredClone(options.bridge?.[method] ?? { err_msg: `${method}:ok` }))
    },
    on: () => undefined,
  }
  const document = {
    title: '',
    visibilityState: 'visible',
    addEventListener: () => undefined,
    removeEventListener: () => undefined,
    createElement: () => ({}),
    head: {
      append(script: { src: string; onload(): void; onerror(): void }) {
        scripts.push(script.src)
        const loads = options.loads?.(script.src) ?? true
        if (loads) run(jweixin, window)
        queueMicrotask(() => (loads ? script.onload() : script.onerror()))
      },
    },
  }
  const globals = {
    document,
    location,
    navigator: { userAgent, platform: 'iPhone' },
    sessionStorage: {
      getItem: (key: string) => storage.get(key) ?? null,
      setItem: (key: string, value: string) => storage.set(key, value),
      removeItem: (key: string) => storage.delete(key),
    },
    fetch: async (path: string, init?: { body?: string }) => {
      const body: unknown = init?.body === undefined ? undefined : JSON.parse(init.body)
      requested.push({ path, body })
      return Response.json(await (options.server ?? (() => ({})))(path, body))
    },
  }
  Object.assign(window, globals, {
    window,
    Image: class {},
    setTimeout,
    console,
    performance: { timing: {} },
  })
  if (options.bridge !== undefined) window['WeixinJSBridge'] = WeixinJSBridge
  for (const [name, value] of Object.entries({ ...globals, window })) vi.stubGlobal(name, value)
  onTestFinished(() => {
    vi.unstubAllGlobals()
    Reflect.deleteProperty(globalThis, 'wx')
  })
  vi.resetModules()
  return {
    sdk: await import('@shouyin/browser'),
    invoked,
    requested,
    scripts,
    push: (next) =>
      Object.assign(location, { href: next, pathname: new URL(next).pathname, search: new URL(next).search }),
  }
}

/** The real script, from npm, in the page's window; what it leaves there is a global of the page. */
function run(script: string, window: Record<string, unknown>): void {
  vm.runInNewContext(`var module = {};${script};window.wx = module.exports`, window)
  Object.assign(globalThis, { wx: window['wx'] })
}
