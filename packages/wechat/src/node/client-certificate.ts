/**
 * A `fetch` that presents the merchant's API certificate (双向证书), as refunds of Pay v2 need it. Source: API v2 docs, "商户证书".
 */
import { functionProblems, textProblems } from '../configuration.ts'
import { ConfigError } from '../errors.ts'
import {
  type CertificateSource,
  isProblems,
  type MerchantCertificate,
  merchantCertificate,
} from './certificate.ts'
import {
  fetchThrough,
  type OutgoingFetch,
  type OutgoingFetchOptions,
  outgoingProblems,
} from './outgoing-fetch.ts'

/** The merchant's certificate (apiclient_cert), and how it reaches WeChat Pay. */
export type CertificateFetchOptions = CertificateSource &
  OutgoingFetchOptions & {
    /** 商户号, 8 to 10 digits. */
    mchid: string
    /** Milliseconds since the epoch. */
    clock?: () => number
  }

/** A `certificateFetch` for `createPayV2`. */
export interface CertificateFetch extends OutgoingFetch {
  /** 证书序列号, upper-case hex. */
  readonly serial: string
  /** When the certificate ends, in milliseconds since the epoch; renew it in time. */
  readonly expiresAt: number
}

/**
 * Throws `ConfigError` naming every problem at once and no value: a file that does not open, a key that is not the certificate's,
 * a certificate that has expired or is another merchant's.
 */
export function createCertificateFetch(options: CertificateFetchOptions): CertificateFetch {
  const { chain, privateKey, serial, expiresAt } = checked(options ?? ({} as CertificateFetchOptions))
  return Object.assign(fetchThrough(options, { cert: chain, key: privateKey.reveal() }), {
    serial,
    expiresAt,
  })
}

function checked(options: CertificateFetchOptions): MerchantCertificate {
  const { mchid, clock } = options
  const certificate = merchantCertificate(options, mchid, typeof clock === 'function' ? clock() : Date.now())
  const problems = [
    ...textProblems('mchid', mchid, /^\d{8,10}$/, '应为 8 至 10 位数字 / must be 8 to 10 digits'),
    ...(isProblems(certificate) ? certificate : []),
    ...functionProblems(options, ['clock']),
    ...outgoingProblems(options),
  ]
  if (isProblems(certificate) || problems.length > 0) throw new ConfigError(problems)
  return certificate
}
