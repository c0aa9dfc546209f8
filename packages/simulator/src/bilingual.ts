/** What is wrong with a value, in Chinese and in English. */
import type { z } from 'zod'
import { en, zhCN } from 'zod/locales'

const [CHINESE, ENGLISH] = [zhCN().localeError, en().localeError]

/** To be given to zod's `parse`; messages of a schema's own come before it. */
export const bilingual: z.core.$ZodErrorMap = (issue) => `${words(CHINESE(issue))} / ${words(ENGLISH(issue))}`

function words(said: ReturnType<typeof ENGLISH>): string {
  return typeof said === 'string' ? said : (said?.message ?? '')
}
