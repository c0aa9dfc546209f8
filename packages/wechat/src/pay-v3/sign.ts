/** Request signatures of Pay v3 (签名生成). Source: API v3 docs, "如何构造接口请求签名". */
import type { Signer } from './keys.ts'

export const SCHEME = 'WECHATPAY2-SHA256-RSA2048'

/** What the Authorization header is made of (请求签名串). */
export interface RequestToSign {
  method: 'GET' | 'POST'
  /** Path and query exactly as sent; no host. */
  path: string
  /** Body exactly as sent; empty for GET. */
  body: string
  /** Seconds since the epoch. */
  timestamp: number
  nonce: string
}

/** The `Authorization` header of one request. */
export async function authorization(request: RequestToSign, mchid: string, signer: Signer): Promise<string> {
  const signature = await signer.sign(textToSign(request))
  const parameters = {
    mchid,
    nonce_str: request.nonce,
    signature,
    timestamp: String(request.timestamp),
    serial_no: signer.serial,
  }
  const pairs = Object.entries(parameters).map(([name, value]) => `${name}="${value}"`)
  return `${SCHEME} ${pairs.join(',')}`
}

/** Five lines, each ended by a line feed, the last included. */
export function textToSign({ method, path, timestamp, nonce, body }: RequestToSign): string {
  return `${method}\n${path}\n${timestamp}\n${nonce}\n${body}\n`
}
