/**
 * 退款申请, 查询退款, 发起异常退款, of a merchant for itself or a provider for a sub-merchant. Source: API v3 docs of the three
 * calls; texts as seen on the service.
 */
import { cardAccount } from '../pay/ledger.ts'
import { orderByTransaction, orderOf } from '../pay/order.ts'
import { createRefund, type RefundRefusal, refundById, refundOf, sendElsewhere } from '../pay/refund.ts'
import type { PayOrder, PaySide, Refund } from '../pay/state.ts'
import { userOf } from '../simulation.ts'
import type { Merchant } from '../world.ts'
import { type Asked, done, NOTHING, type V3Call, type V3Outcome, v3Call } from './call.ts'
import { type Field, integer, list, note, object, oneOf, optional, text } from './fields.ts'
import { relationRefusal } from './partner.ts'
import { refundView } from './refund-view.ts'
import { invalidRequest, parameterError, refusal, type V3Refusal } from './refusal.ts'
import { sensitiveTexts } from './sensitive.ts'
import * as shared from './transaction-fields.ts'

const OUT_REFUND_NO = text('商户退款单号', {
  most: 64,
  pattern: String.raw`^[0-9a-zA-Z_\-\|\*@]+$`,
})

const REFUND = object('请求', {
  sub_mchid: optional(shared.SUB_MCHID),
  transaction_id: optional(shared.TRANSACTION_ID),
  out_trade_no: optional(shared.OUT_TRADE_NO),
  out_refund_no: OUT_REFUND_NO,
  reason: optional(note('退款原因', 80)),
  notify_url: optional(shared.notifyUrl(256)),
  funds_account: optional(oneOf('退款资金来源', ['AVAILABLE', 'UNSETTLED'])),
  amount: object('金额信息', {
    refund: integer('退款金额', 1),
    from: optional(
      list(
        '退款出资账户及金额',
        object('退款出资账户及金额', {
          account: oneOf('出资账户类型', ['AVAILABLE', 'UNAVAILABLE']),
          amount: integer('出资金额', 1),
        }),
      ),
    ),
    total: integer('原订单金额', 1),
    currency: shared.CURRENCY,
  }),
  goods_detail: optional(
    list(
      '退款商品',
      object('退款商品', {
        merchant_goods_id: text('商户侧商品编码', { most: 32 }),
        wechatpay_goods_id: optional(note('微信支付商品编码', 32)),
        goods_name: optional(note('商品名称', 256)),
        unit_price: integer('商品单价', 0),
        refund_amount: integer('商品退款金额', 0),
        refund_quantity: integer('商品退货数量', 1),
      }),
    ),
  ),
})

type RefundAsked = typeof REFUND extends Field<infer Value> ? Value : never

export const createRefundCall: V3Call = v3Call({
  title: 'refunds',
  path: NOTHING,
  query: NOTHING,
  body: REFUND,
  permission: 'refund',
  run: ({ side, merchant, body }) =>
    relationRefusal(side, { provider: merchant, subMchid: body.sub_mchid, permission: 'refund' }) ??
    refundFor(side, merchant, body),
})

function refundFor(side: PaySide, merchant: Merchant, body: RefundAsked): V3Outcome {
  const { refund: refundFen, total: totalFen, from } = body.amount
  if (from !== undefined && from.reduce((sum, { amount }) => sum + amount, 0) !== refundFen)
    return parameterError('退款出资金额之和与退款金额不一致')
  const order = orderMeant(side, merchant, body)
  if (order !== undefined && 'outcome' in order) return order
  const answer = createRefund(side, {
    order,
    version: 'v3',
    outRefundNo: body.out_refund_no,
    refundFen,
    totalFen,
    reason: body.reason ?? '',
    notifyUrl: body.notify_url ?? merchant.refundNotifyUrl ?? '',
    fundsAccount: body.funds_account,
    sources: from?.map(({ account, amount }) => ({ account, fen: amount })) ?? [],
  })
  return answer.outcome === 'accepted' ? done(refundView(answer.refund)) : REFUSALS[answer.why]
}

/** By one number or by both, which must then mean the same order. */
function orderMeant(side: PaySide, { mchid }: Merchant, body: RefundAsked): PayOrder | V3Refusal | undefined {
  const { sub_mchid: subMchid, transaction_id: transactionId, out_trade_no: outTradeNo } = body
  const numbered = outTradeNo === undefined ? undefined : orderOf(side, { mchid, subMchid, outTradeNo })
  if (transactionId === undefined)
    return outTradeNo === undefined ? parameterError('微信订单号和商户订单号必须二选一') : numbered
  const found = orderByTransaction(side, { mchid, subMchid, transactionId })
  if (found === undefined) return undefined
  if (outTradeNo !== undefined && numbered !== found)
    return invalidRequest('支付单号校验不一致，请核实后再试')
  return found
}

