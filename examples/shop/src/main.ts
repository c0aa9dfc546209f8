/** Starts the shop: settings, checkout, server, and the clock that sweeps. Start reading here. */
import { mkdir } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { getRequestListener } from '@hono/node-server'
import { type Checkout, createCheckout } from '@shouyin/checkout'
import { type Config, loadConfig } from './config.ts'
import { createPackingTable } from './packing.ts'
import { products } from './products.ts'
import { createShop } from './shop.ts'

const SWEEP_EVERY_MS = 1000
const LAST_ANSWERS_WITHIN_MS = 5000

try {
  await start(loadConfig())
} catch (error) {
  console.error(isForThePersonAtTheKeyboard(error) ? error.message : error)
  process.exitCode = 1
}

async function start(config: Config): Promise<void> {
  if (config.database !== ':memory:') await mkdir(dirname(config.database), { recursive: true })
  const checkout = await createCheckout({
    origin: config.origin,
    secret: config.secret,
    account: config.account,
    database: config.database,
    merchantName: '山间茶事',
    wechat: config.wechat,
    log: ({ level, event, ...fields }) => console[level](event, JSON.stringify(fields)),
  })
  const shop = createShop({
    checkout,
    products,
    packing: createPackingTable(console.info),
    pageFolder: fileURLToPath(new URL('../dist/page', import.meta.url)),
    verificationFolder: fileURLToPath(new URL('../wechat-verification', import.meta.url)),
  })
  const server = createServer(getRequestListener(shop.fetch))
  await listen(server, config)
  console.info(`山间茶事 tea shop  ${config.origin}/`)
  const stopSweeping = sweepEverySecond(checkout)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, async () => {
      stopSweeping()
      await finish(server)
      await checkout.close()
    })
  }
}

function listen(server: Server, { host, port }: Config): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(error.code === 'EADDRINUSE' ? new PortTakenError(port) : error)
    })
    server.listen(port, host, resolve)
  })
}

/** Expiry, questions to WeChat and deliveries happen when the app says so; one sweep at a time is enough for one process. */
function sweepEverySecond(checkout: Checkout): () => void {
  let sweeping = false
  const timer = setInterval(async () => {
    if (sweeping) return
    sweeping = true
    try {
      await checkout.sweep(new Date())
    } catch (error) {
      console.error('sweep', error)
    } finally {
      sweeping = false
    }
  }, SWEEP_EVERY_MS)
  return () => clearInterval(timer)
}

/** Takes no new visitors, lets the answers under way be finished, then hangs up. */
function finish(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const hangUp = setTimeout(() => server.closeAllConnections(), LAST_ANSWERS_WITHIN_MS)
    server.close(() => {
      clearTimeout(hangUp)
      resolve()
    })
  })
}

class PortTakenError extends Error {
  constructor(port: number) {
    super(
      `端口 ${port} 已被占用，用环境变量 SHOP_PORT 换一个 / port ${port} is taken; choose another with SHOP_PORT`,
    )
    this.name = 'PortTakenError'
  }
}

/** These say in one sentence what to change, and the checkout's own ConfigError too; a stack below would hide that. */
function isForThePersonAtTheKeyboard(error: unknown): error is Error {
  return error instanceof Error && ['ConfigError', 'PortTakenError'].includes(error.name)
}
