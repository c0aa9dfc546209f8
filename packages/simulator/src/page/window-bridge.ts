/**
 * `WeixinJSBridge` for a page in a browser window of its own, injected before the page's scripts run. The native side is the
 * process that drives the browser: it gives the page one function to be told by, and calls another to answer.
 */
import { type Answer, createBridgeCalls, landing } from './bridge-calls.ts'
import { createOverlay, type SheetShown } from './pay-sheet.ts'

/** What the driving process says. */
type Told =
  | Answer
  | { simulator: 'dialog'; text: string }
  | { simulator: 'sheet'; sheet: SheetShown }
  | { simulator: 'sheet-problem'; text: string }
  | { simulator: 'sheet-done' }

interface BridgeWindow extends Window {
  /** Given by the driving process; takes one text. */
  __simulatorTell?: (text: string) => void
  __simulatorHear?: (told: Told) => void
  WeixinJSBridge?: object
}

const page = window as unknown as BridgeWindow
const { __simulatorTell } = page
if (__simulatorTell !== undefined && page.top === page) install(__simulatorTell)

function install(send: (text: string) => void): void {
  const landingUrl = landing()
  const tell = (message: object): void =>
    send(JSON.stringify({ ...message, page: { currentUrl: location.href, landingUrl } }))
  const { bridge, hear } = createBridgeCalls(tell)
  const overlay = createOverlay(tell)

  const heard = (told: Told): void => {
    if (told.simulator === 'dialog') overlay.showDialog(told.text)
    else if (told.simulator === 'sheet') overlay.showSheet(told.sheet)
    else if (told.simulator === 'sheet-problem') overlay.showProblem(told.text)
    else if (told.simulator === 'sheet-done') overlay.hideSheet()
    else hear(told)
  }
  Object.defineProperty(page, '__simulatorHear', { value: heard })
  page.WeixinJSBridge = bridge
  document.dispatchEvent(new Event('WeixinJSBridgeReady'))
}
