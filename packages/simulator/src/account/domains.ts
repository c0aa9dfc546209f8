/** Which addresses a configured domain covers (网页授权域名, JS接口安全域名). Source: 公众号文档, rules of both settings. */

/**
 * The full host must be configured: neither parents nor children count, and a port or an IP address is accepted of test
 * accounts only. A configured path covers what lies below it. That children count is disputed; a world may say so.
 */
export function domainCovers(
  configured: readonly string[],
  address: string,
  testAccount: boolean,
  children: 'accepted' | 'refused' = 'refused',
): boolean {
  // URL parsers forgive white space and turn the backslash round; WeChat compares what was written.
  if (/[\s\\]/.test(address) || !URL.canParse(address)) return false
  const { protocol, host, hostname, port, pathname } = new URL(address)
  if (protocol !== 'http:' && protocol !== 'https:') return false
  if (!testAccount && (port !== '' || hasExplicitPort(address) || isIpAddress(hostname))) return false
  return configured.some((entry) => {
    const [domain = '', ...path] = entry.split('/')
    if (domain !== host && !(children === 'accepted' && host.endsWith(`.${domain}`))) return false
    const below = path.filter((part) => part !== '').join('/')
    return below === '' || pathname === `/${below}` || pathname.startsWith(`/${below}/`)
  })
}

/** `:80` of an http address is dropped by URL parsers, but was written. */
function hasExplicitPort(address: string): boolean {
  return /^https?:\/\/[^/?#]*:\d+/i.test(address)
}

function isIpAddress(hostname: string): boolean {
  return /^\d{1,3}(\.\d{1,3}){3}$/.test(hostname) || hostname.startsWith('[')
}
