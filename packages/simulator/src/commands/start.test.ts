/** Starting, as a person at the command line meets it. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runCommand } from 'citty'
import { afterEach, expect, onTestFinished, test, vi } from 'vitest'
import type { RunningSimulator } from '../entry/server.ts'
import { defaultWorld } from '../world.ts'
import { startCommand } from './start.ts'

afterEach(() => {
  process.exitCode = undefined
})

test('it says where the phone is, who is in the world and where the keys are', async () => {
  const { running, printed } = await run(['--merchant-origin', 'https://shop.example.com/start?x=1'])
  const [account] = running?.simulator.world().officialAccounts ?? []
  expect(account?.authorizationDomains).toEqual(['shop.example.com'])
  expect(printed).toContain(`${running?.httpUrl}/\n`)
  expect(printed).toContain(`${running?.httpUrl}/_simulator/world`)
  expect(printed).toContain(account?.appid)
})

test('a world comes from a file', async () => {
  const file = await fileWith(`\uFEFF${JSON.stringify(defaultWorld({ seed: 'another' }))}`)
  const { running } = await run(['--world', file])
  expect(running?.simulator.world()).toEqual(defaultWorld({ seed: 'another' }))
})

test.each([
  ['--port', 'http', 'SIMULATOR_PORT 不是有效端口 / is not a port: http'],
  ['--https-port', '70000', 'SIMULATOR_HTTPS_PORT 不是有效端口 / is not a port: 70000'],
  ['--listen', '443,x', '--listen 不是有效端口 / is not a port: x'],
  ['--merchant-origin', 'shop', 'SIMULATOR_MERCHANT_ORIGIN 不是网址 / is not an address: shop'],
  ['--world', '/nowhere/world.json', 'no such file'],
])('%s %s is explained in one line', async (option, value, words) => {
  const { complained } = await run([option, value])
  expect(complained).toContain(words)
  expect(complained.trim().split('\n')).toHaveLength(1)
  expect(process.exitCode).toBe(1)
})

test('a file that is not a world is named with what is wrong in it', async () => {
  const file = await fileWith('{"officialAccounts":[]}')
  const { complained } = await run(['--world', file])
  expect(complained).toContain(`${file}: 世界描述有误`)
})

test('a file that is no JSON is named, and said to be none', async () => {
  const file = await fileWith('{"officialAccounts":')
  const { complained } = await run(['--world', file])
  expect(complained).toContain(`${file}: 不是 JSON / is not JSON: `)
})

test('an empty variable counts as none', async () => {
  const { complained } = await run(['--port', '70000'], { SIMULATOR_PORT: '', SIMULATOR_MERCHANT_ORIGIN: '' })
  expect(complained).toBe('SIMULATOR_PORT 不是有效端口 / is not a port: 70000\n')
})

test('with more ports it prints the lines of a hosts file', async () => {
  const { running, printed } = await run(['--listen', '0,0'])
  expect(running?.morePorts).toHaveLength(2)
  expect(printed).toContain('\n127.0.0.1 api.mch.weixin.qq.com\n')
})

test('an address that other machines reach has to be allowed', async () => {
  const { complained } = await run(['--host', '0.0.0.0'])
  expect(complained).toContain('add --expose')
  const { running } = await run(['--host', '0.0.0.0', '--expose'])
  expect(running).toBeDefined()
})

test('a port already taken is named, with the variable that changes it', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  onTestFinished(() => void other.close())
  await new Promise((resolve) => other.once('listening', resolve))
  const { port } = other.address() as AddressInfo
  const { complained } = await run([], { SIMULATOR_PORT: String(port), SIMULATOR_HTTPS_PORT: '0' })
  expect(complained).toBe(
    `端口 ${port} 已被占用，用 SIMULATOR_PORT 换一个 / port ${port} is taken; choose another with SIMULATOR_PORT\n`,
  )
})

async function run(
  rawArgs: string[],
  environment: Record<string, string> = { SIMULATOR_PORT: '0', SIMULATOR_HTTPS_PORT: '0' },
): Promise<{ running: RunningSimulator | undefined; printed: string; complained: string }> {
  const out = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
  const err = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  const { result } = await runCommand(startCommand(environment), { rawArgs })
  const [printed, complained] = [out, err].map(({ mock }) =>
    mock.calls.map(([text]) => String(text)).join(''),
  )
  vi.restoreAllMocks()
  const running = result as RunningSimulator | undefined
  onTestFinished(() => running?.close())
  return { running, printed: printed ?? '', complained: complained ?? '' }
}

async function fileWith(text: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'simulator-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const file = join(folder, 'world.json')
  await writeFile(file, text)
  return file
}
