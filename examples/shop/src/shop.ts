/**
 * The shop's server as one fetch-style app: the checkout mounted at its base path, the shop's own routes at `/api`, and
 * the built page everywhere else.
 */
import type { Checkout } from '@shouyin/checkout'
import { Hono } from 'hono'
import type { Product } from './contract.ts'
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

/** The whole site. From now on a paid order goes to the packing table. */
export function createShop(options: ShopOptions): Hono {
  const { checkout, packing } = options
  checkout.subscribe('order.paid', (event) => packing.pack(event))

  return new Hono()
    .all(`${checkout.basePath}/*`, (c) => checkout.handler(c.req.raw))
    .route('/api', shopApi(options))
    .route('/', sitePages(options))
}
