/** `shouyin-simulator start`, and what the command does when nothing else is asked of it: a WeChat on this machine. */
import { readFile } from 'node:fs/promises'
import { type BooleanArgDef, type CommandDef, defineCommand, type StringArgDef } from 'citty'
import { hostsLines } from '../entry/hosts.ts'
import { type RunningSimulator, startSimulator } from '../entry/server.ts'
import { parseWorld, type World } from '../world.ts'
import { explained } from './explained.ts'
import {
  type Environment,
  merchantOriginOption,
  portOption,
  readOrigin,
  readPort,
  seedOption,
} from './options.ts'

type Texts = 'port' | 'https-port' | 'listen' | 'host' | 'merchant-origin' | 'seed' | 'world'
export type StartArguments = Record<Texts, StringArgDef> & { expose: BooleanArgDef }

/** `environment` gives the defaults: `SIMULATOR_PORT`, `SIMULATOR_HTTPS_PORT`, `SIMULATOR_MERCHANT_ORIGIN`. */
export function startArguments(environment: Environment): StartArguments {
  return {
    port: portOption(environment),
    'https-port': {
      type: 'string',
      description: 'HTTPS 端口 / port (SIMULATOR_HTTPS_PORT)',
      default: environment['SIMULATOR_HTTPS_PORT'] || '9443',
    },
    listen: {
      type: 'string',
      description:
        '更多端口，HTTP 与 HTTPS 都应答，配合 hosts 文件 / more ports for both, with a hosts file: 443,80',
    },
    host: {
      type: 'string',
      description: '监听的地址 / address to listen at',
      default: '127.0.0.1',
    },
    expose: {
      type: 'boolean',
      description:
        '允许其他机器访问（可控制时间与资金）/ let other machines in, who can move time and money here',
      default: false,
    },
    'merchant-origin': merchantOriginOption(environment),
    seed: seedOption,
    world: {
      type: 'string',
      description: '描述公众号、商户与用户的 JSON 文件 / JSON file with accounts, merchants and users',
    },
  }
}

export function startCommand(environment: Environment): CommandDef<StartArguments> {
  return defineCommand<StartArguments>({
    meta: { name: 'start', description: '启动（默认）/ start a WeChat on this machine (the default)' },
    args: startArguments(environment),
    run: explained(({ args }) => start(args)),
  })
}

async function start(
  args: Record<Texts, string | undefined> & { expose: boolean },
): Promise<RunningSimulator> {
  const world = args.world === undefined ? undefined : await worldFrom(args.world)
  const running = await startSimulator({
    httpPort: readPort('SIMULATOR_PORT', args.port),
    httpsPort: readPort('SIMULATOR_HTTPS_PORT', args['https-port']),
    morePorts: args.listen?.split(',').map((text) => readPort('--listen', text)) ?? [],
    ...(args.host === undefined ? {} : { host: args.host }),
    exposed: args.expose,
    merchantOrigin: readOrigin('SIMULATOR_MERCHANT_ORIGIN', args['merchant-origin']),
    ...(args.seed === undefined ? {} : { seed: args.seed }),
    ...(world === undefined ? {} : { world }),
  })
  // A merchant may take seconds over a notification that is on its way; nobody waits for that.
  const end = (): void => void running.close().then(() => process.exit())
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, end)
  process.stdout.write(greeting(running) + hostsFile(running))
  return running
}

async function worldFrom(file: string): Promise<World> {
  const text = await readFile(file, 'utf8')
  try {
    // Editors of Windows begin a file with a mark that JSON does not know.
    return parseWorld(JSON.parse(text.replace(/^\uFEFF/, '')))
  } catch (cause) {
    const words = cause instanceof Error ? cause.message : String(cause)
    const what = cause instanceof SyntaxError ? `不是 JSON / is not JSON: ${words}` : words
    throw new Error(`${file}: ${what}`, { cause })
  }
}

function greeting({ httpUrl, httpsUrl, simulator }: RunningSimulator): string {
  const { officialAccounts, merchants } = simulator.world()
  const names = (values: string[]): string => values.join(' ')
  return `微信模拟器 WeChat simulator
  手机 phone          ${httpUrl}/
  HTTPS               ${httpsUrl}/   CA: ${httpUrl}/_simulator/ca.pem
  代理 proxy          ${httpUrl}   用法 how: shouyin-simulator env
  公众号 appid        ${names(officialAccounts.map(({ appid }) => appid))}
  商户号 mchid        ${names(merchants.map(({ mchid }) => mchid))}
  密钥 keys           ${httpUrl}/_simulator/world
`
}

/** Only of use with port 443: without it, a name alone leads nobody here. */
function hostsFile({ morePorts }: RunningSimulator): string {
  if (morePorts.length === 0) return ''
  return `
端口 ${morePorts} 也已打开。把下面几行加进 hosts 文件 / open, too: ${morePorts}. Lines for the hosts file:

${hostsLines('127.0.0.1')}`
}
