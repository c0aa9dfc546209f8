/**
 * What a payer's phone has to load: the browser SDK, and the rendered pay page with everything inline.
 * `npm run build && npm run bench:weight`; budgets: 4 kB and 8 kB, minified and gzipped.
 */
import { gzipSync } from 'node:zlib'
import { createCheckout } from '@shouyin/checkout'
import { createSimulator, defaultWorld } from '@shouyin/simulator'
import { rolldown } from 'rolldown'

const ORIGIN = 'https://shop.example.com'
const USER_AGENT = 'Mozilla/5.0 (iPhone) MicroMessenger/8.0.50(0x18003231)'

report('browser SDK, minified', await sdk(), 4096)
report('rendered pay page', await payPage(), 8192)

function report(what: string, content: string, budget: number): void {
  const bytes = gzipSync(content, { level: 9 }).byteLength
  const verdict = bytes <= budget ? 'within' : 'OVER'
  console.log(`${what}: ${bytes} bytes gzipped (${Buffer.byteLength(content)} plain), ${verdict} ${budget}`)
  if (bytes > budget) process.exitCode = 1
}

/** All of the SDK, as a page would bundle it. */
async function sdk(): Promise<string> {
  const build = await rolldown({ input: '@shouyin/browser' })
  const { output } = await build.generate({ format: 'es', minify: true })
  return output[0].code
}

/** The pay page of an order that can be paid, as the payer's phone gets it. */
async function payPage(): Promise<string> {
  const world = defaultWorld({ merchantOrigin: ORIGIN })
  const simulator = createSimulator({ world })
  const [account] = world.officialAccounts
  const [merchant] = world.merchants
  if (account === undefined || merchant === undefined) throw new Error('the default world is empty')
  const checkout = await createCheckout({
    origin: ORIGIN,
    secret: 'a secret of the benchmark, long enough to sign',
    account: {
      appid: account.appid,
      appSecret: account.secret,
      mchid: merchant.mchid,
      apiKey: merchant.apiKey,
    },
    database: ':memory:',
    fetch: (input, init) => simulator.fetch(new Request(input, init)),
  })
  const order = await checkout.createOrder({
    reference: 'A-1001',
    description: '明前龙井 50g',
    totalFen: 12_800,
  })
  const page = await open(`${ORIGIN}/pay/orders/${order.orderId}`, (request) =>
    new URL(request.url).origin === ORIGIN ? checkout.handler(request) : simulator.fetch(request),
  )
  await checkout.close()
  if (!page.includes('prepay_id=')) throw new Error('the pay page cannot be paid on')
  return page
}

/** Follows redirects with the cookies of one site, as a browser does. */
async function open(first: string, send: (request: Request) => Promise<Response>): Promise<string> {
  const cookies = new Map<string, string>()
  for (let url = first; ; ) {
    const headers = { 'user-agent': USER_AGENT, cookie: [...cookies.values()].join('; ') }
    const response = await send(new Request(url, { headers }))
    for (const line of response.headers.getSetCookie())
      cookies.set(line.split('=', 1)[0] ?? '', line.split(';', 1)[0] ?? '')
    const location = response.headers.get('location')
    if (location === null) return response.text()
    url = new URL(location, url).href
  }
}
