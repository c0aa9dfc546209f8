/**
 * Verifies what WeChat Pay signed: replies and notifications, over the bytes as they came. Source: API v3 docs, "如何验证签名".
 * Nothing is believed, parsed or decrypted before. Probes (签名探测, `WECHATPAY/SIGNTEST/…`) are wrong signatures like others.
 */
import { aboutTheClock, ProtocolError } from '../errors.ts'
import { fromBase64, isRsaSigned } from './crypto.ts'
import type { PlatformKeys } from './platform-keys.ts'
import { SCHEME } from './sign.ts'

/** Headers as servers have them: a `Headers`, Node's `request.headers` or `headersDistinct`. Names in any case. */
export type MessageHeaders = Headers | Readonly<Record<string, string | readonly string[] | undefined>>

/** A notification or an answer, exactly as it arrived. */
export interface SignedMessage {
  headers: MessageHeaders
  /** Exactly as it came; empty for a reply without content. */
  body: Uint8Array
}

/** WeChat and all SDKs allow this much between the message's clock and ours. */
const MOST_SKEW_SECONDS = 300

/**
 * Throws `ProtocolError`: `bad_signature` for a header that is missing, doubled or malformed, an unknown key or a wrong
 * signature; `bad_time` for a rightly signed message of another time. Throws what fetching a certificate throws.
 */
export async function verify(message: SignedMessage, keys: PlatformKeys, nowMs: number): Promise<void> {
  const { headers, body } = message
  const { timestamp, nonce, serial, signature } = signatureOf(headers)
  const key = await keys.keyOf(serial)
  if (key === undefined) {
    const zh = `Wechatpay-Serial ${serial} 不是已知的平台证书或微信支付公钥`
    throw unsigned(headers, zh, `Wechatpay-Serial ${serial} names no known key`)
  }
  if (!isRsaSigned(signedBytes(timestamp, nonce, body), signature, key))
    throw unsigned(headers, '签名错误', 'the signature is wrong')
  const skew = Math.round(nowMs / 1000) - Number(timestamp)
  if (Math.abs(skew) > MOST_SKEW_SECONDS) {
    const text = '消息的时间与本机相差超过 5 分钟 / the message’s time is more than 5 minutes from ours'
    const requestId = requestIdOf(headers)
    throw new ProtocolError('bad_time', text + aboutTheClock(skew), { clockSkewSeconds: skew, requestId })
  }
}

interface Signature {
  /** Seconds since the epoch. */
  timestamp: string
  nonce: string
  serial: string
  signature: Uint8Array
}

function signatureOf(headers: MessageHeaders): Signature {
  const type = valuesOf(headers, 'wechatpay-signature-type')
  if (type.length > 1 || (type[0] ?? SCHEME) !== SCHEME)
    throw unsigned(headers, 'Wechatpay-Signature-Type 不支持', 'Wechatpay-Signature-Type is not of RSA')
  return {
    timestamp: header(headers, 'Wechatpay-Timestamp', /^[1-9]\d{0,10}$/),
    nonce: header(headers, 'Wechatpay-Nonce', /^[!-+\--~]{1,64}$/),
    serial: header(headers, 'Wechatpay-Serial', /^[0-9A-Za-z_]{1,64}$/),
    signature: signatureBytes(headers),
  }
}

/** Longer than the signature of any key that WeChat has, in characters of base64. */
const MAX_SIGNATURE_LENGTH = 2050

function signatureBytes(headers: MessageHeaders): Uint8Array {
  const name = 'Wechatpay-Signature'
  const value = header(headers, name)
  const bytes = value.length > MAX_SIGNATURE_LENGTH ? undefined : fromBase64(value)
  if (bytes === undefined || bytes.length === 0)
    throw unsigned(headers, `${name} 格式不对`, `${name} is malformed`)
  return bytes
}

function header(headers: MessageHeaders, name: string, pattern?: RegExp): string {
  const [value, ...more] = valuesOf(headers, name.toLowerCase())
  if (value === undefined) throw unsigned(headers, `缺少 ${name}`, `${name} is missing`)
  if (more.length > 0) throw unsigned(headers, `${name} 重复`, `${name} comes twice`)
  // Doubled headers that were joined have a comma, which none of the patterns has, and base64 neither.
  if (pattern?.test(value) === false) throw unsigned(headers, `${name} 格式不对`, `${name} is malformed`)
  return value
}

/** Libraries bring `Headers` of their own, which are no instances of Node's. */
function isHeaders(headers: MessageHeaders): headers is Headers {
  return typeof headers['get'] === 'function'
}

/** Every value under a name, however its case is written. */
function valuesOf(headers: MessageHeaders, lowerCaseName: string): readonly string[] {
  if (isHeaders(headers)) {
    const value = headers.get(lowerCaseName)
    return value === null ? [] : [value]
  }
  const values: string[] = []
  for (const name of Object.keys(headers)) {
    if (name.length !== lowerCaseName.length || name.toLowerCase() !== lowerCaseName) continue
    const value = headers[name]
    if (typeof value === 'string') values.push(value)
    else if (value !== undefined && value !== null) values.push(...[value].flat().map(String))
  }
  return values
}

/** Three lines, each ended by a line feed; the body's own line feeds stay. */
function signedBytes(timestamp: string, nonce: string, body: Uint8Array): Uint8Array {
  const head = `${timestamp}\n${nonce}\n`
  const bytes = Buffer.allocUnsafe(head.length + body.length + 1)
  bytes.write(head, 'latin1')
  bytes.set(body, head.length)
  bytes.write('\n', bytes.length - 1, 'latin1')
  return bytes
}

function unsigned(headers: MessageHeaders, zh: string, en: string): ProtocolError {
  const message = `微信支付签名：${zh} / not signed by WeChat Pay: ${en}`
  return new ProtocolError('bad_signature', message, { requestId: requestIdOf(headers) })
}

/** To quote to WeChat's support; whoever wrote the message may have made it up, so only its documented shape is kept. */
function requestIdOf(headers: MessageHeaders): string | undefined {
  return valuesOf(headers, 'request-id').find((value) => /^[\w-]{1,64}$/.test(value))
}
