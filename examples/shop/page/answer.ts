/** What a screen waits for: nothing yet, an answer, or a sentence that says why there is none. */
import { onMounted, type Ref, ref, shallowRef } from 'vue'
import { isSignInRequired } from './client.ts'
import { signInOnce } from './visitor.ts'

export interface Asked<Answer> {
  answer: Ref<Answer | undefined>
  /** For the buyer; set when the last attempt failed. */
  problem: Ref<string | undefined>
  /** Asks again; the screen falls back to waiting unless it has an answer to show meanwhile. */
  retry(): Promise<void>
}

/** Asks once the screen is there; a visitor whose session has ended is signed in again first. */
export function useAnswer<Answer>(load: () => Promise<Answer>): Asked<Answer> {
  const answer = shallowRef<Answer>()
  const problem = ref<string>()
  const retry = async (): Promise<void> => {
    problem.value = undefined
    try {
      answer.value = await load()
    } catch (error) {
      if (isSignInRequired(error)) return signInOnce()
      problem.value = error instanceof Error ? error.message : '出了点问题，请稍后再试'
    }
  }
  onMounted(retry)
  return { answer, problem, retry }
}
