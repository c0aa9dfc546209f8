/**
 * The native side of `WeixinJSBridge`: what WeChat's client does when a page calls. The simulator's server judges
 * signatures and payments; the client, which is the phone or a real browser, keeps the permissions of the open page and
 * shows dialogs and the pay sheet.
 */

export interface Viewer {
  userId: string
  device: 'ios' | 'android'
  /** How the page is opened; from the account's chat or menu a follower is not asked for consent. */
  entry: 'menu' | 'chat' | 'link'
  /** `late` brings the bridge a while after the page, `bare` none at all; `old` is of before WeChat Pay (微信版本过低). */
  client?: 'current' | 'late' | 'bare' | 'old'
  /** Which hosts of jweixin answer; `emptied` is a script that something in between took out. */
  jweixin?: 'both' | 'second' | 'emptied'
  /** Looks at a snapshot (快照页). */
  snapshot?: boolean
}

/** A page in the in-app browser: where it is, and where its last real load was. */
export interface BridgePage {
  currentUrl: string
  landingUrl: string
}

/** A call of the bridge by a page, as the simulator wants it told. */
export interface BridgeCall {
  viewer: Viewer
  page: BridgePage
  parameters: Record<string, unknown>
}

/** What the pay sheet shows. Sums in fen. */
export interface Sheet {
  prepayId: string
  payee: string
  body: string
  totalFee: number
  /** What the payer has to give: the total without coupons. */
  cashFee: number
  coupons: { name: string; fee: number }[]
  /** The orders of a combined one (合单); empty for a single order. */
  parts: { payee: string; body: string; totalFee: number }[]
  methods: SheetMethod[]
}

export interface SheetMethod {
  /** `balance` (零钱), or the last digits of a bank card. */
  id: string
  name: string
  balanceFee: number
  /** Why it cannot pay this; absent when it can. */
  problem?: string
}

/** What the page hears of the pay sheet. */
export type SheetOutcome = 'ok' | 'cancel' | 'fail'

/** How the payer's bank takes a payment, as the person at the phone wishes it. */
export type Ending = 'paid' | 'refused' | 'slow'

export interface PasswordEntry {
  userId: string
  prepayId: string
  password: string
  method: string
  ending: Ending
}

export type PasswordAnswer =
  /** `processing`: the bank has not answered, the payment takes effect a while later. */
  | { outcome: 'paid' | 'processing' }
  /** `again`: the sheet stays, another password or method may do. */
  | { outcome: 'again' | 'failed'; words: string }

/** What is shown of a page in a conversation. */
export interface SharedPage {
  title: string
  description: string
  url: string
}

/** What the server is asked. */
export interface BridgeApi {
  /** The bridge's own answer to `preVerifyJSAPI`. */
  config(call: BridgeCall): Promise<NativeAnswer>
  /** A sheet to show, or the dialog that WeChat shows in its place. */
  cashier(call: BridgeCall): Promise<{ sheet?: Sheet; dialog?: string }>
}

/** A call as it arrives from the page's script. */
export interface Invocation {
  method: string
  parameters: Record<string, unknown>
  page: BridgePage
}

export type NativeAnswer = Record<string, unknown>

/** What a call can make the client do. */
export interface Handset {
  viewer(): Viewer
  /** Resolves when the person has read it. */
  showDialog(text: string): Promise<void>
  /** Resolves when the person has paid or closed the sheet. */
  showSheet(sheet: Sheet): Promise<SheetOutcome>
  /** False when the person is not sharing at all: pages cannot share by themselves. */
  sendLink(shared: SharedPage): boolean
  closePage(): void
  /** The `···` at the upper right. */
  showOptionMenu(shown: boolean): void
}

export interface BridgeHost {
  answer(call: Invocation): Promise<NativeAnswer>
}

type Method = (call: Invocation) => NativeAnswer | Promise<NativeAnswer>

const OFFLINE = 'fail, the permission value is offline verifying'

