/**
 * Mutual TLS of `/secapi/*` and `/pay/downloadfundflow`: who came without a certificate, or with one that WeChat did not
 * issue, never reaches the application; the web server before it answers with a page. Source: API v2 docs, "API证书"; both
 * pages as observed.
 */
import { isClientCertificate, readCertificate } from './certificates.ts'

export interface Presented {
  /** What the client presented in the TLS handshake; over plain HTTP nobody can. */
  clientCertificatePem?: string | undefined
}

export interface CertificateRefusal {
  /** Title of the page. */
  refused: string
  response: Response
}

/** Why the web server turns the client away, or undefined when it lets the client through. `now`: simulated time. */
export function certificateRefusal(
  { clientCertificatePem }: Presented,
  { seed, now }: { seed: string; now: number },
): CertificateRefusal | undefined {
  if (clientCertificatePem === undefined) return refusal('No required SSL certificate was sent')
  const { effectiveAt, expiresAt } = readCertificate(clientCertificatePem)
  const inEffect = effectiveAt <= now && now <= expiresAt
  if (!inEffect || !isClientCertificate(seed, clientCertificatePem))
    return refusal('The SSL certificate error')
  return undefined
}

/** Whose certificate it is by its own word: believe it after `certificateRefusal` has let it through. */
export function certificateMchid({ clientCertificatePem }: Presented): string | undefined {
  return clientCertificatePem === undefined ? undefined : readCertificate(clientCertificatePem).commonName
}

function refusal(what: string): CertificateRefusal {
  const page = [
    '<html>',
    `<head><title>400 ${what}</title></head>`,
    '<body>',
    '<center><h1>400 Bad Request</h1></center>',
    `<center>${what}</center>`,
    '<hr><center>nginx</center>',
    '</body>',
    '</html>',
    '',
  ]
  const headers = { server: 'nginx', 'content-type': 'text/html' }
  return { refused: `400 ${what}`, response: new Response(page.join('\r\n'), { status: 400, headers }) }
}
