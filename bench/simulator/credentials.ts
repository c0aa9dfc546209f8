/** What a merchant's `.env` holds, as far as the orders of the benchmark need it. */
export interface Credentials {
  appid: string
  openid: string
  mchid: string
  apiKey: string
  serial: string
  certificatePem: string
  privateKeyPem: string
}
