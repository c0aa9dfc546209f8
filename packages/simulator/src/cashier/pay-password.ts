/**
 * The payment password (支付密码): six digits, and not guessed at for long. WeChat publishes no numbers; here the person
 * is warned from the third mistake on, and the fifth locks the password for ten minutes of simulated time.
 */
import type { User } from '../world.ts'

export interface PasswordGuard {
  /** Words for the person when the password is refused; undefined when it is right. */
  refusal(user: User, password: string): string | undefined
}

const MOST_MISTAKES = 5
const WARNED_FROM = 3
const LOCKED_MINUTES = 10

/** `now` in milliseconds; `epoch` counts the worlds, each of which begins without mistakes. */
export function createPasswordGuard({
  now,
  epoch,
}: {
  now: () => number
  epoch: () => number
}): PasswordGuard {
  const mistakes = new Map<string, { count: number; lockedUntil: number }>()
  return {
    refusal({ id, payPassword }, password) {
      const key = `${epoch()} ${id}`
      const { count, lockedUntil } = mistakes.get(key) ?? { count: 0, lockedUntil: 0 }
      if (lockedUntil > now()) return lockedWords(lockedUntil - now())
      if (password === payPassword) {
        mistakes.delete(key)
        return undefined
      }
      const made = count + 1
      const isLast = made >= MOST_MISTAKES
      const until = now() + LOCKED_MINUTES * 60_000
      mistakes.set(key, isLast ? { count: 0, lockedUntil: until } : { count: made, lockedUntil: 0 })
      return isLast ? lockedWords(LOCKED_MINUTES * 60_000) : wrongWords(MOST_MISTAKES - made)
    },
  }
}

function wrongWords(left: number): string {
  const warned = left <= MOST_MISTAKES - WARNED_FROM
  return warned ? `支付密码错误，你还可以输入${left}次` : '支付密码错误，请重试'
}

function lockedWords(milliseconds: number): string {
  return `支付密码输入错误次数过多，请${Math.ceil(milliseconds / 60_000)}分钟后再试`
}
