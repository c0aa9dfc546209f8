/** The payer's IP address, which WeChat wants to know of every order. */

/** What a request says about where it comes from. */
export interface Sender {
  /** Address of the other end of the connection. */
  socket: string | undefined
  /** The header `X-Forwarded-For`. */
  forwardedFor: string | undefined
}

/**
 * The address to tell WeChat. A proxy on this machine (nginx in front of the shop) may say for whom it speaks, in the last
 * entry, which is its own; anybody else could write whatever they like into that header.
 */
export function clientAddress({ socket, forwardedFor }: Sender): string | undefined {
  const last = forwardedFor?.split(',').at(-1)?.trim()
  return last !== undefined && last !== '' && isThisMachine(socket) ? last : socket && plain(socket)
}

function isThisMachine(address: string | undefined): boolean {
  return address !== undefined && /^(127\.|::1$)/.test(plain(address))
}

/** A socket that listens on both families shows IPv4 addresses as `::ffff:192.0.2.1`. */
function plain(address: string): string {
  return address.replace(/^::ffff:/, '')
}
