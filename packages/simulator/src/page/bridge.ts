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
  const waiting = new Map<number, Callback>()
  const listeners = new Map<string, Callback[]>()
  const landingUrl = landing()
  let count = 0

  const tell = (message: object): void =>
    page.parent.postMessage({ ...message, page: { currentUrl: location.href, landingUrl } }, origin)
  const moved = (): void => tell({ simulator: 'moved', title: document.title })

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

  const bridge = {
    invoke(method: string, parameters?: object, callback?: Callback): void {
      count += 1
      if (callback !== undefined) waiting.set(count, callback)
      // As the native bridge does, parameters travel as JSON: undefined members vanish.
      tell({
        simulator: 'invoke',
        id: count,
        method,
        parameters: JSON.parse(JSON.stringify(parameters ?? {})) as object,
      })
    },
    on(event: string, callback: Callback): void {
      listeners.set(event, [...(listeners.get(event) ?? []), callback])
    },
    call(method: string): void {
      bridge.invoke(method)
    },
  }

  Object.defineProperty(navigator, 'userAgent', { configurable: true, get: () => USER_AGENTS[device] })
  Object.defineProperty(navigator, 'platform', {
    configurable: true,
    get: () => (device === 'ios' ? 'iPhone' : 'Linux aarch64'),
  })
  page.__wxjs_is_wkwebview = device === 'ios'
  page.WeixinJSBridge = bridge
  document.dispatchEvent(new Event('WeixinJSBridgeReady'))
  followHistory(moved)
  moved()
}

/** The address of the last real load: what iOS compares signatures with, whatever the page's router did since. */
function landing(): string {
  const [navigation] = performance.getEntriesByType('navigation')
  return navigation?.name ?? location.href
}

function followHistory(moved: () => void): void {
  for (const name of ['pushState', 'replaceState'] as const) {
    const original = history[name].bind(history)
    history[name] = (...parameters: Parameters<History['pushState']>) => {
      original(...parameters)
      moved()
    }
  }
  page.addEventListener('popstate', moved)
  page.addEventListener('DOMContentLoaded', moved)
  page.addEventListener('load', moved)
}
