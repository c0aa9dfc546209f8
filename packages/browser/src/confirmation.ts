/** What became of a payment: the merchant's server is asked, again and again for a while, also after a reload. */
import { type Client, createClient } from './client.ts'
import { notes, sleep } from './environment.ts'
import type { PayResult } from './pay.ts'

/** WeChat's notification comes within seconds as a rule; after twenty the page stops waiting. */
const CONFIRM_AFTER_MS = [0, 1000, 1000, 2000, 3000, 4000, 4000, 5000]

export interface ConfirmOptions {
  /** Where the merchant mounted the checkout; `/pay` unless told otherwise. */
  basePath?: string
  /** Waits between questions to the server; tests give their own. */
  wait?: (ms: number) => Promise<void>
}

/** What the server knows for certain of an order, or that it does not know yet. */
export type Confirmation = Extract<PayResult, { state: 'paid' | 'closed' | 'review' | 'pending' }>

/** Asks the server until it knows, for about twenty seconds; it asks WeChat each time. */
export async function confirm(
  orderId: string,
  { basePath = '/pay', wait = sleep }: ConfirmOptions = {},
): Promise<Confirmation> {
  const client = createClient(basePath)
  for (const ms of CONFIRM_AFTER_MS) {
    await wait(ms)
    const result = await askOnce(client, orderId)
    if (result.state !== 'pending') return result
  }
  return { state: 'pending' }
}

/** One question. */
export async function askOnce(client: Client, orderId: string): Promise<Confirmation> {
  const status = await client.confirm(orderId)
  if ('error' in status || status.state === 'unpaid') return { state: 'pending' }
  noteSheet(orderId, undefined)
  return { state: status.state }
}

/** After a reload: whether the sheet of this order said "ok" in this tab, and the server has not confirmed it yet. */
export function wasPaying(orderId: string): boolean {
  return notes.read(noteOf(orderId)) === 'ok'
}

/**
 * Takes up a payment that a reload interrupted: undefined when there was none, or when the page was lost with the sheet open and
 * nothing was paid. Call it when the page of an order begins.
 */
export async function resume(
  orderId: string,
  options: ConfirmOptions = {},
): Promise<Confirmation | undefined> {
  const note = notes.read(noteOf(orderId))
  if (note === null) return undefined
  if (note === 'ok') return confirm(orderId, options)
  noteSheet(orderId, undefined)
  const result = await askOnce(createClient(options.basePath ?? '/pay'), orderId)
  return result.state === 'pending' ? undefined : result
}

/** How far the sheet of an order came, for the next life of this page. */
export function noteSheet(orderId: string, reached: 'open' | 'ok' | undefined): void {
  notes.write(noteOf(orderId), reached ?? null)
}

function noteOf(orderId: string): string {
  return `shouyin:${orderId}`
}
