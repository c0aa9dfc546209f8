/** What 微信支付 tells a payer in the conversation: 微信支付凭证 after a payment, 退款到账通知 after a refund. */
import { allOrders } from '../pay/order.ts'
import { allRefunds } from '../pay/refund.ts'
import type { PayOrder, Refund } from '../pay/state.ts'
import { accountOf, merchantOf } from '../simulation.ts'
import type { Wechat } from '../wechat.ts'

/** Sums in fen, times in RFC 3339. */
export type PaymentNotice = PaymentReceipt | RefundReceipt

interface Notice {
  /** Unique: the transaction, or the refund. */
  id: string
  userId: string
  appid: string
  accountName: string
  payee: string
  at: string
}

export interface PaymentReceipt extends Notice {
  kind: 'payment'
  /** What the payer gave. */
  cashFee: number
  /** What was owed, coupons not taken off. */
  totalFee: number
  /** One line for each order that was paid. */
  bodies: string[]
  method: string
  transactionId: string
}

export interface RefundReceipt extends Notice {
  kind: 'refund'
  refundFee: number
  body: string
  /** Where the money is now: `支付用户零钱`. */
  receivedAccount: string
  refundId: string
}

/** A conversation shows so many and no more; a merchant's history has thousands. */
const MOST_NOTICES = 200

/** The newest of all payers, oldest first. */
export function paymentNotices(wechat: Wechat): PaymentNotice[] {
  const paid = allOrders(wechat).filter(({ combined }) => combined === undefined)
  const combined = [...wechat.pay.combinedOrders.values()]
  return [
    ...paid.flatMap((order) => receiptOf(wechat, [order], order.payment?.transactionId)),
    ...combined.flatMap(({ orders, transactionId }) => receiptOf(wechat, orders, transactionId)),
    ...allRefunds(wechat).flatMap((refund) => refundReceiptOf(wechat, refund)),
  ]
    .sort((left, right) => left.at.localeCompare(right.at))
    .slice(-MOST_NOTICES)
}

/** One act of paying, of one order or of all those of a combined one. */
function receiptOf(
  wechat: Wechat,
  orders: readonly PayOrder[],
  transactionId: string | undefined,
): PaymentReceipt[] {
  const [order] = orders
  const payment = order?.payment
  if (order === undefined || payment === undefined || transactionId === undefined) return []
  const receipt: PaymentReceipt = {
    kind: 'payment',
    id: transactionId,
    ...headingOf(wechat, order, payment.userId),
    at: new Date(payment.paidAt).toISOString(),
    cashFee: orders.reduce((sum, each) => sum + (each.payment?.cashFen ?? 0), 0),
    totalFee: orders.reduce((sum, { totalFen }) => sum + totalFen, 0),
    bodies: orders.map(({ description }) => description),
    method: payment.payerAccountName.replace(/^支付用户/, ''),
    transactionId,
  }
  return [receipt]
}

function refundReceiptOf(wechat: Wechat, refund: Refund): RefundReceipt[] {
  const { order, succeededAt, refundId } = refund
  if (succeededAt === undefined || order.payment === undefined) return []
  const receipt: RefundReceipt = {
    kind: 'refund',
    id: refundId,
    ...headingOf(wechat, order, order.payment.userId),
    at: new Date(succeededAt).toISOString(),
    refundFee: refund.cashFen,
    body: order.description,
    receivedAccount: refund.receivedAccount.replace(/^支付用户/, ''),
    refundId,
  }
  return [receipt]
}

function headingOf(
  wechat: Wechat,
  order: PayOrder,
  userId: string,
): Pick<Notice, 'userId' | 'appid' | 'accountName' | 'payee'> {
  const appid = order.subOpenid === undefined ? order.appid : (order.subAppid ?? order.appid)
  return { userId, appid, accountName: accountOf(wechat, appid)?.name ?? '', payee: payeeName(wechat, order) }
}

/** Who gets the money, as the sheet and the receipt name it. */
export function payeeName(wechat: Wechat, { mchid, subMchid }: PayOrder): string {
  return merchantOf(wechat, subMchid ?? mchid)?.name ?? merchantOf(wechat, mchid)?.name ?? ''
}
