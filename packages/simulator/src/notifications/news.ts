/** News that somebody asks WeChat to tell, of an order that is there or of one made up for it: signed and encrypted as always. */
import { z } from 'zod'
import { allOrders } from '../pay/order.ts'
import { allRefunds } from '../pay/refund.ts'
import type { ApiVersion, PayOrder, PaySide, Refund, RefundState } from '../pay/state.ts'
import { merchantOf } from '../simulation.ts'
import type { Merchant } from '../world.ts'
import type { Notification } from './deliveries.ts'
import { aside, type MadeUpOrder, paidAside, refundedAside } from './made-up.ts'

export const NEWS_EVENTS = ['payment.success', 'refund.success', 'refund.abnormal', 'refund.closed'] as const

/** What a notification may tell. */
export type NewsEvent = (typeof NEWS_EVENTS)[number]

export interface News {
  event: NewsEvent
  /** Of a made-up order; one that is there speaks its own. */
  version: ApiVersion
  mchid?: string | undefined
  openid?: string | undefined
  /** 商户订单号; one that is there, or any other. */
  out_trade_no?: string | undefined
  /** 商户退款单号; one that is there, or any other. */
  out_refund_no?: string | undefined
  /** In fen. */
  total_fee?: number | undefined
  /** In fen; the whole order unless told otherwise. */
  refund_fee?: number | undefined
  body?: string | undefined
  attach?: string | undefined
  /** Where it goes; to the order's or the refund's own address unless told otherwise. */
  url?: string | undefined
}

export const news: z.ZodType<News> = z.strictObject({
  event: z.enum(NEWS_EVENTS),
  version: z.enum(['v2', 'v3']).default('v2'),
  mchid: z.string().optional(),
  openid: z.string().optional(),
  out_trade_no: z.string().min(1).max(32).optional(),
  out_refund_no: z.string().min(1).max(64).optional(),
  total_fee: z.int().min(1).optional(),
  refund_fee: z.int().min(1).optional(),
  body: z.string().min(1).optional(),
  attach: z.string().optional(),
  url: z.url({ protocol: /^https?$/ }).optional(),
})

const REFUND_STATES: Record<Exclude<NewsEvent, 'payment.success'>, RefundState> = {
  'refund.success': 'SUCCESS',
  'refund.abnormal': 'ABNORMAL',
  'refund.closed': 'CLOSED',
}

/**
 * Sets it going; the books stay as they are. Throws an `Error` with words for a person when there is nobody to tell it to, or
 * nothing would be told.
 */
export function tellNews(side: PaySide, asked: News): Notification {
  const { deliveries, announcers } = side
  const before = deliveries.count()
  if (asked.event === 'payment.success') {
    const order = paymentTold(side, asked)
    announcers[order.version].paid(side, order.combined?.orders ?? [order])
  } else {
    const refund = refundTold(side, asked, REFUND_STATES[asked.event])
    announcers[refund.version].refunded(side, refund)
  }
  const told = deliveries.find(before + 1)
  if (told === undefined)
    throw new Error(
      '微信不会发出这个通知：没有地址，或没有 APIv3 密钥 / nothing is told: no address, or no APIv3 key',
    )
  return told
}

function paymentTold(side: PaySide, asked: News): PayOrder {
  const present = orderNamed(side, asked)
  const notifyUrl = addressFor(side, asked, present?.combined?.notifyUrl ?? present?.notifyUrl)
  const { combined } = present ?? {}
  if (combined !== undefined && present?.payment !== undefined) {
    const copy = { ...combined, notifyUrl }
    copy.orders = combined.orders.map((order) => ({ ...order, combined: copy }))
    return { ...present, combined: copy }
  }
  if (present?.payment !== undefined) return { ...present, notifyUrl }
  return paidAside(aside(side, JSON.stringify(asked)), { ...madeUp(side, asked), notifyUrl, like: present })
}

function refundTold(side: PaySide, asked: News, state: RefundState): Refund {
  const present = allRefunds(side).find(
    ({ outRefundNo, order }) =>
      outRefundNo === asked.out_refund_no && (asked.mchid === undefined || asked.mchid === order.mchid),
  )
  const succeededAt = state === 'SUCCESS' ? side.schedule.now() : undefined
  if (present !== undefined) {
    const notifyUrl = addressFor(side, asked, present.notifyUrl)
    return { ...present, state, succeededAt: present.succeededAt ?? succeededAt, notifyUrl }
  }
  const order = orderNamed(side, asked)
  const world = aside(side, JSON.stringify(asked))
  const notifyUrl = addressFor(side, asked, order?.notifyUrl)
  const paid = paidAside(world, { ...madeUp(side, asked), notifyUrl, like: order })
  if (order?.payment !== undefined) paid.payment = order.payment
  const { out_refund_no: outRefundNo = `R${paid.outTradeNo}`, refund_fee: refundFen = paid.totalFen } = asked
  return { ...refundedAside(world, paid, { outRefundNo, refundFen, notifyUrl }), state, succeededAt }
}

function orderNamed(side: PaySide, { out_trade_no: number, mchid }: News): PayOrder | undefined {
  if (number === undefined) return undefined
  const named = allOrders(side).filter(
    (order) =>
      (order.outTradeNo === number || order.combined?.outTradeNo === number) &&
      (mchid === undefined || order.mchid === mchid || order.subMchid === mchid),
  )
  if (new Set(named.map((order) => order.combined ?? order)).size > 1)
    throw new Error('多个订单用了这个号，请给 mchid / several orders have this number: give mchid')
  return named[0]
}

/** Where all notifications go at the moment, the address asked for, or the one that is known. */
function addressFor({ deliveries }: PaySide, { url }: News, known: string | undefined): string {
  const address = url ?? (known === '' ? undefined : known) ?? deliveries.forwardTo
  if (address !== undefined) return address
  throw new Error('需要 url，或先用 forward 指定地址 / a url is needed, or an address given to forward')
}

function madeUp(side: PaySide, asked: News): Omit<MadeUpOrder, 'notifyUrl'> {
  const merchant = merchantFor(side, asked)
  return {
    version: asked.version,
    merchant,
    openid: asked.openid ?? anyOpenid(side, merchant),
    outTradeNo: asked.out_trade_no ?? `TRIGGER${side.random.digits(16)}`,
    totalFen: asked.total_fee ?? 100,
    description: asked.body ?? '测试商品',
    attach: asked.attach ?? '',
  }
}

function merchantFor(side: PaySide, { mchid }: News): Merchant {
  const merchant = mchid === undefined ? side.world.merchants[0] : merchantOf(side, mchid)
  if (merchant === undefined) throw new Error(`没有商户 no merchant ${mchid}`)
  return merchant
}

/** The first user that the merchant's account knows. */
function anyOpenid({ world }: PaySide, { appids }: Merchant): string {
  const [openid] = world.users.flatMap(({ openids }) => openids[appids[0] ?? ''] ?? [])
  if (openid === undefined) throw new Error('没有用户能付款 / nobody is there who could pay')
  return openid
}
