/** What goes wrong on purpose. A fault is armed for a number of times and, if wanted, for one path or one order. */
import { z } from 'zod'

export type FaultKind =
  /** A payment notification is not sent, and not repeated. */
  | 'notification-lost'
  /** A payment notification is sent twice at once. */
  | 'notification-doubled'
  /** A call takes effect and its answer never arrives. */
  | 'answer-lost-after-effect'
  /** A refund gets stuck at the payer's bank. */
  | 'refund-abnormal'

export interface FaultRequest {
  kind: FaultKind
  /** How often it strikes; 1 to 1000. */
  times: number
  match: FaultMatch
}

export interface FaultMatch {
  path?: string | undefined
  out_trade_no?: string | undefined
  out_refund_no?: string | undefined
}

/** Where a fault may strike. */
export interface FaultPlace {
  path?: string | undefined
  outTradeNo?: string | undefined
  outRefundNo?: string | undefined
}

export const faultRequest: z.ZodType<FaultRequest> = z.object({
  kind: z.enum(['notification-lost', 'notification-doubled', 'answer-lost-after-effect', 'refund-abnormal']),
  times: z.int().min(1).max(1000).default(1),
  match: z
    .object({
      path: z.string().optional(),
      out_trade_no: z.string().optional(),
      out_refund_no: z.string().optional(),
    })
    .default({}),
})

export interface Fault extends FaultRequest {
  id: number
}

export interface Faults {
  arm(request: FaultRequest): Fault
  armed(): readonly Fault[]
  disarm(): void
  /** Whether such a fault is due here; each answer "yes" uses it up once. */
  strikes(kind: FaultKind, where: FaultPlace): boolean
}

export function createFaults(): Faults {
  let armed: Fault[] = []
  let count = 0
  return {
    arm(request) {
      count += 1
      const fault = { ...request, id: count }
      armed.push(fault)
      return fault
    },
    armed: () => armed,
    disarm() {
      armed = []
    },
    strikes(kind, { path, outTradeNo, outRefundNo }) {
      const fault = armed.find(
        ({ kind: armedKind, match }) =>
          armedKind === kind &&
          (match.path === undefined || match.path === path) &&
          (match.out_trade_no === undefined || match.out_trade_no === outTradeNo) &&
          (match.out_refund_no === undefined || match.out_refund_no === outRefundNo),
      )
      if (fault === undefined) return false
      fault.times -= 1
      armed = armed.filter(({ times }) => times > 0)
      return true
    },
  }
}
