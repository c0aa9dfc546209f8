/** Where the checkout lives on the merchant's site, and which addresses count as the site's own. */
import { ConfigError } from '@shouyin/wechat'

/** Where the site is and how it is signed in to. */
export interface SiteOptions {
  /** Public origin, as payers' browsers see it: `https://shop.example.com`. Plain http only on a loopback host. */
  origin: string
  /** Path below which the handler answers; `/pay` unless told otherwise. */
  basePath?: string | undefined
  /** At least 32 characters; sessions are signed with keys derived from it. */
  secret: string
  /** Payee as the pay page shows it. */
  merchantName?: string | undefined
  /** Where payers go afterwards when the order does not say; `/` unless told otherwise. */
  returnUrl?: string | undefined
  /** Other origins that a sign-in may return to. */
  allowedReturnOrigins?: readonly string[] | undefined
}

export interface Site {
  readonly origin: string
  readonly basePath: string
  readonly merchantName: string
  /** Absolute address of `returnUrl`. */
  readonly returnUrl: string
  /** Whether cookies are `Secure`: everywhere but on a laptop. */
  readonly secure: boolean
  /** Absolute address of a path below the base path: `address('/sign-in')`. */
  address(path: string): string
  /** The absolute address a payer may be sent to, or undefined when it is not on the allow-list. */
  returnAddress(wanted: string): string | undefined
  /** Whether the JSSDK signature of this page is ours to give. */
  owns(pageUrl: string): boolean
}

/** Throws `ConfigError` naming every option that cannot work. */
export function createSite(options: SiteOptions): Site {
  const problems = siteProblems(options)
  if (problems.length > 0) throw new ConfigError(problems)
  const { origin, basePath = '/pay', merchantName = '' } = options
  const returnOrigins = new Set([origin, ...(options.allowedReturnOrigins ?? [])])
  const address = (path: string): string => origin + basePath + path
  return {
    origin,
    basePath,
    merchantName,
    returnUrl: new URL(options.returnUrl ?? '/', origin).href,
    secure: origin.startsWith('https:'),
    address,
    returnAddress(wanted) {
      const target = readReturn(wanted, origin)
      if (target === undefined || !returnOrigins.has(target.origin)) return undefined
      const isSignIn = ['/sign-in', '/callback'].some((path) => target.href.startsWith(address(path)))
      return isSignIn ? undefined : target.href
    },
    owns: (pageUrl) => isPageOf(origin, pageUrl),
  }
}

/** What is wrong with the options, each in a sentence without its value; empty when nothing is. */
export function siteProblems(options: SiteOptions): string[] {
  const { origin, basePath = '/pay', secret, returnUrl = '/', allowedReturnOrigins = [] } = options
  const problems: string[] = []
  if (!isOrigin(origin)) {
    problems.push(
      'origin: 只写协议和域名，如 https://shop.example.com / scheme and host only, without a path',
    )
  } else if (!origin.startsWith('https:') && !isLoopback(origin)) {
    problems.push('origin: 除本机外必须是 https / must be https except on a loopback host')
  }
  if (!/^(\/[\w.~-]+)+$/.test(basePath))
    problems.push("basePath: 以 / 开头、末尾没有 / / a path like '/pay', without a slash at the end")
  if (typeof secret !== 'string' || secret.length < 32)
    problems.push('secret: 至少 32 个字符 / at least 32 characters')
  if (!allowedReturnOrigins.every(isOrigin))
    problems.push('allowedReturnOrigins: 每项只写协议和域名 / scheme and host only, each')
  if (readReturn(returnUrl, isOrigin(origin) ? origin : 'https://invalid.example') === undefined)
    problems.push('returnUrl: 本站路径或 http(s) 网址 / a path of this site or an http(s) address')
  return problems
}

const MAX_RETURN_LENGTH = 1024

/**
 * A path of this site or a complete http(s) address. Refused before any parser sees them: backslashes, blanks and control
 * characters, also percent-encoded, because browsers read `/\host` and `/%09/host` more generously than we do.
 */
function readReturn(wanted: string, origin: string): URL | undefined {
  if (wanted.length > MAX_RETURN_LENGTH || /[\s\\]|\p{Cc}|%(0[0-9a-f]|1[0-9a-f]|5c|7f)/iu.test(wanted))
    return undefined
  if (!/^(\/(?!\/)|https?:\/\/[^/])/i.test(wanted) || !URL.canParse(wanted, origin)) return undefined
  const target = new URL(wanted, origin)
  const isPlain = target.username === '' && target.password === ''
  return isPlain ? target : undefined
}

const MAX_PAGE_URL_LENGTH = 2048

/** Signing is byte-exact, so the text itself must begin with our origin; a parser alone would forgive too much. */
function isPageOf(origin: string, pageUrl: string): boolean {
  if (pageUrl.length > MAX_PAGE_URL_LENGTH || /[\s\\]|\p{Cc}/u.test(pageUrl)) return false
  if (!pageUrl.startsWith(`${origin}/`) || !URL.canParse(pageUrl)) return false
  return new URL(pageUrl).origin === origin
}

function isOrigin(text: string): boolean {
  return /^https?:\/\//.test(text) && URL.canParse(text) && new URL(text).origin === text
}

function isLoopback(origin: string): boolean {
  const { hostname } = new URL(origin)
  return /^(localhost|.+\.localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(hostname)
}
