/** The calls of Pay v2: 统一下单, 查询订单, 关闭订单. Source: API v2 docs of each. Build, sign, send, read; a repetition signs anew. */
import { choiceProblems, originProblems, textProblems, timeoutProblems } from '../configuration.ts'
import { randomNonce } from '../crypto.ts'
import { ConfigError, TransportError } from '../errors.ts'
import { type Secret, secretOf } from '../secret.ts'
import { type Answer, type Fetch, send, type Transport } from '../transport.ts'
import { type PaymentParameters, paymentParameters } from './bridge.ts'
import type {
  CloseOrderRequest,
  OrderQueryReply,
  OrderQueryRequest,
  PaymentNotification,
  UnifiedOrderReply,
  UnifiedOrderRequest,
} from './messages.ts'
import { acknowledge, readNotification, refuse } from './notification.ts'
import { accepted, orderQueryReply, unifiedOrderReply } from './replies.ts'
import { checkCloseOrder, checkOrderQuery, checkUnifiedOrder } from './request-rules.ts'
import { type Fields, type SignType, sign } from './sign.ts'
import { parseXml, serialiseXml } from './xml.ts'

export interface PayV2Options {
  /** 商户号, 8 to 10 digits. */
  mchid: string
  /** APIv2 密钥, 32 characters. */
  apiKey: string | Secret
  /** HMAC-SHA256 unless told otherwise. */
  signType?: SignType
  /** `https://api.mch.weixin.qq.com` unless told otherwise. */
  origin?: string
  fetch?: Fetch
  /** Milliseconds since the epoch. */
  clock?: () => number
  nonce?: () => string
  /** Time for one call; 10000 ms unless told otherwise. */
  timeoutMs?: number
}

/**
 * Every call throws `RefusedError` when WeChat says no, and an error with `outcome: 'unknown'` when nobody can know whether it
 * took effect: `TransportError`, `ProtocolError`, or a `RefusedError` of code `wechat_failed`.
 */
export interface PayV2 {
  readonly mchid: string
  /** Opens (or re-enters, with the same parameters) a payment. Throws `invalid_request` before sending what WeChat would refuse. */
  unifiedorder(request: UnifiedOrderRequest): Promise<UnifiedOrderReply>
  orderquery(request: OrderQueryRequest): Promise<OrderQueryReply>
  /** Ends an unpaid payment. ORDERPAID and ORDERCLOSED come as `RefusedError`. */
  closeorder(request: CloseOrderRequest): Promise<void>
  readNotification(body: string | Uint8Array): PaymentNotification
  acknowledge(): string
  refuse(reason: string): string
  paymentParameters(payment: { appid: string; prepayId: string }): PaymentParameters
}

/** Throws `ConfigError` naming every option that cannot be right. */
export function createPayV2(options: PayV2Options): PayV2 {
  check(options)
  const { mchid, signType = 'HMAC-SHA256', clock = Date.now, nonce = randomNonce } = options
  const key = secretOf(options.apiKey)
  const origin = options.origin ?? 'https://api.mch.weixin.qq.com'
  const transport: Transport = { fetch: options.fetch ?? fetch, timeoutMs: options.timeoutMs ?? 10_000 }

  const call = async (path: string, appid: string, request: object): Promise<Fields> => {
    const fields = { ...texts(request), mch_id: mchid, nonce_str: nonce(), sign_type: signType }
    const body = serialiseXml({ ...fields, sign: sign(fields, key.reveal(), signType) })
    const headers = { 'content-type': 'text/xml; charset=utf-8' }
    const answer = await send(transport, origin + path, { method: 'POST', headers, body })
    return accepted(parseReply(answer), { appid, mchid, apiKey: key.reveal(), signType })
  }

  return {
    mchid,
    async unifiedorder(request) {
      checkUnifiedOrder(request)
      return unifiedOrderReply(await call('/pay/unifiedorder', request.appid, request))
    },
    async orderquery(request) {
      checkOrderQuery(request)
      return orderQueryReply(await call('/pay/orderquery', request.appid, request), request)
    },
    async closeorder(request) {
      checkCloseOrder(request)
      await call('/pay/closeorder', request.appid, request)
    },
    readNotification: (body) => readNotification(body, mchid, key.reveal()),
    acknowledge,
    refuse,
    paymentParameters: ({ appid, prepayId }) =>
      paymentParameters(
        { appid, prepayId, nonceStr: nonce(), timestamp: Math.floor(clock() / 1000), signType },
        key.reveal(),
      ),
  }
}

/** A proxy's HTML page is no reply of WeChat; whatever was asked may have happened. */
function parseReply({ status, body }: Answer): Fields {
  try {
    return parseXml(body)
  } catch (cause) {
    const message =
      '微信支付的应答不是 v2 的 XML / the answer is not the XML of Pay v2; a proxy may have answered'
    throw new TransportError({ code: 'no_usable_answer', message, status, cause })
  }
}

function texts(request: object): Fields {
  return Object.fromEntries(
    Object.entries(request)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, String(value)]),
  )
}

function check({ mchid, apiKey, signType, origin, timeoutMs }: PayV2Options): void {
  const problems = [
    ...textProblems('mchid', mchid, /^\d{8,10}$/, '应为 8 至 10 位数字 / must be 8 to 10 digits'),
    ...textProblems('apiKey', apiKey, /^[!-~]{32}$/, '应为 32 位字符 / must be 32 characters'),
    ...choiceProblems('signType', signType, ['MD5', 'HMAC-SHA256']),
    ...originProblems('origin', origin),
    ...timeoutProblems('timeoutMs', timeoutMs),
  ]
  if (problems.length > 0) throw new ConfigError(problems)
}
