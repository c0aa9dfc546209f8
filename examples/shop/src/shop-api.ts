/**
 * What the shop's page may ask: the shelf, who am I, place an order, my orders. Who is asking comes from the checkout's
 * session and what it costs from the list of products; the page is believed in neither.
 */
import type { Checkout, Visitor } from '@shouyin/checkout'
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
} from './contract.ts'
import type { Orders } from './orders.ts'

export interface ShopApiOptions {
  checkout: Pick<Checkout, 'visitor'>
  products: readonly Product[]
  orders: Orders
}

/** Hono's types of these routes. */
export interface SignedIn {
  Variables: { visitor: Visitor }
}

export function shopApi({ checkout, products, orders }: ShopApiOptions): Hono<SignedIn> {
  const api = new Hono<SignedIn>()
  api.get('/products', (c) => c.json<ProductsAnswer>({ products: [...products] }))

  // Everything below needs to know who is asking.
  api.use(async (c, next) => {
    const visitor = await checkout.visitor(c.req.raw)
    if (visitor === undefined) return refuse(c, 'sign_in_required')
    c.set('visitor', visitor)
    return next()
  })

  api.get('/me', (c) => c.json<MeAnswer>(aboutMe(c.var.visitor)))

  api.post('/orders', smallBody, async (c) => {
    const { visitor } = c.var
    const wanted = readRequest(await c.req.json().catch(() => undefined), products)
    if ('refusal' in wanted) return refuse(c, wanted.refusal)
    if (visitor.snapshot) return refuse(c, 'snapshot_visitor')
    return c.json<OrderAnswer>({ order: await orders.place({ ...wanted, visitor }) }, 201)
  })

  api.get('/orders', async (c) => c.json<OrdersAnswer>({ orders: await orders.of(c.var.visitor) }))

  api.get('/orders/:number', async (c) => {
    const order = await orders.find(c.req.param('number'), c.var.visitor)
    // Another visitor's order is answered like one that does not exist: its number is then not worth guessing.
    return order === undefined ? refuse(c, 'order_not_found') : c.json<OrderAnswer>({ order })
  })

  api.all('*', (c) => refuse(c, 'not_found'))
  return api
}

const smallBody = bodyLimit({ maxSize: 4096, onError: (c) => refuse(c, 'bad_request') })

function aboutMe({ nickname, avatar, snapshot }: Visitor): MeAnswer {
  return {
    ...(nickname === undefined ? {} : { nickname }),
    ...(avatar === undefined ? {} : { avatar }),
    snapshot,
  }
}

const MAX_QUANTITY = 99
const orderRequest = z.object({ productId: z.string(), quantity: z.number() })

/** What the page wants, in terms of the shelf. Anything else it says, a price above all, is not read. */
function readRequest(
  body: unknown,
  products: readonly Product[],
): { product: Product; quantity: number } | { refusal: ShopErrorCode } {
  const request = orderRequest.safeParse(body)
  if (!request.success) return { refusal: 'bad_request' }
  const { productId, quantity } = request.data
  const product = products.find(({ id }) => id === productId)
  if (product === undefined) return { refusal: 'unknown_product' }
  const isSensible = Number.isInteger(quantity) && quantity >= 1 && quantity <= MAX_QUANTITY
  return isSensible ? { product, quantity } : { refusal: 'bad_quantity' }
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
