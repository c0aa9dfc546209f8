/** docs/faults.md is the table of faults, written out. */
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { FAULT_KINDS, type FaultMeaning } from './fault-kinds.ts'

test('the documented faults are these', async () => {
  const file = fileURLToPath(new URL('../../docs/faults.md', import.meta.url))
  const lines = Object.entries(FAULT_KINDS).map(([kind, meaning]) => line(kind, meaning))
  await expect(`${[...HEAD, ...lines].join('\n')}\n`).toMatchFileSnapshot(file)
})

const HEAD = [
  '# 故障 Faults',
  '',
  '可以让微信出的错，由 `FAULT_KINDS` 生成 / what WeChat can be made to do wrong, written from `FAULT_KINDS`:',
  '',
  '```sh',
  'npx vitest run --project unit packages/simulator/src/faults/fault-kinds -u',
  '```',
  '',
  '“参数”是可以给的数和它平常的值 / the number is what may be given, with its usual value.',
  '',
  '| kind | 含义 | meaning | 参数 number |',
  '| --- | --- | --- | --- |',
]

function line(kind: string, { zh, en, takes = {} }: FaultMeaning): string {
  const numbers = Object.entries(takes).map(([name, usual]) => `\`${name}\` ${usual}`)
  return `| \`${kind}\` | ${zh} | ${en} | ${numbers.join(', ')} |`
}
