/** jweixin: loaded once, from the second host if the first fails; configured once for each address. Source: JS-SDK docs. */
import type { ChooseWXPayParameters, PageConfiguration } from '@shouyin/checkout/contract'
import { bridge, type SheetOutcome, sheetOutcome } from './bridge.ts'

interface Result {
  errMsg?: string
}

/** As much of jweixin as is used here. */
export interface Jweixin {
  config(options: Omit<PageConfiguration, 'url'>): void
  ready(handler: () => void): void
  error(handler: (result: Result) => void): void
  checkJsApi(options: { jsApiList: string[]; complete: () => void }): void
  chooseWXPay(options: ChooseWXPayParameters & { complete: (result: Result) => void }): void
}

type Define = (...module: unknown[]) => unknown

interface ScriptWindow {
  wx?: Partial<Jweixin>
  jWeixin?: Partial<Jweixin>
  define?: Define
}

const page = globalThis as unknown as ScriptWindow
/** A host that does not answer must not keep the second one waiting. */
const SCRIPT_WITHIN_MS = 4000
let loading: Promise<Jweixin | undefined> | undefined
let configured: { url: string; outcome: Promise<string> } | undefined
/** Whether this script, and nobody before it, is about to configure jweixin for the first time. */
let untouched = false

/** jweixin as the page has it, or from the addresses in order; undefined when none can be had. Loads once. */
export function loadJweixin(urls: readonly string[]): Promise<Jweixin | undefined> {
  loading ??= loadFirst(urls)
  return loading
}

async function loadFirst(urls: readonly string[]): Promise<Jweixin | undefined> {
  const there = present()
  if (there !== undefined) return there
  untouched = true
  for (const url of urls) {
    await addScript(url)
    const found = present()
    if (found !== undefined) return found
  }
  // The next call may try again: a telephone comes out of a tunnel.
  loading = undefined
  return undefined
}

/** `wx` is also the name of other things, among them mini programs' own object. */
function present(): Jweixin | undefined {
  return [page.jWeixin, page.wx].find((wx): wx is Jweixin => typeof wx?.config === 'function')
}

function addScript(url: string): Promise<void> {
  return new Promise((resolve) => {
    const script = document.createElement('script')
    const giveBack = answerDefine(script)
    const done = (): void => {
      giveBack()
      resolve()
    }
    script.onload = script.onerror = done
    setTimeout(done, SCRIPT_WITHIN_MS)
    script.src = url
    document.head.append(script)
  })
}

/** On a page with an AMD or CMD loader the script hands its module to `define` and leaves no `wx`; its call, and no other, ends here. */
function answerDefine(script: HTMLScriptElement): () => void {
  const { define } = page
  if (typeof define !== 'function') return () => undefined
  const standIn: Define = (...module) => {
    const factory = module.at(-1)
    if (document.currentScript !== script || typeof factory !== 'function') return define(...module)
    page.jWeixin = factory() as Partial<Jweixin>
    return undefined
  }
  page.define = Object.assign(standIn, define)
  return () => {
    page.define = define
  }
}

/**
 * `wx.config` for one signed address; `ok`, or why not (`invalid signature`, `timeout`). The real script calls ready after an
 * error too, so the error handler is asked first. Of a second configuration it calls ready at once, whatever comes of it; there
 * another call is sent behind, whose answer cannot come before the verdict.
 */
export function configure(
  wx: Jweixin,
  { url, ...options }: PageConfiguration,
  timeoutMs: number,
): Promise<string> {
  if (configured?.url === url) return configured.outcome
  const outcome = new Promise<string>((resolve) => {
    const ok = (): void => resolve('ok')
    wx.error(({ errMsg = '' }) => resolve(errMsg.slice(errMsg.indexOf(':') + 1).replace(/^fail,\s*/, '')))
    setTimeout(() => resolve('timeout'), timeoutMs)
    // The script rewrites the list in place.
    wx.config({ ...options, jsApiList: [...options.jsApiList] })
    if (untouched) wx.ready(ok)
    // Any call but `config` is lost while there is no bridge.
    else void bridge(timeoutMs).then(() => wx.checkJsApi({ jsApiList: ['chooseWXPay'], complete: ok }))
    untouched = false
  })
  configured = { url, outcome }
  void outcome.then((text) => {
    if (text !== 'ok') configured = undefined
  })
  return outcome
}

export function payByJweixin(wx: Jweixin, parameters: ChooseWXPayParameters): Promise<SheetOutcome> {
  return new Promise((resolve) => {
    wx.chooseWXPay({ ...parameters, complete: ({ errMsg = '' }) => resolve(sheetOutcome(errMsg)) })
  })
}
