/** The one digest of page signatures (JSSDK). Those of Pay v2 are in pay-v2/sign.ts. */
import { createHash } from 'node:crypto'

/** Lower-case hex of the UTF-8 bytes. */
export function sha1(text: string): string {
  return createHash('sha1').update(text, 'utf8').digest('hex')
}
