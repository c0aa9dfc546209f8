/**
 * What pages load as jweixin: our own script, behaving as the real one does towards pages and towards the bridge. Its quirks
 * (ready fires after errors, lists are rewritten in place, calls without a bridge are lost) are kept on purpose: the
 * behaviour was read off the real scripts, see `jweixin.*` in the vectors.
 */
import { callsOf, isAtLeast, SHARES } from './jweixin-calls.ts'
import { bridgeName } from './jweixin-names.ts'
import { clientVersion, reportUrl } from './jweixin-report.ts'
import { normalise } from './jweixin-results.ts'

type Result = Record<string, unknown>
type Handler = (result: Result) => void

interface CallOptions extends Result {
  success?: Handler
  fail?: Handler
  cancel?: Handler
  complete?: Handler
  trigger?: Handler
}

interface ConfigOptions extends Result {
  debug?: boolean
  beta?: boolean
  check?: boolean
  appId?: string
  timestamp?: number | string
  nonceStr?: string
  signature?: string
  jsApiList?: string[]
  openTagList?: string[]
}

interface Bridge {
  invoke(method: string, parameters: object, callback: Handler): void
  on(event: string, callback: Handler): void
}

interface JweixinWindow extends Window {
  WeixinJSBridge?: Bridge
  jWeixin?: object
  wx?: object
  define?: ((factory: () => object) => void) & { amd?: unknown; cmd?: unknown }
  __wxjs_environment?: string
  /** Set by the server above this script. */
  __jweixinVersion?: string
}

const page = window as unknown as JweixinWindow
const version = page.__jweixinVersion ?? '1.6.0'
/** Reports go to where the script came from: those of a simulated page must not reach the real WeChat. */
const reportOrigin = originOf(document.currentScript) ?? 'https://open.weixin.qq.com'

if (page.jWeixin === undefined) publish(createJweixin())

function publish(jweixin: object): void {
  // With a module loader on the page there are no globals at all; pages that expect `window.wx` break there, as with the real one.
  if (typeof page.define === 'function' && (page.define.amd !== undefined || page.define.cmd !== undefined))
    page.define(() => jweixin)
  else page.wx = page.jWeixin = jweixin
}

