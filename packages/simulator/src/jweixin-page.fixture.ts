/** A page with just enough of a window to run a jweixin, and a bridge that writes down what it is asked. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import vm from 'node:vm'
import ours from './page/jweixin.ts?script'

export type Wx = Record<string, (argument?: unknown) => void>
type Answer = (result: object) => void

export interface JweixinPage {
  wx: Wx
  window: Record<string, unknown>
  invoked: { method: string; parameters: Record<string, unknown>; answer: Answer }[]
  /** Everything that a person could see happen: alerts and lines of the console. */
  shown: unknown[]
  /** Addresses of images asked for. */
  images: string[]
  /** The bridge appears now. */
  arrive(): void
  /** The person uses the menu of WeChat's browser. */
  emit(event: string): void
  /** Runs what the script put off. */
  later(): void
}

export interface PageOptions {
  script: string
  userAgent: string
  platform?: string
  href?: string
  /** What the bridge answers at once; undefined for nothing yet. */
  answer?: (method: string) => object | undefined
  bridge?: 'at once' | 'later' | 'never'
  /** Other globals, such as a module loader. */
  globals?: Record<string, unknown>
}

/** Our script as the server hands it out. */
export function ourScript(version: string): string {
  return `window.__jweixinVersion=${JSON.stringify(version)};${ours}`
}

/** The real script from its npm package, which wraps it for CommonJS. */
export function realScript(packageName: string): string {
  const path = createRequire(import.meta.url).resolve(packageName)
  return `var module = {};${readFileSync(path, 'utf8')};window.wx = module.exports`
}

export function openPage(options: PageOptions): JweixinPage {
  const invoked: JweixinPage['invoked'] = []
  const events = new Map<string, Answer>()
  const readyListeners: (() => void)[] = []
  const delayed: (() => void)[] = []
  const shown: unknown[] = []
  const images: string[] = []
  const bridge = {
    invoke(method: string, parameters: Record<string, unknown>, callback?: Answer): void {
      const answer: Answer = (result) => callback?.(structuredClone(result))
      invoked.push({ method, parameters: JSON.parse(JSON.stringify(parameters)), answer })
      const result = options.answer?.(method)
      if (result !== undefined) answer(result)
    },
    on: (event: string, callback: Answer) => events.set(event, callback),
  }
  const window: Record<string, unknown> = {
    navigator: { userAgent: options.userAgent, platform: options.platform ?? 'iPhone' },
    location: { href: options.href ?? 'https://a.example.com/p?x=1#h', protocol: 'https:' },
    document: {
      title: '明前龙井',
      addEventListener: (event: string, listener: () => void) =>
        event === 'WeixinJSBridgeReady' && readyListeners.push(listener),
    },
    performance: { timing: {} },
    setTimeout: (work: () => void) => delayed.push(work),
    alert: (text: unknown) => shown.push(['alert', text]),
    console: { log: (...words: unknown[]) => shown.push(['console.log', ...words]) },
    Image: class {
      set src(address: string) {
        images.push(address)
      }
    },
    URL,
    ...options.globals,
  }
  window['window'] = window
  if ((options.bridge ?? 'at once') === 'at once') window['WeixinJSBridge'] = bridge
  vm.runInNewContext(options.script, window)
  return {
    wx: window['wx'] as Wx,
    window,
    invoked,
    shown,
    images,
    arrive() {
      window['WeixinJSBridge'] = bridge
      for (const listener of readyListeners) listener()
    },
    emit: (event) => events.get(event)?.({}),
    later() {
      for (const work of delayed.splice(0)) work()
    },
  }
}
