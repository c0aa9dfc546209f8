/** The simulator on real ports of this machine: HTTP and HTTPS, loopback only. */
import { createServer, type Server } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { certificateAuthority, hostCertificate } from './certificates.ts'
import { WECHAT_HOSTS } from './hosts.ts'
import { createSimulator, type Simulator, type SimulatorOptions } from './simulator.ts'
import { defaultWorld } from './world.ts'

export interface ServerOptions extends SimulatorOptions {
  /** 9090 unless told otherwise; 0 for any free one. */
  httpPort?: number
  /** 9443 unless told otherwise; 0 for any free one. */
  httpsPort?: number
  /** Where the merchant's pages are, for the default world. */
  merchantOrigin?: string
}

export interface RunningSimulator {
  httpUrl: string
  httpsUrl: string
  /** Certificate authority to trust for the HTTPS port. */
  caPem: string
  simulator: Simulator
  close(): Promise<void>
}

const LOOPBACK = '127.0.0.1'
const SETTLE_EVERY_MS = 50

/** Starts both ports. Throws an `Error` that names a port already taken and the variable that changes it. */
export async function startSimulator(options: ServerOptions = {}): Promise<RunningSimulator> {
  const { httpPort = 9090, httpsPort = 9443, merchantOrigin, seed = 'shouyin' } = options
  const world =
    options.world ??
    defaultWorld({
      ...(merchantOrigin === undefined ? {} : { merchantOrigin }),
      seed,
    })
  const { certificatePem: caPem } = certificateAuthority(seed)
  const hostnames = [...WECHAT_HOSTS, 'localhost', LOOPBACK]
  const { certificatePem, privateKeyPem } = hostCertificate({ seed, hostnames, now: Date.now() })
  const simulator = createSimulator({ ...options, world, caPem })
  const listener = getRequestListener((request, env) =>
    simulator.fetch(request, env as Parameters<Simulator['fetch']>[1]),
  )
  const http = createServer(listener)
  const https = createSecureServer({ cert: certificatePem, key: privateKeyPem }, listener)
  const servers = [http, https]
  try {
    await listen(http, httpPort, 'SIMULATOR_PORT')
    await listen(https, httpsPort, 'SIMULATOR_HTTPS_PORT')
  } catch (error) {
    await Promise.all(servers.map(closed))
    throw error
  }
  const timer = setInterval(settler(simulator), SETTLE_EVERY_MS)
  return {
    httpUrl: `http://localhost:${portOf(http)}`,
    httpsUrl: `https://localhost:${portOf(https)}`,
    caPem,
    simulator,
    async close() {
      clearInterval(timer)
      await Promise.all(servers.map(closed))
    },
  }
}

/** Due work runs as time goes by; a merchant who takes seconds to answer does not pile it up. */
function settler({ settle }: Simulator): () => void {
  let settling = false
  return () => {
    if (settling) return
    settling = true
    settle()
      .catch((error: unknown) => process.emitWarning(error instanceof Error ? error : String(error)))
      .finally(() => {
        settling = false
      })
  }
}

function listen(server: Server, port: number, variable: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const taken = error.code === 'EADDRINUSE'
      const message = `端口 ${port} 已被占用，用环境变量 ${variable} 换一个 / port ${port} is taken; choose another with ${variable}`
      reject(taken ? new Error(message) : error)
    })
    server.listen(port, LOOPBACK, resolve)
  })
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port
}
