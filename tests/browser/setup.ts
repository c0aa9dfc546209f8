/** Starts simulator and shop as `npm start` does, as two processes on free ports, for every browser test. */

import { appendFileSync, readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { startStack } from '../../scripts/stack.ts'

declare module 'vitest' {
  interface ProvidedContext {
    simulatorUrl: string
    shopUrl: string
    /** File with all that the two processes print. */
    log: string
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const [simulatorPort = 0, simulatorHttpsPort = 0, shopPort = 0] = await freePorts(3)
  const folder = await mkdtemp(join(tmpdir(), 'shouyin-browser-'))
  const log = join(folder, 'printed.log')
  await writeFile(log, '')
  const stack = await startStack({
    simulatorPort,
    simulatorHttpsPort,
    shopPort,
    database: ':memory:',
    print: (text) => appendFileSync(log, text),
  }).catch((error: unknown) => {
    throw new Error(`build first (npm run build):\n${readFileSync(log, 'utf8')}`, { cause: error })
  })
  project.provide('simulatorUrl', stack.simulatorUrl)
  project.provide('shopUrl', stack.shopUrl)
  project.provide('log', log)
  return async () => {
    await stack.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

/** Asked for all at once, so that no port is given twice. */
async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise<ReturnType<typeof createServer>>((resolve) => {
          const server = createServer().listen(0, '127.0.0.1', () => resolve(server))
        }),
    ),
  )
  const ports = servers.map((server) => (server.address() as AddressInfo).port)
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return ports
}
