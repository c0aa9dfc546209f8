/** What v2 tells of a refund: encrypted, and not signed. Source: API v2 docs, "退款结果通知"; the plaintext as captured. */
import { beijingSpaced } from '../beijing-time.ts'
import type { PaySide, Refund } from '../pay/state.ts'
import type { Merchant } from '../world.ts'
import { encryptReqInfo } from './crypto.ts'
import type { V2Fields } from './gateway.ts'
import { REFUND_SOURCES, REFUND_STATES } from './refunds.ts'
import { writeXml } from './xml.ts'

export function refundNotification(side: PaySide, { mchid, apiKey }: Merchant, refund: Refund): string {
  return writeXml({
    return_code: 'SUCCESS',
    appid: refund.order.appid,
    mch_id: mchid,
    nonce_str: side.random.text(16),
    req_info: encryptReqInfo(plaintext(refund), apiKey),
  })
}

/** Another root than every message of v2, a line each, in alphabetical order, all in CDATA. */
function plaintext(refund: Refund): string {
  const { order, succeededAt } = refund
  const fields: V2Fields = {
    transaction_id: order.payment?.transactionId ?? '',
    out_trade_no: order.outTradeNo,
    refund_id: refund.refundId,
    out_refund_no: refund.outRefundNo,
    total_fee: order.totalFen,
    settlement_total_fee: order.payment?.settlementFen ?? 0,
    refund_fee: refund.refundFen,
    settlement_refund_fee: refund.settlementFen,
    cash_refund_fee: refund.cashFen,
    refund_status: REFUND_STATES[refund.state],
    ...(succeededAt === undefined ? {} : { success_time: beijingSpaced(succeededAt) }),
    refund_recv_accout: refund.receivedAccount,
    refund_account: REFUND_SOURCES[refund.fundsAccount],
    refund_request_source: 'API',
  }
  const texts = Object.entries(fields).map(([name, value]) => [name, String(value)] as const)
  const sorted = Object.fromEntries(texts.sort(([left], [right]) => (left < right ? -1 : 1)))
  return writeXml(sorted)
    .replace(/^<xml>/, '<root>\n')
    .replace(/<\/xml>$/, '</root>')
}
