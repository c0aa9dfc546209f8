/** Who looks at a page, and from where: told by the phone's cookie, or by the user agent of a real in-app browser. */
import { z } from 'zod'

/**
 * What the client of WeChat does for pages. `late` brings the bridge a second and a half after the script that asks for
 * it, `bare` brings none, `old` is a client of before WeChat Pay (微信版本过低).
 */
export type ClientKind = 'current' | 'late' | 'bare' | 'old'

/** Which hosts of jweixin answer: both, only `res2.wx.qq.com`, or something in between empties the script. */
export type JweixinHosts = 'both' | 'second' | 'emptied'

export interface Viewer {
  userId: string
  device: 'ios' | 'android'
  /** How the page was opened; from the account's chat or menu a follower is not asked for consent. */
  entry: 'menu' | 'chat' | 'link'
  /** `current` when absent. */
  client?: ClientKind | undefined
  /** `both` when absent. */
  jweixin?: JweixinHosts | undefined
  /** Looks at a snapshot (快照页): a made-up identity signs in. */
  snapshot?: boolean | undefined
}

export const viewerShape: z.ZodType<Viewer> = z.object({
  userId: z.string(),
  device: z.enum(['ios', 'android']),
  entry: z.enum(['menu', 'chat', 'link']),
  client: z.enum(['current', 'late', 'bare', 'old']).optional(),
  jweixin: z.enum(['both', 'second', 'emptied']).optional(),
  snapshot: z.boolean().optional(),
})

export const PHONE_COOKIE = 'simulator_phone'

/** The viewer, or undefined outside WeChat. Without the phone's cookie it is the world's first user. */
export function viewerOf(request: Request, firstUserId: string): Viewer | undefined {
  const userAgent = (request.headers.get('user-agent') ?? '').toLowerCase()
  const fromPhone = phoneCookie(request)
  if (fromPhone !== undefined) return fromPhone
  if (!userAgent.includes('micromessenger') || userAgent.includes('wxwork')) return undefined
  return { userId: firstUserId, device: userAgent.includes('android') ? 'android' : 'ios', entry: 'link' }
}

/** What the phone's cookie says; undefined without one or with one that says nothing. */
export function phoneCookie(request: Request): Viewer | undefined {
  const value = new RegExp(`(?:^|;\\s*)${PHONE_COOKIE}=([\\w-]+)`).exec(
    request.headers.get('cookie') ?? '',
  )?.[1]
  if (value === undefined) return undefined
  try {
    return viewerShape.parse(JSON.parse(Buffer.from(value, 'base64url').toString()))
  } catch {
    return undefined
  }
}

export function phoneCookieValue(viewer: Viewer): string {
  return Buffer.from(JSON.stringify(viewer)).toString('base64url')
}
