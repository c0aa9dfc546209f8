/**
 * Who asks, by the Authorization header, in the order the service looks at it: syntax, time, certificate serial, signature
 * over the bytes that came. Source: API v3 docs, "如何生成请求签名"; texts as seen on the service.
 */
import type { SignatureCheck } from '../exchanges.ts'
import { merchantOf, type Simulation } from '../simulation.ts'
import { isFresh } from '../wire-clock.ts'
import type { Merchant } from '../world.ts'
import { type MerchantKeys, merchantKeys, merchantPrivateKey } from './keys.ts'
import { signError, type V3Refusal } from './refusal.ts'
import { isSignatureOf, requestMessage, SIGNATURE_TYPE, signText } from './sign.ts'
import { signedInstead } from './signed-instead.ts'

export interface SignedRequest {
  method: string
  /** Path and query exactly as sent. */
  target: string
  authorization: string | undefined
  body: Uint8Array
}

export type Authentication =
  | { merchant: Merchant; signature: SignatureCheck }
  | { refusal: V3Refusal; signature?: SignatureCheck }

/** The merchant who signed the request, or why it is not believed. */
export function authenticate(simulation: Simulation, request: SignedRequest): Authentication {
  const claim = readAuthorization(request)
  if ('refusal' in claim) return claim
  if (!isFresh(simulation, claim.mchid, Number(claim.timestamp)))
    return { refusal: signError('Http头Authorization中的timestamp与发起请求的时间不得超过5分钟') }
  const merchant = merchantOf(simulation, claim.mchid)
  // A made-up merchant number gets the words of a wrong signature, without their detail.
  if (merchant === undefined) return { refusal: signError('签名错误') }
  const keys = merchantKeys(simulation, merchant)
  // Lower case is let through: a published library writes it so and is in use.
  if (claim.serial_no.toUpperCase() !== keys.serial)
    return { refusal: signError('商户证书序列号有误。请使用签名私钥匹配的证书序列号') }
  if (keys.expiresAt < simulation.schedule.now()) return { refusal: signError('商户证书已过期') }
  return verify(simulation, request, claim, { merchant, keys })
}

const MEMBERS = ['mchid', 'nonce_str', 'timestamp', 'serial_no', 'signature'] as const
type Claim = Record<(typeof MEMBERS)[number], string>

function readAuthorization({ authorization = '', target }: SignedRequest): Claim | { refusal: V3Refusal } {
  const isPayment = target.startsWith('/v3/pay/')
  const [, scheme, list = ''] = /^(\S+) +(.*)$/.exec(authorization) ?? []
  if (isPayment && scheme !== SIGNATURE_TYPE) return { refusal: signError('签名信息错误，验签失败') }
  if (scheme !== undefined && scheme !== SIGNATURE_TYPE)
    return { refusal: signError('HTTP头Authorization认证类型不正确') }
  const claim = claimOf(list)
  if (claim !== undefined) return claim
  const elsewhere = 'Http头Authorization值格式错误，请参考《微信支付商户REST API签名规则》'
  return { refusal: signError(isPayment ? '签名信息错误，验签失败' : elsewhere) }
}

/** Five pairs, each once, in any order. */
function claimOf(list: string): Claim | undefined {
  const pairs = new Map<string, string>()
  for (const pair of list.split(',')) {
    const [, name = '', value = ''] = /^\s*(\w+)="([^"]*)"\s*$/.exec(pair) ?? []
    if (value === '' || pairs.has(name)) return undefined
    pairs.set(name, value)
  }
  const [mchid, nonce_str, timestamp = '', serial_no, signature] = MEMBERS.map((name) => pairs.get(name))
  if (mchid === undefined || nonce_str === undefined || serial_no === undefined || signature === undefined)
    return undefined
  return /^\d{1,12}$/.test(timestamp) ? { mchid, nonce_str, timestamp, serial_no, signature } : undefined
}

function verify(
  simulation: Simulation,
  request: SignedRequest,
  { nonce_str: nonce, timestamp, signature: received }: Claim,
  { merchant, keys }: { merchant: Merchant; keys: MerchantKeys },
): Authentication {
  const lines = { method: request.method, target: request.target, timestamp, nonce }
  const message = requestMessage(lines, request.body)
  const stringToSign = message.toString()
  if (isSignatureOf(message, received, keys.publicKey))
    return { merchant, signature: { valid: true, stringToSign, expected: received, received } }
  const expected = signText(message, merchantPrivateKey(simulation, merchant))
  const instead = signedInstead(simulation, { lines, body: request.body, received, keys })
  return {
    refusal: { ...signError('签名错误'), detail: mismatch(lines, message, request.body) },
    signature: { valid: false, stringToSign, expected, received, ...instead },
  }
}

/** What the service tells a merchant of the message it built; of the body no more than eight characters. */
function mismatch(
  { method, target, timestamp, nonce }: { method: string; target: string; timestamp: string; nonce: string },
  message: Buffer,
  body: Uint8Array,
): object {
  const start = [...Buffer.from(body).toString()].slice(0, 8).join('')
  return {
    detail: { issue: 'sign not match' },
    field: 'signature',
    location: 'authorization',
    sign_information: {
      method,
      sign_message_length: message.length,
      truncated_sign_message: `${method}\n${target}\n${timestamp}\n${nonce}\n${start}\n`,
      url: target,
    },
  }
}
