/** The state of the simulated WeChat. Each part looks after its own; what they stand on is in simulation.ts. */

import { createExchanges } from './exchanges.ts'
import { createFaults } from './faults/faults.ts'
import { createDeliveries } from './notifications/deliveries.ts'
import { type Announcer, type ApiVersion, createPayState, type PaySide } from './pay/state.ts'
import { seededRandom } from './random.ts'
import { createSchedule } from './schedule.ts'
import type { Simulation } from './simulation.ts'
import type { World } from './world.ts'

export interface WechatOptions {
  world: World
  seed: string
  clock: () => number
  /** How notifications leave. */
  fetch: typeof fetch
  announcers: Record<ApiVersion, Announcer>
}

export interface Wechat extends Simulation, PaySide {
  /** One-time values of web authorization. */
  codes: Map<string, AuthorizationCode>
  webTokens: Map<string, WebToken>
  /** `userId appid` pairs that consented to `snsapi_userinfo`, with the time. */
  consents: Map<string, number>
  accountTokens: Map<string, AccountTokens>
}

export interface AuthorizationCode {
  code: string
  appid: string
  userId: string
  scope: string
  /** Given to a page that is looked at as a snapshot (快照页). */
  snapshot: boolean
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
  /** Of a made-up identity. */
  snapshot: boolean
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
  /** Calls of the minute in which each was last made. */
  hurry: Map<string, { minute: number; calls: number }>
}

export function createWechat({ world, seed, clock, fetch, announcers }: WechatOptions): Wechat {
  const schedule = createSchedule(clock)
  const startedAt = Date.UTC(new Date(clock()).getUTCFullYear(), 0, 1)
  const exchanges = createExchanges(schedule.now)
  const faults = createFaults(seed)
  const deliveries = createDeliveries(schedule.now)
  return {
    startedAt,
    schedule,
    exchanges,
    faults,
    deliveries,
    fetch,
    announcers,
    seed,
    epoch: 0,
    ...fresh(world, seed),
  }
}

/** Everything forgotten but the world and the time. */
export function reset(wechat: Wechat, world: World): void {
  Object.assign(wechat, fresh(world, wechat.seed))
  wechat.epoch += 1
  wechat.schedule.clear()
  wechat.exchanges.clear()
  wechat.faults.clear()
  wechat.deliveries.clear()
}

type Fresh =
  | 'world'
  | 'random'
  | 'merchantClocks'
  | 'codes'
  | 'webTokens'
  | 'consents'
  | 'accountTokens'
  | 'pay'

function fresh(world: World, seed: string): Pick<Wechat, Fresh> {
  return {
    world,
    random: seededRandom(seed),
    merchantClocks: new Map(),
    codes: new Map(),
    webTokens: new Map(),
    consents: new Map(),
    accountTokens: new Map(),
    pay: createPayState(world),
  }
}

/** The account's slots; empty ones for an account that has asked for nothing yet. */
export function tokensOf(wechat: Wechat, appid: string): AccountTokens {
  const empty: AccountTokens = {
    classic: [],
    stable: [],
    tickets: { jsapi: [], wx_card: [] },
    calls: new Map(),
    hurry: new Map(),
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
