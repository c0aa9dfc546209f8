/** The same seed and the same script say the same, to the byte: ids, nonces, times, signatures, faults. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { dayOfAMerchant } from './same-seed.fixture.ts'

const run = promisify(execFile)
const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url))

test('in two simulators of one process', async () => {
  const first = await dayOfAMerchant()
  expect(await dayOfAMerchant()).toBe(first)
  const said = JSON.parse(first) as { title: string; outcome: string }[]
  const titles = new Set(said.map(({ title }) => title))
  for (const title of ['authorize', 'unifiedorder', 'payment notification', 'refund notification'])
    expect(titles).toContain(title)
  expect(said.length).toBeGreaterThan(40)
})

test('in two processes of the operating system', { timeout: 60_000 }, async () => {
  const said = await Promise.all([elsewhere(), elsewhere()])
  expect(said[0]).toBe(said[1])
  expect(said[0]).toBe(await dayOfAMerchant())
})

/** The same day in a process of its own, which loads the sources as the tests do. */
async function elsewhere(): Promise<string> {
  const program = `
    import { createJiti } from 'jiti'
    import { runnerImport } from 'vite'
    const { pageScript } = await createJiti(import.meta.url).import(${JSON.stringify(path('../../../scripts/page-script.ts'))})
    const { module } = await runnerImport(${JSON.stringify(path('./same-seed.fixture.ts'))}, {
      configFile: false,
      logLevel: 'silent',
      plugins: [pageScript()],
    })
    process.stdout.write(await module.dayOfAMerchant())
  `
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', program], {
    cwd: path('../../..'),
    maxBuffer: 64 * 1024 * 1024,
  })
  return stdout
}
