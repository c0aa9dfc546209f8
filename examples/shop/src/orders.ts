/** The shop's orders: what is asked for becomes an order of the checkout, and an order is shown as its buyer sees it. */
import type { Checkout, Order, Visitor } from '@shouyin/checkout'
import type { Product, ShopOrder } from './contract.ts'
import { readLine, writeLine } from './order-line.ts'
import type { PackingTable } from './packing.ts'

export interface Orders {
  /** Makes an order that only this visitor can pay. The price is the shelf's. */
  place(wanted: { product: Product; quantity: number; visitor: Visitor }): Promise<ShopOrder>
  /** The visitor's own, newest first, a page of them. */
  of(visitor: Visitor): Promise<ShopOrder[]>
  /** By the checkout's orderId or by the shop's reference; undefined also when it is somebody else's. */
  find(number: string, visitor: Visitor): Promise<ShopOrder | undefined>
}

export interface OrdersOptions {
  checkout: Checkout
  products: readonly Product[]
  packing: PackingTable
}

const SHOWN_ORDERS = 50

/** A basket may be paid until the same hour tomorrow. */
const UNPAID_FOR_SECONDS = 24 * 3600

export function createOrders({ checkout, products, packing }: OrdersOptions): Orders {
  const shown = (order: Order): ShopOrder => {
    const line = readLine(order.attach)
    const product = products.find(({ id }) => id === line?.productId)
    return {
      orderId: order.orderId,
      reference: order.reference,
      productId: line?.productId ?? '',
      productName: product?.name ?? order.description,
      quantity: line?.quantity ?? 1,
      totalFen: order.totalFen,
      state: order.state,
      packing: packing.isPacking(order.orderId),
      createdAt: order.createdAt,
      expiresAt: order.expiresAt,
      ...(order.paidAt === undefined ? {} : { paidAt: order.paidAt }),
      payUrl: checkout.payPageUrl(order.orderId),
    }
  }

  return {
    async place({ product, quantity, visitor }) {
      const reference = newReference()
      const order = await checkout.createOrder({
        reference,
        description: `${product.name} × ${quantity}`,
        totalFen: product.priceFen * quantity,
        payer: visitor.openid,
        attach: writeLine({ productId: product.id, quantity }),
        returnUrl: `/result?order=${reference}`,
        expiresInSeconds: UNPAID_FOR_SECONDS,
      })
      return shown(order)
    },
    async of(visitor) {
      return (await checkout.ordersOf(visitor.openid, SHOWN_ORDERS)).map(shown)
    },
    async find(number, visitor) {
      const order = await checkout.order(number)
      if (order !== undefined) return order.payer === visitor.openid ? shown(order) : undefined
      // The pay page comes back with the shop's own number: the only one known when the order was made.
      const mine = await checkout.ordersOf(visitor.openid, SHOWN_ORDERS)
      return mine.filter(({ reference }) => reference === number).map(shown)[0]
    },
  }
}

/** The shop's own number of an order: `SJ` and 12 hex digits. */
function newReference(): string {
  return `SJ${crypto.randomUUID().replaceAll('-', '').slice(0, 12).toUpperCase()}`
}
