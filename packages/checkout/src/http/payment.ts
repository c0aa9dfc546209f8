/** All that opens the pay sheet, made at once: the engine's prepay and the page's signature run side by side. */
import type { Order } from '../order.ts'
import type { HttpContext } from './context.ts'
import type { OrderState, PageConfiguration, PaymentSession } from './contract.ts'
import { configurationOf } from './page.ts'
import type { Visitor } from './payer.ts'
import { PublicFault, publicFault } from './public-error.ts'

export type Payment =
  | { state: 'payable'; order: Order; session: PaymentSession }
  | { state: Exclude<OrderState, 'unpaid'>; order: Order }

export interface PaymentRequest {
  orderId: string
  visitor: Visitor
  /** Address of the page that will open the pay sheet. */
  url: string
  clientAddress: string
}

/** Throws `PublicFault`: `snapshot_visitor`, `foreign_url`, `order_not_found`, `payment_refused`, `try_again`. */
export async function openPayment(http: HttpContext, request: PaymentRequest): Promise<Payment> {
  const { orderId, visitor, url, clientAddress } = request
  if (visitor.snapshot)
    throw new PublicFault('snapshot_visitor', 'a snapshot visitor has no openid to pay with')
  if (!http.site.owns(url))
    throw new PublicFault('foreign_url', `only pages below ${http.site.origin}/ are signed`)
  const [configuration, prepaid] = await Promise.all([
    optionalConfiguration(http, url),
    http.engine.prepay({ orderId, payer: visitor.openid, clientAddress }).catch((error: unknown) => {
      throw publicFault(error)
    }),
  ])
  if (prepaid.state !== 'payable') return prepaid
  const { order, expiresAt, chooseWXPay, bridge } = prepaid
  const session: PaymentSession = { orderId, chooseWXPay, bridge, expiresAt }
  if (configuration !== undefined) session.configuration = configuration
  return { state: 'payable', order, session }
}

/** Without a ticket the page still pays over the bridge, so trouble with tokens is a warning and not a refusal. */
async function optionalConfiguration(http: HttpContext, url: string): Promise<PageConfiguration | undefined> {
  try {
    return await configurationOf(url, http)
  } catch (error) {
    http.log({ level: 'warn', event: 'page_configuration.failed', error })
    return undefined
  }
}
