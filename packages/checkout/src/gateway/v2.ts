/**
 * WeChat Pay API v2 as a gateway: the one file in which our words become WeChat's and back. Source: API v2 docs, "统一下单",
 * "查询订单", "关闭订单", "支付结果通知".
 */
import { fen, WechatError } from '@shouyin/wechat'
import {
  createPayV2,
  type OrderQueryReply,
  type PaidFields,
  type PayV2Options,
  type UnifiedOrderRequest,
} from '@shouyin/wechat/pay-v2'
import type {
  CloseAnswer,
  Gateway,
  NotificationReply,
  PaymentState,
  PrepayAnswer,
  PrepayRequest,
  Refused,
  Unknown,
} from './gateway.ts'

export interface GatewayV2Options extends PayV2Options {
  /** Name of the merchant account. */
  account: string
  appid: string
  /** Absolute, without a query; WeChat posts there. */
  notifyUrl: string
}

/** Throws `ConfigError` naming every option that cannot be right. */
export function createGatewayV2({ account, appid, notifyUrl, ...options }: GatewayV2Options): Gateway {
  const pay = createPayV2(options)
  return {
    account,
    notifyUrl,
    prepay: (request) =>
      answered(
        async () => {
          const { prepay_id } = await pay.unifiedorder(unifiedOrder(appid, request))
          return { outcome: 'done', prepayId: prepay_id } as const
        },
        (cause): PrepayAnswer => ({ outcome: 'refused', reason: prepayRefusal(cause), cause }),
      ),
    query: (outTradeNo) =>
      answered(
        async () => {
          const reply = await pay.orderquery({ appid, out_trade_no: outTradeNo })
          return { outcome: 'done', payment: paymentState(reply) } as const
        },
        (cause) =>
          cause.wechatCode === 'ORDERNOTEXIST'
            ? ({ outcome: 'done', payment: { state: 'absent' } } as const)
            : other(cause),
      ),
    close: (outTradeNo) =>
      answered(async () => {
        await pay.closeorder({ appid, out_trade_no: outTradeNo })
        return { outcome: 'done' } as const
      }, closeRefusal),
    sheet: (prepayId) => pay.paymentParameters({ appid, prepayId }),
    readNotification(body) {
      try {
        const notification = pay.readNotification(body)
        const outTradeNo = notification.out_trade_no
        return notification.appid === appid
          ? { outcome: 'read', outTradeNo, payment: paid(notification) }
          : { outcome: 'foreign', outTradeNo }
      } catch (cause) {
        if (!(cause instanceof WechatError)) throw cause
        return { outcome: 'refused', cause }
      }
    },
    acknowledge: () => xml(pay.acknowledge()),
    refuse: (reason) => xml(pay.refuse(reason)),
  }
}

/** Runs a call and sorts its failures: certainly without effect, or open. What is no answer of WeChat is a fault of ours. */
async function answered<Done, No>(
  call: () => Promise<Done>,
  refused: (cause: WechatError) => No,
): Promise<Done | No | Unknown> {
  try {
    return await call()
  } catch (error) {
    if (!(error instanceof WechatError)) throw error
    // A no for the moment (频率限制) is no answer about the payment: the same question again, later.
    const isFinal = error.outcome === 'refused' && !error.retryable
    return isFinal ? refused(error) : { outcome: 'unknown', cause: error }
  }
}

function unifiedOrder(appid: string, request: PrepayRequest): UnifiedOrderRequest {
  return {
    appid,
    body: request.description,
    out_trade_no: request.outTradeNo,
    total_fee: fen(request.totalFen),
    spbill_create_ip: request.clientAddress,
    notify_url: request.notifyUrl,
    trade_type: 'JSAPI',
    openid: request.payer,
    ...(request.attach === undefined ? {} : { attach: request.attach }),
    time_start: beijingTime(request.startedAt),
    time_expire: beijingTime(request.payableUntil),
  }
}

/** A number that WeChat holds with other parameters. Documented: OUT_TRADE_NO_USED; seen: INVALID_REQUEST with one of these texts. */
const TAKEN_TEXT = /201|商户订单号重复|请求重入/

function prepayRefusal({
  wechatCode,
  wechatText = '',
}: WechatError): Extract<PrepayAnswer, { outcome: 'refused' }>['reason'] {
  if (wechatCode === 'ORDERPAID') return 'paid'
  if (wechatCode === 'ORDERCLOSED') return 'closed'
  const taken =
    wechatCode === 'OUT_TRADE_NO_USED' || (wechatCode === 'INVALID_REQUEST' && TAKEN_TEXT.test(wechatText))
  return taken ? 'number_taken' : 'other'
}

function closeRefusal(cause: WechatError): CloseAnswer {
  switch (cause.wechatCode) {
    case 'ORDERCLOSED':
      return { outcome: 'done' }
    case 'ORDERPAID':
      return { outcome: 'refused', reason: 'paid', cause }
    case 'ORDERNOTEXIST':
      return { outcome: 'refused', reason: 'absent', cause }
    default:
      return other(cause)
  }
}

function other(cause: WechatError): Refused<'other'> {
  return { outcome: 'refused', reason: 'other', cause }
}

/** USERPAYING, PAYERROR and ACCEPT belong to other products; none of them is the end of a JSAPI payment. */
function paymentState(reply: OrderQueryReply): PaymentState {
  switch (reply.trade_state) {
    case 'SUCCESS':
      return paid(reply)
    case 'REFUND':
      return { ...paid(reply), refunded: true }
    case 'CLOSED':
    case 'REVOKED':
      return { state: 'closed' }
    default:
      return { state: 'unpaid' }
  }
}

function paid(fields: PaidFields): Extract<PaymentState, { state: 'paid' }> {
  return {
    state: 'paid',
    transactionId: fields.transaction_id,
    payer: fields.openid,
    totalFen: fields.total_fee,
    currency: fields.fee_type,
    paidAt: fromBeijingTime(fields.time_end),
  }
}

function xml(body: string): NotificationReply {
  return { status: 200, contentType: 'text/xml; charset=utf-8', body }
}

const BEIJING_OFFSET_MS = 8 * 3600_000

/** `yyyyMMddHHmmss`, which has no zone and means Beijing's. */
function beijingTime(time: number): string {
  return new Date(time + BEIJING_OFFSET_MS).toISOString().replace(/\D/g, '').slice(0, 14)
}

/** The same back; the shape was checked where the message was read. */
function fromBeijingTime(text: string): number {
  return Date.parse(text.replace(/(....)(..)(..)(..)(..)(..)/, '$1-$2-$3T$4:$5:$6+08:00'))
}
