/** Who is here. A visitor without a session is sent through WeChat once, silently, and comes back to the same address. */
import { type Ref, ref } from 'vue'
import type { MeAnswer } from '../src/contract.ts'
import { fetchMe } from './client.ts'

/** `unsure`: the shop did not answer. `refused`: back from WeChat without a session, e.g. because cookies are off. */
export type Standing = 'known' | 'unsure' | 'refused'

export const me: Ref<MeAnswer | undefined> = ref()
export const standing: Ref<Standing> = ref('unsure')

/** Marks a sign-in under way in this tab, so that a browser that keeps no cookie does not go round in circles. */
const MARK = 'tea-shop-signing-in'

/** Settles when the page may be shown; while the browser leaves for WeChat, never. */
export async function meet(): Promise<void> {
  try {
    me.value = await fetchMe()
  } catch {
    return
  }
  if (me.value === undefined) return signInOnce()
  sessionStorage.removeItem(MARK)
  standing.value = 'known'
}

/** Leaves for WeChat, unless this tab has just been there in vain. */
export async function signInOnce(): Promise<void> {
  if (sessionStorage.getItem(MARK) === null) return signIn()
  standing.value = 'refused'
}

/** Leaves for WeChat and returns to this very address; what awaits this waits until the page is gone. */
export function signIn(): Promise<void> {
  sessionStorage.setItem(MARK, 'yes')
  const here = location.pathname + location.search
  location.replace(`/pay/sign-in?return=${encodeURIComponent(here)}`)
  return new Promise(() => {})
}
