/**
 * The calls of Pay v3 for pages: 下单, 查单, 关单, 退款, 账单, of a merchant of its own, of a service provider (`partner`) and of combined
 * orders (`combine`). Source: API v3 docs of each.
 */
import { names } from '../given.ts'
import type { Secret } from '../secret.ts'
import {
  application,
  type BillApplication,
  type BillLink,
  downloadBill,
  type FundFlowBillRequest,
  fundFlowBillPath,
  type TradeBillRequest,
  tradeBillPath,
} from './bills.ts'
import { type PaymentParameters, paymentParameters } from './bridge.ts'
import { call, callForObject } from './call.ts'
import {
  type CombineCloseRequest,
  type CombineNumber,
  type CombinePrepayRequest,
  type CombineTransaction,
  checkCombineClose,
  checkCombineNumber,
  checkCombinePrepay,
  combineTransaction,
  expectCombination,
} from './combine.ts'
import { type EchoReply, type EchoRequest, echo } from './echo.ts'
import type { JsonObject } from './json.ts'
import type {
  OrderNumber,
  PartnerPrepayRequest,
  PartnerTransaction,
  PayerIdentity,
  PrepayReply,
  PrepayRequest,
  Transaction,
} from './messages.ts'
import {
  acknowledge,
  type Notification,
  type NotificationAnswer,
  type PostedMessage,
  readNotification,
  refuse,
} from './notification.ts'
import { type Identity, type PayV3Options, readOptions } from './options.ts'
import type { PlatformKeys } from './platform-keys.ts'
import {
  type AbnormalRefundRequest,
  abnormalRefundBody,
  checkAbnormalRefund,
  checkRefund,
  checkRefundQuery,
  type Refund,
  type RefundQuery,
  type RefundRequest,
  refund,
  refundBody,
} from './refunds.ts'
import { expectOrder, ours, partnerTransaction, prepayReply, transaction } from './replies.ts'
import {
  check,
  checkPartnerPrepay,
  checkPrepay,
  MCHID,
  OUT_TRADE_NO,
  orderNumberRules,
} from './request-rules.ts'
import { decrypted, encrypted } from './sensitive.ts'

/**
 * Every call throws `RefusedError` when WeChat says no (or, before sending, certainly would), and an error with `outcome:
 * 'unknown'` when nobody can know whether it took effect: `TransportError`, `ProtocolError`, or a `RefusedError` of code
 * `wechat_failed` or `undecided`. Then repeat it under the same number, or query.
 */
export interface PayV3 {
  readonly mchid: string
  /** Opens (or re-enters, with the same parameters) a payment. */
  prepay<const Appid extends string>(request: PrepayRequest<Appid>): Promise<PrepayReply>
  query(order: OrderNumber): Promise<Transaction>
  /** Ends an unpaid payment. ORDER_PAID comes as `RefusedError`; closing twice does no harm. */
  close(order: { out_trade_no: string }): Promise<void>
  /** Asks for a refund. An answer means accepted: it ends by notification or `queryRefund`. */
  refund(request: RefundRequest): Promise<Refund>
  /** RESOURCE_NOT_EXISTS comes as `RefusedError`: the refund was not accepted; ask for it again under the same number. */
  queryRefund(request: RefundQuery): Promise<Refund>
  /** What to do about a refund that is ABNORMAL. */
  applyAbnormalRefund(request: AbnormalRefundRequest): Promise<Refund>
  /** Applies for a day's trades; `downloadBill` has the file. STATEMENT_CREATING comes as a `RefusedError` that is retryable. */
  tradeBill(request: TradeBillRequest): Promise<BillApplication>
  /** Applies for a day's fund flow. */
  fundFlowBill(request: FundFlowBillRequest): Promise<BillApplication>
  /** The uncompressed bytes of a bill; throws at their end where the SHA-1 is not the one that WeChat signed. */
  downloadBill(bill: BillLink): AsyncIterable<Uint8Array>
  /** WeChat's own test of all keys (加解密与验签自测). */
  echo(request: EchoRequest): Promise<EchoReply>
  /** 服务商: the same for a sub-merchant. Refunds and bills take `sub_mchid`. */
  readonly partner: {
    prepay(request: PartnerPrepayRequest): Promise<PrepayReply>
    query(order: OrderNumber & { sub_mchid: string }): Promise<PartnerTransaction>
    close(order: { out_trade_no: string; sub_mchid: string }): Promise<void>
  }
  /** 合单支付. */
  readonly combine: {
    prepay(request: CombinePrepayRequest): Promise<PrepayReply>
    query(order: CombineNumber): Promise<CombineTransaction>
    close(request: CombineCloseRequest): Promise<void>
  }
  /** The serial numbers of WeChat's certificates, fetched now. Throws where the APIv3 key is wrong: a cheap check of it. */
  certificates(): Promise<readonly PlatformCertificate[]>
  /** Encrypts a sensitive field for a call that this package does not make; name `serial` in `Wechatpay-Serial`. */
  encrypt(plain: string | Secret): Promise<{ serial: string; ciphertext: string }>
  /** The text of a sensitive field in a reply. */
  decrypt(ciphertext: string): Promise<Secret>
  /**
   * Verifies, opens and reads what WeChat posted: the headers, and the body as it came. Throws `ConfigError` for a body that was parsed
   * before, else as above; then answer with `refuse`.
   */
  readNotification(message: PostedMessage): Promise<Notification>
  acknowledge(): NotificationAnswer
  refuse(reason: string, status?: 401 | 500): NotificationAnswer
  paymentParameters(payment: { appid: string; prepayId: string }): Promise<PaymentParameters>
}

