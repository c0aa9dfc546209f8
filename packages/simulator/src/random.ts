/** Everything random in the simulated WeChat, from one seed: the same seed and the same script give the same bytes. */
import { createHash } from 'node:crypto'

const LETTERS_AND_DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

export interface Random {
  /** A text of `length` characters out of an alphabet; letters and digits unless told otherwise. */
  text(length: number, alphabet?: string): string
  hex(length: number): string
  digits(length: number): string
}

/** SHA-256 of seed and counter is all the randomness a test double needs; none of it protects anything. */
export function seededRandom(seed: string): Random {
  let counter = 0
  const text = (length: number, alphabet = LETTERS_AND_DIGITS): string => {
    let made = ''
    while (made.length < length) {
      counter += 1
      const bytes = createHash('sha256').update(`${seed}:${counter}`).digest()
      made += [...bytes].map((byte) => alphabet.charAt(byte % alphabet.length)).join('')
    }
    return made.slice(0, length)
  }
  return {
    text,
    hex: (length) => text(length, '0123456789abcdef'),
    digits: (length) => text(length, '0123456789'),
  }
}
