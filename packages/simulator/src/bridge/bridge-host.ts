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
  balanceFen: number
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
  showSheet(sheet: Sheet): Promise<'ok' | 'cancel'>
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
  }

  async function pay({ page, parameters }: Invocation): Promise<'ok' | 'cancel'> {
    const { sheet, dialog } = await api.cashier({ viewer: handset.viewer(), page, parameters })
    if (sheet !== undefined) return handset.showSheet(sheet)
    await handset.showDialog(dialog ?? '支付失败')
    // Current clients report an error that the person was shown as a cancellation.
    return 'cancel'
  }

  /** jweixin proves every call; a bare `WeixinJSBridge.invoke` carries no proof and needs none. */
  function isPermitted({ method, parameters }: Invocation): boolean {
    if (ALWAYS_PERMITTED.includes(method) || parameters['verifyAppId'] === undefined) return true
    return granted.get(proofOf(parameters))?.has(method) === true
  }

  return {
    async answer(call) {
      const method = Object.hasOwn(methods, call.method) ? methods[call.method] : undefined
      if (method === undefined) return outcome('system', 'function_not_exist')
      return isPermitted(call) ? method(call) : outcome(call.method, OFFLINE)
    },
  }
}

/** Base calls of every page, whatever its list says. */
const ALWAYS_PERMITTED = ['preVerifyJSAPI', 'checkJsApi', 'closeWindow']

function outcome(method: string, text: string): NativeAnswer {
  return { err_msg: `${method}:${text}` }
}

function proofOf(parameters: Record<string, unknown>): string {
  const members = ['verifyAppId', 'verifyTimestamp', 'verifyNonceStr', 'verifySignature']
  return JSON.stringify(members.map((member) => parameters[member]))
}

function names(list: unknown): string[] {
  return Array.isArray(list) ? list.filter((name) => typeof name === 'string') : []
}
