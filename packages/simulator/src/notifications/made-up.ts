/**
 * Orders and refunds that never were, for notifications that somebody wants to see: lived through in a world aside by the
 * same rules as the real ones, so that all their numbers fit together.
 */
import { openOrder } from '../pay/order.ts'
import { pay } from '../pay/payment.ts'
import { createRefund } from '../pay/refund.ts'
import type { ApiVersion, PayOrder, PaySide, Refund } from '../pay/state.ts'
import { createWechat } from '../wechat.ts'
import type { Merchant, User, World } from '../world.ts'

export interface MadeUpOrder {
  version: ApiVersion
  merchant: Merchant
  /** The payer in the scope of the merchant's first account. */
  openid: string
  outTradeNo: string
  totalFen: number
  description: string
  attach: string
  notifyUrl: string
  /** Takes the place of all this: an order that is there, and not paid. */
  like?: PayOrder | undefined
}

export interface MadeUpRefund {
  outRefundNo: string
  refundFen: number
  notifyUrl: string
}

const SILENT = { paid: () => undefined, refunded: () => undefined }
/** Nobody is too poor for an order that never was. */
const RICH_FEN = 1_000_000_000_000

/** A world aside, with the same people; what happens in it depends on `about` alone. */
export function aside({ world, seed, schedule }: PaySide, about: string): PaySide {
  return createWechat({
    world: withRichUsers(world),
    seed: `${seed}:aside:${about}`,
    clock: schedule.now,
    fetch: () => Promise.reject(new TypeError('nothing leaves a world aside')),
    announcers: { v2: SILENT, v3: SILENT },
  })
}

function withRichUsers(world: World): World {
  const rich = (user: User): User => ({ ...user, balanceFen: RICH_FEN, coupons: [], accountClosed: false })
  return { ...world, users: world.users.map(rich) }
}

/** Opened and paid now. Throws an `Error` when nobody of this openid is there. */
export function paidAside(side: PaySide, asked: MadeUpOrder): PayOrder {
  const { merchant, like } = asked
  const order = openOrder(side, {
    version: asked.version,
    signType: 'MD5',
    mchid: merchant.mchid,
    appid: merchant.appids[0] ?? '',
    subMchid: undefined,
    subAppid: undefined,
    outTradeNo: asked.outTradeNo,
    description: asked.description,
    totalFen: asked.totalFen,
    openid: asked.openid,
    subOpenid: undefined,
    notifyUrl: asked.notifyUrl,
    attach: asked.attach,
    deviceInfo: '',
    goodsTag: '',
    limitPay: [],
    timeExpire: undefined,
    firstRequest: '',
    ...(like === undefined ? {} : { ...like, combined: undefined, notifyUrl: asked.notifyUrl }),
  })
  const payable = { state: 'NOTPAY', payment: undefined, refunds: [], limitPay: [], timeExpire: undefined }
  Object.assign(order, payable)
  const [payer] = side.world.users.filter(({ openids }) =>
    [order.openid, order.subOpenid ?? order.openid].some((openid) => Object.values(openids).includes(openid)),
  )
  pay(side, { orders: [order], userId: payer?.id ?? '', result: 'ok' })
  return order
}

/** Accepted now, of an order paid aside. Throws an `Error` with the reason when it would be refused. */
export function refundedAside(side: PaySide, order: PayOrder, asked: MadeUpRefund): Refund {
  const { version, totalFen } = order
  const answer = createRefund(side, {
    order,
    version,
    totalFen,
    reason: '',
    fundsAccount: undefined,
    ...asked,
  })
  if (answer.outcome === 'accepted') return answer.refund
  throw new Error(`不能这样退款 / cannot be refunded so: ${answer.why}`)
}
