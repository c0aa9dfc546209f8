/** The engine's only ties to `node:crypto`: hashes of what only needs to be recognised, and chance. */
import { createHash, randomBytes as nodeRandomBytes } from 'node:crypto'

/** Returns that many bytes nobody can foresee. */
export type RandomBytes = (count: number) => Uint8Array

export const randomBytes: RandomBytes = (count) => nodeRandomBytes(count)

/** SHA-256 of the UTF-8 text, in lower-case hexadecimal. */
export function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
