/** jweixin: loaded once, from the second host if the first fails; configured once for each address. Source: JS-SDK docs. */
import type { ChooseWXPayParameters, PageConfiguration } from '@shouyin/checkout/contract'
import { type SheetOutcome, sheetOutcome } from './bridge.ts'

interface Result {
  errMsg?: string
}

/** As much of jweixin as is used here. */
export interface Jweixin {
  config(options: Omit<PageConfiguration, 'url'>): void
  ready(handler: () => void): void
  error(handler: (result: Result) => void): void
  chooseWXPay(options: ChooseWXPayParameters & { complete: (result: Result) => void }): void
}

interface ScriptWindow {
  wx?: Partial<Jweixin>
  jWeixin?: Partial<Jweixin>
  define?: unknown
}

const page = globalThis as unknown as ScriptWindow
let loading: Promise<Jweixin | undefined> | undefined
let configured: { url: string; outcome: Promise<string> } | undefined

/** jweixin from the page, from npm, or from the addresses in order; undefined when none can be had. Loads once. */
export function loadJweixin(urls: readonly string[]): Promise<Jweixin | undefined> {
  loading ??= (async () => {
    for (const url of urls) {
      if (present() !== undefined) break
      await addScript(url)
    }
    const found = present()
    if (found === undefined) loading = undefined
    return found
  })()
  return loading
}

function present(): Jweixin | undefined {
  return [page.wx, page.jWeixin].find((wx): wx is Jweixin => typeof wx?.config === 'function')
}

function addScript(url: string): Promise<void> {
  return new Promise((resolve) => {
    const script = document.createElement('script')
    const { define } = page
    // With an AMD loader on the page the script would define a module and no `wx`.
    page.define = undefined
    script.onload = script.onerror = () => {
      page.define = define
      resolve()
    }
    script.src = url
    document.head.append(script)
  })
}

/**
 * `wx.config` for one signed address; `ok`, or why not (`invalid signature`, `timeout`). The real script calls ready after an
 * error too, so the error is waited for first; of a second configuration it calls ready at once, whatever comes of it, which is
 * why a sheet that is not let through is opened by the bridge.
 */
export function configure(
  wx: Jweixin,
  { url, ...options }: PageConfiguration,
  timeoutMs: number,
): Promise<string> {
  if (configured?.url === url) return configured.outcome
  const outcome = new Promise<string>((resolve) => {
    wx.error(({ errMsg = '' }) => resolve(errMsg.slice(errMsg.indexOf(':') + 1).replace(/^fail,\s*/, '')))
    wx.ready(() => resolve('ok'))
    setTimeout(() => resolve('timeout'), timeoutMs)
    // The script rewrites the list in place.
    wx.config({ ...options, jsApiList: [...options.jsApiList] })
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
