/** What needs Node's sockets: the merchant's certificate, presented over mutual TLS. */
export type { CertificateSource } from './certificate.ts'
export {
  type CertificateFetch,
  type CertificateFetchOptions,
  createCertificateFetch,
} from './client-certificate.ts'
