/** The simulator on real ports: HTTP, which is a forward proxy as well, and HTTPS, which asks for a client certificate. */
import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createSecureServer, type Server as SecureServer } from 'node:https'
import { createServer as createNetServer, type Server as NetServer } from 'node:net'
import { TLSSocket } from 'node:tls'
import { getRequestListener } from '@hono/node-server'
import { certificateAuthority, hostCertificate } from '../certificates/certificates.ts'
import { createSimulator, type Simulator, type SimulatorOptions } from '../simulator.ts'
import { defaultWorld, type World } from '../world.ts'
import type { Connection } from './front.ts'
import { WECHAT_HOSTS } from './hosts.ts'
import { isLoopbackAddress } from './loopback.ts'
import { type OpenPorts, openPorts } from './ports.ts'
import { createProxy } from './proxy.ts'

/** Which ports, and which world. */
export interface ServerOptions extends SimulatorOptions {
  /** 9090 unless told otherwise; 0 for any free one. */
  httpPort?: number
  /** 9443 unless told otherwise; 0 for any free one. */
  httpsPort?: number
  /** More ports, each for HTTP and HTTPS: 443 where a hosts file says that this machine is WeChat. */
  morePorts?: number[]
  /** Address to listen at: 127.0.0.1 unless told otherwise. */
  host?: string
  /** Allows a `host` that other machines reach. They can then move time and money in this world. */
  exposed?: boolean
  /** Where the merchant's pages are, for the default world. */
  merchantOrigin?: string
}

/** A simulator on real ports. */
export interface RunningSimulator {
  httpUrl: string
  httpsUrl: string
  /** Those that were asked for, in their order. */
  morePorts: number[]
  /** Certificate authority to trust for the HTTPS port. */
  readonly caPem: string
  simulator: Simulator
  close(): Promise<void>
}

/** Idle connections stay as long as WeChat's do. */
const CONNECTIONS = { keepAliveTimeout: 8000 }
const LOOPBACK = '127.0.0.1'
const SETTLE_EVERY_MS = 50

/**
 * Starts all ports. Throws an `Error` that names a port already taken and the setting that changes it, or the address that
 * is not loopback while `exposed` does not allow it.
 */
export async function startSimulator(options: ServerOptions = {}): Promise<RunningSimulator> {
  const { httpPort = 9090, httpsPort = 9443, morePorts = [], seed = 'shouyin' } = options
  const host = permittedHost(options)
  const simulator = createSimulator({ ...options, world: options.world ?? worldFor(options), seed })
  const { http, https } = servers(simulator, seed)
  const ports = await openPorts([
    { server: http, port: httpPort, host, setting: 'SIMULATOR_PORT' },
    { server: https, port: httpsPort, host, setting: 'SIMULATOR_HTTPS_PORT' },
    ...morePorts.map((port) => ({ server: doorTo({ http, https }), port, host, setting: '--listen' })),
  ])
  const besides = host === LOOPBACK ? await alsoByIpv6({ http, https }, ports.numbers) : undefined
  const timer = setInterval(settler(simulator), SETTLE_EVERY_MS)
  const [openHttp, openHttps, ...openMore] = ports.numbers
  return {
    httpUrl: `http://localhost:${openHttp}`,
    httpsUrl: `https://localhost:${openHttps}`,
    morePorts: openMore,
    get caPem() {
      return certificateAuthority(seed).certificatePem
    },
    simulator,
    async close() {
      clearInterval(timer)
      await Promise.all([ports.close(), besides?.close()])
    },
  }
}

/**
 * `localhost` is `::1` to many programs, and some of them try no other address. Where this machine has no such address, or
 * somebody else this port of it, they are told 127.0.0.1 or 9090 by hand.
 */
function alsoByIpv6(
  { http, https }: BehindDoor,
  [httpPort = 0, httpsPort = 0, ...more]: number[],
): Promise<OpenPorts> {
  const request = { host: '::1', setting: '--host', isOptional: true }
  const passedTo = (server: NetServer): NetServer =>
    createNetServer({ noDelay: true }, (socket) => void server.emit('connection', socket))
  return openPorts([
    { ...request, server: passedTo(http), port: httpPort },
    { ...request, server: passedTo(https), port: httpsPort },
    ...more.map((port) => ({ ...request, server: doorTo({ http, https }), port })),
  ])
}

