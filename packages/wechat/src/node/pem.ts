/** PEM as people keep it: a file, or one line of an environment with `\n` or blanks where the line feeds were. Source: RFC 7468. */

/** The blocks of a kind, each as a file would have it. `kind` is matched against the label, such as `CERTIFICATE`. */
export function pemBlocks(pem: string | Uint8Array, kind: RegExp): string[] {
  const text = typeof pem === 'string' ? pem : Buffer.from(pem).toString('latin1')
  const lines = text.replaceAll('\\r', '').replaceAll('\\n', '\n')
  return [...lines.matchAll(BLOCK)].flatMap(([, label = '', body = '']) => {
    const base64 = body.replaceAll(/\s/g, '')
    if (!kind.test(label) || !/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) return []
    return [`-----BEGIN ${label}-----\n${base64.replaceAll(/.{1,64}/g, '$&\n')}-----END ${label}-----\n`]
  })
}

const BLOCK = /-----BEGIN ([A-Z0-9 ]{1,40})-----([A-Za-z0-9+/=\s]*)-----END \1-----/g
