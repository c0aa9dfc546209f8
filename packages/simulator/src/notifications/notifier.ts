/**
 * Notifications on their way: delivered, judged, repeated on WeChat's ladder for a day, and what goes wrong with that on
 * purpose. What they say, and what acknowledges them, is the business of each version of the API.
 * Source: docs of both versions, "支付结果通知", "支付通知".
 */

import type { NotificationFault } from '../faults/fault-kinds.ts'
import type { FaultPlace } from '../faults/faults.ts'
import type { Simulation } from '../simulation.ts'
import type { Announcement, NotificationTwist } from './announcement.ts'
import type { Notification } from './deliveries.ts'
import { deliver, heading } from './delivery.ts'

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE

/** Delays after each failed delivery, 24 h 4 min in total. */
export const RETRY_DELAYS_MS: readonly number[] = [
  15 * SECOND,
  15 * SECOND,
  30 * SECOND,
  3 * MINUTE,
  10 * MINUTE,
  20 * MINUTE,
  30 * MINUTE,
  30 * MINUTE,
  30 * MINUTE,
  60 * MINUTE,
  3 * HOUR,
  3 * HOUR,
  3 * HOUR,
  6 * HOUR,
  6 * HOUR,
]

/** After a probe the right one follows, whatever the probe was answered. */
const AFTER_PROBE_MS = 5 * SECOND

/** Sets a notification going; it leaves when due work is next run. */
export function announce(simulation: Simulation, announcement: Announcement): void {
  const { faults, exchanges, schedule, deliveries } = simulation
  const where = placeOf(announcement)
  const notification = deliveries.open(announcement)
  if (faults.strikes('notification-lost', where)) {
    const note = '通知丢失，不会重发 notification lost, not repeated (fault)'
    exchanges.record({ ...heading(announcement), outcome: 'fault', note })
    notification.state = 'lost'
    return
  }
  const journey: Journey = {
    notification,
    epoch: simulation.epoch,
    copies: copiesOf(simulation, where),
    switchesKeys: switchesKeys(simulation, announcement, where),
    repeatedAfterMs: delayOf(simulation, 'notification-repeated', where),
  }
  const lateMs = delayOf(simulation, 'notification-late', where)
  const heldMs = delayOf(simulation, 'notification-out-of-order', where)
  if (lateMs === undefined && heldMs !== undefined) hold(simulation, journey, heldMs)
  else
    leaveAt(simulation, notification, schedule.now() + (lateMs ?? 0), () => attempt(simulation, journey, 0))
}

/** Sends a notification once more, as it is or would be now; the ladder is not begun again. */
export function replay(simulation: Simulation, notification: Notification): void {
  leaveAt(simulation, notification, simulation.schedule.now(), async () => {
    await deliver(simulation, { notification, twist: undefined, next: '不再重发 not repeated' })
  })
}

/** One merchant's notifications go one after the other; one that lets them hang holds up no other merchant. */
function leaveAt(
  { schedule }: Simulation,
  { announcement }: Notification,
  at: number,
  leave: () => Promise<void>,
): void {
  schedule.at(at, leave, announcement.mchid ?? '')
}

/** One notification and what the faults that struck it make of its way. */
interface Journey {
  notification: Notification
  /** A reset begins another world, which owes nobody this news. */
  epoch: number
  copies: number
  switchesKeys: boolean
  repeatedAfterMs: number | undefined
}

function copiesOf({ faults }: Simulation, where: FaultPlace): number {
  if (faults.strikes('notification-doubled', where)) return 2
  return faults.strike(['notification-parallel'], where)?.copies ?? 1
}

function switchesKeys({ faults }: Simulation, { twists = [] }: Announcement, where: FaultPlace): boolean {
  return twists.includes('key-switch') && faults.strikes('notification-key-switch', where)
}

