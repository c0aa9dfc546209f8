/**
 * The shop's server as one fetch-style app: the checkout mounted at its base path, the shop's own routes at `/api`, and
 * the built page everywhere else.
 */
import type { HttpBindings } from '@hono/node-server'
import type { Checkout } from '@shouyin/checkout'
import { Hono } from 'hono'
import { clientAddress } from './client-address.ts'
import type { Product } from './contract.ts'
import { createOrders } from './orders.ts'
import type { PackingTable } from './packing.ts'
import { shopApi } from './shop-api.ts'
import { sitePages } from './site-pages.ts'

export interface ShopOptions {
  checkout: Checkout
  products: readonly Product[]
  packing: PackingTable
  /** Folder of the built page. */
  pageFolder: string
  /** Folder of the `MP_verify_….txt` files by which WeChat sees whose domain this is. */
  verificationFolder: string
}

/** What Node's server knows of a request; a test that calls `fetch` knows nothing of it. */
interface Env {
  Bindings: Partial<HttpBindings>
}

/** The whole site. From now on a paid order goes to the packing table. */
export function createShop(options: ShopOptions): Hono<Env> {
  const { checkout, products, packing } = options
  checkout.subscribe('order.paid', (event) => packing.pack(event))

  return new Hono<Env>()
    .all(`${checkout.basePath}/*`, (c) => {
      const socket = c.env?.incoming?.socket.remoteAddress
      const forwardedFor = c.req.header('x-forwarded-for')
      return checkout.handler(c.req.raw, { clientAddress: clientAddress({ socket, forwardedFor }) })
    })
    .route('/api', shopApi({ checkout, products, orders: createOrders(options) }))
    .route('/', sitePages(options))
}
