/**
 * What the shop's page may ask: the shelf, who am I, place an order, my orders. Who is asking comes from the checkout's
 * session and what it costs from the list of products; the page is believed in neither.
 */
import type { Checkout, Order, Visitor } from '@shouyin/checkout'
import { type Context, Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { z } from 'zod'
import type {
  MeAnswer,
  OrderAnswer,
  OrdersAnswer,
  Product,
  ProductsAnswer,
  ShopError,
  ShopErrorCode,
  ShopOrder,
} from './contract.ts'
import { readLine, writeLine } from './order-line.ts'
import type { PackingTable } from './packing.ts'

export interface ShopApiOptions {
  checkout: Checkout
  products: readonly Product[]
  packing: PackingTable
}

const MAX_BODY_BYTES = 4096
const MAX_QUANTITY = 99
const SHOWN_ORDERS = 50

export function shopApi({ checkout, products, packing }: ShopApiOptions): Hono<{ Variables: SignedIn }> {
  const productOf = (id: string | undefined): Product | undefined => products.find((one) => one.id === id)

  const shown = (order: Order): ShopOrder => {
    const line = readLine(order.attach)
    return {
      orderId: order.orderId,
      reference: order.reference,
      productId: line?.productId ?? '',
      productName: productOf(line?.productId)?.name ?? order.description,
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

  const placeOrder = (product: Product, quantity: number, visitor: Visitor): Promise<Order> => {
    const reference = newReference()
    return checkout.createOrder({
      reference,
      description: `${product.name} × ${quantity}`,
      totalFen: product.priceFen * quantity,
      payer: visitor.openid,
      attach: writeLine({ productId: product.id, quantity }),
      returnUrl: `/result?order=${reference}`,
    })
  }

  /** By the checkout's number, or by the shop's own, which is the one that the pay page comes back with. */
  const findOrder = async (number: string, visitor: Visitor): Promise<Order | undefined> => {
    const order = await checkout.order(number)
    if (order !== undefined) return order.payer === visitor.openid ? order : undefined
    const mine = await checkout.ordersOf(visitor.openid, SHOWN_ORDERS)
    return mine.find(({ reference }) => reference === number)
  }

  const api = new Hono<{ Variables: SignedIn }>()
  api.get('/products', (c) => c.json<ProductsAnswer>({ products: [...products] }))

  // Everything below needs to know who is asking.
  api.use(async (c, next) => {
    const visitor = await checkout.visitor(c.req.raw)
    if (visitor === undefined) return refuse(c, 'sign_in_required')
    c.set('visitor', visitor)
    return next()
  })

  api.get('/me', (c) => c.json<MeAnswer>(aboutMe(c.var.visitor)))

  api.post(
    '/orders',
    bodyLimit({ maxSize: MAX_BODY_BYTES, onError: (c) => refuse(c, 'bad_request') }),
    async (c) => {
      const wanted = orderRequest.safeParse(await c.req.json().catch(() => undefined))
      if (!wanted.success) return refuse(c, 'bad_request')
      const { productId, quantity } = wanted.data
      const product = productOf(productId)
      if (product === undefined) return refuse(c, 'unknown_product')
      if (!Number.isInteger(quantity) || quantity < 1 || quantity > MAX_QUANTITY)
        return refuse(c, 'bad_quantity')
      if (c.var.visitor.snapshot) return refuse(c, 'snapshot_visitor')
      return c.json<OrderAnswer>({ order: shown(await placeOrder(product, quantity, c.var.visitor)) }, 201)
    },
  )

  api.get('/orders', async (c) => {
    const orders = await checkout.ordersOf(c.var.visitor.openid, SHOWN_ORDERS)
    return c.json<OrdersAnswer>({ orders: orders.map(shown) })
  })

  api.get('/orders/:number', async (c) => {
    const order = await findOrder(c.req.param('number'), c.var.visitor)
    // Another visitor's order is answered like one that does not exist: its number is then not worth guessing.
    return order === undefined ? refuse(c, 'order_not_found') : c.json<OrderAnswer>({ order: shown(order) })
  })

  api.all('*', (c) => refuse(c, 'not_found'))
  return api
}

interface SignedIn {
  visitor: Visitor
}

const orderRequest = z.object({ productId: z.string(), quantity: z.number() })

/** The shop's own number of an order: `SJ` and 12 hex digits. */
function newReference(): string {
  return `SJ${crypto.randomUUID().replaceAll('-', '').slice(0, 12).toUpperCase()}`
}

function aboutMe({ nickname, avatar, snapshot }: Visitor): MeAnswer {
  return {
    ...(nickname === undefined ? {} : { nickname }),
    ...(avatar === undefined ? {} : { avatar }),
    snapshot,
  }
}

function refuse(c: Context, code: ShopErrorCode): Response {
  const [status, message] = REFUSALS[code]
  return c.json<ShopError>({ error: { code, message } }, status)
}

const REFUSALS = {
  sign_in_required: [401, '请先登录'],
  snapshot_visitor: [403, '请先点右下角“使用完整服务”，再来下单'],
  bad_request: [400, '请求有误，请刷新页面后重试'],
  unknown_product: [400, '这件商品已经下架'],
  bad_quantity: [400, '数量应为 1 到 99'],
  order_not_found: [404, '没有找到这笔订单'],
  not_found: [404, '没有这个地址'],
} as const satisfies Record<ShopErrorCode, readonly [400 | 401 | 403 | 404, string]>