/** One of WeChat's own certificates (平台证书): what `Wechatpay-Serial` names. */
export interface PlatformCertificate {
  serial: string
  /** Milliseconds since the epoch. */
  validFrom: number
  validTo: number
}

/** Throws `ConfigError` naming every option that cannot be right. */
export function createPayV3(options: PayV3Options): PayV3 {
  const identity = readOptions(options ?? ({} as PayV3Options))
  const { caller, keys, apiV3Key, download } = identity
  const { mchid, signer, clock, nonce } = caller
  const wire = openWire(identity)
  return {
    mchid,
    ...orderCalls(wire),
    ...refundCalls(wire),
    tradeBill: (request) => application(() => wire.get(tradeBillPath(request))),
    fundFlowBill: (request) => application(() => wire.get(fundFlowBillPath(request))),
    downloadBill: (bill) => downloadBill(caller, bill),
    echo: (request) => echo(request, { keys, signer, post: wire.post }),
    partner: partnerCalls(wire),
    combine: combineCalls(wire),
    async certificates() {
      const list = await download()
      return list.map(({ serial, validFrom, validTo }) => ({ serial, validFrom, validTo }))
    },
    async encrypt(plain) {
      const key = await keys.encryptionKey()
      return { serial: key.serial, ciphertext: encrypted(plain, key) }
    },
    decrypt: (ciphertext) => decrypted(ciphertext, signer),
    readNotification: (message) =>
      readNotification(message, { mchid, keys, apiV3Key: apiV3Key.reveal(), clock }),
    acknowledge,
    refuse,
    paymentParameters: (payment) =>
      paymentParameters({ ...payment, nonceStr: nonce(), timestamp: Math.floor(clock() / 1000) }, signer),
  }
}

/** The ways to WeChat that the calls share. */
interface Wire {
  mchid: string
  keys: PlatformKeys
  get(path: string): Promise<JsonObject>
  /** `serial` names the key that fields of the body were encrypted with. */
  post(path: string, body: object, serial?: string): Promise<JsonObject>
  /** A call that is answered without content. */
  end(path: string, body: object): Promise<void>
}

function openWire({ caller, keys }: Identity): Wire {
  return {
    mchid: caller.mchid,
    keys,
    get: (path) => callForObject(caller, keys, { method: 'GET', path }),
    post: (path, body, serial) => callForObject(caller, keys, { method: 'POST', path, body, serial }),
    async end(path, body) {
      await call(caller, keys, { method: 'POST', path, body })
    },
  }
}

function orderCalls({ mchid, keys, get, post, end }: Wire): Pick<PayV3, 'prepay' | 'query' | 'close'> {
  return {
    async prepay(request) {
      checkPrepay(request)
      const { payer, serial } = await withIdentity(request.payer, keys)
      return prepayReply(await post('/v3/pay/transactions/jsapi', { ...request, mchid, payer }, serial))
    },
    async query(order) {
      check('query', order, orderNumberRules(order))
      const reply = transaction(await get(`/v3/pay/transactions/${numberPath(order)}?mchid=${mchid}`), mchid)
      expectOrder(reply, order)
      return reply
    },
    async close(order) {
      check('close', order, { out_trade_no: OUT_TRADE_NO })
      await end(`/v3/pay/transactions/${numberPath(order)}/close`, { mchid })
    },
  }
}

