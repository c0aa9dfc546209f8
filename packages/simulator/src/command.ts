/** The command line of the simulator: where it listens, whose pages it opens, who is in its world. */
import { readFile } from 'node:fs/promises'
import { type CommandDef, defineCommand, type StringArgDef } from 'citty'
import { type RunningSimulator, startSimulator } from './server.ts'
import { parseWorld, type World } from './world.ts'

type Arguments = Record<'port' | 'https-port' | 'merchant-origin' | 'seed' | 'world', StringArgDef>

/** `environment` gives the defaults: `SIMULATOR_PORT`, `SIMULATOR_HTTPS_PORT`, `SIMULATOR_MERCHANT_ORIGIN`. */
export function simulatorCommand(environment: Record<string, string | undefined>): CommandDef<Arguments> {
  return defineCommand<Arguments>({
    meta: { name: 'shouyin-simulator', description: '在本机运行的微信 / a WeChat on this machine' },
    args: {
      port: {
        type: 'string',
        description: 'HTTP 端口 / port (SIMULATOR_PORT)',
        default: environment['SIMULATOR_PORT'] ?? '9090',
      },
      'https-port': {
        type: 'string',
        description: 'HTTPS 端口 / port (SIMULATOR_HTTPS_PORT)',
        default: environment['SIMULATOR_HTTPS_PORT'] ?? '9443',
      },
      'merchant-origin': {
        type: 'string',
        description: '商户网站的地址 / where the merchant’s pages are (SIMULATOR_MERCHANT_ORIGIN)',
        default: environment['SIMULATOR_MERCHANT_ORIGIN'] ?? 'http://localhost:8080',
      },
      seed: { type: 'string', description: '随机种子 / seed of everything random', default: 'shouyin' },
      world: {
        type: 'string',
        description: '描述公众号、商户与用户的 JSON 文件 / JSON file with accounts, merchants and users',
      },
    },
    run: ({ args }) => start(args).catch(explain),
  })
}

async function start(args: Record<keyof Arguments, string | undefined>): Promise<RunningSimulator> {
  const world = args.world === undefined ? undefined : await worldFrom(args.world)
  const running = await startSimulator({
    httpPort: port('SIMULATOR_PORT', args.port),
    httpsPort: port('SIMULATOR_HTTPS_PORT', args['https-port']),
    ...(args['merchant-origin'] === undefined ? {} : { merchantOrigin: origin(args['merchant-origin']) }),
    ...(args.seed === undefined ? {} : { seed: args.seed }),
    ...(world === undefined ? {} : { world }),
  })
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void running.close())
  process.stdout.write(greeting(running))
  return running
}

/** One line for a person; a stack says nothing about a port that is taken. */
function explain(error: unknown): void {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}

async function worldFrom(file: string): Promise<World> {
  const text = await readFile(file, 'utf8')
  try {
    return parseWorld(JSON.parse(text))
  } catch (cause) {
    throw new Error(`${file}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
  }
}

function port(variable: string, text = ''): number {
  const value = Number(text)
  if (/^\d+$/.test(text) && value < 65_536) return value
  throw new Error(`${variable} 不是有效端口 / is not a port: ${text}`)
}

function origin(text: string): string {
  const parsed = URL.canParse(text) ? new URL(text) : undefined
  if (parsed !== undefined && /^https?:$/.test(parsed.protocol)) return parsed.origin
  throw new Error(`SIMULATOR_MERCHANT_ORIGIN 不是网址 / is not an address: ${text}`)
}

function greeting({ httpUrl, httpsUrl, simulator }: RunningSimulator): string {
  const { officialAccounts, merchants } = simulator.world()
  const names = (values: string[]): string => values.join(' ')
  return `微信模拟器 WeChat simulator
  手机 phone          ${httpUrl}/
  HTTPS               ${httpsUrl}/   CA: ${httpUrl}/_simulator/ca.pem
  公众号 appid        ${names(officialAccounts.map(({ appid }) => appid))}
  商户号 mchid        ${names(merchants.map(({ mchid }) => mchid))}
  密钥 keys           ${httpUrl}/_simulator/world
`
}