const OTHER_AMOUNTS = invalidRequest('订单金额或退款金额与之前请求不一致，请核实后再试')

const REFUSALS: Record<RefundRefusal, V3Refusal> = {
  'no-such-order': refusal(404, 'RESOURCE_NOT_EXISTS', '订单不存在', 268512771),
  'total-differs': OTHER_AMOUNTS,
  'number-reused': OTHER_AMOUNTS,
  'fully-refunded': invalidRequest('订单已全额退款'),
  'over-the-rest': invalidRequest('refund_fee大于可退金额'),
  'too-many': invalidRequest('订单退款次数超过限制，一笔订单最多支持50次部分退款'),
  'too-late': refusal(403, 'TRADE_OVERDUE', '订单已经超过退款期限'),
  'not-enough-funds': refusal(403, 'NOT_ENOUGH', '基本账户余额不足，请充值后重新发起'),
  'account-abnormal': refusal(
    403,
    'USER_ACCOUNT_ABNORMAL',
    '用户账户异常或已注销，不能原路退回，请使用其他方式进行退款。',
  ),
}

const NOT_ACCEPTED = refusal(404, 'RESOURCE_NOT_EXISTS', '退款单不存在')

export const queryRefund: V3Call = v3Call({
  title: 'refunds/out-refund-no',
  path: object('路径', { out_refund_no: OUT_REFUND_NO }),
  query: object('查询参数', { sub_mchid: optional(shared.SUB_MCHID) }),
  body: NOTHING,
  run({ side, merchant, path, query }) {
    const { sub_mchid: subMchid } = query
    const number = { mchid: merchant.mchid, subMchid, outRefundNo: path.out_refund_no }
    const refund = refundOf(side, number)
    return (
      relationRefusal(side, { provider: merchant, subMchid }) ??
      (refund === undefined ? NOT_ACCEPTED : done(refundView(refund)))
    )
  },
})

const REPAIR = object('请求', {
  sub_mchid: optional(shared.SUB_MCHID),
  out_refund_no: OUT_REFUND_NO,
  type: oneOf('异常退款处理方式', ['USER_BANK_CARD', 'MERCHANT_BANK_CARD']),
  bank_type: optional(text('开户银行', { most: 16, pattern: '^[A-Z]+_(DEBIT|CREDIT)$' })),
  bank_account: optional(text('收款银行卡号', { most: 1024 })),
  real_name: optional(text('收款用户姓名', { most: 1024 })),
})

type RepairAsked = typeof REPAIR extends Field<infer Value> ? Value : never
type Repair = Asked<{ refund_id: string }, object, RepairAsked>

export const repairRefund: V3Call = v3Call({
  title: 'refunds/apply-abnormal-refund',
  path: object('路径', { refund_id: text('微信支付退款单号', { most: 32 }) }),
  query: NOTHING,
  body: REPAIR,
  permission: 'refund',
  run(asked) {
    const { side, merchant, path, body } = asked
    const why = relationRefusal(side, { provider: merchant, subMchid: body.sub_mchid, permission: 'refund' })
    if (why !== undefined) return why
    const owner = { mchid: merchant.mchid, subMchid: body.sub_mchid }
    const refund = refundById(side, { ...owner, refundId: path.refund_id })
    if (refund === undefined || refund.outRefundNo !== body.out_refund_no) return NOT_ACCEPTED
    if (refund.state !== 'ABNORMAL') return invalidRequest('退款单状态不是退款异常，不能发起异常退款')
    const to = destinationOf(asked, refund)
    if ('outcome' in to) return to
    sendElsewhere(side, refund, to)
    return done(refundView(refund))
  },
})

type Destination = Pick<Refund, 'destination' | 'receivedAccount'>

/** The payer's other bank account, or the merchant's own from where the merchant pays the payer. */
function destinationOf(asked: Repair, refund: Refund): Destination | V3Refusal {
  const { side, merchant, body } = asked
  if (body.type === 'MERCHANT_BANK_CARD')
    return { destination: `merchant:${merchant.mchid}:bank`, receivedAccount: '商户结算银行账户' }
  const { bank_type: bankType, bank_account: account, real_name: name } = body
  if (bankType === undefined || account === undefined || name === undefined)
    return parameterError('退款至用户银行卡时，开户银行、收款银行卡号、收款用户姓名必填')
  const read = sensitiveTexts(asked, { '/body/bank_account': account, '/body/real_name': name })
  if ('refusal' in read) return read.refusal
  const tail = (read.texts[0] ?? '').slice(-4)
  const userId = refund.order.payment?.userId ?? ''
  const card = userOf(side, userId)?.bankCards.find((each) => each.tail === tail)
  const kind = bankType.endsWith('CREDIT') ? '信用卡' : '储蓄卡'
  return {
    destination: cardAccount(userId, tail),
    receivedAccount: `${card?.name ?? bankType.replace(/_.*/, '')}${kind}${tail}`,
  }
}
