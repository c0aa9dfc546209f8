/** The command line as a person mistypes it. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, onTestFinished, test, vi } from 'vitest'
import { runSimulatorCommand } from './command.ts'

afterEach(() => {
  vi.restoreAllMocks()
  process.exitCode = undefined
})

/** Nobody listens at these. */
const ENVIRONMENT = { SIMULATOR_PORT: '1', SIMULATOR_HTTPS_PORT: '1' }

async function complaint(rawArgs: string[]): Promise<string> {
  const err = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  vi.spyOn(process.stdout, 'write').mockReturnValue(true)
  await runSimulatorCommand(ENVIRONMENT, rawArgs)
  return err.mock.calls.map(([text]) => String(text)).join('')
}

test.each([
  [['--prot', '1'], '没有选项 --prot，可用 / no option --prot; there is: --port --https-port'],
  [['--prot=1'], 'no option --prot'],
  [['start', '--worl', 'world.json'], 'no option --worl'],
  [['-p', '1'], 'no option -p'],
  [['trigger', 'payment.success', '--out_trade_no', 'T1'], 'no option --out_trade_no'],
  [['env', '--world', 'world.json'], 'no option --world'],
  [['--seed'], '--seed 需要一个值 / needs a value'],
  [['--seed', '--host', '::1'], '--seed 需要一个值'],
  [['--world='], '--world 需要一个值'],
  [['start', 'world.json'], '不知道 world.json 是什么 / what is this for: world.json'],
  [['init', 'a.json', 'b.json'], 'what is this for: b.json'],
  [['strat'], '没有这个命令 / Unknown command strat'],
  [['trigger'], '缺少参数 / Missing required positional argument: EVENT'],
  [['listen'], '缺少参数 / Missing required argument: --forward-to'],
  [['replay', 'newest'], '编号 number 不是整数 / is not a whole number: newest'],
  [['trigger', 'payment.success', '--total-fee', '1.5'], '--total-fee 不是整数'],
  [
    ['--world', 'nowhere.json'],
    '没有 nowhere.json 这个文件或目录 / there is no such file or folder: nowhere.json',
  ],
  [['--world', '.'], '是目录，不是文件'],
  [['--port', '7', 'replay'], 'http://127.0.0.1:7 没有模拟器在运行'],
  [['replay'], 'http://127.0.0.1:1 没有模拟器在运行 / no simulator runs at http://127.0.0.1:1'],
])('%j', async (rawArgs, words) => {
  const said = await complaint(rawArgs)
  expect(said).toContain(words)
  expect(said).not.toContain('    at ')
  expect(process.exitCode).toBe(1)
})

test.each([200, 404])('what answers %i at the port and is no simulator is told as such', async (status) => {
  const site = createServer((_request, response) => void response.writeHead(status).end('<html></html>'))
  site.listen(0, '127.0.0.1')
  onTestFinished(() => void site.close())
  await once(site, 'listening')
  const { port } = site.address() as AddressInfo
  expect(await complaint(['replay', '--port', String(port)])).toBe(
    `http://127.0.0.1:${port} 上运行的不是模拟器 / what runs at http://127.0.0.1:${port} is no simulator\n`,
  )
})
