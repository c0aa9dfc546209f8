/**
 * The calls of Pay v2: 统一下单, 查询订单, 关闭订单, 申请退款, 查询退款, 撤销订单, 下载交易账单, 下载资金账单. Source: API v2 docs of each.
 */
import {
  choiceProblems,
  functionProblems,
  originProblems,
  strayProblems,
  textProblems,
  timeoutProblems,
} from '../configuration.ts'
import { randomNonce } from '../crypto.ts'
import { ConfigError, ProtocolError, RefusedError } from '../errors.ts'
import type { RawBody } from '../raw-body.ts'
import { type Secret, secretOf } from '../secret.ts'
import { type Fetch, type OnExchange, PAY_TIMEOUT_MS, type Transport } from '../transport.ts'
import {
  type BillFile,
  billFile,
  type DownloadBillRequest,
  type DownloadFundFlowRequest,
} from './bill-file.ts'
import { type PaymentParameters, paymentParameters } from './bridge.ts'
import { called, downloaded, type Merchant } from './calls.ts'
import type {
  CloseOrderRequest,
  OrderQueryReply,
  OrderQueryRequest,
  PaymentNotification,
  UnifiedOrderReply,
  UnifiedOrderRequest,
} from './messages.ts'
import { acknowledge, readNotification, refuse } from './notification.ts'
import type {
  OrderNumber,
  Refund,
  RefundNotification,
  RefundQueryReply,
  RefundQueryRequest,
  RefundReply,
  RefundRequest,
  ReverseReply,
  ReverseRequest,
} from './refund-messages.ts'
import { refundNotificationReader } from './refund-notification.ts'
import { refundQueryReply, refundReply, reverseReply } from './refund-replies.ts'
import { orderQueryReply, unifiedOrderReply } from './replies.ts'
import {
  checkCloseOrder,
  checkDownloadBill,
  checkDownloadFundFlow,
  checkOrderQuery,
  checkRefund,
  checkRefundQuery,
  checkReverse,
  checkUnifiedOrder,
} from './request-rules.ts'
import type { SignType } from './sign.ts'

/** Who the merchant (商户) is and how it reaches WeChat Pay. */
export interface PayV2Options {
  /** 商户号, 8 to 10 digits. */
  mchid: string
  /** APIv2 密钥, 32 characters. */
  apiKey: string | Secret
  /** HMAC-SHA256 unless told otherwise. */
  signType?: SignType
  /** WeChat's two domains unless told otherwise: the second is tried when the first cannot be reached. */
  origin?: string
  fetch?: Fetch
  /**
   * Presents the merchant API certificate (商户 API 证书, apiclient_cert.p12); `refund`, `reverse` and `downloadfundflow` need it.
   * `createCertificateFetch` of `@shouyin/wechat/node` makes one.
   */
  certificateFetch?: Fetch
  /** Told of every exchange, for traces and metrics. */
  onExchange?: OnExchange
  /** Milliseconds since the epoch. */
  clock?: () => number
  nonce?: () => string
  /** Time for one call, and for each piece of a file; 12000 ms unless told otherwise. */
  timeoutMs?: number
}

/**
 * Every call throws `RefusedError` when WeChat says no, and an error with `outcome: 'unknown'` when nobody can know whether it
 * took effect: `TransportError`, `ProtocolError`, or a `RefusedError` of code `wechat_failed`. A request that WeChat would refuse
 * is not sent: `invalid_request`.
 */
export interface PayV2 {
  readonly mchid: string
  /** Opens (or re-enters, with the same parameters) a payment. */
  unifiedorder<const Appid extends string>(request: UnifiedOrderRequest<Appid>): Promise<UnifiedOrderReply>
  orderquery(request: OrderQueryRequest): Promise<OrderQueryReply>
  /** Ends an unpaid payment. ORDERPAID and ORDERCLOSED come as `RefusedError`. */
  closeorder(request: CloseOrderRequest): Promise<void>
  /** Asks for a refund; that it was accepted is not yet that it was made. Repeat an unknown one under its own number only. */
  refund(request: RefundRequest): Promise<RefundReply>
  refundquery(request: RefundQueryRequest): Promise<RefundQueryReply>
  /** Every refund of an order, page after page of ten. */
  refundsOf(order: { appid: string } & OrderNumber): AsyncGenerator<Refund, void, undefined>
  /** Orders paid by a code that the merchant scanned only. */
  reverse(request: ReverseRequest): Promise<ReverseReply>
  /** A day's trade bill; a bill that is not ready comes as `RefusedError` that is `retryable`. */
  downloadbill(request: DownloadBillRequest): Promise<BillFile>
  /** A day's fund flow bill. */
  downloadfundflow(request: DownloadFundFlowRequest): Promise<BillFile>
  /** The body exactly as it came. Throws `ConfigError` where it was parsed before, `ProtocolError` where it is not to be believed. */
  readNotification(body: RawBody): PaymentNotification
  /** The same of a refund's: it is not signed but sealed, so confirm by `refundquery` before money follows. */
  readRefundNotification(body: RawBody): RefundNotification
  acknowledge(): string
  refuse(reason: string): string
  paymentParameters(payment: { appid: string; prepayId: string }): PaymentParameters
}

const ORIGINS = ['https://api.mch.weixin.qq.com', 'https://api2.mch.weixin.qq.com']

