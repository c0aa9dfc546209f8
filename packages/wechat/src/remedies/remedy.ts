/** What is said of one code of WeChat's: what caused it, and what to do. */

export interface Remedy {
  zh: string
  en: string
  /** What a program does about it, where that does not depend on the text. */
  next?: NextStep
}

/**
 * `repeat`: the same request under the same number, later. `query`: ask for the state before anything else. `fix`: the request or
 * a setting has to change. `give_up`: no repetition will pass.
 */
export type NextStep = 'repeat' | 'query' | 'fix' | 'give_up'

export function remedy(zh: string, en: string, next?: NextStep): Remedy {
  return next === undefined ? { zh, en } : { zh, en, next }
}
