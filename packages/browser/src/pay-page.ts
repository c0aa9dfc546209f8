/** The rendered pay page's script: every screen is in the page already; this shows one by name, and one button opens the pay sheet. */
import type { PaymentSession, PayPageData, PayPageScreen } from '@shouyin/checkout/contract'
import { environment } from './environment.ts'
import { confirm, type PayResult, pay, prepare, wasPaying } from './pay.ts'

const data = JSON.parse(document.getElementById('shouyin-pay-page')?.textContent ?? '{}') as PayPageData
const { basePath, orderId, jweixin, returnUrl, state } = data
let session: PaymentSession | undefined = data.session

void begin()

async function begin(): Promise<void> {
  on('pay', tap)
  on('retry', tap)
  on('check', check)
  const configuration = session?.configuration
  const prepared = prepare({ basePath, jweixin, ...(configuration === undefined ? {} : { configuration }) })
  if (state !== 'unpaid') return
  if (wasPaying(orderId)) return check()
  await prepared
  if (!environment().inWechat && window.WeixinJSBridge === undefined) show('elsewhere')
}

async function tap(): Promise<void> {
  show('opening')
  // What was inlined is good for one life of the prepay; after that the server is asked.
  const inline = session !== undefined && Date.parse(session.expiresAt) > Date.now() ? { session } : {}
  end(await pay(orderId, { basePath, ...inline, confirming: () => show('confirming') }))
}

async function check(): Promise<void> {
  show('confirming')
  end(await confirm(orderId, { basePath }))
}

function end(result: PayResult): void {
  // A sheet that did not open may have been given parameters that are no good any more.
  if (result.state === 'failed') session = undefined
  if (result.state === 'sign_in_required') {
    location.replace(result.url)
    return
  }
  show(SCREENS[result.state])
  if (result.state === 'cancelled' && result.unseen) show('dialog')
  if (result.state === 'paid') location.replace(returnUrl)
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
