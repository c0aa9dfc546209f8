/**
 * The two processes of the demonstration: a WeChat (the simulator) and a merchant (the shop). They meet as they would
 * in life, over HTTP by configured origins; the shop is told the simulator's appid and keys as its `.env` would tell it.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export interface StackOptions {
  simulatorPort: number
  simulatorHttpsPort: number
  shopPort: number
  /** SQLite file of the shop, or `:memory:`. */
  database: string
  /** Receives what the processes print. */
  print: (text: string) => void
}

export interface Stack {
  simulatorUrl: string
  shopUrl: string
  /** Settles when one of the two ends by itself; the other is stopped then. */
  ended: Promise<void>
  stop(): Promise<void>
}

const root: string = fileURLToPath(new URL('..', import.meta.url))
const READY_WITHIN_MS = 20_000

/** Starts both and answers when both do. Throws when a process ends before that; it has printed why. */
export async function startStack(options: StackOptions): Promise<Stack> {
  const simulatorUrl = `http://localhost:${options.simulatorPort}`
  const shopUrl = `http://localhost:${options.shopPort}`
  const processes: ChildProcess[] = []
  const stop = async (): Promise<void> => {
    await Promise.all(processes.map(stopped))
  }
  try {
    const simulator = run(options, 'packages/simulator/dist/cli.mjs', {
      SIMULATOR_PORT: String(options.simulatorPort),
      SIMULATOR_HTTPS_PORT: String(options.simulatorHttpsPort),
      SIMULATOR_MERCHANT_ORIGIN: shopUrl,
    })
    processes.push(simulator)
    await ready(simulator, simulatorUrl)
    const shop = run(options, 'examples/shop/dist/main.mjs', {
      ...(await merchantEnvironment(simulatorUrl)),
      SHOP_PORT: String(options.shopPort),
      SHOP_ORIGIN: shopUrl,
      DATABASE: options.database,
    })
    processes.push(shop)
    await ready(shop, shopUrl)
    const ended = Promise.race([simulator, shop].map(exited)).then(stop)
    return { simulatorUrl, shopUrl, ended, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

function run(options: StackOptions, script: string, environment: Record<string, string>): ChildProcess {
  const child = spawn(process.execPath, [`${root}${script}`], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  child.stdout?.on('data', (chunk: Buffer) => options.print(chunk.toString()))
  child.stderr?.on('data', (chunk: Buffer) => options.print(chunk.toString()))
  return child
}

/**
 * Settles when the process says where it listens. Asking the port would not do: when it is taken, whoever has it answers.
 */
function ready(child: ChildProcess, url: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let printed = ''
    const late = setTimeout(
      () => reject(new Error(`no word of ${url} within ${READY_WITHIN_MS / 1000} s`)),
      READY_WITHIN_MS,
    )
    child.stdout?.on('data', (chunk: Buffer) => {
      printed += chunk.toString()
      if (printed.includes(`${url}/`)) settle(resolve)
    })
    child.once('exit', () => settle(() => reject(new Error(`a process ended before it listened at ${url}`))))
    const settle = (how: () => void): void => {
      clearTimeout(late)
      how()
    }
  })
}

/** What a merchant writes into `.env` after signing up: here the simulator's world says it. */
async function merchantEnvironment(simulatorUrl: string): Promise<Record<string, string>> {
  const world = (await (await fetch(`${simulatorUrl}/_simulator/world`)).json()) as SimulatedWorld
  const [account] = world.officialAccounts
  const [merchant] = world.merchants
  if (account === undefined || merchant === undefined) throw new Error('the simulated world has no merchant')
  return {
    WECHAT_APPID: account.appid,
    WECHAT_SECRET: account.secret,
    WECHAT_MCHID: merchant.mchid,
    WECHAT_PAY_V2_KEY: merchant.apiKey,
    WECHAT_OPEN_ORIGIN: simulatorUrl,
    WECHAT_API_ORIGIN: simulatorUrl,
    WECHAT_PAY_ORIGIN: simulatorUrl,
    WECHAT_JWEIXIN_URLS: `${simulatorUrl}/open/js/jweixin-1.6.0.js,${simulatorUrl}/res2/open/js/jweixin-1.6.0.js`,
  }
}

interface SimulatedWorld {
  officialAccounts: { appid: string; secret: string }[]
  merchants: { mchid: string; apiKey: string }[]
}

function exited(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve()
    child.once('exit', () => resolve())
  })
}

async function stopped(child: ChildProcess): Promise<void> {
  child.kill('SIGTERM')
  await exited(child)
}
