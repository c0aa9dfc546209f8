/** Ours, the raw primitive and the peers, taking turns at one thing; figures and ratios on one table. */
import { createRequire } from 'node:module'
import { Bench } from 'tinybench'

/** One execution. */
export type Run<Result = unknown> = () => Result | Promise<Result>

export interface Contest<Result> {
  title: string
  ours: Run<Result>
  /** The primitive alone, named. */
  raw: readonly [name: string, run: Run]
  peers: Readonly<Record<string, Run<Result>>>
  /** Whether a result is right: nobody is fast by doing nothing. */
  isRight: (result: Result) => boolean
  /** At least so many times as fast as the fastest peer, or at most so many times the cost of the raw primitive. */
  budget: { timesThePeer: number } | { timesTheRaw: number }
}

/** Several rounds, because a machine with other work is slow at times; the best median of each is what it can do. */
const ROUNDS = 12
const ROUND_MS = 60
/** A clock cannot see one execution. */
const BATCH = 100

export async function hold<Result>(contest: Contest<Result>): Promise<void> {
  const { title, ours, raw, peers, isRight, budget } = contest
  for (const [name, run] of Object.entries({ ours, ...peers }))
    if (!isRight(await run())) throw new Error(`${title}: ${name} does not do it`)
  const runs = new Map<string, Run>([['@shouyin/wechat', ours], raw, ...Object.entries(peers)])
  const costs = await measured(runs)
  const cost = (name: string): number => costs.get(name) ?? Number.NaN
  const mine = cost('@shouyin/wechat')
  console.log(`\n${title}`)
  for (const [name, micros] of [...costs].sort(([, one], [, other]) => one - other)) {
    console.log(
      `  ${name.padEnd(34)}${micros.toFixed(2).padStart(10)} µs${(micros / mine).toFixed(2).padStart(9)} ×`,
    )
  }
  console.log(`  ${verdict(budget, mine, cost(raw[0]), Object.keys(peers).map(cost))}`)
}

function verdict(
  budget: Contest<unknown>['budget'],
  mine: number,
  raw: number,
  peers: readonly number[],
): string {
  const overRaw = mine / raw
  const underPeer = Math.min(...peers) / mine
  const ratios = `${overRaw.toFixed(2)} × the raw primitive; fastest peer ${underPeer.toFixed(1)} × ours`
  const [isMet, text] =
    'timesThePeer' in budget
      ? [underPeer >= budget.timesThePeer, `peer ≥ ${budget.timesThePeer} ×`]
      : [overRaw <= budget.timesTheRaw, `≤ ${budget.timesTheRaw} × raw`]
  const floor = Math.min(...peers) / raw
  const note = !isMet && 'timesThePeer' in budget ? ` (the raw primitive alone: ${floor.toFixed(1)} ×)` : ''
  return `${ratios}; budget ${text}: ${isMet ? 'met' : 'MISSED'}${note}`
}

async function measured(runs: ReadonlyMap<string, Run>): Promise<Map<string, number>> {
  const best = new Map<string, number>()
  for (let round = 0; round < ROUNDS; round += 1) {
    const bench = new Bench({ time: ROUND_MS, warmupTime: round === 0 ? ROUND_MS : 20 })
    for (const [name, run] of runs) bench.add(name, batch(run))
    await bench.run()
    for (const { name, result } of bench.tasks) {
      if (!('latency' in result)) throw new Error(`${name} failed`)
      const micros = (result.latency.p50 * 1000) / BATCH
      best.set(name, Math.min(micros, best.get(name) ?? micros))
    }
  }
  return best
}

/** What answers at once is not made to wait. */
function batch(run: Run): () => void | Promise<void> {
  if (run() instanceof Promise) {
    return async () => {
      for (let index = 0; index < BATCH; index += 1) await run()
    }
  }
  return () => {
    for (let index = 0; index < BATCH; index += 1) run()
  }
}

/** The peers are the tests' dependencies; none of them has types that fit. */
export const peer: NodeJS.Require = createRequire(new URL('../../tests/package.json', import.meta.url))
