/**
 * The clock that merchants see. WeChat looks at how old a v3 message is, and so do merchants; somebody may have moved the
 * simulated world ahead, though, while the merchant's own server still lives by this machine's clock. Either clock is
 * believed, and a merchant is answered in the one it last used. A fault makes it wrong for everybody.
 */
import type { Simulation } from './simulation.ts'

export type MerchantClock = 'world' | 'machine'

/** The service's clock and a message's may be so far apart, either way. */
const WINDOW_SECONDS = 300

/** Seconds since the epoch, as WeChat tells them to this merchant. */
export function wireSeconds(simulation: Simulation, mchid: string | undefined): number {
  const clock = simulation.merchantClocks.get(mchid ?? '') ?? 'world'
  return secondsBy(simulation, clock, mchid)
}

/** Whether a message signed at this time is young enough, and not of the future. */
export function isFresh(simulation: Simulation, mchid: string, seconds: number): boolean {
  for (const clock of ['world', 'machine'] as const) {
    if (Math.abs(secondsBy(simulation, clock, mchid) - seconds) > WINDOW_SECONDS) continue
    simulation.merchantClocks.set(mchid, clock)
    return true
  }
  return false
}

/**
 * A coming moment that a merchant names, such as `time_expire`, in the world's time. A merchant of v2 says nowhere by which clock
 * it lives: what has passed here and not on this machine was meant by the machine's.
 */
export function worldMoment({ schedule, merchantClocks }: Simulation, mchid: string, ms: number): number {
  const [world, machine] = [schedule.now(), schedule.machine()]
  const guessed: MerchantClock = ms < world && ms >= machine ? 'machine' : 'world'
  return (merchantClocks.get(mchid) ?? guessed) === 'machine' ? ms + world - machine : ms
}

function secondsBy(
  { schedule, faults }: Simulation,
  clock: MerchantClock,
  mchid: string | undefined,
): number {
  const ms = clock === 'world' ? schedule.now() : schedule.machine()
  return Math.floor(ms / 1000) + faults.skewSeconds({ mchid })
}
