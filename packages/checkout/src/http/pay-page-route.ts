/** Where an order is paid: everything the pay sheet needs is asked for while the page is rendered, and nothing afterwards. */
import { type Context, Hono } from 'hono'
import type { Order } from '../order.ts'
import { clientAddressOf, type HttpContext, type HttpEnv } from './context.ts'
import type { PayPageData, PayPageScreen } from './contract.ts'
import { contentSecurityPolicy } from './headers.ts'
import { ownOrder } from './order-routes.ts'
import { payPage } from './pay-page.tsx'
import type { Visitor } from './payer.ts'
import { openPayment } from './payment.ts'
import { publicFault } from './public-error.ts'

export function payPageRoute(http: HttpContext): Hono<HttpEnv> {
  const { site, payers } = http
  const app = new Hono<HttpEnv>()
  app.get('/orders/:orderId', async (c) => {
    const { pathname, search } = new URL(c.req.url)
    const url = site.origin + pathname + search
    const visitor = payers.visitor(c.req.raw)
    if (visitor === undefined) return c.redirect(payers.signInUrl(pathname + search))
    const order = await ownOrder(http, c.req.param('orderId'), visitor)
    const content = await contentOf(http, c, { order, visitor, url })
    c.header('content-security-policy', contentSecurityPolicy(http, c.var.nonce))
    const page = payPage({
      ...content,
      url,
      nonce: c.var.nonce,
      payee: site.merchantName,
      signInUrl: payers.signInUrl(pathname + search),
      leave: order.returnUrl ?? site.returnUrl,
    })
    return c.html(page)
  })
  return app
}

interface Content {
  order: Order
  data: PayPageData
}

/** Asks for the payment while rendering; when that fails the page still comes, and its button asks again. */
async function contentOf(
  http: HttpContext,
  c: Context<HttpEnv>,
  { order, visitor, url }: { order: Order; visitor: Visitor; url: string },
): Promise<Content> {
  const { orderId } = order
  const base = {
    basePath: http.site.basePath,
    orderId,
    jweixin: [...http.jweixin],
    ...(order.returnUrl === undefined ? {} : { afterPayment: order.returnUrl }),
  }
  if (order.state !== 'unpaid') return { order, data: { ...base, state: order.state, screen: order.state } }
  try {
    const clientAddress = clientAddressOf(http, c)
    const payment = await openPayment(http, { orderId, visitor, url, clientAddress })
    if (payment.state !== 'payable')
      return { order: payment.order, data: { ...base, state: payment.state, screen: payment.state } }
    return { order, data: { ...base, state: 'unpaid', screen: 'pay', session: payment.session } }
  } catch (error) {
    const fault = publicFault(error)
    if (fault.code === 'order_not_found') throw fault
    http.log({
      level: 'warn',
      event: 'pay_page.not_payable',
      requestId: c.var.requestId,
      code: fault.code,
      error: fault.cause,
    })
    const problem = fault.public(c.var.requestId)
    return { order, data: { ...base, state: 'unpaid', screen: screenOf(problem.code), problem } }
  }
}

function screenOf(code: string): PayPageScreen {
  if (code === 'snapshot_visitor') return 'snapshot'
  return code === 'payment_refused' ? 'refused' : 'unreachable'
}
