/** The rendered pay page's script: every screen is in the page already; this shows one by name, and one button opens the pay sheet. */
import type { PaymentSession, PayPageData, PayPageScreen } from '@shouyin/checkout/contract'
import { confirm, resume, wasPaying } from './confirmation.ts'
import { environment } from './environment.ts'
import { type PayResult, pay, prepare } from './pay.ts'

const data = JSON.parse(document.getElementById('shouyin-pay-page')?.textContent ?? '{}') as PayPageData
const { basePath, orderId, jweixin, state } = data
let session: PaymentSession | undefined = data.session

void begin()

async function begin(): Promise<void> {
  // The back button may bring this page from memory, as it was before the payment.
  addEventListener('pageshow', ({ persisted }) => persisted && location.reload())
  on('pay', tap)
  on('retry', tap)
  on('check', check)
  if (state !== 'unpaid') return
  const configuration = session?.configuration
  const prepared = prepare({ basePath, jweixin, ...(configuration === undefined ? {} : { configuration }) })
  if (wasPaying(orderId)) show('confirming')
  const interrupted = await resume(orderId, { basePath })
  if (interrupted !== undefined) return end(interrupted)
  await prepared
  if (!environment().inWechat && window.WeixinJSBridge === undefined) show('elsewhere')
}

async function tap(): Promise<void> {
  show('opening')
  const inline = session === undefined ? {} : { session }
  end(await pay(orderId, { basePath, ...inline, confirming: () => show('confirming') }))
}

async function check(): Promise<void> {
  show('confirming')
  end(await confirm(orderId, { basePath }))
}

function end(result: PayResult): void {
  // A sheet that did not open may have been given parameters that are no good any more.
  if (result.state === 'failed') session = undefined
  if (result.state === 'sign_in_required') location.replace(result.url)
  else show(result.state === 'cancelled' && result.unseen ? 'dialog' : SCREENS[result.state])
  if (result.state === 'paid' && data.afterPayment !== undefined) location.replace(data.afterPayment)
}

const SCREENS: Record<Exclude<PayResult['state'], 'sign_in_required'>, PayPageScreen> = {
  paid: 'paid',
  pending: 'pending',
  cancelled: 'cancelled',
  failed: 'failed',
  not_in_wechat: 'elsewhere',
  snapshot_visitor: 'snapshot',
  closed: 'closed',
  review: 'review',
  refused: 'refused',
  try_again: 'unreachable',
}

function show(screen: PayPageScreen): void {
  for (const element of document.querySelectorAll<HTMLElement>('[data-on]')) {
    element.hidden = !(element.dataset['on'] ?? '').split(' ').includes(screen)
  }
}

function on(id: string, handler: () => Promise<void>): void {
  document.getElementById(id)?.addEventListener('click', () => void handler())
}
