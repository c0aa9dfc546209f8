/** Time that passes outside of the clock: the only timers of the engine. */
export type Delay = (ms: number) => Promise<void>

export const delay: Delay = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

/** Rejects when the promise takes longer; what it stands for goes on regardless. */
export async function timeLimit<Value>(promise: Promise<Value>, ms: number): Promise<Value> {
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`took longer than ${ms} ms`)), ms)
  })
  try {
    return await Promise.race([promise, limit])
  } finally {
    clearTimeout(timer)
  }
}
