/** The two that are measured, each in a process of its own. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import type { Credentials } from './credentials.ts'

export interface Process {
  url: string
  /** From the start of the process to its first answer. */
  startedInMs: number
  /** Of the merchant who orders. */
  credentials: Credentials
  /** Resident set. */
  megabytes(): number
  stop(): Promise<void>
}

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

/** As `npx @shouyin/simulator` starts it, with its world. */
export async function startSimulator(): Promise<Process> {
  const [port, httpsPort] = [await freePort(), await freePort()]
  const url = `http://127.0.0.1:${port}`
  const { child, startedInMs } = await started(url, '/_simulator/clock', [
    here('../../packages/simulator/dist/cli.mjs'),
    ...['--port', String(port), '--https-port', String(httpsPort)],
  ])
  const world = (await (await fetch(`${url}/_simulator/world`)).json()) as World
  return processOf({ child, url, startedInMs, credentials: credentialsOf(world) })
}

/** It verifies each request and signs each answer, and knows nothing else. */
export async function startBare(): Promise<Process> {
  const simulator = await startSimulator()
  const { credentials } = simulator
  await simulator.stop()
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const script = [here('../../node_modules/jiti/lib/jiti-cli.mjs'), here('bare.ts')]
  const environment = { PORT: String(port), CREDENTIALS: JSON.stringify(credentials) }
  const { child, startedInMs } = await started(url, '/', script, environment)
  return processOf({ child, url, startedInMs, credentials })
}

interface World {
  officialAccounts: { appid: string }[]
  merchants: {
    mchid: string
    apiKey: string
    issued: { certificate: { serial: string; certificatePem: string; privateKeyPem: string } }
  }[]
  users: { openids: Record<string, string> }[]
}

function credentialsOf({ officialAccounts, merchants, users }: World): Credentials {
  const [account] = officialAccounts
  const [merchant] = merchants
  const [user] = users
  if (account === undefined || merchant === undefined || user === undefined) throw new Error('an empty world')
  const { mchid, apiKey, issued } = merchant
  return {
    appid: account.appid,
    openid: user.openids[account.appid] ?? '',
    mchid,
    apiKey,
    ...issued.certificate,
  }
}

async function started(
  url: string,
  path: string,
  script: string[],
  environment: Record<string, string> = {},
): Promise<{ child: ChildProcess; startedInMs: number }> {
  const from = performance.now()
  const child = spawn(process.execPath, script, { stdio: 'ignore', env: { ...process.env, ...environment } })
  let exited = false
  child.once('exit', () => {
    exited = true
  })
  while (!(await answers(url + path))) {
    if (exited) throw new Error(`${script.join(' ')} ended before it answered`)
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
  return { child, startedInMs: performance.now() - from }
}

async function answers(url: string): Promise<boolean> {
  try {
    await (await fetch(url)).arrayBuffer()
    return true
  } catch {
    return false
  }
}

function processOf({
  child,
  ...about
}: Omit<Process, 'megabytes' | 'stop'> & { child: ChildProcess }): Process {
  return {
    ...about,
    megabytes: () => Number(execFileSync('ps', ['-o', 'rss=', '-p', String(child.pid)]).toString()) / 1024,
    stop: () =>
      new Promise((resolve) => {
        child.once('exit', () => resolve())
        child.kill()
      }),
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}
