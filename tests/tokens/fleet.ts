/** Sixteen programs of one company, each a process, started once and sent on errands together. */
import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Errand, Report } from './program.ts'

export interface Fleet {
  /** Every program runs the errand at the same time; a killed one reports nothing. */
  send(errand: Errand): Promise<Report[]>
  /** Ends one at once, as a crash or the out-of-memory killer would. */
  kill(pid: number): void
  /** Starts as many as were killed. */
  refill(): Promise<void>
  stop(): Promise<void>
}

interface Program {
  process: ChildProcess
  /** The next line it prints; undefined when it ends before. */
  line(): Promise<string | undefined>
}

const root = fileURLToPath(new URL('../..', import.meta.url))

export async function startFleet(size: number): Promise<Fleet> {
  let programs = await Promise.all(Array.from({ length: size }, start))
  const living = (): Program[] => programs.filter(({ process }) => isLiving(process))
  return {
    async send(errand) {
      const lines = await Promise.all(
        living().map(({ process, line }) => {
          process.stdin?.write(`${JSON.stringify(errand)}\n`)
          return line()
        }),
      )
      return lines.filter((line) => line !== undefined).map((line) => JSON.parse(line) as Report)
    },
    kill(pid) {
      programs.find(({ process }) => process.pid === pid)?.process.kill('SIGKILL')
    },
    async refill() {
      const rest = living()
      programs = [...rest, ...(await Promise.all(Array.from({ length: size - rest.length }, start)))]
    },
    async stop() {
      await Promise.all(living().map(({ process }) => stopped(process)))
    },
  }
}

async function start(): Promise<Program> {
  const child = spawn(
    process.execPath,
    ['--conditions=@shouyin/source', '--import', 'jiti/register', 'tests/tokens/program.ts'],
    { cwd: root, stdio: ['pipe', 'pipe', 'inherit'] },
  )
  // A killed one cannot be written to.
  child.stdin.on('error', () => undefined)
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const line = async (): Promise<string | undefined> => {
    const next = await lines.next()
    return next.done === true ? undefined : next.value
  }
  if ((await line()) !== 'ready') throw new Error('a program ended before it was ready')
  return { process: child, line }
}

function isLiving({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode === null && signalCode === null
}

function stopped(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once('exit', () => resolve())
    child.stdin?.end()
  })
}