/** One host for one visit of a page: a new one has granted nothing yet. */
export function createBridgeHost(api: BridgeApi, handset: Handset): BridgeHost {
  /** Bridge names that `wx.config` was granted, by the signature that it was granted with. */
  const granted = new Map<string, ReadonlySet<string>>()
  let isPaying = false
  /** 自定义分享: what the page wants to be shared as, once it said so. */
  let shareData: Record<string, unknown> = {}

  const methods: Record<string, Method> = {
    async preVerifyJSAPI({ page, parameters }) {
      const answer = await api.config({ viewer: handset.viewer(), page, parameters })
      if (answer['err_msg'] === 'preVerifyJSAPI:ok')
        granted.set(proofOf(parameters), new Set(names(parameters['verifyJsApiList'])))
      return answer
    },
    async getBrandWCPayRequest(call) {
      // A second tap while the sheet is up opens nothing.
      if (isPaying) return outcome('get_brand_wcpay_request', 'fail')
      isPaying = true
      try {
        return outcome('get_brand_wcpay_request', await pay(call))
      } finally {
        isPaying = false
      }
    },
    checkJsApi({ parameters }) {
      const result = Object.fromEntries(
        names(parameters['jsApiList']).map((name) => [name, Object.hasOwn(methods, name)]),
      )
      // Android hands the list over as text.
      const checkResult = handset.viewer().device === 'android' ? JSON.stringify(result) : result
      return { ...outcome('checkJsApi', 'ok'), checkResult }
    },
    getNetworkType: () => outcome('network_type', 'wifi'),
    closeWindow() {
      handset.closePage()
      return outcome('close_window', 'ok')
    },
    hideOptionMenu() {
      handset.showOptionMenu(false)
      return outcome('hide_option_menu', 'ok')
    },
    showOptionMenu() {
      handset.showOptionMenu(true)
      return outcome('show_option_menu', 'ok')
    },
    updateAppMessageShareData({ parameters }) {
      shareData = parameters
      return outcome('updateAppMessageShareData', 'ok')
    },
    sendAppMessage: send,
  }

  function send({ page, parameters }: Invocation): NativeAnswer {
    const given = { ...parameters, ...shareData }
    const url = text(given['link']) || page.currentUrl
    const description = text(given['desc']) || new URL(page.currentUrl).host
    const isSent = handset.sendLink({ title: text(given['title']) || url, description, url })
    return outcome('send_app_msg', isSent ? 'confirm' : 'fail')
  }

  async function pay({ page, parameters }: Invocation): Promise<SheetOutcome> {
    const { sheet, dialog } = await api.cashier({ viewer: handset.viewer(), page, parameters })
    if (sheet !== undefined) return handset.showSheet(sheet)
    await handset.showDialog(dialog ?? '支付失败')
    // Current clients report an error that the person was shown as a cancellation.
    return 'cancel'
  }

  /** jweixin proves every call; a bare `WeixinJSBridge.invoke` carries no proof and needs none. */
  function isPermitted({ method, parameters }: Invocation): boolean {
    if (ALWAYS_PERMITTED.includes(method) || parameters['verifyAppId'] === undefined) return true
    return granted.get(proofOf(parameters))?.has(PERMITTED_BY[method] ?? method) === true
  }

  return {
    async answer(call) {
      const method = Object.hasOwn(methods, call.method) ? methods[call.method] : undefined
      const isTooNew = handset.viewer().client === 'old' && !KNOWN_OF_OLD.includes(call.method)
      if (method === undefined || isTooNew) return outcome('system', 'function_not_exist')
      return isPermitted(call) ? method(call) : outcome(call.method, OFFLINE)
    },
  }
}

/** Base calls of every page, whatever its list says. */
const ALWAYS_PERMITTED = ['preVerifyJSAPI', 'checkJsApi', 'closeWindow']

/** A page lists the event of the menu, and may then do what follows from it. */
const PERMITTED_BY: Record<string, string> = { sendAppMessage: 'menu:share:appmessage' }

/** What clients of before WeChat Pay and before the JSSDK could do. */
const KNOWN_OF_OLD = ['getNetworkType', 'closeWindow', 'hideOptionMenu', 'showOptionMenu', 'sendAppMessage']

function outcome(method: string, text: string): NativeAnswer {
  return { err_msg: `${method}:${text}` }
}

function proofOf(parameters: Record<string, unknown>): string {
  const members = ['verifyAppId', 'verifyTimestamp', 'verifyNonceStr', 'verifySignature']
  return JSON.stringify(members.map((member) => parameters[member]))
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function names(list: unknown): string[] {
  return Array.isArray(list) ? list.filter((name) => typeof name === 'string') : []
}
