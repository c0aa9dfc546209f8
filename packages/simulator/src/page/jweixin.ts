/**
 * What pages load as jweixin: our own script, behaving as the real one does towards pages and towards the bridge. Its quirks
 * (ready fires after errors, lists are rewritten in place, calls without a bridge are lost) are kept on purpose: the
 * behaviour was read off the real scripts, see `jweixin.*` in the vectors.
 */
import { bridgeName, pageName } from './jweixin-names.ts'
import { normalise } from './jweixin-results.ts'

type Result = Record<string, unknown>
type Handler = (result?: Result) => void

interface CallOptions extends Result {
  success?: Handler
  fail?: Handler
  cancel?: Handler
  complete?: Handler
  trigger?: Handler
}

interface ConfigOptions extends CallOptions {
  debug?: boolean
  check?: boolean
  appId?: string
  timestamp?: number | string
  nonceStr?: string
  signature?: string
  jsApiList?: string[]
  openTagList?: string[]
}

interface Bridge {
  invoke(method: string, parameters: object, callback: (result: Result) => void): void
  on(event: string, callback: (result: Result) => void): void
}

interface JweixinWindow extends Window {
  WeixinJSBridge?: Bridge
  jWeixin?: object
  wx?: object
  define?: ((factory: () => object) => void) & { amd?: unknown; cmd?: unknown }
  __jweixinVersion?: string
}

const page = window as unknown as JweixinWindow
const version = page.__jweixinVersion ?? '1.6.0'
/** Names of methods that take what the page gives, under another name or none; the rest is made below. */
const PLAIN = [
  'onMenuShareTimeline,onMenuShareAppMessage,onMenuShareQQ,onMenuShareWeibo,onMenuShareQZone,updateAppMessageShareData',
  'updateTimelineShareData,startRecord,stopRecord,playVoice,pauseVoice,stopVoice,uploadVoice,downloadVoice,translateVoice',
  'chooseImage,previewImage,uploadImage,downloadImage,getLocalImgData,getNetworkType,openLocation,getLocation',
  'hideOptionMenu,showOptionMenu,closeWindow,hideMenuItems,showMenuItems,hideAllNonBaseMenuItem,showAllNonBaseMenuItem',
  'scanQRCode,openAddress,openProductSpecificView,addCard,chooseCard,openCard,openEnterpriseRedPacket',
].flatMap((names) => names.split(','))

if (page.jWeixin === undefined) define(createJweixin())

function define(jweixin: object): void {
  // With a module loader on the page there are no globals at all; pages that expect `window.wx` break there, as with the real one.
  if (typeof page.define === 'function' && (page.define.amd !== undefined || page.define.cmd !== undefined))
    page.define(() => jweixin)
  else page.wx = page.jWeixin = jweixin
}

