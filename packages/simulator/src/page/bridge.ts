/**
 * `WeixinJSBridge` as WeChat's in-app browser injects it, for pages inside the simulator's phone. It hands every call to the
 * phone (the parent window), tells it where the page is, and gives the page WeChat's user agent.
 */

interface BridgeSettings {
  /** Origin of the simulator, the only one that messages go to and are taken from. */
  origin: string
  device: 'ios' | 'android'
}

type Callback = (result: Record<string, unknown>) => void

interface Answer {
  simulator: 'answer' | 'event'
  id?: number
  event?: string
  result: Record<string, unknown>
}

interface BridgeWindow extends Window {
  __simulatorBridge?: BridgeSettings
  WeixinJSBridge?: object
  __wxjs_is_wkwebview?: boolean
}

const USER_AGENTS = {
  ios: 'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 MicroMessenger/8.0.50(0x18003231) NetType/WIFI Language/zh_CN',
  android:
    'Mozilla/5.0 (Linux; Android 14; MI 9 Build/UKQ1.231003.002; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/126.0.6478.188 Mobile Safari/537.36 XWEB/1260093 MMWEBSDK/20240501 MMWEBID/7437 MicroMessenger/8.0.50.2701(0x2800325A) WeChat/arm64 Weixin NetType/WIFI Language/zh_CN ABI/arm64',
}

const page = window as unknown as BridgeWindow
const settings = page.__simulatorBridge
// Only a page inside the phone gets a bridge; the same script opened elsewhere does nothing.
if (settings !== undefined && page.parent !== page && page.WeixinJSBridge === undefined) install(settings)

function install({ origin, device }: BridgeSettings): void {
  const landingUrl = landing()
  const tell = (message: object): void =>
    page.parent.postMessage({ ...message, page: { currentUrl: location.href, landingUrl } }, origin)

  disguise(device)
  followPage(() => tell({ simulator: 'moved', title: document.title }))
  // Browsers show no `alert` of a frame of another origin; jweixin's debug mode lives by it.
  page.alert = (text: unknown) => tell({ simulator: 'alert', text: `${text}` })

  const bridge = createBridge(tell, origin)
  whenDue(() => {
    page.WeixinJSBridge = bridge
    document.dispatchEvent(new Event('WeixinJSBridgeReady'))
  })
}

function createBridge(tell: (message: object) => void, origin: string): object {
  const waiting = new Map<number, Callback>()
  const listeners = new Map<string, Callback[]>()
  // Numbers of one page are never those of the next, whose answers would else be mixed up.
  let count = Math.floor(Math.random() * 2 ** 40)

  page.addEventListener('message', (event: MessageEvent<Answer>) => {
    if (event.origin !== origin || event.source !== page.parent) return
    const { simulator, id, event: name, result } = event.data
    if (simulator === 'answer' && id !== undefined) {
      waiting.get(id)?.(result)
      waiting.delete(id)
    }
    if (simulator === 'event' && name !== undefined)
      for (const listener of listeners.get(name) ?? []) listener(result)
  })

  const invoke = (method: string, parameters?: object, callback?: Callback): void => {
    count += 1
    if (callback !== undefined) waiting.set(count, callback)
    // As with the native bridge, parameters travel as JSON: undefined members vanish.
    const sent: unknown = JSON.parse(JSON.stringify(parameters ?? {}))
    tell({ simulator: 'invoke', id: count, method, parameters: sent })
  }
  return {
    invoke,
    on(event: string, callback: Callback): void {
      listeners.set(event, [...(listeners.get(event) ?? []), callback])
    },
    /** The old form without an answer. */
    call: (method: string): void => invoke(method),
  }
}

/** The page sees WeChat's client from here on. */
function disguise(device: BridgeSettings['device']): void {
  const platform = device === 'ios' ? 'iPhone' : 'Linux aarch64'
  Object.defineProperty(navigator, 'userAgent', { configurable: true, get: () => USER_AGENTS[device] })
  Object.defineProperty(navigator, 'platform', { configurable: true, get: () => platform })
  page.__wxjs_is_wkwebview = device === 'ios'
}

/**
 * At once; with `?bridge=500` at the script's address that many milliseconds later, with `?bridge=never` not at all. Real
 * clients are late at times, and a page has to bear it.
 */
function whenDue(then: () => void): void {
  const script = document.currentScript
  const address = script instanceof HTMLScriptElement && URL.canParse(script.src) ? new URL(script.src) : null
  const due = address?.searchParams.get('bridge') ?? null
  if (due === null) then()
  else if (due !== 'never') setTimeout(then, Number(due))
}

/** The address of the last real load: what iOS compares signatures with, whatever the page's router did since. */
function landing(): string {
  const [navigation] = performance.getEntriesByType('navigation')
  return navigation?.name ?? location.href
}

function followPage(moved: () => void): void {
  for (const name of ['pushState', 'replaceState'] as const) {
    const original = history[name].bind(history)
    history[name] = (...parameters: Parameters<History['pushState']>) => {
      original(...parameters)
      moved()
    }
  }
  for (const event of ['popstate', 'hashchange', 'DOMContentLoaded', 'load', 'pageshow'])
    page.addEventListener(event, moved)
  // Routers set the title after the address.
  const titled = new MutationObserver(moved)
  titled.observe(document.head, { childList: true, subtree: true, characterData: true })
  moved()
}
