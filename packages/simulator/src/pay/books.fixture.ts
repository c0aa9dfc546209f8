/** WeChat Pay's books without any wire, for tests: orders, payments and refunds by one merchant, on one clock. */
import { createWechat } from '../wechat.ts'
import { type Coupon, defaultWorld, type Merchant, type User, type World } from '../world.ts'
import { openOrder } from './order.ts'
import { pay } from './payment.ts'
import { createRefund, type RefundAnswer, type RefundRequest } from './refund.ts'
import type { ApiVersion, PayOrder, PaySide, Refund } from './state.ts'

export interface Books {
  side: PaySide
  merchant: Merchant
  /** 小明, with 1000 yuan and a debit card of 10 000. */
  payer: User
  /** What merchants were told, oldest first: order and refund numbers with the state. */
  told: string[]
  /** Another order of 小明's; a total of 100 yuan unless told otherwise. */
  order(change?: Partial<PayOrder>): PayOrder
  /** An order that 小明 has paid, from the balance unless told otherwise. */
  paid(change?: Partial<PayOrder>, method?: string): PayOrder
  refund(order: PayOrder, refundFen: number, change?: Partial<RefundRequest>): RefundAnswer
  /** The refund; fails the test if it is refused. */
  accepted(order: PayOrder, refundFen: number, change?: Partial<RefundRequest>): Refund
  /** Lets time pass; what falls due happens at its own moment. */
  advance(seconds: number): Promise<void>
}

/** Ten in the morning in China. */
export const OPENED: number = Date.parse('2026-11-24T02:00:00Z')

/** The default world; `change` edits it before the books are opened. */
export function openBooks(change: (world: World) => void = () => undefined): Books {
  const world = defaultWorld({ merchantOrigin: 'https://shop.example.com' })
  change(world)
  const told: string[] = []
  const announcer = {
    paid: (_side: PaySide, orders: readonly PayOrder[]) =>
      void told.push(...orders.map(({ outTradeNo, state }) => `${outTradeNo} ${state}`)),
    refunded: (_side: PaySide, { outRefundNo, state }: Refund) => void told.push(`${outRefundNo} ${state}`),
  }
  const side = createWechat({
    world,
    seed: 'books',
    clock: () => OPENED,
    fetch: () => Promise.reject(new TypeError('fetch failed')),
    announcers: { v2: announcer, v3: announcer },
  })
  const [merchant] = world.merchants
  const [payer] = world.users
  if (merchant === undefined || payer === undefined) throw new Error('the world lacks a merchant or a payer')
  let numbers = 0
  const number = (prefix: string): string => {
    numbers += 1
    return `${prefix}${String(numbers).padStart(8, '0')}`
  }
  const books: Books = {
    side,
    merchant,
    payer,
    told,
    order: (asked = {}) => openOrder(side, { ...anOrder(merchant, payer, number('T')), ...asked }),
    paid(asked, method) {
      const order = books.order(asked)
      pay(side, { orders: [order], userId: payer.id, result: 'ok', method })
      return order
    },
    refund: (order, refundFen, asked = {}) =>
      createRefund(side, { ...aRefund(order, refundFen, number('R')), ...asked }),
    accepted(order, refundFen, asked) {
      const answer = books.refund(order, refundFen, asked)
      if (answer.outcome === 'refused') throw new Error(`refused: ${answer.why}`)
      return answer.refund
    },
    advance: side.schedule.advance,
  }
  return books
}

function anOrder(
  { mchid, appids }: Merchant,
  { openids }: User,
  outTradeNo: string,
): Parameters<typeof openOrder>[1] {
  const [appid = ''] = appids
  return {
    version: 'v2',
    signType: 'MD5',
    mchid,
    appid,
    subMchid: undefined,
    subAppid: undefined,
    outTradeNo,
    description: '明前龙井',
    totalFen: 10_000,
    openid: openids[appid] ?? '',
    subOpenid: undefined,
    notifyUrl: 'https://shop.example.com/notify',
    attach: '',
    deviceInfo: '',
    goodsTag: '',
    limitPay: [],
    timeExpire: undefined,
    firstRequest: outTradeNo,
  }
}

function aRefund(order: PayOrder, refundFen: number, outRefundNo: string): RefundRequest {
  const version: ApiVersion = order.version
  const { totalFen } = order
  return {
    order,
    version,
    outRefundNo,
    refundFen,
    totalFen,
    reason: '',
    notifyUrl: '',
    fundsAccount: undefined,
  }
}

/** A coupon of five yuan for any order. */
export function aCoupon(change: Partial<Coupon> = {}): Coupon {
  return {
    id: '2000000001',
    stockId: '1000',
    name: '满减券',
    kind: 'CASH',
    fen: 500,
    minimumFen: 0,
    mchid: null,
    goodsTag: '',
    ...change,
  }
}
