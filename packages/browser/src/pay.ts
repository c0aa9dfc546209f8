/**
 * One call to pay: open WeChat's pay sheet, then ask the merchant's server what became of it. The sheet's "ok" proves nothing;
 * only the server, which asks WeChat, does.
 */
import type { PageConfiguration, PaymentSession } from '@shouyin/checkout/contract'
import { type Bridge, bridge, payByBridge, type SheetOutcome } from './bridge.ts'
import { type Client, createClient } from './client.ts'
import { environment, notes, urlToSign, watchHidden } from './environment.ts'
import { configure, type Jweixin, loadJweixin, payByJweixin } from './jweixin.ts'

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

export interface PayOptions {
  /** Where the merchant mounted the checkout; `/pay` unless told otherwise. */
  basePath?: string
  /** Parameters that are there already, as on a rendered page: then no request precedes the sheet. */
  session?: PaymentSession
  /** The sheet said ok, and the server is being asked. */
  confirming?: () => void
  /** Waits between questions to the server; tests give their own. */
  wait?: (ms: number) => Promise<void>
}

export interface PrepareOptions {
  basePath?: string
  /** Known on a rendered page; asked of the server otherwise. */
  configuration?: PageConfiguration
  jweixin?: readonly string[]
}

const BRIDGE_WITHIN_MS = 3000
const CONFIG_WITHIN_MS = 5000
/** WeChat's notification comes within seconds as a rule; after twenty the page stops waiting. */
const CONFIRM_AFTER_MS = [0, 1000, 1000, 2000, 3000, 4000, 4000, 5000]
/** A sheet that a person looked at takes longer than this to cancel. */
const BLINK_MS = 1500

let wx: Promise<Jweixin | undefined> = Promise.resolve(undefined)
const flights = new Map<string, Promise<PayResult>>()

/** Loads jweixin and configures this page, so that a later `pay` only opens the sheet. Call it early; it never throws. */
export function prepare(options: PrepareOptions = {}): Promise<void> {
  wx = ready(options)
  return wx.then(() => undefined)
}

async function ready({
  basePath = '/pay',
  configuration,
  jweixin,
}: PrepareOptions): Promise<Jweixin | undefined> {
  const client = createClient(basePath)
  const known =
    configuration !== undefined && jweixin !== undefined
      ? { configuration, jweixin }
      : await asked(client, false)
  if (known === undefined) return undefined
  const loaded = await loadJweixin(known.jweixin)
  if (loaded === undefined || !environment().inWechat) return undefined
  // The script may have brought WeChat's user agent, and with it another address to sign.
  const first =
    known.configuration.url === urlToSign()
      ? known.configuration
      : (await asked(client, false))?.configuration
  if (first === undefined) return undefined
  let outcome = await configure(loaded, first, CONFIG_WITHIN_MS)
  if (outcome.includes('invalid signature')) {
    // Another guess at the address, and a ticket that is certainly new.
    const other = await asked(client, true)
    if (other !== undefined) outcome = await configure(loaded, other.configuration, CONFIG_WITHIN_MS)
  }
  return outcome === 'ok' ? loaded : undefined
}

async function asked(client: Client, other: boolean): ReturnType<typeof answered> {
  return answered(client, urlToSign(other), other)
}

async function answered(client: Client, url: string, refused: boolean) {
  const answer = await client.pageConfiguration(url, refused)
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
  const jweixin = await wx
  const native = await bridge(jweixin === undefined && environment().inWechat ? BRIDGE_WITHIN_MS : 0)
  if (native === undefined) return { state: 'not_in_wechat' }
  const session = options.session ?? (await openSession(client, orderId, basePath))
  if ('state' in session) return session
  const begun = Date.now()
  const wasHidden = watchHidden()
  const sheet = await openSheet(jweixin, native, session)
  const unseen = !wasHidden() && Date.now() - begun < BLINK_MS
  if (sheet.outcome === 'cancel') return { state: 'cancelled', unseen }
  if (sheet.outcome === 'fail') return { state: 'failed', reason: sheet.reason }
  notes.write(noteOf(orderId), 'ok')
  options.confirming?.()
  return confirm(orderId, options)
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
  if (code !== 'sign_in_required')
    return { state: code === 'payment_refused' ? 'refused' : 'try_again', message }
  const here = location.pathname + location.search
  return { state: 'sign_in_required', url: `${basePath}/sign-in?return=${encodeURIComponent(here)}` }
}

/** jweixin where it was configured; the bridge where it was not, or where jweixin was not let through to the sheet. */
async function openSheet(
  jweixin: Jweixin | undefined,
  native: Bridge,
  session: PaymentSession,
): Promise<SheetOutcome> {
  if (jweixin === undefined) return payByBridge(native, session.bridge)
  const sheet = await payByJweixin(jweixin, session.chooseWXPay)
  const notLetThrough =
    sheet.outcome === 'fail' && /offline verifying|not exist|permission denied/.test(sheet.reason)
  return notLetThrough ? payByBridge(native, session.bridge) : sheet
}

/** Asks the server until it knows, for about twenty seconds. */
export async function confirm(orderId: string, options: PayOptions = {}): Promise<PayResult> {
  const { basePath = '/pay', wait = sleep } = options
  const client = createClient(basePath)
  for (const ms of CONFIRM_AFTER_MS) {
    await wait(ms)
    const status = await client.confirm(orderId)
    if ('error' in status || status.state === 'unpaid') continue
    notes.write(noteOf(orderId), null)
    return { state: status.state }
  }
  return { state: 'pending' }
}

/** After a reload: whether a payment of this order was under way here, whose end is not known yet. */
export function wasPaying(orderId: string): boolean {
  return notes.read(noteOf(orderId)) !== null
}

function noteOf(orderId: string): string {
  return `shouyin:${orderId}`
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
