/**
 * What WeChat's client checks when a page uses the bridge: the page's signature, its domain, its pay directory, the
 * payment's parameters. Source: JS-SDK docs, merchant platform's rules of 支付授权目录, the notes kept with the vectors.
 */

import { domainCovers } from '../account/domains.ts'
import { acceptedTickets } from '../account/tokens.ts'
import { sha1 } from '../crypto.ts'
import type { SignatureCheck } from '../exchanges.ts'
import { payeeOf, prepaidOf, prepayIsAlive } from '../pay/order.ts'
import { obstacle } from '../pay/payment.ts'
import type { PayOrder } from '../pay/state.ts'
import { checkPaySignV2 } from '../pay-v2/pay-sign.ts'
import { checkPaySign } from '../pay-v3/pay-sign.ts'
import { accountOf, merchantOf } from '../simulation.ts'
import type { Viewer } from '../viewer.ts'
import type { Wechat } from '../wechat.ts'
import type { Merchant } from '../world.ts'
import { signedAddress } from './signed-address.ts'

/** A page in the in-app browser: where it is, and where its last real load was. */
export interface BridgePage {
  currentUrl: string
  landingUrl: string
}

export interface Verdict {
  /** WeChat's words of refusal; undefined when the page may. */
  refused?: string
  signature?: SignatureCheck
  /** The address the client verified, for the page's log. */
  verifiedUrl: string
}

export type BridgeParameters = Record<string, unknown>

/** `preVerifyJSAPI`, and every later call: domain first, then signature, of the URL this platform looks at. */
export function verifyPage(
  wechat: Wechat,
  page: BridgePage,
  viewer: Viewer,
  parameters: BridgeParameters,
): Verdict {
  const verifiedUrl = (viewer.device === 'ios' ? page.landingUrl : page.currentUrl).split('#')[0] ?? ''
  if (viewer.snapshot === true) return { refused: 'permission denied', verifiedUrl }
  const account = accountOf(wechat, text(parameters, 'verifyAppId'))
  if (account === undefined) return { refused: 'invalid appid', verifiedUrl }
  const { jsSubdomains } = wechat.world.behaviour
  if (!domainCovers(account.jsDomains, verifiedUrl, account.testAccount, jsSubdomains))
    return { refused: 'invalid url domain', verifiedUrl }
  const received = text(parameters, 'verifySignature')
  const pageText = (ticket: string, url: string): string =>
    `jsapi_ticket=${ticket}&noncestr=${text(parameters, 'verifyNonceStr')}&timestamp=${text(parameters, 'verifyTimestamp')}&url=${url}`
  const tickets = acceptedTickets(wechat, account.appid)
  const isSigned = (url: string): boolean =>
    tickets.some((ticket) => sha1(pageText(ticket, url)) === received)

  const stringToSign = pageText('****', verifiedUrl)
  if (isSigned(verifiedUrl))
    return { signature: { valid: true, stringToSign, expected: received, received }, verifiedUrl }
  const newest = tickets.at(-1)
  if (newest === undefined) return { refused: 'invalid signature', verifiedUrl }
  const expected = sha1(pageText(newest, verifiedUrl))
  const mistaken = signedAddress(page, isSigned)
  const signedText = mistaken === undefined ? {} : { signedText: pageText('****', mistaken) }
  const signature = { valid: false, stringToSign, expected, received, ...signedText }
  return { refused: 'invalid signature', verifiedUrl, signature }
}

/**
 * An entry with only a host covers all of it; one with a path covers exactly that directory. Scheme, host, port and path
 * are compared as written, case included; IP addresses never match.
 */
