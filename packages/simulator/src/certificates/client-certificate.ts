/**
 * Mutual TLS of `/secapi/*` and `/pay/downloadfundflow`: who came without a certificate, or with one that WeChat did not
 * issue, never reaches the application; the web server before it answers with a page. Source: API v2 docs, "API证书"; both
 * pages as observed.
 */

import { NGINX_HEADERS, nginxPage } from '../pages/nginx-page.ts'
import type { Merchant, World } from '../world.ts'
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

/** Whose certificates there are: those that WeChat issued, and those that the world says merchants have. */
export interface CertificateHolders {
  seed: string
  world: Pick<World, 'merchants'>
  /** Simulated time, in milliseconds. */
  now: number
}

/** Why the web server turns the client away, or undefined when it lets the client through. */
export function certificateRefusal(
  { clientCertificatePem }: Presented,
  { seed, world, now }: CertificateHolders,
): CertificateRefusal | undefined {
  if (clientCertificatePem === undefined) return refusal('No required SSL certificate was sent')
  const { effectiveAt, expiresAt } = readCertificate(clientCertificatePem)
  const inEffect = effectiveAt <= now && now <= expiresAt
  const isKnown =
    holdersOf(clientCertificatePem, world).length > 0 || isClientCertificate(seed, clientCertificatePem)
  if (!inEffect || !isKnown) return refusal('The SSL certificate error')
  return undefined
}

/**
 * Whose certificate it is, by the world, where several merchants may share one of a test's, or by its own word: believe it
 * after `certificateRefusal` has let it through.
 */
export function certificateMchids(
  { clientCertificatePem }: Presented,
  world: CertificateHolders['world'],
): string[] {
  if (clientCertificatePem === undefined) return []
  const holders = holdersOf(clientCertificatePem, world).map(({ mchid }) => mchid)
  return holders.length > 0 ? holders : [readCertificate(clientCertificatePem).commonName]
}

function holdersOf(pem: string, { merchants }: CertificateHolders['world']): Merchant[] {
  return merchants.filter(
    ({ certificate }) => certificate !== null && contentOf(certificate.certificatePem) === contentOf(pem),
  )
}

/** What stands between the lines of a PEM file, however it was broken. */
function contentOf(pem: string): string {
  return pem.replaceAll(/-----[^-]*-----|\s/g, '')
}

function refusal(reason: string): CertificateRefusal {
  const page = nginxPage({ status: 400, heading: '400 Bad Request', reason })
  return { refused: `400 ${reason}`, response: new Response(page, { status: 400, headers: NGINX_HEADERS }) }
}
