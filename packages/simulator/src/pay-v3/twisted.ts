/** v3 messages that go wrong on purpose. Source: API v3 docs, "签名探测流量", and what receivers must survive. */
import type { NotificationTwist } from '../notifications/announcement.ts'
import type { Random } from '../random.ts'
import { merchantOf, type Simulation } from '../simulation.ts'
import { wechatKeyNamed } from './keys.ts'
import { signatureHeaders } from './signature-headers.ts'

/** Beyond every window of five minutes. */
export const STALE_SECONDS = 600

type Headers = Record<string, string>

/** Headers of a message that nobody may believe; those of any other twist stay as they are. */
export function twistedHeaders(
  headers: Headers,
  twist: NotificationTwist | undefined,
  random: Random,
): Headers {
  switch (twist) {
    case 'probe':
      return { ...headers, 'wechatpay-signature': `WECHATPAY/SIGNTEST/${random.text(344)}` }
    case 'wrong-signature':
      return { ...headers, 'wechatpay-signature': otherFirst(headers['wechatpay-signature'] ?? '') }
    case 'unknown-serial':
      return { ...headers, 'wechatpay-serial': `7${random.hex(39).toUpperCase()}` }
    default:
      return headers
  }
}

/** Still base64, and of another value. */
function otherFirst(signature: string): string {
  return (signature.startsWith('A') ? 'B' : 'A') + signature.slice(1)
}

/** The same reply, rightly signed ten minutes ago. */
export function staleHeaders(
  simulation: Simulation,
  { mchid, headers, body }: { mchid: string; headers: Headers; body: string },
): Headers {
  const merchant = merchantOf(simulation, mchid)
  const key =
    merchant === undefined ? undefined : wechatKeyNamed(simulation, merchant, headers['wechatpay-serial'])
  if (key === undefined) return headers
  return { ...headers, ...signatureHeaders(simulation, { mchid, key, secondsAgo: STALE_SECONDS }, body) }
}