export function payDirectoryCovers(configured: readonly string[], pageUrl: string): boolean {
  const match = /^(https?:\/\/[^/?#]+)([^?#]*)/.exec(pageUrl)
  if (match === null) return false
  const [, origin = '', path = ''] = match
  if (/^https?:\/\/(\d{1,3}(\.\d{1,3}){3}|\[)/.test(origin)) return false
  const directory = path.slice(0, path.lastIndexOf('/') + 1)
  return configured.some(
    (entry) => entry === `${origin}/` || (directory !== '' && entry === origin + directory),
  )
}

export type PaymentVerdict =
  | { order: PayOrder; orders: readonly PayOrder[]; signature: SignatureCheck }
  | { dialog: string; signature?: SignatureCheck; outTradeNo?: string }

/**
 * `getBrandWCPayRequest`: the order to show on the pay sheet, with all others of a combination, or the text of the dialog
 * that WeChat shows instead.
 */
export function verifyPayment(
  wechat: Wechat,
  page: BridgePage,
  viewer: Viewer,
  parameters: BridgeParameters,
): PaymentVerdict {
  if (viewer.snapshot === true) return { dialog: '当前为网页快照，请点击“使用完整服务”后再支付' }
  for (const name of ['appId', 'timeStamp', 'nonceStr', 'package', 'signType', 'paySign']) {
    const value = parameters[name]
    // iOS takes texts only; a number there counts as missing.
    const usable =
      typeof value === 'string'
        ? value !== '' && value !== 'undefined'
        : typeof value === 'number' && viewer.device !== 'ios'
    if (!usable) return { dialog: `调用支付JSAPI缺少参数：${name}` }
  }
  const prepayId = /^prepay_id=(.+)$/.exec(text(parameters, 'package'))?.[1] ?? ''
  const prepaid = prepaidOf(wechat, prepayId)
  const order = prepaid?.orders[0]
  if (prepaid === undefined || order === undefined || !prepayIsAlive(wechat, prepaid))
    return { dialog: '调用支付JSAPI缺少参数：total_fee' }
  const { outTradeNo } = order.combined ?? order
  return { ...verifyOrders(wechat, page, viewer, parameters, prepaid.orders, order), outTradeNo }
}

function verifyOrders(
  wechat: Wechat,
  page: BridgePage,
  viewer: Viewer,
  parameters: BridgeParameters,
  orders: readonly PayOrder[],
  order: PayOrder,
): PaymentVerdict {
  const placed = order.combined ?? order
  const merchant = merchantOf(wechat, placed.mchid)
  const pageUrl = (viewer.device === 'ios' ? page.landingUrl : page.currentUrl).split(/[?#]/)[0] ?? ''
  const appids = [placed.appid, order.subAppid]
  if (merchant === undefined || !appids.includes(text(parameters, 'appId')))
    return { dialog: '商户传入的appid参数不正确' }
  // A provider's page may stand in its own directories or in the sub-merchant's.
  const payee = merchantOf(wechat, payeeOf(order))
  if (!payDirectoryCovers([...merchant.payDirectories, ...(payee?.payDirectories ?? [])], pageUrl))
    return { dialog: `当前页面的URL未注册：${pageUrl}` }
  const signature = checkPayment(wechat, merchant, order, parameters)
  const signType = order.version === 'v3' ? 'RSA' : order.signType
  if (!signature.valid || text(parameters, 'signType') !== signType)
    return { dialog: '支付验证签名失败', signature }
  const why = obstacle(wechat, orders, viewer.userId)
  return why === undefined ? { order, orders, signature } : { dialog: why, signature }
}

/** In the manner of the version that placed the order. */
function checkPayment(
  wechat: Wechat,
  merchant: Merchant,
  order: PayOrder,
  parameters: BridgeParameters,
): SignatureCheck {
  const given = {
    appId: text(parameters, 'appId'),
    timeStamp: text(parameters, 'timeStamp'),
    nonceStr: text(parameters, 'nonceStr'),
    package: text(parameters, 'package'),
    signType: text(parameters, 'signType'),
  }
  const paySign = text(parameters, 'paySign')
  const account = accountOf(wechat, given.appId)
  return order.version === 'v3'
    ? checkPaySign(wechat, merchant, { ...given, paySign })
    : checkPaySignV2(given, paySign, { merchant, account, signType: order.signType })
}

function text(parameters: BridgeParameters, name: string): string {
  const value = parameters[name]
  return typeof value === 'string' || typeof value === 'number' ? String(value) : ''
}
