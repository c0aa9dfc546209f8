/** Orders at WeChat Pay: opened, found, closed, and the prepay_ids that stand for them. */
import { beijingCompact } from '../beijing-time.ts'
import type { CombinedOrder, PayOrder, PaySide, Prepaid } from './state.ts'

/** A merchant that asks for itself, or a service provider that asks for one of its sub-merchants. */
export interface Owner {
  mchid: string
  subMchid?: string | undefined
}

/** 商户订单号 within its owner. */
export interface OrderNumber extends Owner {
  outTradeNo: string
}

const PREPAY_LIFE_MS = 2 * 3600 * 1000
/** Unpaid orders are closed by WeChat after a week, or when their own time is over if that is later. */
const ORDER_LIFE_MS = 7 * 24 * 3600 * 1000

export function orderOf(side: PaySide, number: OrderNumber): PayOrder | undefined {
  return asOfNow(side, side.pay.orders.get(orderKey(number)))
}

/** By 微信支付订单号, of this merchant, or of this provider for this sub-merchant. */
export function orderByTransaction(
  side: PaySide,
  { mchid, subMchid, transactionId }: Owner & { transactionId: string },
): PayOrder | undefined {
  const order = side.pay.transactions.get(transactionId)
  return order?.mchid === mchid && order.subMchid === subMchid ? order : undefined
}

/** Oldest first. */
export function allOrders(side: PaySide): PayOrder[] {
  return [...side.pay.orders.values()].flatMap((order) => asOfNow(side, order) ?? [])
}

/** Who gets the money. */
export function payeeOf({ mchid, subMchid }: Pick<PayOrder, 'mchid' | 'subMchid'>): string {
  return subMchid ?? mchid
}

type OpenedWith = 'createdAt' | 'state' | 'prepays' | 'combined' | 'payment' | 'revokedAt' | 'refunds'
export type NewOrder = Omit<PayOrder, OpenedWith>

export function openOrder(side: PaySide, asked: NewOrder): PayOrder {
  const order: PayOrder = {
    ...asked,
    createdAt: side.schedule.now(),
    state: 'NOTPAY',
    prepays: [],
    combined: undefined,
    payment: undefined,
    revokedAt: undefined,
    refunds: [],
  }
  side.pay.orders.set(orderKey(order), order)
  return order
}

export function combinedOrderOf(
  side: PaySide,
  { mchid, outTradeNo }: OrderNumber,
): CombinedOrder | undefined {
  const combined = side.pay.combinedOrders.get(`${mchid} ${outTradeNo}`)
  for (const order of combined?.orders ?? []) asOfNow(side, order)
  return combined
}

export type NewCombinedOrder = Omit<CombinedOrder, 'createdAt' | 'transactionId' | 'prepays' | 'orders'>

/** Opens the combined order and each of its parts. */
export function openCombinedOrder(
  side: PaySide,
  asked: NewCombinedOrder,
  parts: readonly NewOrder[],
): CombinedOrder {
  const createdAt = side.schedule.now()
  const combined: CombinedOrder = { ...asked, createdAt, transactionId: undefined, prepays: [], orders: [] }
  combined.orders = parts.map((part) => Object.assign(openOrder(side, part), { combined }))
  side.pay.combinedOrders.set(`${combined.mchid} ${combined.outTradeNo}`, combined)
  return combined
}

/** Its payment is no longer possible; nothing was paid. */
export function closeOrder(order: PayOrder): void {
  order.state = 'CLOSED'
}

/** The number is spent although no order ever had it. */
export function closeUnseen(side: PaySide, number: OrderNumber): void {
  side.pay.closedUnseen.add(orderKey(number))
}

export function isClosedUnseen(side: PaySide, number: OrderNumber): boolean {
  return side.pay.closedUnseen.has(orderKey(number))
}

export function prepaidOf(side: PaySide, prepayId: string): Prepaid | undefined {
  const prepaid = side.pay.prepays.get(prepayId)
  for (const order of prepaid?.orders ?? []) asOfNow(side, order)
  return prepaid
}

export function prepayIsAlive({ schedule }: PaySide, { expiresAt }: Prepaid): boolean {
  return expiresAt > schedule.now()
}

/** The prepay_id while it lives, then a new one: `wx`, day and time in Beijing, random, 36 characters. */
export function openPrepay(side: PaySide, target: PayOrder | CombinedOrder): string {
  const now = side.schedule.now()
  const alive = target.prepays.find((prepaid) => prepayIsAlive(side, prepaid))
  if (alive !== undefined) return alive.id
  const id = `wx${beijingCompact(now).slice(6)}${String(now % 1000).padStart(3, '0')}${side.random.hex(19)}0000`
  const orders = 'orders' in target ? target.orders : [target]
  const prepaid: Prepaid = { id, expiresAt: now + PREPAY_LIFE_MS, orders }
  target.prepays.push(prepaid)
  side.pay.prepays.set(id, prepaid)
  return id
}

function asOfNow({ schedule }: PaySide, order: PayOrder | undefined): PayOrder | undefined {
  if (order?.state !== 'NOTPAY') return order
  const { createdAt, timeExpire = 0 } = order
  if (Math.max(createdAt + ORDER_LIFE_MS, timeExpire) <= schedule.now()) closeOrder(order)
  return order
}

function orderKey({ mchid, subMchid = '', outTradeNo }: OrderNumber): string {
  return `${mchid} ${subMchid} ${outTradeNo}`
}