function createJweixin(): object {
  const begun = Date.now()
  const userAgent = navigator.userAgent.toLowerCase()
  const inWechat = userAgent.includes('micromessenger')
  const device = userAgent.includes('android') ? 'android' : /iphone|ipad/.test(userAgent) ? 'ios' : 'other'
  const readyHandlers: (() => void)[] = []
  let configured: ConfigOptions = {}
  /** 0: no answer yet; 1: answered; -1: refused while nobody listened for errors. */
  let state: 0 | 1 | -1 = 0
  let answer: Result = {}
  let onError: Handler | undefined

  function config(options: ConfigOptions): void {
    configured = options
    log('config', options)
    addOpenEnds()
    if (options.check === false) {
      state = 1
      for (const handler of readyHandlers) handler()
    } else if (inWechat) whenBridge(verifyPage)
  }

  function verifyPage(): void {
    const asked = Date.now()
    const parameters = {
      verifyJsApiList: rewritten(configured.jsApiList),
      ...(isAtLeast(version, '1.6.0') && configured.openTagList !== undefined
        ? { verifyOpenTagList: configured.openTagList }
        : {}),
    }
    const refused: Handler = (result) => {
      // With a listener the state stays "answered": ready says nothing about success.
      if (onError === undefined) state = -1
      else onError(result)
    }
    invoke('config', 'preVerifyJSAPI', parameters, {
      fail: refused,
      cancel: refused,
      complete(result) {
        for (const handler of readyHandlers) handler()
        report(outcomeOf(result) === 'ok', asked)
      },
    })
  }

  function ready(handler: () => void): void {
    if (state !== 0) return handler()
    readyHandlers.push(handler)
    if (!inWechat && configured.debug === true) handler()
  }

  function error(handler: Handler): void {
    // The real script compares versions as texts, too: client 10 would count as old.
    if (clientVersion(userAgent) < '6.0.2') return
    if (state === -1) handler(answer)
    onError = handler
  }

  function invoke(name: string, method: string, parameters: object, options: CallOptions): void {
    const bridge = page.WeixinJSBridge
    if (bridge === undefined) return log(name, options)
    bridge.invoke(method, proven(parameters), (native) => settle(name, native, options))
  }

  function listen(name: string, options: CallOptions, then: () => void): void {
    const bridge = page.WeixinJSBridge
    if (bridge === undefined) return log(name, options)
    bridge.on(bridgeName(name), (native) => {
      options.trigger?.(native)
      then()
    })
  }

  function settle(name: string, native: Result, options: CallOptions): void {
    const result = normalise(name, native, { version, device })
    if (name === 'config') {
      state = 1
      answer = result
    }
    if (configured.debug === true) alert(JSON.stringify(result))
    const outcome = outcomeOf(result)
    if (outcome === 'ok') options.success?.(result)
    else if (outcome === 'cancel') options.cancel?.(result)
    else options.fail?.(result)
    options.complete?.(result)
  }

  /** Every call proves itself with the configuration's signature. */
  function proven(parameters: object): Result {
    return {
      ...parameters,
      appId: configured.appId,
      verifyAppId: configured.appId,
      verifySignType: 'sha1',
      verifyTimestamp: `${configured.timestamp}`,
      verifyNonceStr: configured.nonceStr,
      verifySignature: configured.signature,
    }
  }

  /** Debug shows the configuration, and without a bridge each call. */
  function log(name: string, options: object): void {
    // biome-ignore lint/suspicious/noConsole: pages with debug on expect it
    if (configured.debug === true) console.log(`"${name}",`, options)
  }

  function report(verified: boolean, asked: number): void {
    if (configured.debug === true) return
    const answered = Date.now()
    page.WeixinJSBridge?.invoke('getNetworkType', {}, (native) => {
      const { networkType } = normalise('getNetworkType', native, { version, device })
      const url = reportUrl(
        reportOrigin,
        { userAgent, platform: navigator.platform },
        {
          verified,
          appId: `${configured.appId}`,
          network: typeof networkType === 'string' ? networkType : '',
          startupMs: asked - begun,
          verificationMs: answered - asked,
          url: location.href,
        },
      )
      if (url !== undefined) new Image().src = url
    })
  }

  /** `wx.invoke` and `wx.on` appear with the configuration; before 1.3 only when it says `beta`. */
  function addOpenEnds(): void {
    if (!isAtLeast(version, '1.3.0') && configured.beta !== true) return
    jweixin['invoke'] = (method: string, parameters: object, callback: Handler) =>
      page.WeixinJSBridge?.invoke(method, proven(parameters), callback)
    jweixin['on'] = (event: string, callback: Handler) => page.WeixinJSBridge?.on(event, callback)
  }

  const jweixin: Record<string, unknown> = {
    config,
    ready,
    error,
    checkJsApi: (options: CallOptions & { jsApiList?: string[] }) =>
      invoke('checkJsApi', 'checkJsApi', { jsApiList: rewritten(options.jsApiList) }, options),
    onSearchBeacons: (options: CallOptions = {}) =>
      listen('onSearchBeacons', options, () => options.complete?.({})),
    ...(isAtLeast(version, '1.3.0') ? { miniProgram: miniProgram(proven) } : {}),
  }
  for (const [name, share] of Object.entries(SHARES)) {
    jweixin[name] = (options: CallOptions = {}) =>
      listen(name, options, () => {
        const shared = share.parameters(options, { title: document.title, url: location.href })
        invoke(name, share.method, shared, options)
      })
  }
  for (const [name, parameters] of Object.entries(callsOf(version))) {
    jweixin[name] = (options: CallOptions = {}) =>
      invoke(name, bridgeName(name), parameters(options), options)
  }
  return jweixin
}

/** `wx.miniProgram`: pages inside a mini program's web-view talk to it. */
function miniProgram(proven: (parameters: object) => object): Record<string, unknown> {
  const send = (name: string) => (arg: object) =>
    whenBridge(() =>
      page.WeixinJSBridge?.invoke('invokeMiniProgramAPI', proven({ name, arg }), () => undefined),
    )
  const names = ['navigateBack', 'navigateTo', 'redirectTo', 'switchTab', 'reLaunch', 'postMessage']
  return {
    ...Object.fromEntries(names.map((name) => [name, send(name)])),
    getEnv: (handler: (environment: { miniprogram: boolean }) => void) =>
      whenBridge(() => handler({ miniprogram: page.__wxjs_environment === 'miniprogram' })),
  }
}

function whenBridge(then: () => void): void {
  if (page.WeixinJSBridge !== undefined) then()
  else document.addEventListener('WeixinJSBridgeReady', then, false)
}

/** The page's own array is changed to bridge names, as the real script does. */
function rewritten(list: string[] = []): string[] {
  for (const [index, name] of list.entries()) list[index] = bridgeName(name)
  return list
}

function outcomeOf(result: Result): string {
  const text = `${result['errMsg'] ?? ''}`
  return text.slice(text.indexOf(':') + 1)
}

function originOf(script: unknown): string | undefined {
  if (typeof script !== 'object' || script === null || !('src' in script)) return undefined
  const { src } = script
  return typeof src === 'string' && URL.canParse(src) ? new URL(src).origin : undefined
}
