/**
 * A small town in one process, on one clock: a merchant (the checkout, with WeChat's real addresses), WeChat (the
 * simulator) and payers with their phones. Nothing of ours is replaced; requests travel as `Request` and `Response`.
 */
import { type Checkout, type CheckoutEvent, type CheckoutOptions, createCheckout } from '@shouyin/checkout'
import type { OrderStatus, PayPageData, PrepayAnswer } from '@shouyin/checkout/contract'
import { createSimulator, defaultWorld, type Simulator } from '@shouyin/simulator'
import { onTestFinished } from 'vitest'
import { createPhone, type Page, type Phone } from './phone.ts'

export interface Town {
  checkout: Checkout
  simulator: Simulator
  /** Every event that reached the merchant's subscriber, in order. */
  events: CheckoutEvent[]
  /** Moves the one clock, a second at a time, letting WeChat and the merchant do what is due. */
  advance(seconds: number): Promise<void>
  /** A visitor's telephone; the first of the world unless named. */
  phone(userId?: string): Phone
  /** Control API of the simulator: `control('faults', { kind: 'notification-lost' })`. */
  control<Answer>(verb: string, body?: unknown): Promise<Answer>
  /** Requests that WeChat received at a path, e.g. `/pay/unifiedorder`. */
  requestsTo(path: string): Promise<number>
}

export interface TownOptions {
  /** Stands between merchant and WeChat, for answers that are lost, garbled or forged on the way. */
  network?: (request: Request, wechat: (request: Request) => Promise<Response>) => Promise<Response>
  /** Stands between WeChat and the merchant's server. */
  toMerchant?: (request: Request, merchant: (request: Request) => Promise<Response>) => Promise<Response>
  checkout?: Partial<CheckoutOptions>
}

export const ORIGIN = 'https://shop.example.com'
/** Ten in the morning in China. */
const START = Date.parse('2026-11-24T02:00:00Z')

export async function openTown(options: TownOptions = {}): Promise<Town> {
  const events: CheckoutEvent[] = []
  let now = START
  const clock = (): number => now
  const world = defaultWorld({ merchantOrigin: ORIGIN })
  const simulator = createSimulator({
    world,
    clock,
    fetch: (input, init) => merchant(new Request(input, init)),
  })
  const wechat = (request: Request): Promise<Response> => simulator.fetch(request)
  const network = options.network ?? ((request, send) => send(request))
  const checkout = await createCheckout({
    ...merchantOptions(world),
    clock,
    fetch: (input, init) => network(new Request(input, init), wechat),
    ...options.checkout,
  })
  const handler = (request: Request): Promise<Response> => checkout.handler(request)
  const merchant = (request: Request): Promise<Response> =>
    options.toMerchant?.(request, handler) ?? handler(request)
  for (const type of ['order.paid', 'order.closed', 'order.review'] as const) {
    checkout.subscribe(type, (event) => void events.push(event))
  }
  onTestFinished(() => checkout.close())

  const control = async <Answer>(verb: string, body?: unknown): Promise<Answer> => {
    const init = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body), headers: JSON_BODY }
    const response = await simulator.fetch(new Request(`http://localhost:9090/_simulator/${verb}`, init))
    if (!response.ok) throw new Error(`control ${verb}: ${response.status} ${await response.text()}`)
    return (await response.json()) as Answer
  }

  return {
    checkout,
    simulator,
    events,
    control,
    phone: (userId) => createPhone({ userId: userId ?? firstUser(world), merchant, wechat }),
    async advance(seconds) {
      for (let passed = 0; passed < seconds; passed += 1) {
        now += 1000
        await simulator.settle()
        await checkout.sweep(new Date(now))
      }
    },
    async requestsTo(path) {
      const exchanges = await control<{ to: string; request?: { url: string } }[]>('exchanges')
      return exchanges.filter(
        ({ request }) => request !== undefined && new URL(request.url).pathname === path,
      ).length
    },
  }
}

export const JSON_BODY = { 'content-type': 'application/json' }

/** Reads a prepay answer that can be paid; fails the test otherwise. */
export function payable(answer: PrepayAnswer): Extract<PrepayAnswer, { state: 'payable' }>['session'] {
  if (answer.state !== 'payable') throw new Error(`not payable but ${answer.state}`)
  return answer.session
}

/** What the rendered pay page was given, read from the page itself. */
export function payPageData(page: Page): PayPageData {
  const data = /<script[^>]*id="shouyin-pay-page"[^>]*>([\s\S]*?)<\/script>/.exec(page.text)?.[1]
  if (data === undefined) throw new Error(`no pay page at ${page.url}: ${page.status}`)
  return JSON.parse(data) as PayPageData
}

/** The number that a pay sheet would be opened with. */
export function prepayIdOf(data: PayPageData): string {
  if (data.session === undefined) throw new Error(`cannot be paid: ${data.state} ${data.problem?.code ?? ''}`)
  return data.session.bridge.package.replace('prepay_id=', '')
}

/** An order of the town's shop: 128 yuan of tea. */
export const TEA = { reference: 'A-1001', description: '明前龙井 50g', totalFen: 12_800 }

export function payPageUrl(orderId: string): string {
  return `${ORIGIN}/pay/orders/${orderId}`
}

/** What the page asks after the sheet said "ok". */
export async function confirm(phone: Phone, orderId: string): Promise<OrderStatus> {
  return JSON.parse((await phone.open(`${payPageUrl(orderId)}/status?confirm=1`)).text) as OrderStatus
}

type SimulatedWorld = ReturnType<typeof defaultWorld>

function merchantOptions(world: SimulatedWorld): CheckoutOptions {
  const [account] = world.officialAccounts
  const [merchant] = world.merchants
  if (account === undefined || merchant === undefined) throw new Error('the default world has no merchant')
  return {
    origin: ORIGIN,
    secret: 'a secret of the test town, long enough to sign with',
    account: {
      appid: account.appid,
      appSecret: account.secret,
      mchid: merchant.mchid,
      apiKey: merchant.apiKey,
    },
    database: ':memory:',
  }
}

function firstUser(world: SimulatedWorld): string {
  const [user] = world.users
  if (user === undefined) throw new Error('the default world has nobody in it')
  return user.id
}
