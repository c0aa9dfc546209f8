/** As much of a window as the page's scripts touch, with a bridge that writes down what it is asked and answers as told. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import vm from 'node:vm'
import type { PayPageData } from '@shouyin/checkout/contract'
import { onTestFinished, vi } from 'vitest'

type BridgeAnswer = object | 'never' | ((parameters: Record<string, unknown>) => object)

export interface PageOptions {
  userAgent?: string
  url?: string
  /** Answers of the bridge by method; without one, there is no bridge. */
  bridge?: Record<string, BridgeAnswer>
  /** Which addresses of scripts can be loaded; all, unless told otherwise. */
  loads?: (url: string) => boolean | 'never'
  /** The real script that the addresses give. `1.4.0 as served` still has its way with AMD loaders. */
  jweixin?: keyof typeof SCRIPTS
  /** An AMD loader that was on the page before. */
  define?: (...module: unknown[]) => unknown
  /** Answers of the merchant's server, by path. */
  server?: (path: string, body: unknown) => object | Promise<object>
  /** What an earlier life of this tab left behind. */
  storage?: Map<string, string>
}

export interface TestPage {
  sdk: typeof import('@shouyin/browser')
  invoked: { method: string; parameters: Record<string, unknown> }[]
  requested: { path: string; body: unknown }[]
  scripts: string[]
  /** The router goes elsewhere without a load. */
  push(url: string): void
  /** Another screen covers the page, or leaves it. */
  cover(hidden: boolean): void
}

export const IPHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 MicroMessenger/8.0.50(0x18003231) NetType/WIFI'
export const ANDROID =
  'Mozilla/5.0 (Linux; Android 14; wv) Chrome/126.0 MicroMessenger/8.0.50.2701(0x2800325A) NetType/WIFI'
export const CHROME = 'Mozilla/5.0 (X11; Linux x64) Chrome/132.0 Safari/537.36'

const require = createRequire(import.meta.url)
const source = (path: string): string => readFileSync(require.resolve(path), 'utf8')
/** A module of the npm packages is the real script in a CommonJS coat. */
const uncoated = (path: string): string => `var module = {};${source(path)};window.wx = module.exports`

const SCRIPTS: Record<'1.6.0' | '1.4.0' | '1.4.0 as served', string> = {
  '1.6.0': uncoated('weixin-js-sdk'),
  '1.4.0': uncoated('jweixin-1.4.0'),
  '1.4.0 as served': source('jweixin-1.4.0/index.original.js'),
}

/** A page with the SDK on it, as a merchant imports it. */
export async function openPage(options: PageOptions = {}): Promise<TestPage> {
  const page = openWindow(options, {})
  return { ...page, sdk: await import('@shouyin/browser') }
}

export interface RenderedPage extends Omit<TestPage, 'sdk'> {
  /** The screen that is shown. */
  screen(): string | undefined
  tap(id: string): void
  /** Addresses that the page went to by itself. */
  left: string[]
}

const SCREENS =
  'pay opening confirming cancelled dialog failed unreachable refused pending paid closed review snapshot elsewhere'

/** The checkout's rendered page: its script, its data, and one element for each screen. */
export async function openPayPage(data: PayPageData, options: PageOptions = {}): Promise<RenderedPage> {
  const left: string[] = []
  const clicks = new Map<string, () => void>()
  const screens = SCREENS.split(' ').map((on) => ({ dataset: { on }, hidden: on !== data.screen }))
  const page = openWindow(options, {
    location: { replace: (url: string) => left.push(url), reload: () => left.push('reload') },
    document: {
      getElementById: (id: string) =>
        id === 'shouyin-pay-page'
          ? { textContent: JSON.stringify(data) }
          : { addEventListener: (_event: string, handler: () => void) => clicks.set(id, handler) },
      querySelectorAll: () => screens,
    },
  })
  await import('@shouyin/browser/pay-page')
  const screen = (): string | undefined => screens.find(({ hidden }) => !hidden)?.dataset.on
  return { ...page, left, screen, tap: (id) => clicks.get(id)?.() }
}

interface More {
  location?: object
  document?: object
}

function openWindow(options: PageOptions, more: More): Omit<TestPage, 'sdk'> {
  const { userAgent = IPHONE, url = 'https://shop.example.com/orders?from=menu' } = options
  const invoked: TestPage['invoked'] = []
  const requested: TestPage['requested'] = []
  const scripts: string[] = []
  const listeners = new Set<() => void>()
  const window: Record<string, unknown> = {}
  const WeixinJSBridge = {
    invoke(method: string, parameters: Record<string, unknown>, callback?: (result: object) => void) {
      invoked.push({ method, parameters })
      const answer = options.bridge?.[method] ?? { err_msg: `${method}:ok` }
      if (answer === 'never') return
      const result = structuredClone(typeof answer === 'function' ? answer(parameters) : answer)
      // Never at once: a native answer comes after the script has gone on, and in order.
      queueMicrotask(() => callback?.(result))
    },
    on: () => undefined,
  }
  const document = {
    title: '',
    visibilityState: 'visible',
    currentScript: null as object | null,
    addEventListener: (event: string, listener: () => void) =>
      event === 'visibilitychange' && listeners.add(listener),
    removeEventListener: (_event: string, listener: () => void) => listeners.delete(listener),
    createElement: () => ({}),
    head: {
      append(script: { src: string; onload(): void; onerror(): void }) {
        scripts.push(script.src)
        const loads = options.loads?.(script.src) ?? true
        if (loads === 'never') return
        if (loads) {
          document.currentScript = script
          run(SCRIPTS[options.jweixin ?? '1.6.0'], window)
          document.currentScript = null
        }
        queueMicrotask(() => (loads ? script.onload() : script.onerror()))
      },
    },
    ...more.document,
  }
  const location = { ...placeOf(url), protocol: 'https:', ...more.location }
  const storage = options.storage ?? new Map<string, string>()
  const globals = {
    document,
    location,
    navigator: { userAgent, platform: 'iPhone' },
    sessionStorage: {
      getItem: (key: string) => storage.get(key) ?? null,
      setItem: (key: string, value: string) => storage.set(key, value),
      removeItem: (key: string) => storage.delete(key),
    },
    addEventListener: () => undefined,
    fetch: async (path: string, init?: { body?: string }) => {
      const body: unknown = init?.body === undefined ? undefined : JSON.parse(init.body)
      requested.push({ path, body })
      return Response.json(await (options.server ?? (() => ({})))(path, body))
    },
    ...(options.define === undefined ? {} : { define: options.define }),
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
    for (const name of ['wx', 'jWeixin', 'define']) Reflect.deleteProperty(globalThis, name)
  })
  vi.resetModules()
  return {
    invoked,
    requested,
    scripts,
    push: (next) => Object.assign(location, placeOf(next)),
    cover(hidden) {
      document.visibilityState = hidden ? 'hidden' : 'visible'
      for (const listener of listeners) listener()
    },
  }
}

function placeOf(url: string): object {
  const { pathname, search, hash } = new URL(url)
  return { href: url, pathname, search, hash }
}

/** The real script, from npm, in the page's window; what it leaves there is a global of the page, and the page's `define` is its. */
function run(script: string, window: Record<string, unknown>): void {
  const page = globalThis as Record<string, unknown>
  if ('define' in page) window['define'] = page['define']
  vm.runInNewContext(script, window)
  if (window['wx'] !== undefined) page['wx'] = window['wx']
}
