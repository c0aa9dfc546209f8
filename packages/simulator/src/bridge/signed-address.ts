/**
 * Which address a merchant signed where WeChat verifies another: the usual mistakes, tried one after the other, so that
 * the inspector can show both texts. Source: 公众号文档 "JS-SDK", 附录5 常见错误; reports of the field.
 */

interface Addresses {
  currentUrl: string
  landingUrl: string
}

/** The first address that `isSigned` says yes to; undefined when it is none of the usual mistakes. */
export function signedAddress(page: Addresses, isSigned: (url: string) => boolean): string | undefined {
  const addresses = [page.currentUrl, page.landingUrl].flatMap((url) => [
    withoutFragment(url),
    ...mistakes(url),
  ])
  return addresses.find(isSigned)
}

function mistakes(url: string): string[] {
  const address = withoutFragment(url)
  const path = address.split('?')[0] ?? ''
  const query = address.slice(path.length)
  return [
    // The fragment kept, the query dropped, what web authorization added dropped.
    url,
    path,
    without(address, ['code', 'state']),
    without(address, ['from', 'isappinstalled']),
    // A slash too many or too few.
    path.endsWith('/') ? path.slice(0, -1) + query : `${path}/${query}`,
    // A proxy in between that ends TLS or hides the port.
    address.replace(/^https:/, 'http:'),
    address.replace(/^http:/, 'https:'),
    address.replace(/^(https?:\/\/[^/:]+):\d+/, '$1'),
    // Decoded or encoded once too often, escaped for HTML.
    decoded(address),
    encodeURI(address),
    encodeURIComponent(address),
    address.replaceAll('&', '&amp;'),
    // Only the site.
    /^https?:\/\/[^/]+/.exec(address)?.[0] ?? '',
    `${/^https?:\/\/[^/]+/.exec(address)?.[0]}/`,
  ]
}

function withoutFragment(url: string): string {
  return url.split('#')[0] ?? ''
}

/** Not by a URL parser, which would write other things anew as well. */
function without(address: string, names: string[]): string {
  const [path = '', query = ''] = address.split('?')
  const kept = query.split('&').filter((field) => !names.includes(field.split('=')[0] ?? ''))
  return kept.join('') === '' ? path : `${path}?${kept.join('&')}`
}

function decoded(address: string): string {
  try {
    return decodeURIComponent(address)
  } catch {
    return address
  }
}
