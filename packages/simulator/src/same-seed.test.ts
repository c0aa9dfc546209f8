/** The same seed and the same script say the same, to the byte: ids, nonces, times, signatures, faults. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { ACKNOWLEDGED, openScene } from './merchant.fixture.ts'
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

test('when many ask at once, faults strike and notifications are repeated', async () => {
  expect(await manyAtOnce()).toBe(await manyAtOnce())
})

/** What thirty orders say that are opened, paid and asked for at the same time, and a day of a merchant who is often busy. */
async function manyAtOnce(): Promise<string> {
  const scene = openScene(({ users: [payer] }) => Object.assign(payer ?? {}, { balanceFen: 100_000_000 }))
  const { control, v2, simulator, order, credentials } = scene
  scene.acknowledge = ({ body }) => new Response(String(body).length % 3 === 0 ? 'busy' : ACKNOWLEDGED)
  await control('faults', { kind: 'answer-garbage', probability: 0.2, match: { path: '/pay/orderquery' } })
  await control('faults', { kind: 'notification-parallel', probability: 0.5 })
  await control('faults', { kind: 'notification-out-of-order', probability: 0.3 })
  const bought = async (number: string): Promise<void> => {
    await v2('/pay/unifiedorder', order({ out_trade_no: number }))
    await control('pay', { out_trade_no: number })
    await v2('/pay/orderquery', { ...credentials(), out_trade_no: number }).catch(() => ({}))
    await simulator.settle()
  }
  await Promise.all(Array.from({ length: 30 }, (_, index) => bought(`T202611240${100 + index}`)))
  await Promise.all([simulator.advance(3600), simulator.settle(), simulator.advance(24 * 3600)])
  return (await scene.send('http://localhost:9090/_simulator/exchanges')).text()
}

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
