/** Starts simulator and shop as `npm start` does, as two processes on free ports, for every browser test. */

import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import type { TestProject } from 'vitest/node'
import { startStack } from '../../scripts/stack.ts'

declare module 'vitest' {
  interface ProvidedContext {
    simulatorUrl: string
    shopUrl: string
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const [simulatorPort = 0, simulatorHttpsPort = 0, shopPort = 0] = await freePorts(3)
  const printed: string[] = []
  const stack = await startStack({
    simulatorPort,
    simulatorHttpsPort,
    shopPort,
    database: ':memory:',
    print: (text) => printed.push(text),
  }).catch((error: unknown) => {
    throw new Error(`build first (npm run build):\n${printed.join('')}`, { cause: error })
  })
  project.provide('simulatorUrl', stack.simulatorUrl)
  project.provide('shopUrl', stack.shopUrl)
  return () => stack.stop()
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
