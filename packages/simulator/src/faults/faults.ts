/** Which faults are armed: by rule (host, path, order, merchant), for a number of times or with a probability fixed by the seed. */
import { z } from 'zod'
import { type Random, seededRandom } from '../random.ts'
import { FAULT_KINDS, type FaultKind } from './fault-kinds.ts'

/** What a fault is armed with. */
export interface FaultRequest {
  kind: FaultKind
  /** How often it strikes at most. */
  times: number
  match: FaultMatch
  /** 0 to 1: how often it strikes where it could; always when absent. The same seed draws the same. */
  probability?: number | undefined
  delaySeconds?: number | undefined
  copies?: number | undefined
  skewSeconds?: number | undefined
  /** Of a refusal: `err_code` of v2, `code` of v3, `errcode` of the account's API, 错误码 of the authorize page. */
  code?: string | undefined
  text?: string | undefined
  /** HTTP status of v3's refusal; 400 unless told. */
  status?: number | undefined
}

/** All that is named must be so. */
export interface FaultMatch {
  host?: string | undefined
  /** The whole path; for notifications that of `notify_url`. */
  path?: string | undefined
  mchid?: string | undefined
  /** Of calls that name it: tokens, codes, orders. */
  appid?: string | undefined
  out_trade_no?: string | undefined
  out_refund_no?: string | undefined
}

/** Where a fault may strike. */
export interface FaultPlace {
  host?: string | undefined
  path?: string | undefined
  mchid?: string | undefined
  appid?: string | undefined
  outTradeNo?: string | undefined
  outRefundNo?: string | undefined
}

/** An armed fault. */
export interface Fault extends FaultRequest {
  id: number
  /** How often it struck so far. */
  struck: number
}

export interface Faults {
  arm(request: FaultRequest): Fault
  armed(): readonly Fault[]
  /** All of them, or one. False when there was no such one. */
  disarm(id?: number): boolean
  /** Whether such a fault is due here; each answer "yes" uses it up once. */
  strikes(kind: FaultKind, where: FaultPlace): boolean
  /** The first of these kinds that is due here, used up once. */
  strike<Kind extends FaultKind>(
    kinds: readonly Kind[],
    where: FaultPlace,
  ): (Fault & { kind: Kind }) | undefined
  /** Forgets all there ever were: what is armed from now on has the numbers and the luck of a first time. */
  clear(): void
  /** Seconds that WeChat's clock is ahead of this merchant's. */
  skewSeconds(where: FaultPlace): number
}

const MOST_TIMES = 1_000_000
const DAY_SECONDS = 24 * 3600

/** Names of Pay, numbers of the rest. */
const CODE = /^(-?\d{1,6}|[A-Z][A-Z0-9_]{1,63})$/
const KINDS = Object.keys(FAULT_KINDS) as [FaultKind, ...FaultKind[]]

export const faultRequest: z.ZodType<FaultRequest> = z
  .strictObject({
    kind: z.enum(KINDS),
    times: z.int().min(1).max(MOST_TIMES).optional(),
    probability: z.number().gt(0).max(1).optional(),
    delaySeconds: z.number().min(0).max(DAY_SECONDS).optional(),
    copies: z.int().min(2).max(20).optional(),
    skewSeconds: z.number().min(-DAY_SECONDS).max(DAY_SECONDS).optional(),
    code: z.string().regex(CODE, '错误码 / an error code').optional(),
    text: z.string().min(1).max(256).optional(),
    status: z.int().min(400).max(599).optional(),
    match: z
      .strictObject({
        host: z.string().optional(),
        path: z.string().optional(),
        mchid: z.string().optional(),
        appid: z.string().optional(),
        out_trade_no: z.string().optional(),
        out_refund_no: z.string().optional(),
      })
      .default({}),
  })
  .superRefine((request, context) => {
    for (const name of ['delaySeconds', 'copies', 'skewSeconds'] as const) {
      if (request[name] === undefined || FAULT_KINDS[request.kind].takes?.[name] !== undefined) continue
      const message = `${request.kind} 没有这个参数 / takes no such number`
      context.addIssue({ code: 'custom', path: [name], message })
    }
    for (const name of ['code', 'text', 'status'] as const) {
      if (request[name] === undefined || request.kind === 'answer-refused') continue
      const message = `只用于 answer-refused / is for answer-refused only`
      context.addIssue({ code: 'custom', path: [name], message })
    }
  })
  .transform(({ times, ...rest }) => ({ ...rest, times: times ?? usualTimes(rest) }))

/** One that is drawn, or that only tells the time, goes on until it is disarmed. */
function usualTimes({ kind, probability }: Pick<FaultRequest, 'kind' | 'probability'>): number {
  return probability === undefined && kind !== 'clock-skew' ? 1 : MOST_TIMES
}

interface Armed {
  fault: Fault
  random: Random
}

export function createFaults(seed: string): Faults {
  let armed: Armed[] = []
  let count = 0
  const strike: Faults['strike'] = (kinds, where) => {
    if (armed.length === 0) return undefined
    for (const kind of kinds) {
      const due = armed.find(
        ({ fault, random }) => fault.kind === kind && covers(fault, where) && drawn(fault, random),
      )
      if (due === undefined) continue
      due.fault.times -= 1
      due.fault.struck += 1
      armed = armed.filter(({ fault }) => fault.times > 0)
      return { ...due.fault, kind }
    }
    return undefined
  }
  return {
    arm(request) {
      count += 1
      const fault = { ...FAULT_KINDS[request.kind].takes, ...request, id: count, struck: 0 }
      armed.push({ fault, random: seededRandom(`${seed}:fault:${count}`) })
      return fault
    },
    armed: () => armed.map(({ fault }) => fault),
    disarm(id) {
      const before = armed.length
      armed = id === undefined ? [] : armed.filter(({ fault }) => fault.id !== id)
      return id === undefined || armed.length < before
    },
    clear() {
      armed = []
      count = 0
    },
    strikes: (kind, where) => strike([kind], where) !== undefined,
    strike,
    skewSeconds: (where) =>
      armed
        .filter(({ fault }) => fault.kind === 'clock-skew' && covers(fault, where))
        .reduce((sum, { fault }) => sum + (fault.skewSeconds ?? 0), 0),
  }
}

function covers({ match }: Fault, where: FaultPlace): boolean {
  return (
    (match.host === undefined || match.host === where.host) &&
    (match.path === undefined || match.path === where.path) &&
    (match.mchid === undefined || match.mchid === where.mchid) &&
    (match.appid === undefined || match.appid === where.appid) &&
    (match.out_trade_no === undefined || match.out_trade_no === where.outTradeNo) &&
    (match.out_refund_no === undefined || match.out_refund_no === where.outRefundNo)
  )
}

/** Drawn only where the rule covers, so that what happens elsewhere changes nothing here. */
function drawn({ probability = 1 }: Fault, random: Random): boolean {
  return probability === 1 || Number(random.digits(6)) < probability * 1_000_000
}
