/** Starts the shop: settings, checkout, server, and the clock that sweeps. Start reading here. */
import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { getRequestListener } from '@hono/node-server'
import { type Checkout, createCheckout } from '@shouyin/checkout'
import { type Config, loadConfig } from './config.ts'
import { createPackingTable } from './packing.ts'
import { products } from './products.ts'
import { finish, listen } from './server.ts'
import { createShop } from './shop.ts'

const SWEEP_EVERY_MS = 1000

try {
  await start(loadConfig())
} catch (error) {
  console.error(isForThePersonAtTheKeyboard(error) ? error.message : error)
  process.exitCode = 1
}

async function start(config: Config): Promise<void> {
  const checkout = await openCheckout(config)
  const shop = createShop({
    checkout,
    products,
    packing: createPackingTable(console.info),
    pageFolder: fileURLToPath(new URL('../dist/page', import.meta.url)),
    verificationFolder: fileURLToPath(new URL('../wechat-verification', import.meta.url)),
  })
  const server = await listen(getRequestListener(shop.fetch), config)
  console.info(`山间茶事 tea shop  ${config.origin}/`)
  const stopSweeping = sweepEverySecond(checkout)
  let stopping = false
  const stop = async (): Promise<void> => {
    // A terminal and a process manager may each send their own signal; one end is enough.
    if (stopping) return
    stopping = true
    stopSweeping()
    await finish(server)
    await checkout.close()
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void stop())
}

async function openCheckout({ origin, secret, account, database, wechat }: Config): Promise<Checkout> {
  if (database !== ':memory:') await mkdir(dirname(database), { recursive: true })
  return createCheckout({
    origin,
    secret,
    account,
    database,
    wechat,
    merchantName: '山间茶事',
    log: ({ level, event, ...fields }) => console[level](event, JSON.stringify(fields)),
  })
}

/** Expiry, questions to WeChat and deliveries happen when the app says so; a process needs one sweep at a time. */
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

/** These say in a sentence what to change, the checkout's own ConfigError too; a stack trace would only hide that. */
function isForThePersonAtTheKeyboard(error: unknown): error is Error {
  return error instanceof Error && ['ConfigError', 'ListenError'].includes(error.name)
}
