/**
 * What the protocol costs, beside every published library that can do the same and beside the raw primitive, in one run:
 * `npm run build && npm run bench:protocol`, or with letters: `npm run bench:protocol -- A C G`.
 */
import { bills } from './protocol/bills.ts'
import { pages } from './protocol/pages.ts'
import { payV2 } from './protocol/pay-v2.ts'
import { payV3 } from './protocol/pay-v3.ts'

const PARTS: [letters: string, run: (wanted: (letter: string) => boolean) => Promise<void>][] = [
  ['ABC', payV2],
  ['DE', payV3],
  ['F', pages],
  ['G', bills],
]

const letters = process.argv.slice(2).join('').toUpperCase()
const wanted = (letter: string): boolean => letters === '' || letters.includes(letter)

for (const [all, run] of PARTS) if ([...all].some(wanted)) await run(wanted)
