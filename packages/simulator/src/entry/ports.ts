/** Ports of this machine: all of them opened, or none and a reason; closed with everything that still hangs on them. */
import type { AddressInfo, Server, Socket } from 'node:net'

export interface PortRequest {
  server: Server
  /** 0 for any free one. */
  port: number
  /** An IP address. */
  host: string
  /** What a person changes when the port is taken. */
  setting: string
  /** Whether all goes on when this one cannot be had. */
  isOptional?: boolean
}

export interface OpenPorts {
  /** In the order of the requests; those that were given where any would do. */
  numbers: number[]
  /** Ends every connection, too. */
  close(): Promise<void>
}

/** Listens on each. Rejects with an `Error` for a person when a port is taken or not for this user. */
export async function openPorts(requests: PortRequest[]): Promise<OpenPorts> {
  const closers = requests.map(({ server }) => closer(server))
  const close = async (): Promise<void> => {
    await Promise.all(closers.map((each) => each()))
  }
  try {
    for (const request of requests)
      await listening(request).catch((error: unknown) => {
        if (request.isOptional !== true) throw error
      })
  } catch (error) {
    await close()
    throw error
  }
  return { numbers: requests.map(({ server, port }) => numberOf(server) ?? port), close }
}

/** Of a server that listens. */
function numberOf(server: Server): number | undefined {
  const address = server.address() as AddressInfo | null
  return address?.port
}

function closer(server: Server): () => Promise<void> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  return () =>
    new Promise((resolve) => {
      server.close(() => resolve())
      for (const socket of sockets) socket.destroy()
    })
}

function listening({ server, ...request }: PortRequest): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException): void => {
      const message = WORDS[error.code ?? '']?.(request)
      reject(message === undefined ? error : new Error(message, { cause: error }))
    }
    server.once('error', failed)
    server.listen(request.port, request.host, () => {
      server.off('error', failed)
      resolve()
    })
  })
}

const WORDS: Record<string, (request: Omit<PortRequest, 'server'>) => string> = {
  EADDRINUSE: ({ port, setting }) =>
    `端口 ${port} 已被占用，用 ${setting} 换一个 / port ${port} is taken; choose another with ${setting}`,
  EACCES: ({ port, setting }) =>
    `没有权限使用端口 ${port}，用 ${setting} 换一个 / port ${port} is not for this user; choose another with ${setting}`,
  EADDRNOTAVAIL: ({ host }) => `本机没有地址 ${host} / this machine has no address ${host}`,
  ENOTFOUND: ({ host }) => `没有 ${host} 这个地址 / there is no address ${host}`,
}
