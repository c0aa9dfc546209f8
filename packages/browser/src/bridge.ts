/** `WeixinJSBridge`, which WeChat puts into its pages. Source: WeChat Pay docs, "JSAPI调起支付". */
import type { BridgePaymentParameters } from '@shouyin/checkout/contract'

/** Newer clients spell it `errMsg`. */
interface BridgeResult {
  err_msg?: string
  errMsg?: string
}

export interface Bridge {
  invoke(method: string, parameters: object, callback: (result: BridgeResult) => void): void
}

declare global {
  interface Window {
    WeixinJSBridge?: Bridge
  }
}

export type SheetOutcome = { outcome: 'ok' | 'cancel' } | { outcome: 'fail'; reason: string }

/** The bridge, now or when it is ready; undefined when it does not come in time. */
export function bridge(timeoutMs: number): Promise<Bridge | undefined> {
  if (window.WeixinJSBridge !== undefined) return Promise.resolve(window.WeixinJSBridge)
  return new Promise((resolve) => {
    const done = (): void => resolve(window.WeixinJSBridge)
    document.addEventListener('WeixinJSBridgeReady', done, { once: true })
    setTimeout(done, timeoutMs)
  })
}

/** Opens the pay sheet without jweixin; needs no `wx.config`, only the pay directory. */
export function payByBridge(bridge: Bridge, parameters: BridgePaymentParameters): Promise<SheetOutcome> {
  return new Promise((resolve) => {
    bridge.invoke('getBrandWCPayRequest', parameters, ({ err_msg, errMsg }) =>
      resolve(sheetOutcome(err_msg ?? errMsg ?? '')),
    )
  })
}

/** `…:ok` and `…:cancel` are exact; every other text is a failure. */
export function sheetOutcome(message: string): SheetOutcome {
  const text = message.slice(message.indexOf(':') + 1)
  return text === 'ok' || text === 'cancel' ? { outcome: text } : { outcome: 'fail', reason: text }
}
