/** What the shop's page and the shop's server say to each other, as JSON. Payment itself is `@shouyin/checkout/contract`. */
import type { OrderState } from '@shouyin/checkout/contract'

export interface Product {
  id: string
  name: string
  /** One line under the name: origin, roast, size. */
  tagline: string
  /** What the card on the shelf says about the taste; one paragraph. */
  story: string
  /** What one piece is, e.g. 罐 · 50 克. */
  unit: string
  /** Price of one piece in fen (分). */
  priceFen: number
}

/** `GET /api/products` */
export interface ProductsAnswer {
  products: Product[]
}

/** `GET /api/me`; 401 `sign_in_required` for a visitor who has not signed in. */
export interface MeAnswer {
  /** Present after the visitor agreed to show it (scope snsapi_userinfo). */
  nickname?: string
  /** Address of the avatar; present as `nickname` is. */
  avatar?: string
  /** 快照页访客: may look around, cannot pay. */
  snapshot: boolean
}

/** `POST /api/orders`. There is no price in it: a page may say what it wants, never what that costs. */
export interface OrderRequest {
  productId: string
  /** 1 to 99. */
  quantity: number
}

/** An order as its buyer sees it. */
export interface ShopOrder {
  orderId: string
  /** The shop's own number, shown to the buyer. */
  reference: string
  productId: string
  productName: string
  quantity: number
  totalFen: number
  state: OrderState
  /** The shop has heard of the payment and packs the parcel. */
  packing: boolean
  /** RFC 3339, as all times here. */
  createdAt: string
  expiresAt: string
  paidAt?: string
  /** Where it is paid: the checkout's own page. */
  payUrl: string
}

/** `POST /api/orders` (201) and `GET /api/orders/{orderId or reference}`. */
export interface OrderAnswer {
  order: ShopOrder
}

/** `GET /api/orders`: the visitor's own, newest first. */
export interface OrdersAnswer {
  orders: ShopOrder[]
}

export type ShopErrorCode =
  | 'sign_in_required'
  /** 快照页访客 must press 使用完整服务 first. */
  | 'snapshot_visitor'
  | 'bad_request'
  | 'unknown_product'
  | 'bad_quantity'
  | 'order_not_found'
  | 'not_found'

/** Body of every 4xx and 5xx answer below `/api`; `message` is for the buyer. */
export interface ShopError {
  error: { code: ShopErrorCode; message: string }
}
