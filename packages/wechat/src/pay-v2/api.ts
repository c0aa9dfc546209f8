/** The calls of Pay v2: 统一下单, 查询订单, 关闭订单. Source: API v2 docs of each. Build, sign, send, read; a repetition signs anew. */
import { randomNonce } from '../crypto.ts'
import { ConfigError, ProtocolError, TransportError } from '../errors.ts'
import { isOrigin } from '../official-account.ts'
import { revealed, Secret } from '../secret.ts'
import { type Fetch, send, type Transport } from '../transport.ts'
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
import { checkUnifiedOrder } from './request-rules.ts'
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
  const key = new Secret(revealed(options.apiKey))
  const origin = options.origin ?? 'https://api.mch.weixin.qq.com'
  const transport: Transport = { fetch: options.fetch ?? fetch, timeoutMs: options.timeoutMs ?? 10_000 }

  const call = async (path: string, appid: string, request: Fields): Promise<Fields> => {
    const fields = { ...request, mch_id: mchid, nonce_str: nonce(), sign_type: signType }
    const signed = { ...fields, sign: sign(fields, key.reveal(), signType) }
    const headers = { 'content-type': 'text/xml; charset=utf-8' }
    const answer = await send(transport, origin + path, {
      method: 'POST',
      headers,
      body: serialiseXml(signed),
    })
    return accepted(parseReply(answer.status, answer.body), { appid, mchid, apiKey: key.reveal(), signType })
  }

  return {
    mchid,
    async unifiedorder(request) {
      checkUnifiedOrder(request)
      return unifiedOrderReply(await call('/pay/unifiedorder', request.appid, texts(request)))
    },
    async orderquery(request) {
      const fields = await call('/pay/orderquery', request.appid, texts(request))
      const asked = 'out_trade_no' in request ? request.out_trade_no : undefined
      if (asked !== undefined && fields['out_trade_no'] !== asked) {
        throw new ProtocolError('bad_message', '应答是另一个订单 / the reply is about another order')
      }
      return orderQueryReply(fields)
    },
    async closeorder(request) {
      await call('/pay/closeorder', request.appid, texts(request))
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
function parseReply(status: number, body: string): Fields {
  try {
    return parseXml(body)
  } catch (cause) {
    const message = '微信支付的应答不是 XML / the answer is not XML; a proxy may have answered'
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

function check(options: PayV2Options): void {
  const problems: string[] = []
  if (!/^\d{8,10}$/.test(options.mchid))
    problems.push('mchid 应为 8 至 10 位数字 / mchid must be 8 to 10 digits')
  if (!/^[!-~]{32}$/.test(revealed(options.apiKey))) {
    problems.push('apiKey 应为 32 位字符，前后没有空格或引号 / apiKey must be 32 characters without blanks')
  }
  if (options.signType !== undefined && !['MD5', 'HMAC-SHA256'].includes(options.signType)) {
    problems.push('signType 应为 MD5 或 HMAC-SHA256 / signType must be MD5 or HMAC-SHA256')
  }
  if (options.origin !== undefined && !isOrigin(options.origin)) {
    problems.push('origin 应为不带路径的地址 / origin must be an origin without a path')
  }
  if (problems.length > 0) throw new ConfigError(problems)
}
