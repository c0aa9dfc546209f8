/**
 * Sealed cookies: JSON that the browser carries and cannot change. HMAC-SHA256 under a key derived from the merchant's
 * secret for one purpose; a cookie that is forged, expired or sealed with an older secret reads as absent.
 */
import { parse, serialize } from 'hono/utils/cookie'
import { deriveKey, mac, macMatches } from './crypto.ts'

export interface SealedCookieOptions {
  name: string
  /** Enters the key together with the name. */
  secret: string
  /** `Secure` and the `__Host-` prefix, which no subdomain can plant. */
  secure: boolean
  /** Milliseconds since the epoch. */
  clock: () => number
}

export interface SealedCookie {
  /** What was sealed, or undefined. The caller still has to read it as what it should be. */
  read(request: Request): unknown
  /** A `Set-Cookie` value. */
  write(content: object, ttlSeconds: number): string
}

/** Browsers keep no more than 4096 bytes per cookie. */
const MAX_LENGTH = 4096

export function sealedCookie({ name, secret, secure, clock }: SealedCookieOptions): SealedCookie {
  const key = deriveKey(secret, `cookie ${name}`)
  const wireName = secure ? `__Host-${name}` : name
  const setCookie = (value: string, maxAge: number): string =>
    serialize(wireName, value, { path: '/', httpOnly: true, sameSite: 'Lax', secure, maxAge })
  return {
    read(request) {
      const sealed = parse(request.headers.get('cookie') ?? '', wireName)[wireName]
      if (sealed === undefined || sealed.length > MAX_LENGTH) return undefined
      const [content = '', seal = ''] = sealed.split('.')
      if (!macMatches(key, content, seal)) return undefined
      const { until, value } = JSON.parse(Buffer.from(content, 'base64url').toString()) as Sealed
      return until > clock() ? value : undefined
    },
    write(value, ttlSeconds) {
      const sealed: Sealed = { until: clock() + ttlSeconds * 1000, value }
      const content = Buffer.from(JSON.stringify(sealed)).toString('base64url')
      return setCookie(`${content}.${mac(key, content)}`, ttlSeconds)
    },
  }
}

interface Sealed {
  /** Milliseconds since the epoch. */
  until: number
  value: unknown
}
