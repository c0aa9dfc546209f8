/** What this machine calls itself: names and addresses that lead nowhere else. */

/** Of a hostname as URLs write it: IPv6 in brackets. */
export function isLoopback(hostname: string): boolean {
  return /^(localhost|.+\.localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(hostname)
}

/** Of an address as sockets tell it: an IPv4 one may be written as IPv6. */
export function isLoopbackAddress(address: string): boolean {
  return /^(::ffff:)?127(\.\d{1,3}){3}$|^::1$/.test(address)
}
