/**
 * A believable past: orders of the last days, paid, unpaid, closed, refunded in part and in full, lived through by the rules
 * of the present at their own moments, so that bills add up and consoles have something to show.
 */
import { beijingCompact } from './beijing-time.ts'
import { createFaults } from './faults/faults.ts'
import { balanceAccount, balanceOf, cardAccount, move, OUTSIDE } from './pay/ledger.ts'
import { closeOrder, openOrder, openPrepay } from './pay/order.ts'
import { obstacle, pay } from './pay/payment.ts'
import { createRefund } from './pay/refund.ts'
import { restFen } from './pay/refund-parts.ts'
import type { PayOrder, PaySide } from './pay/state.ts'
import { type Random, seededRandom } from './random.ts'
import { createSchedule } from './schedule.ts'
import type { Merchant, User } from './world.ts'

export interface HistoryRequest {
  /** 1 to 20 000. */
  orders: number
  /** How far back it goes; 1 to 365. */
  days: number
  seed: string
}

export interface History {
  orders: number
  paid: number
  refunds: number
  /** RFC 3339. */
  from: string
  /** RFC 3339. */
  to: string
}

const HOUR_MS = 3600 * 1000
const DAY_MS = 24 * HOUR_MS
/** By then the last refund has arrived. */
const ENDS_BEFORE_NOW_MS = 2 * HOUR_MS
const GOODS: readonly [string, number][] = [
  ['明前龙井 50g', 12_800],
  ['武夷岩茶 大红袍', 26_800],
  ['安吉白茶 礼盒', 39_900],
  ['茉莉花茶 100g', 4_900],
  ['陈皮普洱', 8_800],
  ['手冲冷泡茶', 1_900],
  ['茶点三样', 2_600],
  ['白瓷盖碗', 6_500],
]

/**
 * Nobody is told of any of it. Throws an `Error` when there are orders already: what comes after cannot be written before it.
 */
export async function makeHistory(side: PaySide, { orders, days, seed }: HistoryRequest): Promise<History> {
  if (side.pay.orders.size > 0)
    throw new Error('已有订单，请先 reset / there are orders already: reset first')
  const random = seededRandom(`${side.seed}:history:${seed}`)
  const to = side.schedule.now() - ENDS_BEFORE_NOW_MS
  const from = to - days * DAY_MS
  const past = pastOf(side, { from, random })
  if (!past.world.merchants.some(canSell(past)))
    throw new Error('这个世界里没有人能买卖 / nobody in this world buys or sells')
  const purses = fillPurses(past, from)
  const moments = Array.from({ length: orders }, () => momentOf(random, from, days)).sort((a, b) => a - b)
  for (const [index, at] of moments.entries())
    past.schedule.at(at, async () => {
      const order = opened(past, random, index)
      for (const { at: due, work } of fateOf(past, random, order)) if (due <= to) past.schedule.at(due, work)
    })
  try {
    await past.schedule.advance((side.schedule.now() - from) / 1000)
  } finally {
    emptyPurses(past, purses)
  }
  const paid = [...side.pay.orders.values()].filter(({ payment }) => payment !== undefined).length
  const refunds = side.pay.refunds.size
  return { orders, paid, refunds, from: new Date(from).toISOString(), to: new Date(to).toISOString() }
}

/** The same books on a clock of their own: nothing is announced, nothing goes wrong by a fault, coupons are kept for later. */
function pastOf(side: PaySide, { from, random }: { from: number; random: Random }): PaySide {
  const silent = { paid: () => undefined, refunded: () => undefined }
  const users = side.world.users.map((user) => ({ ...user, coupons: [] }))
  return {
    ...side,
    world: { ...side.world, users },
    random,
    schedule: createSchedule(() => from),
    faults: createFaults(side.seed),
    announcers: { v2: silent, v3: silent },
  }
}

/** By day, between nine in the morning and eleven in the evening, in Beijing. */
function momentOf(random: Random, from: number, days: number): number {
  const day = below(random, days)
  const second = below(random, 14 * 3600)
  const midnight = Math.floor((from + 8 * HOUR_MS) / DAY_MS) * DAY_MS - 8 * HOUR_MS
  return Math.min(from + days * DAY_MS, Math.max(from, midnight + day * DAY_MS + 9 * HOUR_MS + second * 1000))
}

function opened(side: PaySide, random: Random, index: number): PayOrder {
  const merchant = oneOf(random, side.world.merchants.filter(canSell(side)))
  const [appid = ''] = merchant.appids
  const payer = oneOf(random, side.world.users.filter(isKnownTo(appid)))
  const [description, priceFen] = oneOf(random, GOODS)
  const order = openOrder(side, {
    version: merchant.apiV3Key !== null && below(random, 2) === 0 ? 'v3' : 'v2',
    signType: 'MD5',
    mchid: merchant.mchid,
    appid,
    subMchid: undefined,
    subAppid: undefined,
    outTradeNo: `H${beijingCompact(side.schedule.now())}${String(index).padStart(6, '0')}`,
    description,
    totalFen: priceFen * (1 + below(random, 3)),
    openid: payer.openids[appid] ?? '',
    subOpenid: undefined,
    notifyUrl: `${merchant.payDirectories[0] ?? 'https://merchant.example/'}notify`,
    attach: '',
    deviceInfo: '',
    goodsTag: '',
    limitPay: [],
    timeExpire: undefined,
    firstRequest: '',
  })
  openPrepay(side, order)
  return order
}

