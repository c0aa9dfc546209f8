/** One line of the table of refusals: a mistake that merchants make, and WeChat's words for it. */
import { type MerchantScene, openScene } from '../merchant.fixture.ts'
import type { World } from '../world.ts'

export interface Refusal {
  /** What the merchant did, in Chinese and in English. */
  mistake: { zh: string; en: string }
  /** What WeChat says to it, letter for letter. */
  words: string
  /** Makes the mistake; what WeChat said. */
  commit(): Promise<string>
}

export interface Chapter {
  title: string
  /** Where these words are found in the answer. */
  form: string
  refusals: Refusal[]
}

export function refusal(zh: string, en: string, words: string, commit: () => Promise<string>): Refusal {
  return { mistake: { zh, en }, words, commit }
}

/** The same in a scene of its own, whose world `change` edits first. */
export function inScene(
  attempt: (scene: MerchantScene) => Promise<string>,
  change?: (world: World) => void,
): () => Promise<string> {
  return () => attempt(openScene(change))
}

/** How v2 says no: `FAIL` and `return_msg`, or `err_code` and `err_code_des`. */
export function saidByV2(reply: Record<string, string>): string {
  const { return_code: outer, return_msg: message, err_code: code, err_code_des: text } = reply
  if (code !== undefined) return `${code} ${text}`
  return outer === 'FAIL' ? `FAIL ${message}` : `no refusal: ${JSON.stringify(reply)}`
}

export const NUMBER = 'T20261124001'
