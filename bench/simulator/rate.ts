/** Sends signed requests over a few connections that stay open, each as soon as the one before is answered. */
import { Pool } from 'undici'
import type { Signed } from './orders.ts'

const CONNECTIONS = 16
/** In answers of either version: an order was opened. */
const ACCEPTED = 'prepay_id'

/** Orders per second. Throws at the first answer that is not what a merchant hopes for. */
export async function rate(url: string, requests: readonly Signed[]): Promise<number> {
  const pool = new Pool(url, { connections: CONNECTIONS })
  let next = 0
  const worker = async (): Promise<void> => {
    for (let request = requests[next++]; request !== undefined; request = requests[next++]) {
      const { statusCode, body } = await pool.request({ method: 'POST', ...request })
      const text = await body.text()
      if (statusCode !== 200 || !text.includes(ACCEPTED)) throw new Error(`${statusCode} ${text}`)
    }
  }
  const from = performance.now()
  await Promise.all(Array.from({ length: CONNECTIONS }, worker))
  const seconds = (performance.now() - from) / 1000
  await pool.close()
  return requests.length / seconds
}
