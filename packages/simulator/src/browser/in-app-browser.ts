/**
 * A real Chromium as WeChat's in-app browser, for sites that know nothing of a simulator: WeChat's hosts lead to it, the user
 * agent is WeChat's, and every page finds a `WeixinJSBridge` before its own scripts run.
 */
import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable, Writable } from 'node:stream'
import { z } from 'zod'
import type { Viewer } from '../bridge/bridge-host.ts'
import { USER_AGENTS } from '../bridge/user-agents.ts'
import windowBridgeScript from '../page/window-bridge.ts?script'
import { PHONE_COOKIE, phoneCookieValue } from '../viewer.ts'
import { chromiumArguments } from './chromium.ts'
import { createDevtools, type Devtools } from './devtools.ts'
import { createPageSession, type PageSession, type PayApi } from './page-session.ts'

export interface InAppBrowserOptions {
  /** The page to open. */
  url: string
  /** HTTP address of the simulator, which is the proxy as well. */
  simulatorUrl: string
  /** Base64 SHA-256 of the authority's public key. */
  publicKeyHash: string
  viewer: Viewer
  api: PayApi
  /** Path of Chromium. */
  executable: string
  isHeadless: boolean
  /** Arguments for Chromium, handed on as they are. */
  more: readonly string[]
}

export interface InAppBrowser {
  /** Settles when the browser has ended, its last page closed by the person, by the page or by `close`. */
  ended: Promise<void>
  close(): void
}

const TELL = '__simulatorTell'
const SCREEN = { width: 390, height: 780, deviceScaleFactor: 0, mobile: true }

/** Resolves when the page is being opened. Rejects when Chromium cannot be started. */
export async function openInAppBrowser(options: InAppBrowserOptions): Promise<InAppBrowser> {
  const profileFolder = await mkdtemp(join(tmpdir(), 'simulator-browser-'))
  const { executable, simulatorUrl: proxyUrl, viewer } = options
  const parameters = chromiumArguments({
    ...options,
    proxyUrl,
    profileFolder,
    userAgent: USER_AGENTS[viewer.device],
  })
  const child = spawn(executable, parameters, { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] })
  const ended = new Promise<void>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', () => resolve())
  }).finally(() => rm(profileFolder, { recursive: true, force: true, maxRetries: 3 }))

  const { 3: input, 4: output } = child.stdio
  if (!(input instanceof Writable && output instanceof Readable)) throw new Error('Chromium has no pipe')
  const devtools = createDevtools({ input, output })
  const close = (): void => void devtools.send('Browser.close').catch(() => child.kill())
  const opened = followPages(devtools, options, close)
  await devtools.send('Target.setAutoAttach', AUTO_ATTACH)
  await Promise.race([opened, ended])
  return { ended, close }
}

const AUTO_ATTACH = { autoAttach: true, waitForDebuggerOnStart: true, flatten: true }

const attached = z.object({ sessionId: z.string(), targetInfo: z.object({ type: z.string() }) })
const detached = z.object({ sessionId: z.string() })
const bindingCalled = z.object({ name: z.string(), payload: z.string() })
const frameNavigated = z.object({ frame: z.object({ parentId: z.string().optional() }) })

/** Prepares each page that there is or will be. The first one opens the address; then the promise resolves. */
function followPages(devtools: Devtools, options: InAppBrowserOptions, allClosed: () => void): Promise<void> {
  const pages = new Map<string, PageSession>()
  let firstOpened: (() => void) | undefined
  const opened = new Promise<void>((resolve) => {
    firstOpened = resolve
  })

  async function open(sessionId: string, type: string): Promise<void> {
    if (type === 'page') {
      pages.set(sessionId, sessionOf(devtools, options, sessionId))
      await prepare(devtools, options, sessionId)
    }
    await devtools.send('Runtime.runIfWaitingForDebugger', {}, sessionId)
    if (type !== 'page' || firstOpened === undefined) return
    const done = firstOpened
    firstOpened = undefined
    await devtools.send('Page.navigate', { url: options.url }, sessionId)
    done()
  }

  devtools.listen(({ method, params, sessionId = '' }) => {
    if (method === 'Target.attachedToTarget') {
      const { sessionId: opened, targetInfo } = attached.parse(params)
      // A page that is closed while it is prepared needs no more of it.
      open(opened, targetInfo.type).catch(() => undefined)
    } else if (method === 'Target.detachedFromTarget') {
      if (pages.delete(detached.parse(params).sessionId) && pages.size === 0) allClosed()
    } else if (method === 'Runtime.bindingCalled') {
      const { name, payload } = bindingCalled.parse(params)
      if (name === TELL)
        pages
          .get(sessionId)
          ?.hear(payload)
          .catch(() => undefined)
    } else if (method === 'Page.frameNavigated') {
      if (frameNavigated.parse(params).frame.parentId === undefined) pages.get(sessionId)?.navigated()
    }
  })
  return opened
}

function sessionOf(devtools: Devtools, { api, viewer }: InAppBrowserOptions, sessionId: string): PageSession {
  const tell = (message: object): void => {
    const expression = `window.__simulatorHear?.(${JSON.stringify(message)})`
    // A page that has gone hears nothing.
    devtools.send('Runtime.evaluate', { expression }, sessionId).catch(() => undefined)
  }
  return createPageSession({
    api,
    viewer,
    tell,
    closePage: () => void devtools.send('Page.close', {}, sessionId).catch(() => undefined),
  })
}

/** The bridge, the screen of a telephone, and who holds it. */
async function prepare(
  devtools: Devtools,
  { viewer, simulatorUrl }: InAppBrowserOptions,
  sessionId: string,
): Promise<void> {
  const cookie = { name: PHONE_COOKIE, value: phoneCookieValue(viewer), httpOnly: true }
  const { port } = new URL(simulatorUrl)
  const urls = ['https://open.weixin.qq.com/', `http://localhost:${port}/`]
  const calls: [string, object?][] = [
    ['Page.enable'],
    ['Runtime.enable'],
    ['Runtime.addBinding', { name: TELL }],
    ['Page.addScriptToEvaluateOnNewDocument', { source: disguise(viewer.device) + windowBridgeScript }],
    ['Emulation.setDeviceMetricsOverride', SCREEN],
    ['Network.setCookies', { cookies: urls.map((url) => ({ ...cookie, url })) }],
  ]
  await Promise.all(calls.map(([method, params]) => devtools.send(method, params, sessionId)))
}

/** What pages look at to tell the two kinds of telephone apart, beside the user agent. */
function disguise(device: Viewer['device']): string {
  const platform = device === 'ios' ? 'iPhone' : 'Linux aarch64'
  return `Object.defineProperty(navigator, 'platform', { get: () => '${platform}' });
window.__wxjs_is_wkwebview = ${device === 'ios'};`
}
