/** The shop's own routes, asked from the page. Errors carry a sentence for the buyer. */
import type { OrderState, OrderStatus } from '@shouyin/checkout/contract'
import type {
  MeAnswer,
  OrderAnswer,
  OrderRequest,
  OrdersAnswer,
  Product,
  ProductsAnswer,
  ShopError,
  ShopErrorCode,
  ShopOrder,
} from '../src/contract.ts'

/** `message` is for the buyer; `code` is `no_answer` when the shop could not be reached or did not answer as agreed. */
export class ShopRequestError extends Error {
  readonly code: ShopErrorCode | 'no_answer'

  constructor(code: ShopErrorCode | 'no_answer', message: string) {
    super(message)
    this.name = 'ShopRequestError'
    this.code = code
  }
}

export function isSignInRequired(error: unknown): boolean {
  return error instanceof ShopRequestError && error.code === 'sign_in_required'
}

const TIMEOUT_MS = 15_000

export async function fetchProducts(): Promise<Product[]> {
  return (await ask<ProductsAnswer>('/api/products')).products
}

/** Undefined for a visitor who has not signed in. */
export async function fetchMe(): Promise<MeAnswer | undefined> {
  try {
    return await ask<MeAnswer>('/api/me')
  } catch (error) {
    if (isSignInRequired(error)) return undefined
    throw error
  }
}

/** What is wanted, never what it costs: the server knows its prices. */
export async function placeOrder(wanted: OrderRequest): Promise<ShopOrder> {
  return (await ask<OrderAnswer>('/api/orders', wanted)).order
}

export async function fetchOrders(): Promise<ShopOrder[]> {
  return (await ask<OrdersAnswer>('/api/orders')).orders
}

/** By the checkout's orderId or by the shop's own reference. */
export async function fetchOrder(number: string): Promise<ShopOrder> {
  return (await ask<OrderAnswer>(`/api/orders/${encodeURIComponent(number)}`)).order
}

/** One question to the checkout, which asks WeChat when it does not know yet (主动查单). */
export async function askPayment(orderId: string): Promise<OrderState> {
  return (await ask<OrderStatus>(`/pay/orders/${encodeURIComponent(orderId)}/status?confirm=1`)).state
}

async function ask<Answer>(path: string, body?: unknown): Promise<Answer> {
  const init = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body), headers: JSON_BODY }
  // AbortSignal.timeout would be shorter, and is missing from phones that WeChat still runs on.
  const patience = new AbortController()
  const timer = setTimeout(() => patience.abort(), TIMEOUT_MS)
  const response = await fetch(path, { ...init, signal: patience.signal }).catch(() => undefined)
  const answer: unknown = await response?.json().catch(() => undefined)
  clearTimeout(timer)
  if (response?.ok === true && answer !== undefined) return answer as Answer
  if (isShopError(answer)) throw new ShopRequestError(answer.error.code, answer.error.message)
  throw new ShopRequestError('no_answer', '网络开小差了，请稍后再试')
}

const JSON_BODY = { 'content-type': 'application/json' }

function isShopError(answer: unknown): answer is ShopError {
  return typeof answer === 'object' && answer !== null && 'error' in answer
}