function permittedHost({ host = LOOPBACK, exposed = false }: ServerOptions): string {
  if (host === 'localhost') return LOOPBACK
  if (exposed || isLoopbackAddress(host)) return host
  throw new Error(
    `${host} 会让其他机器控制这个模拟器；确实需要时加 --expose / ` +
      `${host} lets other machines control this simulator; if that is meant, add --expose`,
  )
}

function worldFor({ merchantOrigin, seed }: ServerOptions): World {
  return defaultWorld({
    ...(merchantOrigin === undefined ? {} : { merchantOrigin }),
    ...(seed === undefined ? {} : { seed }),
  })
}

function servers(simulator: Simulator, seed: string): { http: Server; https: SecureServer } {
  const answer = getRequestListener((request, env) => simulator.fetch(request, undefined, connectionOf(env)))
  const http = createServer(CONNECTIONS)
  const https = secureServer(simulator, seed, answer)
  const proxy = createProxy({
    answer: (incoming, outgoing) => void answer(incoming, outgoing),
    plain: (socket) => void http.emit('connection', socket),
    secure: (socket) => void https.emit('connection', socket),
  })
  http.on('request', proxy.request).on('connect', proxy.connect)
  return { http, https }
}

/** Keys and certificate are made when somebody connects: most simulators are never asked for HTTPS. */
function secureServer({ world }: Simulator, seed: string, answer: RequestListener): SecureServer {
  const server = createSecureServer({ ...CONNECTIONS, requestCert: true, rejectUnauthorized: false }, answer)
  let namesIssuer: boolean | undefined
  const certify = (): void => {
    // Some clients present a certificate only to those who name its issuer, or none: a merchant's own may be of any.
    const issuedAll = world().merchants.every(({ certificate }) => certificate === null)
    if (issuedAll === namesIssuer) return
    namesIssuer = issuedAll
    const hostnames = [...WECHAT_HOSTS, 'localhost', LOOPBACK, '::1']
    const { certificatePem, privateKeyPem } = hostCertificate({ seed, hostnames, now: Date.now() })
    const ca = certificateAuthority(seed).certificatePem
    // The authority is in the chain for browsers that are told to believe its key.
    const cert = certificatePem + ca
    server.setSecureContext({ cert, key: privateKeyPem, ...(namesIssuer ? { ca } : {}) })
  }
  return server.prependListener('connection', certify)
}

export interface BehindDoor {
  http: NetServer
  https: NetServer
  /** How long a connection may say nothing before it is closed; a minute unless told otherwise, as Node's own servers wait. */
  patienceMs?: number
}

/** One more door to both servers: the first byte of a connection tells which of them is meant. */
export function doorTo({ http, https, patienceMs = 60_000 }: BehindDoor): NetServer {
  return createNetServer({ noDelay: true }, (socket) => {
    const end = (): void => void socket.destroy()
    socket.on('error', end)
    socket.setTimeout(patienceMs).once('timeout', end)
    socket.once('readable', () => {
      const first: Buffer | null = socket.read()
      if (first === null) return end()
      socket.setTimeout(0).off('timeout', end)
      socket.unshift(first)
      const server = first[0] === TLS_HANDSHAKE ? https : http
      server.emit('connection', socket)
    })
  })
}

const TLS_HANDSHAKE = 0x16

type Bindings = Parameters<Parameters<typeof getRequestListener>[0]>[1]

function connectionOf(env: Bindings): Connection {
  const { socket } = env.incoming
  const certificate = socket instanceof TLSSocket ? socket.getPeerX509Certificate() : undefined
  return { ...env, clientCertificatePem: certificate?.toString() }
}

/** Due work runs as time goes by; a merchant who takes seconds to answer does not pile it up. */
function settler({ settle }: Simulator): () => void {
  let last: Promise<void> | undefined
  return () => {
    const settled = settle()
    if (settled === last) return
    last = settled
    settled.catch((error: unknown) => process.emitWarning(error instanceof Error ? error : String(error)))
  }
}