function createJweixin(): object {
  const userAgent = navigator.userAgent.toLowerCase()
  const inWechat = userAgent.includes('micromessenger')
  const device = userAgent.includes('android') ? 'android' : /iphone|ipad/.test(userAgent) ? 'ios' : 'other'
  const begun = Date.now()
  let configured: ConfigOptions = {}
  let last: { state: 0 | 1 | -1; result: Result } = { state: 0, result: {} }
  let onError: Handler | undefined
  let onReady: Handler[] = []

  /** Outside WeChat, where there is no bridge, debug shows what would have been asked. */
  const log = (method: string, parameters: object): void => {
    // biome-ignore lint/suspicious/noConsole: pages with debug on expect it
    if (configured.debug === true) console.log(`"${method}",`, parameters)
  }

  const verified = (parameters: object): Result => ({
    ...parameters,
    appId: configured.appId,
    verifyAppId: configured.appId,
    verifySignType: 'sha1',
    verifyTimestamp: `${configured.timestamp}`,
    verifyNonceStr: configured.nonceStr,
    verifySignature: configured.signature,
  })

  const invoke = (
    method: string,
    parameters: object,
    options: CallOptions,
    name: string = pageName(method),
  ): void => {
    const bridge = page.WeixinJSBridge
    if (bridge === undefined) log(method, parameters)
    bridge?.invoke(method, verified(parameters), (native) =>
      settle(normalise(name, native, { version, device }), options, name),
    )
  }

  const settle = (result: Result, options: CallOptions, name: string): void => {
    if (configured.debug === true) alert(JSON.stringify(result))
    const text = `${result['errMsg'] ?? ''}`
    const outcome = text.slice(text.indexOf(':') + 1)
    if (outcome === 'ok') options.success?.(result)
    else if (outcome === 'cancel') options.cancel?.(result)
    else options.fail?.(result)
    options.complete?.(result)
    if (name === 'config') sendReport(outcome === 'ok')
  }

  const verifyPage = (): void => {
    const parameters = {
      verifyJsApiList: rewritten(configured.jsApiList),
      ...(version === '1.6.0' && configured.openTagList !== undefined
        ? { verifyOpenTagList: configured.openTagList }
        : {}),
    }
    const options: CallOptions = {
      success: (result) => finished(1, result ?? {}),
      cancel: (result) => failed(result ?? {}),
      fail: (result) => failed(result ?? {}),
      complete: () => {
        for (const handler of onReady) handler()
        onReady = []
      },
    }
    invoke('preVerifyJSAPI', parameters, options, 'config')
  }
  const finished = (state: 1 | -1, result: Result): void => {
    last = { state, result }
  }
  const failed = (result: Result): void => {
    // State 1 even after a failure that a handler took: `ready` works then, and says nothing about success.
    finished(onError === undefined ? -1 : 1, result)
    onError?.(result)
  }

  const sendReport = (ok: boolean): void => {
    if (configured.debug === true || /mac|win/i.test(navigator.platform) || device === 'other') return
    page.WeixinJSBridge?.invoke('getNetworkType', {}, (network) => {
      const query = new URLSearchParams({
        v: '1',
        o: ok ? '0' : '1',
        s: device === 'ios' ? '1' : '2',
        c: /micromessenger\/(\d+\.\d+\.\d+)/.exec(userAgent)?.[1] ?? '',
        a: configured.appId ?? '',
        n: `${network['err_msg'] ?? ''}`.replace('network_type:', ''),
        i: `${Date.now() - begun}`,
        p: '0',
        u: location.href,
        jsapi_name: '',
      })
      new Image().src = `https://open.weixin.qq.com/sdk/report?${query}`
    })
  }

  const jweixin: Record<string, unknown> = {
    config(options: ConfigOptions) {
      configured = options
      if (page.WeixinJSBridge === undefined) log('config', options)
      if (options.check === false) {
        last = { state: 1, result: {} }
        for (const handler of onReady) handler()
        onReady = []
        return
      }
      if (inWechat) whenBridge(verifyPage)
    },
    ready(handler: Handler) {
      if (last.state !== 0) handler()
      else onReady.push(handler)
      if (!inWechat && configured.debug === true) handler()
    },
    error(handler: Handler) {
      onError = handler
      if (last.state === -1) handler(last.result)
    },
    checkJsApi: (options: CallOptions & { jsApiList: string[] }) =>
      invoke('checkJsApi', { jsApiList: rewritten(options.jsApiList) }, options),
    chooseWXPay: (options: CallOptions) =>
      invoke(
        'getBrandWCPayRequest',
        {
          timeStamp: `${options['timestamp']}`,
          nonceStr: options['nonceStr'],
          package: options['package'],
          paySign: options['paySign'],
          signType: options['signType'] ?? 'SHA1',
        },
        options,
      ),
    invoke: (method: string, parameters: object, callback: Handler) =>
      page.WeixinJSBridge?.invoke(method, verified(parameters), callback),
    on: (event: string, callback: Handler) => page.WeixinJSBridge?.on(event, callback),
  }
  for (const name of PLAIN) {
    jweixin[name] ??= (options: CallOptions = {}) =>
      invoke(bridgeName(name), withoutHandlers(options), options, name)
  }
  return jweixin
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

function withoutHandlers(options: CallOptions): object {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => typeof value !== 'function'))
}
