/**
 * A merchant in a process of its own, as a person runs one: what it knows of WeChat comes from its environment, its only
 * trust in the simulator's HTTPS is NODE_EXTRA_CA_CERTS. Each script beside this one is that merchant with one library.
 */
import { createServer, type IncomingHttpHeaders } from 'node:http'
import { Agent } from 'node:https'
import type { AddressInfo } from 'node:net'

export interface Merchant {
  httpUrl: string
  httpsUrl: string
  /** Where the merchant's pages are. */
  origin: string
  appid: string
  secret: string
  openid: string
  /** Whose telephone pays. */
  payer: { userId: string; payPassword: string }
  mchid: string
  apiKey: string
  apiV3Key: string
  serial: string
  certificatePem: string
  privateKeyPem: string
  p12Base64: string
  /** 平台证书 by serial. */
  platformCertificates: Record<string, string>
  publicKeyId: string
  publicKeyPem: string
}

export const merchant: Merchant = JSON.parse(process.env['MERCHANT'] ?? '{}')

export interface Arrival {
  headers: IncomingHttpHeaders
  body: string
}

export interface Door {
  url(path: string): string
  /** What arrived at a path, oldest first. */
  arrived(path: string): Arrival[]
  close(): void
}

/** The merchant's endpoint; `answer` is the library's verdict as status and body. */
export async function openDoor(
  answer: (arrival: Arrival, path: string) => Promise<{ status: number; body: string }>,
): Promise<Door> {
  const arrivals: (Arrival & { path: string })[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', async () => {
      const path = request.url ?? '/'
      const arrival = { headers: request.headers, body: Buffer.concat(chunks).toString() }
      arrivals.push({ ...arrival, path })
      const { status, body } = await answer(arrival, path).catch((error: unknown) => ({
        status: 500,
        body: String(error),
      }))
      response.writeHead(status).end(body)
    })
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: (path) => `http://127.0.0.1:${port}${path}`,
    arrived: (path) => arrivals.filter((each) => each.path === path),
    close: () => server.close(),
  }
}

/** What happens outside of the merchant: payers, time. */
export async function control<Answer = unknown>(verb: string, body?: object): Promise<Answer> {
  const init = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }
  const response = await fetch(`${merchant.httpUrl}/_simulator/${verb}`, init)
  if (!response.ok) throw new Error(`${verb}: ${await response.text()}`)
  return (await response.json()) as Answer
}

/**
 * The payer's phone: WeChat's client holds what the page handed to the bridge, `paySign` and all, against its own rules, shows
 * the sheet and takes the password; then WeChat tells the merchant.
 */
export async function payerPays(parameters: object): Promise<void> {
  const { userId, payPassword } = merchant.payer
  const page = { currentUrl: `${merchant.origin}/`, landingUrl: `${merchant.origin}/` }
  const viewer = { userId, device: 'ios', entry: 'menu' }
  const { sheet, dialog } = await control<{ sheet?: { prepayId: string }; dialog?: string }>(
    'phone/cashier',
    { viewer, page, parameters },
  )
  if (sheet === undefined) throw new Error(`no pay sheet: ${dialog}`)
  await control('phone/pay', { userId, prepayId: sheet.prepayId, password: payPassword })
  await secondsPass(1)
}

export async function secondsPass(advanceSeconds: number): Promise<void> {
  await control('clock', { advanceSeconds })
}

/** Until noon of the day after in China, when the day's bills can be fetched; answers the day as `2026-11-24`. */
export async function nextNoon(): Promise<string> {
  const { nowMs } = await control<{ nowMs: number }>('clock')
  const day = 24 * 3600 * 1000
  const eightHours = 8 * 3600 * 1000
  const midnight = Math.ceil((nowMs + eightHours) / day) * day - eightHours
  await secondsPass((midnight + day / 2 - nowMs) / 1000)
  return new Date(midnight - 1 + eightHours).toISOString().slice(0, 10)
}

/** WeChat's own addresses end at the simulator, as with a hosts file and a redirected port. */
export class HostsFileAgent extends Agent {
  override createConnection(options: object, callback: () => void): ReturnType<Agent['createConnection']> {
    const port = Number(new URL(merchant.httpsUrl).port)
    return super.createConnection({ ...options, host: '127.0.0.1', port }, callback)
  }
}

/** What this life came to, for the test that started it. */
export function tell(life: object): void {
  process.stdout.write(`\n${JSON.stringify(life)}\n`)
}