const canSell =
  ({ world }: PaySide) =>
  ({ appids, permissions }: Merchant): boolean =>
    permissions.jsapi && world.users.some(isKnownTo(appids[0] ?? ''))

const isKnownTo =
  (appid: string) =>
  ({ openids, accountClosed }: User): boolean =>
    openids[appid] !== undefined && !accountClosed

interface Later {
  at: number
  work: () => Promise<void>
}

/** What becomes of an order: of ten, one is closed, one forgotten, eight are paid; of those paid one in eight is refunded. */
function fateOf(side: PaySide, random: Random, order: PayOrder): Later[] {
  const now = side.schedule.now()
  const fate = below(random, 10)
  const seconds = 5 + below(random, 90)
  if (fate === 0) return [{ at: now + HOUR_MS, work: async () => closeOrder(order) }]
  if (fate === 1) return []
  const user = side.world.users.find(({ openids }) => openids[order.appid] === order.openid)
  const cards = user?.bankCards ?? []
  const method = cards.length > 0 && below(random, 3) === 0 ? oneOf(random, cards).tail : 'balance'
  const payment: Later = {
    at: now + seconds * 1000,
    work: async () => payIfPossible(side, order, { userId: user?.id ?? '', method }),
  }
  return [payment, ...refundsOf(side, random, order)]
}

function payIfPossible(
  side: PaySide,
  order: PayOrder,
  { userId, method }: { userId: string; method: string },
): void {
  const isPossible = obstacle(side, [order], userId) === undefined
  if (isPossible) pay(side, { orders: [order], userId, result: 'ok', method })
}

/** One in part, a second one of the rest now and then. */
function refundsOf(side: PaySide, random: Random, order: PayOrder): Later[] {
  if (below(random, 8) !== 0) return []
  const first = side.schedule.now() + HOUR_MS + below(random, 2 * 24 * 3600) * 1000
  const isWhole = below(random, 2) === 0
  const partFen = isWhole
    ? order.totalFen
    : Math.max(1, Math.floor((order.totalFen * (1 + below(random, 8))) / 10))
  const later = (at: number, number: number, fen: () => number): Later => ({
    at,
    work: async () => refund(side, order, { outRefundNo: `R${number}${order.outTradeNo}`, refundFen: fen() }),
  })
  const rest = isWhole || below(random, 3) !== 0 ? [] : [later(first + DAY_MS, 2, () => restFen(order))]
  return [later(first, 1, () => partFen), ...rest]
}

function refund(
  side: PaySide,
  order: PayOrder,
  { outRefundNo, refundFen }: { outRefundNo: string; refundFen: number },
): void {
  const { version, totalFen } = order
  const asked = { order, version, totalFen, reason: '七天无理由退货', notifyUrl: '', fundsAccount: undefined }
  createRefund(side, { ...asked, outRefundNo, refundFen })
}

/** What each account of each payer is lent for the time being, so that nobody is too poor for the past. */
const PURSE_FEN = 1_000_000_000_000

interface Purse {
  account: string
  /** In fen; what the world says there is. */
  fen: number
}

function fillPurses(side: PaySide, at: number): Purse[] {
  const accounts = side.world.users.flatMap(({ id, bankCards }) => [
    balanceAccount(id),
    ...bankCards.map(({ tail }) => cardAccount(id, tail)),
  ])
  return accounts.map((account) => {
    const fen = balanceOf(side.pay.ledger, account)
    move(side.pay.ledger, { at, kind: 'opening', from: OUTSIDE, to: account, fen: PURSE_FEN })
    return { account, fen }
  })
}

/** Payers have in the present what the world says they have. */
function emptyPurses({ pay: { ledger }, schedule }: PaySide, purses: readonly Purse[]): void {
  const at = schedule.now()
  for (const { account, fen } of purses)
    move(ledger, { at, kind: 'opening', from: account, to: OUTSIDE, fen: balanceOf(ledger, account) - fen })
}

/** A whole number from 0 up to, not including, `limit`, which is far below a million. */
function below(random: Random, limit: number): number {
  return Number(random.digits(9)) % limit
}

/** Throws a `RangeError` where there is nothing to choose from. */
function oneOf<Value>(random: Random, values: readonly Value[]): Value {
  const chosen = values[below(random, Math.max(1, values.length))]
  if (chosen === undefined) throw new RangeError('nobody in this world buys or sells')
  return chosen
}
