/** Headers of every answer: no sniffing, no caching, no code in a referrer, and a policy that lets in only what WeChat needs. */
import type { HttpContext } from './context.ts'

export const SECURITY_HEADERS: Record<string, string> = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'same-origin',
}

/**
 * For pages that run one inline script. jweixin comes from its own hosts and reports by an image of the open origin;
 * WeChat's bridge on iOS talks through frames with its own schemes. The open origin may frame the page so that a simulated
 * telephone can show it.
 */
export function contentSecurityPolicy(
  { jweixin, openOrigin, site }: Pick<HttpContext, 'jweixin' | 'openOrigin' | 'site'>,
  nonce: string,
): string {
  const scripts = [...new Set(jweixin.map((url) => new URL(url, site.origin).origin))]
  return [
    "default-src 'none'",
    `script-src 'nonce-${nonce}' ${scripts.join(' ')}`,
    `style-src 'nonce-${nonce}'`,
    `img-src 'self' data: ${openOrigin}`,
    "connect-src 'self'",
    'frame-src weixin: wvjbscheme:',
    `frame-ancestors 'self' ${openOrigin}`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ')
}