function refundCalls({
  keys,
  get,
  post,
}: Wire): Pick<PayV3, 'refund' | 'queryRefund' | 'applyAbnormalRefund'> {
  const refunds = '/v3/refund/domestic/refunds'
  return {
    async refund(request) {
      checkRefund(request)
      return refund(await post(refunds, refundBody(request)), request.out_refund_no)
    },
    async queryRefund(request) {
      checkRefundQuery(request)
      const { out_refund_no, sub_mchid } = request
      const query = names(request, 'sub_mchid') ? `?sub_mchid=${sub_mchid}` : ''
      return refund(await get(`${refunds}/${encodeURIComponent(out_refund_no)}${query}`), out_refund_no)
    },
    async applyAbnormalRefund(request) {
      checkAbnormalRefund(request)
      const key = await keys.encryptionKey()
      const path = `${refunds}/${request.refund_id}/apply-abnormal-refund`
      return refund(await post(path, abnormalRefundBody(request, key), key.serial), request.out_refund_no)
    },
  }
}

function partnerCalls({ mchid, keys, get, post, end }: Wire): PayV3['partner'] {
  const orders = '/v3/pay/partner/transactions'
  return {
    async prepay(request) {
      checkPartnerPrepay(request)
      const { payer, serial } = await withIdentity(request.payer, keys)
      return prepayReply(await post(`${orders}/jsapi`, { ...request, sp_mchid: mchid, payer }, serial))
    },
    async query(order) {
      check('partner.query', order, { ...orderNumberRules(order), sub_mchid: MCHID })
      const { sub_mchid } = order
      const path = `${orders}/${numberPath(order)}?sp_mchid=${mchid}&sub_mchid=${sub_mchid}`
      const reply = partnerTransaction(await get(path), mchid)
      // One number can be an order of each of two sub-merchants.
      ours(reply.fields, 'sub_mchid', sub_mchid)
      expectOrder(reply, order)
      return reply
    },
    async close(order) {
      check('partner.close', order, { out_trade_no: OUT_TRADE_NO, sub_mchid: MCHID })
      const { sub_mchid } = order
      await end(`${orders}/${numberPath(order)}/close`, { sp_mchid: mchid, sub_mchid })
    },
  }
}

function combineCalls({ mchid, keys, get, post, end }: Wire): PayV3['combine'] {
  const orders = '/v3/combine-transactions'
  return {
    async prepay(request) {
      checkCombinePrepay(request)
      const { payer, serial } = await withIdentity(request.combine_payer_info, keys)
      const body = { ...request, combine_mchid: mchid, combine_payer_info: payer }
      return prepayReply(await post(`${orders}/jsapi`, body, serial))
    },
    async query(order) {
      checkCombineNumber(order)
      const path = names(order, 'combine_out_trade_no')
        ? `out-trade-no/${encodeURIComponent(order.combine_out_trade_no)}`
        : `id/${encodeURIComponent(order.combine_transaction_id)}`
      const reply = combineTransaction(await get(`${orders}/${path}`), mchid)
      expectCombination(reply, order)
      return reply
    },
    async close(order) {
      checkCombineClose(order)
      const { combine_out_trade_no, ...request } = order
      await end(`${orders}/out-trade-no/${encodeURIComponent(combine_out_trade_no)}/close`, request)
    },
  }
}

/** Encrypts who must pay, where somebody must (实名支付). */
async function withIdentity<Payer extends { identity?: PayerIdentity }>(
  payer: Payer,
  keys: PlatformKeys,
): Promise<{ payer: Payer; serial?: string }> {
  const asked = payer.identity ?? undefined
  if (asked === undefined) return { payer }
  const key = await keys.encryptionKey()
  const { type, number, name } = asked
  const identity = { type, number: encrypted(number, key), name: encrypted(name, key) }
  return { payer: { ...payer, identity }, serial: key.serial }
}

function numberPath(order: OrderNumber): string {
  return names(order, 'out_trade_no')
    ? `out-trade-no/${encodeURIComponent(order.out_trade_no)}`
    : `id/${encodeURIComponent(order.transaction_id)}`
}