/** Throws `ConfigError` naming every option that cannot be right. */
export function createPayV2(options: PayV2Options): PayV2 {
  check(options ?? {})
  const { mchid, signType = 'HMAC-SHA256', clock = Date.now } = options
  const merchant = merchantOf(options)
  const { apiKey, nonce } = merchant
  return {
    mchid,
    ...orderCalls(merchant),
    ...refundCalls(merchant),
    ...billCalls(merchant),
    readNotification: (body) => readNotification(body, mchid, apiKey.reveal()),
    readRefundNotification: refundNotificationReader(mchid, apiKey.reveal()),
    acknowledge,
    refuse,
    paymentParameters: (payment) =>
      paymentParameters(
        { ...payment, nonceStr: nonce(), timestamp: Math.floor(clock() / 1000), signType },
        apiKey.reveal(),
      ),
  }
}

function merchantOf(options: PayV2Options): Merchant {
  const { mchid, signType = 'HMAC-SHA256', origin, certificateFetch, nonce = randomNonce } = options
  const { onExchange, clock, timeoutMs = PAY_TIMEOUT_MS } = options
  const over = (fetch: Fetch): Transport => ({ fetch, timeoutMs, onExchange, clock })
  return {
    mchid,
    apiKey: secretOf(options.apiKey),
    signType,
    origins: origin === undefined ? ORIGINS : [origin],
    transport: over(options.fetch ?? fetch),
    certified: certificateFetch === undefined ? undefined : over(certificateFetch),
    nonce,
  }
}

function orderCalls(merchant: Merchant): Pick<PayV2, 'unifiedorder' | 'orderquery' | 'closeorder'> {
  return {
    async unifiedorder(request) {
      checkUnifiedOrder(request)
      return unifiedOrderReply(await called(merchant, { path: '/pay/unifiedorder', request }))
    },
    async orderquery(request) {
      checkOrderQuery(request)
      const reply = await called(merchant, { path: '/pay/orderquery', request, isQuestion: true })
      return orderQueryReply(reply, request)
    },
    async closeorder(request) {
      checkCloseOrder(request)
      await called(merchant, { path: '/pay/closeorder', request })
    },
  }
}

function refundCalls(merchant: Merchant): Pick<PayV2, 'refund' | 'refundquery' | 'refundsOf' | 'reverse'> {
  const refundquery: PayV2['refundquery'] = async (request) => {
    checkRefundQuery(request)
    const reply = await called(merchant, { path: '/pay/refundquery', request, isQuestion: true })
    return refundQueryReply(reply, request)
  }
  return {
    async refund(request) {
      checkRefund(request)
      return refundReply(
        await called(merchant, { path: '/secapi/pay/refund', request, isCertified: true }),
        request,
      )
    },
    refundquery,
    async *refundsOf(order) {
      let total: number | undefined
      for (let offset = 0; ; ) {
        const isGuess = total === undefined && offset > 0
        const page = await refundquery({ ...order, offset }).catch((error: unknown) => {
          if (isGuess && isBeyond(error)) return undefined
          throw error
        })
        if (page === undefined) return
        yield* page.refunds
        offset += page.refunds.length
        total = page.total_refund_count
        // Where no total is told, a page that is not full is the last.
        if (total === undefined ? page.refunds.length < PAGE : offset >= total) return
        if (page.refunds.length === 0) throw new ProtocolError('bad_message', CUT_SHORT)
      }
    },
    async reverse(request) {
      checkReverse(request)
      return reverseReply(await called(merchant, { path: '/secapi/pay/reverse', request, isCertified: true }))
    },
  }
}

/** What WeChat says of an offset past the last refund. */
function isBeyond(error: unknown): boolean {
  return error instanceof RefusedError && error.says('PARAM_ERROR')
}

/** Refunds on a page. */
const PAGE = 10
const CUT_SHORT = '退款列表没有给全 / the list of refunds ends before its total'

function billCalls(merchant: Merchant): Pick<PayV2, 'downloadbill' | 'downloadfundflow'> {
  return {
    async downloadbill(request) {
      checkDownloadBill(request)
      const call = { path: '/pay/downloadbill', request: { bill_type: 'ALL', ...request } }
      return downloaded(merchant, call, 'MD5', billFile)
    },
    async downloadfundflow(request) {
      checkDownloadFundFlow(request)
      const call = { path: '/pay/downloadfundflow', request, isCertified: true }
      return downloaded(merchant, call, 'HMAC-SHA256', billFile)
    },
  }
}

function check(options: Partial<PayV2Options>): void {
  const { mchid, apiKey, signType, origin, timeoutMs } = options
  const problems = [
    ...textProblems('mchid', mchid, /^\d{8,10}$/, '应为 8 至 10 位数字 / must be 8 to 10 digits'),
    ...textProblems('apiKey', apiKey, /^[!-~]{32}$/, '应为 32 位字符 / must be 32 characters'),
    ...choiceProblems('signType', signType, ['MD5', 'HMAC-SHA256']),
    ...strayProblems(options, 'origins', 'origin'),
    ...originProblems('origin', origin),
    ...functionProblems(options, ['fetch', 'certificateFetch', 'onExchange', 'clock', 'nonce']),
    ...timeoutProblems('timeoutMs', timeoutMs),
  ]
  if (problems.length > 0) throw new ConfigError(problems)
}
