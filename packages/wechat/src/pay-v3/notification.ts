/**
 * Notifications (回调通知): verified over the bytes as they came, then opened, then read. There is no other way to one. Source: API
 * v3 docs, "支付成功回调通知", "退款结果回调通知", "合单支付通知".
 */
import { ConfigError, ProtocolError } from '../errors.ts'
import { type RawBody, rawBody } from '../raw-body.ts'
import { type CombineTransaction, combineTransaction, paidCombination } from './combine.ts'
import { type JsonObject, parseJsonObject } from './json.ts'
import { object, optionalText, text } from './members.ts'
import type { PaidPartnerTransaction, PaidTransaction } from './messages.ts'
import type { PlatformKeys } from './platform-keys.ts'
import { type RefundNews, refundNews } from './refunds.ts'
import { ours, paid, partnerTransaction, transaction } from './replies.ts'
import { openSealed } from './sealed.ts'
import { type MessageHeaders, verify } from './verify.ts'

interface Envelope {
  /** The same for every delivery, as far as anybody saw; WeChat advises to compare business numbers instead. */
  id: string
  /** As WeChat wrote it, usually RFC 3339. */
  create_time: string
  summary: string
}

/** What a notification tells; narrow it by `kind`. */
export type Notification = Envelope &
  (
    | { kind: 'transaction'; event_type: 'TRANSACTION.SUCCESS'; transaction: PaidTransaction }
    | { kind: 'partner_transaction'; event_type: 'TRANSACTION.SUCCESS'; transaction: PaidPartnerTransaction }
    | { kind: 'combine_transaction'; event_type: 'TRANSACTION.SUCCESS'; transaction: CombineTransaction }
    | { kind: 'refund'; event_type: RefundEvent; refund: RefundNews }
    /** The self-test of `echo`. */
    | { kind: 'echo'; event_type: 'SECURITY_ECHO.SUCCESS'; echo: JsonObject }
    /** Another product's: verified and opened, and not read further. */
    | { kind: 'other'; event_type: string; resource: JsonObject }
  )

/** What became of a refund. */
export type RefundEvent = 'REFUND.SUCCESS' | 'REFUND.ABNORMAL' | 'REFUND.CLOSED'

/** How to answer a notification; 5 s are allowed. */
export interface NotificationAnswer {
  status: number
  contentType: string
  body: string
}

export interface NotificationReader {
  mchid: string
  keys: PlatformKeys
  apiV3Key: string
  /** Milliseconds since the epoch. */
  clock: () => number
}

/** What WeChat posted. */
export interface PostedMessage {
  headers: MessageHeaders
  /** Exactly as it came: before any body parser. */
  body: RawBody
}

/**
 * Reads a notification. Throws `ConfigError` for a body that a parser was at; `ProtocolError`: `bad_signature`, `bad_time`, `wrong_key`, `bad_message`; and what fetching a
 * certificate throws. Then answer with `refuse`, so that WeChat sends it again.
 */
export async function readNotification(
  message: PostedMessage,
  reader: NotificationReader,
): Promise<Notification> {
  const headers = message?.headers
  if (typeof headers !== 'object' || headers === null) throw new ConfigError([NO_HEADERS])
  const raw = rawBody(message.body)
  const body = typeof raw === 'string' ? Buffer.from(raw, 'utf8') : raw
  await verify({ headers, body }, reader.keys, reader.clock())
  const envelope = parseJsonObject(body)
  const resource = parseJsonObject(openSealed(object(envelope, 'resource'), reader.apiV3Key))
  const event_type = text(envelope, 'event_type')
  const common = {
    id: text(envelope, 'id'),
    create_time: optionalText(envelope, 'create_time') ?? '',
    summary: optionalText(envelope, 'summary') ?? '',
  }
  switch (event_type) {
    case 'TRANSACTION.SUCCESS':
      return Object.assign(transactionOf(resource, reader.mchid), common, { event_type })
    case 'REFUND.SUCCESS':
    case 'REFUND.ABNORMAL':
    case 'REFUND.CLOSED':
      return { ...common, event_type, kind: 'refund', refund: refundOf(resource, event_type, reader.mchid) }
    case 'SECURITY_ECHO.SUCCESS':
      return { ...common, event_type, kind: 'echo', echo: notOfOthers(resource, reader.mchid) }
    default:
      return { ...common, event_type, kind: 'other', resource: notOfOthers(resource, reader.mchid) }
  }
}

const NO_HEADERS =
  'headers: 须是请求头：req.headers 或 request.headers / must be those of the request: req.headers or request.headers'

/** Three kinds of order announce themselves alike, and differ in their members. */
function transactionOf(
  resource: JsonObject,
  mchid: string,
):
  | { kind: 'transaction'; transaction: PaidTransaction }
  | { kind: 'partner_transaction'; transaction: PaidPartnerTransaction }
  | { kind: 'combine_transaction'; transaction: CombineTransaction } {
  if ('combine_out_trade_no' in resource)
    return { kind: 'combine_transaction', transaction: paidCombination(combineTransaction(resource, mchid)) }
  if ('sp_mchid' in resource)
    return { kind: 'partner_transaction', transaction: paid(partnerTransaction(resource, mchid)) }
  return { kind: 'transaction', transaction: paid(transaction(resource, mchid)) }
}

/** The state of the refund must be the one that is announced. */
function refundOf(resource: JsonObject, event: RefundEvent, mchid: string): RefundNews {
  const owner = ours(resource, 'sp_mchid' in resource ? 'sp_mchid' : 'mchid', mchid)
  const refund = refundNews(resource, owner)
  if (event === `REFUND.${refund.refund_status}`) return refund
  const message = '退款通知的类型与状态不符 / event_type and refund_status of a refund differ'
  throw new ProtocolError('bad_message', message)
}

/** A message that names no merchant was opened with this merchant's key, and so is ours. */
function notOfOthers(resource: JsonObject, mchid: string): JsonObject {
  const name = ['mchid', 'sp_mchid', 'combine_mchid'].find((each) => each in resource)
  if (name !== undefined) ours(resource, name, mchid)
  return resource
}

/** The answer after which WeChat stops sending. */
export function acknowledge(): NotificationAnswer {
  return { status: 200, contentType: JSON_TYPE, body: '{"code":"SUCCESS","message":"成功"}' }
}

const JSON_TYPE = 'application/json; charset=utf-8'
/** The longest `message` that is documented. */
const MAX_REASON_LENGTH = 64

/**
 * The answer after which WeChat sends again. The reason is read by whoever sent the message, so it should tell a stranger nothing.
 * `status` is 401 unless told otherwise; 500 says that the fault is ours.
 */
export function refuse(reason: string, status: 401 | 500 = 401): NotificationAnswer {
  const message = String(reason ?? '').slice(0, MAX_REASON_LENGTH) || '失败'
  return { status, contentType: JSON_TYPE, body: JSON.stringify({ code: 'FAIL', message }) }
}
