/** What needs Node's sockets: the merchant's certificate presented over mutual TLS, proxies, authorities of one's own. */
export type { CertificateSource } from './certificate.ts'
export {
  type CertificateFetch,
  type CertificateFetchOptions,
  createCertificateFetch,
} from './client-certificate.ts'
export { createOutgoingFetch, type OutgoingFetch, type OutgoingFetchOptions } from './outgoing-fetch.ts'