function delayOf(
  { faults }: Simulation,
  kind: 'notification-late' | 'notification-out-of-order' | 'notification-repeated',
  where: FaultPlace,
): number | undefined {
  const struck = faults.strike([kind], where)
  return struck === undefined ? undefined : (struck.delaySeconds ?? 0) * SECOND
}

/** Lets the merchant's next notification go first, as long as it comes in time. */
function hold(simulation: Simulation, journey: Journey, atMostMs: number): void {
  const { schedule, deliveries } = simulation
  const { notification } = journey
  const { mchid = '' } = notification.announcement
  let gone = false
  const leave = async (): Promise<void> => {
    if (gone) return
    gone = true
    await attempt(simulation, journey, 0)
  }
  const waiting = deliveries.held.get(mchid) ?? []
  const leaveNow = (): void => leaveAt(simulation, notification, schedule.now(), leave)
  deliveries.held.set(mchid, [...waiting, leaveNow])
  leaveAt(simulation, notification, schedule.now() + atMostMs, leave)
}

function releaseHeld({ deliveries }: Simulation, mchid = ''): void {
  const waiting = deliveries.held.get(mchid) ?? []
  deliveries.held.delete(mchid)
  for (const leave of waiting) leave()
}

/** The step of the ladder with this number: 0 is the first delivery. */
async function attempt(simulation: Simulation, journey: Journey, step: number): Promise<void> {
  const { schedule } = simulation
  const { notification, epoch, copies } = journey
  if (simulation.epoch !== epoch) return
  const again = (delay: number, nextStep: number): void => {
    notification.nextAt = new Date(schedule.now() + delay).toISOString()
    leaveAt(simulation, notification, schedule.now() + delay, () => attempt(simulation, journey, nextStep))
  }
  const delay = RETRY_DELAYS_MS[step]
  const twist = twistOf(simulation, journey, step)
  const next = nextWords(twist === 'probe' ? AFTER_PROBE_MS : delay)
  const each = (): Promise<boolean> => deliver(simulation, { notification, twist, next })
  const answers = await Promise.all(Array.from({ length: copies }, each))
  if (simulation.epoch !== epoch) return
  notification.nextAt = undefined
  if (twist === 'probe') return again(AFTER_PROBE_MS, step)
  releaseHeld(simulation, notification.announcement.mchid)
  if (!answers.every(Boolean)) {
    if (delay === undefined) notification.state = 'given-up'
    else again(delay, step + 1)
    return
  }
  notification.state = 'acknowledged'
  const { repeatedAfterMs } = journey
  if (repeatedAfterMs === undefined) return
  journey.repeatedAfterMs = undefined
  again(repeatedAfterMs, step)
}

/** What is struck before each delivery. Keys switch by themselves from then on. */
const TWIST_FAULTS = {
  probe: 'notification-probe',
  'wrong-signature': 'notification-wrong-signature',
  'unknown-serial': 'notification-unknown-serial',
  'wrong-aad': 'notification-wrong-aad',
  stale: 'notification-stale',
  corrupted: 'notification-corrupted',
} as const satisfies Record<Exclude<NotificationTwist, 'key-switch'>, NotificationFault>

function twistOf({ faults }: Simulation, journey: Journey, step: number): NotificationTwist | undefined {
  const { announcement } = journey.notification
  for (const twist of announcement.twists ?? []) {
    if (twist !== 'key-switch' && faults.strikes(TWIST_FAULTS[twist], placeOf(announcement))) return twist
  }
  return journey.switchesKeys && step % 2 === 1 ? 'key-switch' : undefined
}

function nextWords(delay: number | undefined): string {
  if (delay === undefined) return '不再重发 not repeated'
  return `${delay / SECOND} 秒后重发 repeated in ${delay / SECOND} s`
}

function placeOf({ url, mchid, outTradeNo, outRefundNo }: Announcement): FaultPlace {
  const { pathname: path, hostname: host } = new URL(url)
  return { host, path, mchid, outTradeNo, outRefundNo }
}
