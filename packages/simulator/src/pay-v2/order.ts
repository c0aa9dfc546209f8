/** Orders at WeChat Pay: opened, paid, closed. Money moves here and nowhere else. */
import { beijingCompact } from '../beijing-time.ts'
import { notifyPaid } from '../notifier.ts'
import { userByOpenid, type Wechat } from '../wechat.ts'
import type { SignType } from './sign.ts'

export interface PayOrder {
  mchid: string
  appid: string
  outTradeNo: string
  body: string
  /** In fen. */
  totalFee: number
  openid: string
  notifyUrl: string
  attach: string
  deviceInfo: string
  signType: SignType
  /** Milliseconds; the order cannot be paid after it, but is not closed by it. */
  timeExpire: number | undefined
  createdAt: number
  state: 'NOTPAY' | 'SUCCESS' | 'CLOSED'
  /** The business parameters of the first request: a re-entry must bring the same. */
  firstRequest: string
  prepays: { id: string; expiresAt: number }[]
  payment?: { transactionId: string; paidAt: number; userId: string }
}

export type PayResult = 'ok' | 'cancel' | 'fail'

export interface PayRequest {
  order: PayOrder
  /** Who pays; WeChat takes money from nobody but the order's payer. */
  userId: string
  result: PayResult
}

const PREPAY_LIFE_MS = 2 * 3600 * 1000
/** Unpaid orders are closed by WeChat after a week. */
const ORDER_LIFE_MS = 7 * 24 * 3600 * 1000

/** 商户订单号 is unique within its merchant. */
export function orderOf(wechat: Wechat, mchid: string, outTradeNo: string): PayOrder | undefined {
  return asOfNow(wechat, wechat.orders.get(`${mchid} ${outTradeNo}`))
}

export function orderByTransaction(
  wechat: Wechat,
  mchid: string,
  transactionId: string,
): PayOrder | undefined {
  return allOrders(wechat).find(
    ({ mchid: owner, payment }) => owner === mchid && payment?.transactionId === transactionId,
  )
}

export function orderByPrepayId(wechat: Wechat, prepayId: string): PayOrder | undefined {
  return asOfNow(wechat, wechat.prepays.get(prepayId))
}

/** Oldest first. */
export function allOrders(wechat: Wechat): PayOrder[] {
  return [...wechat.orders.values()].flatMap((order) => asOfNow(wechat, order) ?? [])
}

function asOfNow(wechat: Wechat, order: PayOrder | undefined): PayOrder | undefined {
  if (order?.state === 'NOTPAY' && order.createdAt + ORDER_LIFE_MS <= wechat.schedule.now()) closeOrder(order)
  return order
}

export function closeOrder(order: PayOrder): void {
  order.state = 'CLOSED'
}

export function prepayIsAlive(wechat: Wechat, order: PayOrder, prepayId: string): boolean {
  return order.prepays.some(({ id, expiresAt }) => id === prepayId && expiresAt > wechat.schedule.now())
}

/** The order's prepay_id while it lives, then a new one: `wx`, day and time in Beijing, random, 36 characters. */
export function openPrepay(wechat: Wechat, order: PayOrder): string {
  const now = wechat.schedule.now()
  const alive = order.prepays.find(({ expiresAt }) => expiresAt > now)
  if (alive !== undefined) return alive.id
  const id = `wx${beijingCompact(now).slice(6)}${String(now % 1000).padStart(3, '0')}${wechat.random.hex(19)}0000`
  order.prepays.push({ id, expiresAt: now + PREPAY_LIFE_MS })
  wechat.prepays.set(id, order)
  return id
}

/** Why an order cannot be paid by this user now, in the words of WeChat's dialogs; undefined when it can. */
export function obstacle(wechat: Wechat, order: PayOrder, userId: string): string | undefined {
  if (order.state === 'SUCCESS') return '该订单已支付'
  if (order.state === 'CLOSED') return '该订单已关闭'
  if (order.timeExpire !== undefined && order.timeExpire <= wechat.schedule.now())
    return '订单已超时，请重新发起支付'
  if (userByOpenid(wechat, order.appid, order.openid)?.id !== userId)
    return '下单账号与支付账号不一致，请核实后再支付'
  return undefined
}

/**
 * What the person does on the pay sheet. `ok` takes the money and sets the notification going; `cancel` and `fail` leave
 * the order unpaid. Throws an `Error` with WeChat's words when the order cannot be paid.
 */
export function pay(wechat: Wechat, { order, userId, result }: PayRequest): void {
  if (result !== 'ok') return
  const why = obstacle(wechat, order, userId)
  if (why !== undefined) throw new Error(why)
  const balance = wechat.balances.get(userId) ?? 0
  if (balance < order.totalFee) throw new Error('余额不足')
  wechat.balances.set(userId, balance - order.totalFee)
  wechat.receipts.set(order.mchid, (wechat.receipts.get(order.mchid) ?? 0) + order.totalFee)
  const paidAt = wechat.schedule.now()
  const transactionId = `42000${wechat.random.digits(5)}${beijingCompact(paidAt).slice(0, 8)}${wechat.random.digits(10)}`
  order.state = 'SUCCESS'
  order.payment = { transactionId, paidAt, userId }
  notifyPaid(wechat, order)
}
