/**
 * What the simulated WeChat costs and carries, as one process on loopback, beside a bare handler that does only the same
 * cryptography; how soon it answers after its start, and what it holds in memory. `npm run build && npm run bench:simulator`.
 */
import { ordersV2, ordersV3, type Signed } from './simulator/orders.ts'
import { type Process, startBare, startSimulator } from './simulator/processes.ts'
import { rate } from './simulator/rate.ts'

/** Enough for the machine to be warm and the figure to be steady, few enough to end in a minute. */
const V2_ORDERS = 30_000
const V3_ORDERS = 8000
const STARTS = 5

await starts()
await contest('Pay v2 unifiedorder, MD5', V2_ORDERS, ordersV2)
await contest('Pay v3 prepay, RSA', V3_ORDERS, ordersV3)

async function starts(): Promise<void> {
  const took: number[] = []
  let megabytes = 0
  for (let start = 0; start < STARTS; start += 1) {
    const simulator = await startSimulator()
    took.push(simulator.startedInMs)
    megabytes = simulator.megabytes()
    await simulator.stop()
  }
  const median = took.sort((one, other) => one - other)[Math.floor(STARTS / 2)] ?? Number.NaN
  console.log(
    `\nstart to first answer  ${median.toFixed(0)} ms, median of ${STARTS}; RSS ${megabytes.toFixed(0)} MB`,
  )
}

/** The simulator first, then the bare handler, each alone on the machine but for who asks. */
async function contest(title: string, count: number, orders: Orders): Promise<void> {
  console.log(`\n${title}, ${count} orders, each another number`)
  const ours = await against(startSimulator, count, orders)
  const bare = await against(startBare, count, orders)
  console.log(`  simulator     ${ours.perSecond.toFixed(0).padStart(6)}/s`)
  console.log(`  bare handler  ${bare.perSecond.toFixed(0).padStart(6)}/s`)
  console.log(`  ratio         ${(ours.perSecond / bare.perSecond).toFixed(2).padStart(6)}`)
  console.log(
    `  memory        ${ours.kilobytesEach.toFixed(1).padStart(6)} kB more per order in the simulator`,
  )
}

type Orders = (process: Process, from: number, count: number) => Promise<Signed[]>

async function against(
  start: () => Promise<Process>,
  count: number,
  orders: Orders,
): Promise<{ perSecond: number; kilobytesEach: number }> {
  const process = await start()
  try {
    const warm = Math.floor(count / 5)
    await rate(process.url, await orders(process, 0, warm))
    const before = process.megabytes()
    const requests = await orders(process, warm, count)
    const perSecond = await rate(process.url, requests)
    return { perSecond, kilobytesEach: ((process.megabytes() - before) * 1024) / count }
  } finally {
    await process.stop()
  }
}
