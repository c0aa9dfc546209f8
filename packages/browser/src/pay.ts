/**
 * One call to pay: open WeChat's pay sheet, then ask the merchant's server what became of it. The sheet's "ok" proves nothing;
 * only the server, which asks WeChat, does.
 */
import type { PageConfiguration, PageConfigurationAnswer, PaymentSession } from '@shouyin/checkout/contract'
import { bridge } from './bridge.ts'
import { type Client, createClient } from './client.ts'
import { askOnce, type ConfirmOptions, confirm, noteSheet } from './confirmation.ts'
import { environment, sleep, urlToSign } from './environment.ts'
import { configure, type Jweixin, loadJweixin } from './jweixin.ts'
import { openSheet } from './sheet.ts'

/** What became of a payment, as far as is known. */
export type PayResult =
  | { state: 'paid' }
  /** The sheet said ok, and WeChat has not told the server in time: ask later, do not pay again. */
  | { state: 'pending' }
  /** `unseen`: so fast that WeChat may have shown an error dialog instead of the sheet. */
  | { state: 'cancelled'; unseen: boolean }
  /** WeChat's own words; before the sheet opened, nothing was paid. */
  | { state: 'failed'; reason: string }
  | { state: 'not_in_wechat' }
  /** Send the visitor to `url`. */
  | { state: 'sign_in_required'; url: string }
  /** A snapshot page (快照页): ask the visitor to press 使用完整服务. */
  | { state: 'snapshot_visitor' }
  | { state: 'closed' | 'review' }
  /** The server said no, for good or (`try_again`) for the moment; `message` is a sentence for the payer. */
  | { state: 'refused' | 'try_again'; message: string }

export interface PayOptions extends ConfirmOptions {
  /** Parameters that are there already, as on a rendered page: then no request precedes the sheet while they are good. */
  session?: PaymentSession
  /** The sheet said ok, and the server is being asked. */
  confirming?: () => void
}

/** Where the checkout is, and which jweixin. */
export interface PrepareOptions {
  basePath?: string
  /** Known on a rendered page; asked of the server otherwise. */
  configuration?: PageConfiguration
  jweixin?: readonly string[]
  /** jweixin as an import, e.g. of `weixin-js-sdk`, which makes no global; no script is loaded then. */
  wx?: object
}

const BRIDGE_WITHIN_MS = 3000
const CONFIG_WITHIN_MS = 5000
/** How long a tap waits for jweixin; then the bridge pays without it. */
const TAP_PATIENCE_MS = 3000

let wx: Promise<Jweixin | undefined> = Promise.resolve(undefined)
const flights = new Map<string, Promise<PayResult>>()

/** Loads jweixin and configures this page, so that a later `pay` only opens the sheet. Call it early; it never throws. */
export function prepare(options: PrepareOptions = {}): Promise<void> {
  wx = ready(options)
  return wx.then(() => undefined)
}

async function ready(options: PrepareOptions): Promise<Jweixin | undefined> {
  const client = createClient(options.basePath ?? '/pay')
  const known = knownFrom(options) ?? (await ask(client))
  if (known === undefined) return undefined
  const loaded = (options.wx as Jweixin | undefined) ?? (await loadJweixin(known.jweixin))
  if (loaded === undefined || !environment().inWechat) return undefined
  // The script may have brought WeChat's user agent, and with it another address to sign.
  const first = known.configuration.url === urlToSign() ? known : await ask(client)
  if (first === undefined) return undefined
  let outcome = await configure(loaded, first.configuration, CONFIG_WITHIN_MS)
  if (outcome.includes('invalid signature')) {
    // Another guess at the address, and a ticket that is certainly new.
    const other = await ask(client, true)
    if (other !== undefined) outcome = await configure(loaded, other.configuration, CONFIG_WITHIN_MS)
  }
  return outcome === 'ok' ? loaded : undefined
}

function knownFrom({ configuration, jweixin }: PrepareOptions): PageConfigurationAnswer | undefined {
  return configuration === undefined || jweixin === undefined
    ? undefined
    : { configuration, jweixin: [...jweixin] }
}

async function ask(client: Client, refused = false): Promise<PageConfigurationAnswer | undefined> {
  const answer = await client.pageConfiguration(urlToSign(refused), refused)
  return 'error' in answer ? undefined : answer
}

/** Pays an order. Two calls for one order at once are one payment. Never throws: every end is a `PayResult`. */
export function pay(orderId: string, options: PayOptions = {}): Promise<PayResult> {
  const flight = flights.get(orderId) ?? payOnce(orderId, options).finally(() => flights.delete(orderId))
  flights.set(orderId, flight)
  return flight
}

async function payOnce(orderId: string, options: PayOptions): Promise<PayResult> {
  const { basePath = '/pay' } = options
  const client = createClient(basePath)
  const jweixin = await Promise.race([wx, sleep(TAP_PATIENCE_MS)])
  const native = await bridge(jweixin === undefined && environment().inWechat ? BRIDGE_WITHIN_MS : 0)
  if (native === undefined) return { state: 'not_in_wechat' }
  const session = isGood(options.session) ? options.session : await openSession(client, orderId, basePath)
  if ('state' in session) return session
  noteSheet(orderId, 'open')
  const isPaid = async (): Promise<boolean> => (await askOnce(client, orderId)).state === 'paid'
  const sheet = await openSheet({ jweixin, native, session, isPaid })
  noteSheet(orderId, sheet.outcome === 'ok' ? 'ok' : undefined)
  if (sheet.outcome === 'cancel') return { state: 'cancelled', unseen: sheet.unseen }
  if (sheet.outcome === 'fail') return { state: 'failed', reason: sheet.reason }
  options.confirming?.()
  return confirm(orderId, options)
}

/** A page that stayed open for hours asks anew; a telephone with a wrong clock does so too early, which harms nobody. */
function isGood(session: PaymentSession | undefined): session is PaymentSession {
  return session !== undefined && Date.parse(session.expiresAt) > Date.now()
}

async function openSession(
  client: Client,
  orderId: string,
  basePath: string,
): Promise<PaymentSession | PayResult> {
  const answer = await client.prepay(orderId, { url: urlToSign() })
  if (!('error' in answer)) return answer.state === 'payable' ? answer.session : { state: answer.state }
  const { code, message } = answer.error
  if (code === 'snapshot_visitor') return { state: 'snapshot_visitor' }
  if (code === 'sign_in_required') return { state: code, url: signInUrl(basePath) }
  return { state: code === 'try_again' || code === 'internal' ? 'try_again' : 'refused', message }
}

function signInUrl(basePath: string): string {
  const here = location.pathname + location.search + location.hash
  return `${basePath}/sign-in?return=${encodeURIComponent(here)}`
}
