/** What every part of the simulated WeChat stands on: who exists, what time it is, chance, what goes wrong, what was said. */

import type { Exchanges } from './exchanges.ts'
import type { Faults } from './faults/faults.ts'
import type { Deliveries } from './notifications/deliveries.ts'
import type { Random } from './random.ts'
import type { Schedule } from './schedule.ts'
import type { MerchantClock } from './wire-clock.ts'
import type { Merchant, OfficialAccount, User, World } from './world.ts'

export interface Simulation {
  world: World
  /** Keys and certificates are made from it; so is all that is random. */
  seed: string
  random: Random
  /** Goes up with each reset: what was under way in the world before has no place in this one. */
  epoch: number
  /** Milliseconds: the beginning of the year (UTC) in which simulated time began. Certificates look at nothing finer. */
  readonly startedAt: number
  /** By which clock each merchant (mchid) lives, as far as it has been heard. */
  merchantClocks: Map<string, MerchantClock>
  readonly schedule: Schedule
  readonly exchanges: Exchanges
  readonly faults: Faults
  readonly deliveries: Deliveries
  /** How notifications leave, and how a domain's file is looked for. */
  readonly fetch: typeof fetch
}

export function accountOf({ world }: Pick<Simulation, 'world'>, appid: string): OfficialAccount | undefined {
  return world.officialAccounts.find((account) => account.appid === appid)
}

export function merchantOf({ world }: Pick<Simulation, 'world'>, mchid: string): Merchant | undefined {
  return world.merchants.find((merchant) => merchant.mchid === mchid)
}

export function userOf({ world }: Pick<Simulation, 'world'>, userId: string): User | undefined {
  return world.users.find(({ id }) => id === userId)
}

export function userByOpenid(
  { world }: Pick<Simulation, 'world'>,
  appid: string,
  openid: string,
): User | undefined {
  return world.users.find(({ openids }) => openids[appid] === openid)
}

/** 请求号: three groups of hex, the first the time in seconds by WeChat's clock, which may be wrong on purpose. */
export function requestId({ schedule, random, faults }: Simulation): string {
  const skewSeconds = faults.skewSeconds({ host: 'api.weixin.qq.com' })
  const seconds = Math.floor(schedule.now() / 1000) + skewSeconds
  return `${seconds.toString(16).padStart(8, '0')}-${random.hex(8)}-${random.hex(8)}`
}
