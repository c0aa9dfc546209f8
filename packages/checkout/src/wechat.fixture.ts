/**
 * A small WeChat for the engine's tests, behind the gateway's interface: it keeps orders by WeChat's rules, loses answers on
 * demand, and lets a test hold a call in flight. And a shop on it, with a clock that the test moves.
 */
import { onTestFinished } from 'vitest'
import { createEngine, type Engine, type Prepaid, type SweepReport } from './engine.ts'
import type {
  CloseAnswer,
  Gateway,
  NotificationReading,
  PaymentState,
  PaySheet,
  PrepayAnswer,
  PrepayRequest,
  Refused,
  Unknown,
} from './gateway/gateway.ts'
import type { LogEntry } from './log.ts'
import type { NewOrder, Order } from './order.ts'
import type { CheckoutEvent } from './outbox.ts'
import { NOW, PAYER } from './store/order.fixture.ts'
import { createSqliteStore } from './store/sqlite.ts'
import type { Store } from './store/store.ts'

export { NOW, PAYER }

export type Verb = 'prepay' | 'query' | 'close'
/** `lost`: WeChat never got it. `answer-lost`: it took effect. `refused`: without effect, for a reason that stays. */
export type Fault = 'lost' | 'answer-lost' | 'refused'

export interface FakeWechat {
  gateway(account?: string): Gateway
  /** What the next call of this verb meets. */
  fault(verb: Verb, fault: Fault): void
  /** WeChat does not know the number, yet or any more. */
  forget(outTradeNo: string): void
  /** WeChat holds the number of the next prepay already, with other parameters. */
  takeNextNumber(): void
  /** Stops the next call of this verb before it reaches WeChat, until the returned function is called. */
  hold(verb: Verb): { reached: Promise<void>; release(): void }
  /** Happens when the next call of this verb took effect and before its answer arrives. */
  meanwhile(verb: Verb, happens: () => Promise<unknown>): void
  /** The payer types the password. Throws when WeChat would not let them. */
  pay(outTradeNo: string, change?: Partial<Extract<PaymentState, { state: 'paid' }>>): void
  /** What WeChat posts about a payment. */
  notification(outTradeNo: string, change?: Partial<Notice>): Uint8Array
  readonly prepays: PrepayRequest[]
  /** Numbers asked about, and told to close, in order. */
  readonly queries: string[]
  readonly closes: string[]
}

interface Notice {
  signed: boolean
  appid: 'ours' | 'another'
  outTradeNo: string
  payment: PaymentState
}

interface Trade {
  request: PrepayRequest
  payment: PaymentState
}

export function fakeWechat(): FakeWechat {
  const trades = new Map<string, Trade>()
  const faults = script<Fault>()
  const holds = script<() => Promise<void>>()
  const effects = script<() => Promise<unknown>>()
  const prepays: PrepayRequest[] = []
  const queries: string[] = []
  const closes: string[] = []
  let sheets = 0
  let taken = false

  const call = async <Answer>(
    verb: Verb,
    effect: () => Answer,
  ): Promise<Answer | Refused<'other'> | Unknown> => {
    await holds.next(verb)?.()
    const fault = faults.next(verb)
    if (fault === 'lost') return unknown()
    if (fault === 'refused') return refused('other')
    const answer = effect()
    await effects.next(verb)?.()
    return fault === 'answer-lost' ? unknown() : answer
  }
  const prepay = (request: PrepayRequest): PrepayAnswer => {
    if (taken) {
      taken = false
      return refused('number_taken')
    }
    const trade = trades.get(request.outTradeNo) ?? { request, payment: { state: 'unpaid' } }
    if (trade.payment.state === 'paid') return refused('paid')
    if (trade.payment.state === 'closed') return refused('closed')
    if (wire(trade.request) !== wire(request)) return refused('number_taken')
    trades.set(request.outTradeNo, trade)
    sheets += 1
    return { outcome: 'done', prepayId: `wx-prepay-${sheets}` }
  }
  const close = (outTradeNo: string): CloseAnswer => {
    const trade = trades.get(outTradeNo)
    if (trade === undefined) return refused('absent')
    if (trade.payment.state === 'paid') return refused('paid')
    trade.payment = { state: 'closed' }
    return { outcome: 'done' }
  }
  const paymentOf = (outTradeNo: string): PaymentState =>
    trades.get(outTradeNo)?.payment ?? { state: 'absent' }

  return {
    prepays,
    queries,
    closes,
    gateway: (account = 'default') => ({
      account,
      notifyUrl: `https://shop.example.com/pay/notifications/v2/${account}`,
      prepay(request) {
        prepays.push(request)
        return call('prepay', () => prepay(request))
      },
      query(outTradeNo) {
        queries.push(outTradeNo)
        return call('query', () => ({ outcome: 'done', payment: paymentOf(outTradeNo) }))
      },
      close(outTradeNo) {
        closes.push(outTradeNo)
        return call('close', () => close(outTradeNo))
      },
      sheet,
      readNotification,
      acknowledge: () => ({ status: 200, contentType: 'text/xml', body: 'SUCCESS' }),
      refuse: (reason) => ({ status: 200, contentType: 'text/xml', body: `FAIL ${reason}` }),
    }),
    fault: faults.add,
    forget: (outTradeNo) => void trades.delete(outTradeNo),
    takeNextNumber() {
      taken = true
    },
    hold(verb) {
      const gate = signal()
      const reached = signal()
      holds.add(verb, () => {
        reached.give()
        return gate.given
      })
      return { reached: reached.given, release: gate.give }
    },
    meanwhile: effects.add,
    pay(outTradeNo, change = {}) {
      const trade = trades.get(outTradeNo)
      if (trade?.payment.state !== 'unpaid') throw new Error('WeChat would not let it be paid')
      const { payer, totalFen } = trade.request
      const paid = { state: 'paid', transactionId: `4200-${outTradeNo}`, payer, totalFen } as const
      trade.payment = { ...paid, currency: 'CNY', paidAt: NOW, ...change }
    },
    notification(outTradeNo, change = {}) {
      const notice = { signed: true, appid: 'ours', outTradeNo, payment: paymentOf(outTradeNo), ...change }
      return new TextEncoder().encode(JSON.stringify(notice))
    },
  }
}

