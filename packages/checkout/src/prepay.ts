/**
 * From a payer's wish to a pay sheet (预下单): reuse what lives, ask again under the same number what is not known, end at
 * WeChat what no longer fits, and only then open an attempt. One request at a time does this for an order; the others wait for it.
 */
import {
  type Attempt,
  newAttempt,
  nextQueryAt,
  nextStep,
  type OrderFile,
  type PrepayStep,
} from './attempt.ts'
import { endAttempt, endOrder } from './closing.ts'
import type { Prepaid } from './engine.ts'
import { StateError } from './errors.ts'
import type { PrepayAnswer } from './gateway/gateway.ts'
import { type EngineParts, gatewayOf, LEASE_MS, untilSettled } from './parts.ts'
import { askWechat } from './query.ts'
import { recordNews } from './record.ts'
import type { Read } from './store/store.ts'

export interface Wish {
  orderId: string
  /** openid. */
  payer: string
  /** IP address of the payer's device. */
  clientAddress: string
}

/** More than a person needs; a page that asks in a loop ends here. */
const MOST_ATTEMPTS = 100

/** See `Engine.prepay`. */
export function prepay(parts: EngineParts, wish: Wish): Promise<Prepaid> {
  return untilSettled(parts, async () => {
    const file = await parts.store.order(wish.orderId)
    if (file === undefined) throw new StateError('order_not_found')
    const { order, leasedUntil } = file
    if (order.payer !== undefined && order.payer !== wish.payer) throw new StateError('not_your_order')
    if (order.state !== 'unpaid') return { state: order.state, order }
    const now = parts.clock()
    const step = nextStep(file, wish.payer, now)
    if (step.do === 'reuse') return payable(parts, file, step)
    if (leasedUntil > now) return 'busy'
    await take(parts, { file, step, wish, now })
    return undefined
  })
}

function payable(
  parts: EngineParts,
  { order }: OrderFile,
  { attempt, prepayId, until }: Extract<PrepayStep, { do: 'reuse' }>,
): Prepaid {
  const expiresAt = new Date(Math.min(until, Date.parse(order.expiresAt))).toISOString()
  return { state: 'payable', order, expiresAt, ...gatewayOf(parts, attempt.account).sheet(prepayId) }
}

interface Turn {
  file: OrderFile
  step: Exclude<PrepayStep, { do: 'reuse' }>
  wish: Wish
  now: number
}

/** One step; the order is read again after it, whether the step was ours or somebody was faster. */
async function take(parts: EngineParts, { file, step, wish, now }: Turn): Promise<void> {
  const { store } = parts
  const { orderId } = file.order
  if (step.do === 'expire') {
    return unlessUnanswered(await endOrder(parts, file, { source: 'query', now }))
  }
  const leasedUntil = now + LEASE_MS
  const attempt = step.do === 'open' ? open(parts, { file, wish, now }) : step.attempt
  const written =
    step.do === 'open'
      ? await store.openAttempt({ version: file.version, attempt, leasedUntil })
      : await store.claimOrder({ orderId, version: file.version, leasedUntil })
  if (written === 'stale') return
  const read = { orderId, version: file.version + 1 }
  try {
    if (step.do === 'replace') unlessUnanswered(await endAttempt(parts, attempt, { source: 'query', now }))
    else await call(parts, { attempt, read, now })
  } catch (error) {
    // What was recorded ended the lease; where nothing was, the next tap need not wait for it.
    await store.releaseOrder(read)
    throw error
  }
}

function open(
  parts: EngineParts,
  { file, wish, now }: { file: OrderFile; wish: Wish; now: number },
): Attempt {
  if (file.attempts >= MOST_ATTEMPTS) throw new StateError('too_many_attempts')
  const { payer, clientAddress } = wish
  const { notifyUrl } = gatewayOf(parts, file.order.account)
  return newAttempt(file, {
    outTradeNo: parts.identifiers.outTradeNo(),
    payer,
    clientAddress,
    notifyUrl,
    now,
  })
}

/** Calls WeChat for a stored attempt and records what came of it. Throws what the payer has to be told. */
async function call(
  parts: EngineParts,
  { attempt, read, now }: { attempt: Attempt; read: Read; now: number },
): Promise<void> {
  const { account, outTradeNo } = attempt
  const answer = await gatewayOf(parts, account).prepay(attempt)
  if (answer.outcome === 'done') {
    const next = nextQueryAt(now, now)
    const { prepayId } = answer
    await parts.store.recordPrepay({ ...read, outTradeNo, prepayId, prepaidAt: now, nextQueryAt: next })
    return
  }
  parts.log({ level: 'warn', event: `prepay.${answer.outcome}`, outTradeNo, cause: answer.cause })
  if (answer.outcome === 'unknown') throw new StateError('try_again', { cause: answer.cause })
  await refused(parts, { attempt, answer, now })
}

/** WeChat said no. Paid and closed are answers too; the next try, where there is one, gets a number of its own. */
async function refused(
  parts: EngineParts,
  {
    attempt,
    answer,
    now,
  }: { attempt: Attempt; answer: Extract<PrepayAnswer, { outcome: 'refused' }>; now: number },
): Promise<void> {
  const asking = { source: 'query', now } as const
  if (answer.reason === 'paid') {
    const state = await askWechat(parts, attempt, asking)
    return unlessUnanswered(state === 'paid' ? 'paid' : 'unanswered')
  }
  if (answer.reason === 'number_taken') return unlessUnanswered(await endAttempt(parts, attempt, asking))
  const { account, outTradeNo } = attempt
  const payment = { state: answer.reason === 'closed' ? 'closed' : 'unopened' } as const
  await recordNews(parts, { source: 'query', account, outTradeNo, payment }, asking)
  if (answer.reason === 'other') throw new StateError('payment_refused', { cause: answer.cause })
}

function unlessUnanswered(ended: 'paid' | 'closed' | 'stale' | 'unanswered'): void {
  if (ended === 'unanswered') throw new StateError('try_again', { detail: 'WeChat did not answer' })
}
