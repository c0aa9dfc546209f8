/** How often an account may ask for tokens in a day of Beijing. Source: 公众号文档 "接口调用频次限制", "重置 API 调用次数". */
import { beijingCompact } from '../beijing-time.ts'
import { tokensOf, type Wechat } from '../wechat.ts'
import type { OfficialAccount } from '../world.ts'

export type CountedCall = keyof OfficialAccount['dailyQuotas']
export type HurriedCall = keyof OfficialAccount['minuteQuotas']

/** errcode and text of a minute's quota that is used up. */
export const MINUTE_QUOTA_REACHED = [
  45011,
  'api minute-quota reach limit must slower retry next minute',
] as const

const CLEARINGS_A_MONTH = 10

/** Counts one call; false, and nothing counted, when the day's quota is used up. */
export function countCall(wechat: Wechat, account: OfficialAccount, call: CountedCall): boolean {
  const { calls } = tokensOf(wechat, account.appid)
  return counted(calls, dayOf(wechat, call), account.dailyQuotas[call])
}

/** Counts one call; false, and nothing counted, when the minute's quota is used up. */
export function countHurry(wechat: Wechat, account: OfficialAccount, call: HurriedCall): boolean {
  const { hurry } = tokensOf(wechat, account.appid)
  const minute = Math.floor(wechat.schedule.now() / 60_000)
  const last = hurry.get(call)
  const before = last?.minute === minute ? last.calls : 0
  if (before >= account.minuteQuotas[call]) return false
  hurry.set(call, { minute, calls: before + 1 })
  return true
}

/** What of the day's quota is used. */
export function callsToday(wechat: Wechat, account: OfficialAccount, call: CountedCall): number {
  return tokensOf(wechat, account.appid).calls.get(dayOf(wechat, call)) ?? 0
}

function dayOf({ schedule }: Wechat, call: CountedCall): string {
  return `${call} ${beijingCompact(schedule.now()).slice(0, 8)}`
}

/** Starts the day's counts anew; false when the account did so ten times this month. */
export function forgetCalls(wechat: Wechat, account: OfficialAccount): boolean {
  const { calls } = tokensOf(wechat, account.appid)
  const month = `clearings ${beijingCompact(wechat.schedule.now()).slice(0, 6)}`
  if (!counted(calls, month, CLEARINGS_A_MONTH)) return false
  for (const key of calls.keys()) if (key !== month) calls.delete(key)
  return true
}

function counted(calls: Map<string, number>, key: string, most: number): boolean {
  const before = calls.get(key) ?? 0
  if (before >= most) return false
  calls.set(key, before + 1)
  return true
}