/** What the next calls of each verb meet, in order. */
function script<Item>(): { add(verb: Verb, item: Item): void; next(verb: Verb): Item | undefined } {
  const items: Record<Verb, Item[]> = { prepay: [], query: [], close: [] }
  return { add: (verb, item) => void items[verb].push(item), next: (verb) => items[verb].shift() }
}

function signal(): { given: Promise<void>; give: () => void } {
  let give = (): void => {}
  const given = new Promise<void>((resolve) => {
    give = resolve
  })
  return { given, give: () => give() }
}

function refused<Reason extends string>(reason: Reason): Refused<Reason> {
  return { outcome: 'refused', reason, cause: new Error(reason) }
}

function unknown(): Unknown {
  return { outcome: 'unknown', cause: new Error('timeout') }
}

function sheet(prepayId: string): PaySheet {
  const signed = { nonceStr: 'n', package: `prepay_id=${prepayId}`, signType: 'MD5', paySign: 's' }
  return { chooseWXPay: { timestamp: '1', ...signed }, bridge: { appId: 'wx1', timeStamp: '1', ...signed } }
}

function readNotification(body: Uint8Array): NotificationReading {
  const notice = JSON.parse(new TextDecoder().decode(body)) as Notice
  if (!notice.signed) return { outcome: 'refused', cause: new Error('not signed') }
  const { outTradeNo, payment } = notice
  return notice.appid === 'ours'
    ? { outcome: 'read', outTradeNo, payment }
    : { outcome: 'foreign', outTradeNo }
}

/** What WeChat compares when a number comes again. */
function wire(request: PrepayRequest): string {
  const { totalFen, description, attach, payer, clientAddress, notifyUrl, startedAt, payableUntil } = request
  return JSON.stringify([
    totalFen,
    description,
    attach,
    payer,
    clientAddress,
    notifyUrl,
    startedAt,
    payableUntil,
  ])
}

export interface Shop {
  engine: Engine
  wechat: FakeWechat
  store: Store
  /** Every event that a subscriber took, in order. */
  events: CheckoutEvent[]
  log: LogEntry[]
  /** Another process on the same database and the same WeChat. */
  secondProcess(): Engine
  now(): number
  pass(ms: number): void
  order(change?: Partial<NewOrder>): Promise<Order>
  /** A wish of the payer to pay. */
  prepay(order: Order, payer?: string): Promise<Prepaid>
  notify(body: Uint8Array, account?: string): Promise<string>
  sweep(): Promise<SweepReport>
}

/** A shop with nothing sold yet; closed when the test ends. */
export async function openShop(options: { wrap?: (store: Store) => Store } = {}): Promise<Shop> {
  let now = NOW
  let references = 0
  const clock = (): number => now
  const wechat = fakeWechat()
  const opened = await createSqliteStore({ path: ':memory:', clock })
  const store = options.wrap?.(opened) ?? opened
  const events: CheckoutEvent[] = []
  const log: LogEntry[] = []
  const engines: ReturnType<typeof createEngine>[] = []
  const process = (): Engine => {
    const gateways = [wechat.gateway(), wechat.gateway('second')] as const
    const engine = createEngine({ store, gateways, clock, delay: turn, log: (entry) => void log.push(entry) })
    engines.push(engine)
    return engine
  }
  const engine = process()
  for (const type of ['order.paid', 'order.closed', 'order.review'] as const) {
    engine.subscribe(type, (event) => void events.push(event))
  }
  onTestFinished(async () => {
    await Promise.all(engines.map((each) => each.idle()))
    await opened.close()
  })
  return {
    engine,
    wechat,
    store,
    events,
    log,
    secondProcess: process,
    now: clock,
    pass(ms) {
      now += ms
    },
    order(change = {}) {
      references += 1
      return engine.createOrder({
        reference: `R${references}`,
        description: '热茶',
        totalFen: 990,
        ...change,
      })
    },
    prepay: (order, payer = PAYER) =>
      engine.prepay({ orderId: order.orderId, payer, clientAddress: '203.0.113.7' }),
    async notify(body, account = 'default') {
      return (await engine.receiveNotification({ account, body })).body
    },
    sweep: () => engine.sweep(new Date(now)),
  }
}

/** Waiting lets the others run and takes no time. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
