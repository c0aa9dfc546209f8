/**
 * `WeixinJSBridge` as WeChat's in-app browser injects it, for pages inside the simulator's phone. It hands every call to the
 * phone (the parent window), tells it where the page is, and gives the page WeChat's user agent.
 */
import { type Answer, createBridgeCalls, landing } from './bridge-calls.ts'

interface BridgeSettings {
  /** Origin of the simulator, the only one that messages go to and are taken from. */
  origin: string
  device: 'ios' | 'android'
  userAgent: string
  /** When the bridge is there: milliseconds after the script, or `never`; at once when absent. */
  due?: string
}

interface BridgeWindow extends Window {
  __simulatorBridge?: BridgeSettings
  WeixinJSBridge?: object
  __wxjs_is_wkwebview?: boolean
}

const page = window as unknown as BridgeWindow
const settings = page.__simulatorBridge
// Only a page inside the phone gets a bridge; the same script opened elsewhere does nothing.
if (settings !== undefined && page.parent !== page && page.WeixinJSBridge === undefined) install(settings)

function install({ origin, device, userAgent, due }: BridgeSettings): void {
  const landingUrl = landing()
  const tell = (message: object): void =>
    page.parent.postMessage({ ...message, page: { currentUrl: location.href, landingUrl } }, origin)

  disguise(device, userAgent)
  followPage(() => tell({ simulator: 'moved', title: document.title }))
  // Browsers show no `alert` of a frame of another origin; jweixin's debug mode lives by it.
  page.alert = (text: unknown) => tell({ simulator: 'alert', text: `${text}` })

  const { bridge, hear } = createBridgeCalls(tell)
  page.addEventListener('message', (event: MessageEvent<Answer>) => {
    if (event.origin === origin && event.source === page.parent) hear(event.data)
  })
  whenDue(due, () => {
    page.WeixinJSBridge = bridge
    document.dispatchEvent(new Event('WeixinJSBridgeReady'))
  })
}

/** The page sees WeChat's client from here on. */
function disguise(device: BridgeSettings['device'], userAgent: string): void {
  const platform = device === 'ios' ? 'iPhone' : 'Linux aarch64'
  Object.defineProperty(navigator, 'userAgent', { configurable: true, get: () => userAgent })
  Object.defineProperty(navigator, 'platform', { configurable: true, get: () => platform })
  page.__wxjs_is_wkwebview = device === 'ios'
}

/**
 * At once; with `?bridge=500` at the script's address that many milliseconds later, with `?bridge=never` not at all. Real
 * clients are late at times, and a page has to bear it.
 */
function whenDue(usual: string | undefined, then: () => void): void {
  const script = document.currentScript
  const address = script instanceof HTMLScriptElement && URL.canParse(script.src) ? new URL(script.src) : null
  const due = address?.searchParams.get('bridge') ?? usual
  if (due === undefined) then()
  else if (due !== 'never') setTimeout(then, Number(due))
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
