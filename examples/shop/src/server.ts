/** The shop's port: taken at the start, given back at the end. */
import { createServer, type RequestListener, type Server } from 'node:http'

export interface Address {
  host: string
  port: number
}

/** The address cannot be listened on; the message names the variable that changes it. */
export class ListenError extends Error {
  constructor(message: string, cause: Error) {
    super(message, { cause })
    this.name = 'ListenError'
  }
}

const LAST_ANSWERS_WITHIN_MS = 5000

/** A server that answers. Throws `ListenError`. */
export function listen(listener: RequestListener, { host, port }: Address): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer(listener)
    server.once('error', (error: NodeJS.ErrnoException) => {
      const explain = EXPLANATIONS[error.code ?? '']
      reject(explain === undefined ? error : new ListenError(explain({ host, port }), error))
    })
    server.listen(port, host, () => resolve(server))
  })
}

/** Takes no new visitors, lets the answers under way be finished, then hangs up. */
export function finish(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const hangUp = setTimeout(() => server.closeAllConnections(), LAST_ANSWERS_WITHIN_MS)
    server.close(() => {
      clearTimeout(hangUp)
      resolve()
    })
  })
}

const EXPLANATIONS: Record<string, (address: Address) => string> = {
  EADDRINUSE: ({ port }) =>
    `端口 ${port} 已被占用，用环境变量 SHOP_PORT 换一个 / port ${port} is taken; choose another with SHOP_PORT`,
  EACCES: ({ port }) =>
    `没有权限监听端口 ${port}，用环境变量 SHOP_PORT 换一个 / not allowed to listen on port ${port}; choose another with SHOP_PORT`,
  EADDRNOTAVAIL: ({ host }) =>
    `本机没有地址 ${host}，请修改环境变量 SHOP_HOST / this machine has no address ${host}; change SHOP_HOST`,
}
