/** Waits; the only timer of the engine. Tests hand in one that does not. */
export type Delay = (ms: number) => Promise<void>

export const delay: Delay = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
