/** Simulated time and what is to happen in it: deliveries, expiries, retries, in a fixed order. */

export interface Schedule {
  /** Milliseconds since the epoch in the simulated world. */
  now(): number
  /** Milliseconds since the epoch outside of it: what a program that nobody moved takes for now. */
  machine(): number
  /** Whether somebody moved this world ahead of the machine. */
  isAhead(): boolean
  /**
   * Runs `work` when the world reaches `at`; work of the same moment runs in the order it was asked for. As time goes by
   * by itself, work of a lane holds up that of the same lane only; who moves time on waits for each piece.
   */
  at(at: number, work: () => Promise<void>, lane?: string): void
  /** Runs all that is due now, and waits for it; who only waits for time to pass waits for no other work. */
  settle(): Promise<void>
  /** Moves time on, running what falls due at its own moment. */
  advance(seconds: number): Promise<void>
  /** Comes true when the world has got so much older, or begins anew. */
  passed(seconds: number): Promise<void>
  clear(): void
}

interface Due {
  at: number
  work: () => Promise<void>
  lane?: string | undefined
  /** Of somebody who only waits for this moment, or for its being dropped: lets it go on. */
  wakes?: () => void
}

export function createSchedule(clock: () => number): Schedule {
  let ahead = 0
  /** By time, and within one moment as asked for. */
  let waiting: Due[] = []
  let running: Promise<void> = Promise.resolve()
  let isBusy = false
  /** A settling that has not begun: it will do for all who ask until then. */
  let settling: Promise<void> | undefined
  const lanes = createLanes()
  const now = (): number => clock() + ahead

  const next = (until: number): Due | undefined => {
    const [first] = waiting
    return first !== undefined && first.at <= until ? waiting.shift() : undefined
  }
  /** `begun` takes up what a lane goes on with; without it there are no lanes. */
  const runUntil = async (until: number, begun?: Promise<void>[]): Promise<void> => {
    for (let due = next(until); due !== undefined; due = next(until)) {
      ahead += Math.max(0, due.at - now())
      if (due.lane === undefined || begun === undefined) await due.work()
      else begun.push(lanes.run(due.lane, due.work))
    }
  }
  /** One at a time: two settlers must not interleave their work. */
  const alone = (task: () => Promise<void>): Promise<void> => {
    const begin = async (): Promise<void> => {
      isBusy = true
      try {
        await task()
      } finally {
        isBusy = false
      }
    }
    running = running.then(begin, begin)
    return running
  }
  /** A merchant may be asking something slow in the middle of a delivery, which ends when it is answered. */
  const wakeWaiting = (): void => {
    const until = now()
    const isAwake = ({ at, wakes }: Due): boolean => wakes !== undefined && at <= until
    const awake = waiting.filter(isAwake)
    waiting = waiting.filter((due) => !isAwake(due))
    for (const { wakes } of awake) wakes?.()
  }

  const settleSoon = async (): Promise<void> => {
    const begun: Promise<void>[] = []
    await alone(() => {
      settling = undefined
      return runUntil(now(), begun)
    })
    await Promise.all(begun)
    await lanes.idle()
  }

  const plan = (due: Due): void => {
    const behind = waiting.findLastIndex(({ at }) => at <= due.at)
    waiting.splice(behind + 1, 0, due)
  }

  return {
    now,
    machine: clock,
    isAhead: () => ahead !== 0,
    at: (at, work, lane) => plan({ at, work, lane }),
    settle() {
      if (isBusy) wakeWaiting()
      settling ??= settleSoon()
      return settling
    },
    advance: (seconds) =>
      alone(async () => {
        await lanes.idle()
        const target = now() + Math.round(seconds * 1000)
        await runUntil(target)
        ahead += Math.max(0, target - now())
      }),
    passed: (seconds) =>
      new Promise((resolve) => {
        plan({ at: now() + seconds * 1000, work: async () => resolve(), wakes: resolve })
      }),
    clear() {
      const dropped = waiting
      waiting = []
      for (const { wakes } of dropped) wakes?.()
    },
  }
}

interface Lanes {
  /** Begins when what the lane was given before is over. Rejects as `work` does; the lane goes on. */
  run(lane: string, work: () => Promise<void>): Promise<void>
  /** When all is over that was begun by now. */
  idle(): Promise<void>
}

function createLanes(): Lanes {
  const last = new Map<string, Promise<void>>()
  return {
    run(lane, work) {
      const done = (last.get(lane) ?? Promise.resolve()).then(work)
      const over = done
        .catch(() => undefined)
        .then(() => {
          if (last.get(lane) === over) last.delete(lane)
        })
      last.set(lane, over)
      return done
    },
    async idle() {
      await Promise.all(last.values())
    },
  }
}
