/** The state of the simulated WeChat, and the questions every part asks of it. Parts keep their own state beside theirs. */
import { createExchanges, type Exchanges } from './exchanges.ts'
import { createFaults, type Faults } from './faults.ts'
import type { PayOrder } from './pay-v2/order.ts'
import { type Random, seededRandom } from './random.ts'
import { createSchedule, type Schedule } from './schedule.ts'
import type { Merchant, OfficialAccount, User, World } from './world.ts'

export interface WechatOptions {
  world: World
  seed: string
  clock: () => number
  /** How notifications leave. */
  fetch: typeof fetch
}

export interface Wechat {
  world: World
  readonly schedule: Schedule
  readonly exchanges: Exchanges
  readonly faults: Faults
  readonly fetch: typeof fetch
  random: Random
  /** One-time values of web authorization. */
  codes: Map<string, AuthorizationCode>
  webTokens: Map<string, WebToken>
  /** `userId appid` pairs that consented to `snsapi_userinfo`, with the time. */
  consents: Map<string, number>
  accountTokens: Map<string, AccountTokens>
  /** By `mchid out_trade_no`. */
  orders: Map<string, PayOrder>
  /** The same orders by each prepay_id they ever had. */
  prepays: Map<string, PayOrder>
  /** 零钱 by user id, in fen. */
  balances: Map<string, number>
  /** What merchants received, by mchid, in fen. */
  receipts: Map<string, number>
}

export interface AuthorizationCode {
  code: string
  appid: string
  userId: string
  scope: string
  expiresAt: number
  used: boolean
}

export interface WebToken {
  accessToken: string
  refreshToken: string
  appid: string
  openid: string
  unionid: string
  nickname: string
  scope: string
  expiresAt: number
  refreshUntil: number
}

/** A value and the moments at which it ends: on its own, and because another one took its place. */
export interface Slot {
  value: string
  expiresAt: number
  replacedAt?: number
}

export interface AccountTokens {
  /** Newest last. */
  classic: Slot[]
  stable: Slot[]
  tickets: { jsapi: Slot[]; wx_card: Slot[] }
  forcedAt?: number
  /** Calls that count against a quota, by call and day. */
  calls: Map<string, number>
}

export function createWechat({ world, seed, clock, fetch }: WechatOptions): Wechat {
  const schedule = createSchedule(clock)
  const wechat: Wechat = {
    schedule,
    exchanges: createExchanges(schedule.now),
    faults: createFaults(),
    fetch,
    ...fresh(world, seed),
  }
  return wechat
}

/** Everything forgotten but the world and the time. */
export function reset(wechat: Wechat, world: World, seed: string): void {
  Object.assign(wechat, fresh(world, seed))
  wechat.schedule.clear()
  wechat.exchanges.clear()
  wechat.faults.disarm()
}

function fresh(world: World, seed: string): Omit<Wechat, 'schedule' | 'exchanges' | 'faults' | 'fetch'> {
  return {
    world,
    random: seededRandom(seed),
    codes: new Map(),
    webTokens: new Map(),
    consents: new Map(),
    accountTokens: new Map(),
    orders: new Map(),
    prepays: new Map(),
    balances: new Map(world.users.map(({ id, balanceFen }) => [id, balanceFen])),
    receipts: new Map(),
  }
}

export function accountOf(wechat: Wechat, appid: string): OfficialAccount | undefined {
  return wechat.world.officialAccounts.find((account) => account.appid === appid)
}

export function merchantOf(wechat: Wechat, mchid: string): Merchant | undefined {
  return wechat.world.merchants.find((merchant) => merchant.mchid === mchid)
}

export function userOf(wechat: Wechat, userId: string): User | undefined {
  return wechat.world.users.find(({ id }) => id === userId)
}

export function userByOpenid(wechat: Wechat, appid: string, openid: string): User | undefined {
  return wechat.world.users.find(({ openids }) => openids[appid] === openid)
}

/** The account's slots; empty ones for an account that has asked for nothing yet. */
export function tokensOf(wechat: Wechat, appid: string): AccountTokens {
  const empty: AccountTokens = {
    classic: [],
    stable: [],
    tickets: { jsapi: [], wx_card: [] },
    calls: new Map(),
  }
  const tokens = wechat.accountTokens.get(appid) ?? empty
  wechat.accountTokens.set(appid, tokens)
  return tokens
}

/** Codes and tokens remembered; far more than any page has under way. */
const REMEMBERED = 10_000

/** Drops the oldest entry once there are more than anyone needs. */
export function keepNewest(kept: Map<string, unknown>): void {
  const [oldest] = kept.keys()
  if (kept.size > REMEMBERED && oldest !== undefined) kept.delete(oldest)
}

/** 请求号: three groups of hex, the first the time in seconds. */
export function requestId(wechat: Wechat): string {
  const seconds = Math.floor(wechat.schedule.now() / 1000)
  return `${seconds.toString(16).padStart(8, '0')}-${wechat.random.hex(8)}-${wechat.random.hex(8)}`
}
