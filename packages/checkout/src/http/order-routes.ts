/** The page's JSON about an order: open its payment, ask how it stands; and signatures for the site's other pages. */
import { type Context, Hono } from 'hono'
import { z } from 'zod'
import type { Order } from '../order.ts'
import { clientAddressOf, type HttpContext, type HttpEnv, requireVisitor } from './context.ts'
import type { OrderStatus, PageConfigurationAnswer, PrepayAnswer } from './contract.ts'
import { configurationOf } from './page.ts'
import type { Visitor } from './payer.ts'
import { openPayment } from './payment.ts'
import { orderNotFound, PublicFault } from './public-error.ts'
import { readJson } from './request-body.ts'

const MAX_BODY_BYTES = 4096

export function orderRoutes(http: HttpContext): Hono<HttpEnv> {
  const app = new Hono<HttpEnv>()

  app.post('/orders/:orderId/prepay', async (c) => {
    refuseForeignSites(http, c)
    const visitor = requireVisitor(http, c)
    const body = prepayRequest.safeParse(await readJson(c.req.raw, MAX_BODY_BYTES))
    if (!body.success) throw new PublicFault('bad_request', 'send { "url": location.href }')
    const payment = await openPayment(http, {
      orderId: c.req.param('orderId'),
      visitor,
      url: body.data.url,
      clientAddress: clientAddressOf(http, c),
    })
    const { state, order } = payment
    return c.json<PrepayAnswer>(
      state === 'payable' ? { state, session: payment.session } : { state, orderId: order.orderId },
    )
  })

  app.get('/orders/:orderId/status', async (c) => {
    const visitor = requireVisitor(http, c)
    const order = await ownOrder(http, c.req.param('orderId'), visitor)
    const asked = c.req.query('confirm') === '1' && order.state === 'unpaid'
    return c.json<OrderStatus>(statusOf(asked ? await http.engine.confirm(order.orderId) : order))
  })

  app.get('/page-configuration', async (c) => {
    refuseForeignSites(http, c)
    const url = c.req.query('url')
    if (url === undefined) throw new PublicFault('bad_request', 'url is missing')
    const doubted = c.req.query('refused') === '1' && http.payers.visitor(c.req.raw) !== undefined
    if (doubted && http.site.owns(url)) await http.officialAccount.forgetJsapiTicket()
    return c.json<PageConfigurationAnswer>(await configuration(http, url))
  })

  return app
}

const prepayRequest = z.object({ url: z.string() })

/** The order, when it is this visitor's to see. Throws `order_not_found` otherwise, for whatever reason. */
export async function ownOrder(http: HttpContext, orderId: string, visitor: Visitor): Promise<Order> {
  const order = /^[\w-]{1,64}$/.test(orderId) ? await http.engine.order(orderId) : undefined
  if (order === undefined || (order.payer !== undefined && order.payer !== visitor.openid))
    throw orderNotFound()
  return order
}

/**
 * A request that another site's page caused (CSRF). Old in-app browsers send neither header; the session cookie's
 * SameSite=Lax and the JSON content type stand behind this.
 */
function refuseForeignSites(http: HttpContext, c: Context<HttpEnv>): void {
  const origin = c.req.header('origin')
  const site = c.req.header('sec-fetch-site')
  const isOwn =
    (origin === undefined || origin === http.site.origin) &&
    (site === undefined || site === 'same-origin' || site === 'none')
  if (!isOwn) throw new PublicFault('bad_request', 'requests of other sites are refused', { status: 403 })
}

function statusOf({ orderId, state, totalFen, description, paidAt }: Order): OrderStatus {
  return { orderId, state, totalFen, description, ...(paidAt === undefined ? {} : { paidAt }) }
}

async function configuration(http: HttpContext, url: string): Promise<PageConfigurationAnswer> {
  try {
    return { configuration: await configurationOf(url, http), jweixin: [...http.jweixin] }
  } catch (error) {
    if (error instanceof PublicFault) throw error
    throw new PublicFault('try_again', 'WeChat gave no jsapi_ticket; see the server log', { cause: error })
  }
}
