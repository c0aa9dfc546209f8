/** The pay sheet (收银台): opened by jweixin or by the bridge, and watched, because some clients answer too little. */
import type { PaymentSession } from '@shouyin/checkout/contract'
import { type Bridge, payByBridge, type SheetOutcome } from './bridge.ts'
import { sleep, type Watch, watchVisibility } from './environment.ts'
import { type Jweixin, payByJweixin } from './jweixin.ts'

/** A sheet that a person looked at takes longer than this to cancel. */
const BLINK_MS = 1500
/** The sheet's answer comes together with the page's return; some clients forget it. Then the server is asked, for a while. */
const ASK_AFTER_MS = [3000, 3000, 5000, 10_000, 20_000]

export interface SheetRequest {
  /** Where it was configured; the bridge pays otherwise. */
  jweixin: Jweixin | undefined
  native: Bridge
  session: PaymentSession
  /** Asked when the page is back and the sheet said nothing. */
  isPaid: () => Promise<boolean>
}

/** `unseen`: it ended in a blink and nothing covered the page, as an error dialog of WeChat's does. */
export type SeenOutcome = SheetOutcome & { unseen: boolean }

export async function openSheet(request: SheetRequest): Promise<SeenOutcome> {
  const watch = watchVisibility()
  const begun = Date.now()
  const outcome = await Promise.race([answerOf(request), unanswered(watch, request.isPaid)])
  watch.stop()
  return { ...outcome, unseen: !watch.wasHidden() && Date.now() - begun < BLINK_MS }
}

/** jweixin where it was configured; the bridge where it was not, or where jweixin was not let through to the sheet. */
async function answerOf({ jweixin, native, session }: SheetRequest): Promise<SheetOutcome> {
  if (jweixin === undefined) return payByBridge(native, session.bridge)
  const sheet = await payByJweixin(jweixin, session.chooseWXPay)
  const notLetThrough =
    sheet.outcome === 'fail' && /offline verifying|not exist|permission denied/.test(sheet.reason)
  return notLetThrough ? payByBridge(native, session.bridge) : sheet
}

/** The page is back and the sheet says nothing: paid as soon as the server knows; in the end nobody knows, as after an "ok". */
async function unanswered(watch: Watch, isPaid: () => Promise<boolean>): Promise<SheetOutcome> {
  await watch.back
  for (const ms of ASK_AFTER_MS) {
    await sleep(ms)
    if (watch.stopped() || (await isPaid())) break
  }
  return { outcome: 'ok' }
}
