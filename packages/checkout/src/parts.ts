/** What the engine is made of, given to each of its verbs. All that reaches outside of a function comes from here. */
import type { Delay } from './delay.ts'
import { StateError } from './errors.ts'
import type { Gateway } from './gateway/gateway.ts'
import type { Identifiers } from './identifiers.ts'
import type { Log } from './log.ts'
import type { Outbox } from './outbox.ts'
import type { Store } from './store/store.ts'

export interface EngineParts {
  store: Store
  /** By the name of the merchant account; the first is the default. */
  gateways: ReadonlyMap<string, Gateway>
  identifiers: Identifiers
  outbox: Outbox
  /** Milliseconds since the epoch. */
  clock: () => number
  delay: Delay
  log: Log
}

/** Throws `StateError` `unknown_account` when an order belongs to an account that is not configured any more. */
export function gatewayOf({ gateways }: Pick<EngineParts, 'gateways'>, account: string): Gateway {
  const gateway = gateways.get(account)
  if (gateway === undefined) throw new StateError('unknown_account', { detail: account })
  return gateway
}

/** How long a request that talks to WeChat about an order keeps others from doing so; longer than one call takes. */
export const LEASE_MS = 15_000

const WAIT_MS = 50
const MOST_WAITS = 120
const MOST_STEPS = 8

/**
 * Takes steps with an order until one of them comes to an end. `undefined` from a step: the order changed, read it again;
 * `'busy'`: another request works on it, wait a moment. Throws `StateError` `try_again` when that takes too long.
 */
export async function untilSettled<Result>(
  { delay }: Pick<EngineParts, 'delay'>,
  step: () => Promise<Result | 'busy' | undefined>,
): Promise<Result> {
  for (let waits = 0, steps = 0; waits < MOST_WAITS && steps < MOST_STEPS; ) {
    const result = await step()
    if (result !== undefined && result !== 'busy') return result
    if (result === 'busy') {
      waits += 1
      await delay(WAIT_MS)
    } else {
      steps += 1
    }
  }
  throw new StateError('try_again', { detail: 'another request works on this order' })
}
