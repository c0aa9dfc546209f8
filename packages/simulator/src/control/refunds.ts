/** `refunds`: what merchants asked back, and how a bank would end it. */
import { Hono } from 'hono'
import { z } from 'zod'
import { allRefunds, arrive, closeRefund, getStuck } from '../pay/refund.ts'
import type { PaySide, Refund } from '../pay/state.ts'
import type { Wechat } from '../wechat.ts'
import { bodyOf, orRefuse, queryOf, refusal } from './refusal.ts'

const progress = z.strictObject({
  /** 到账, 异常, 关闭. */
  action: z.enum(['arrive', 'abnormal', 'close']),
  /** Which merchant's or sub-merchant's, where two use one number. */
  mchid: z.string().optional(),
})

type Action = z.infer<typeof progress>['action']

const filter = z.strictObject({ out_trade_no: z.string().optional(), out_refund_no: z.string().optional() })

export function refundRoutes(wechat: Wechat): Hono {
  return new Hono()
    .get('/refunds', (c) => {
      const wanted = queryOf(c, filter)
      return c.json(
        allRefunds(wechat)
          .filter(
            ({ outRefundNo, order }) =>
              (wanted.out_refund_no === undefined || wanted.out_refund_no === outRefundNo) &&
              (wanted.out_trade_no === undefined || wanted.out_trade_no === order.outTradeNo),
          )
          .map(refundView),
      )
    })
    .post('/refunds/:number', async (c) => {
      const { action, mchid } = await bodyOf(c, progress)
      const number = c.req.param('number')
      const [refund, ...others] = allRefunds(wechat).filter(
        ({ outRefundNo, refundId, order }) =>
          (outRefundNo === number || refundId === number) &&
          (mchid === undefined || order.mchid === mchid || order.subMchid === mchid),
      )
      if (refund === undefined) throw refusal(404, '没有这笔退款 / no such refund')
      if (others.length > 0)
        throw refusal(409, '多笔退款用了这个号，请给 mchid / several refunds have this number: give mchid')
      orRefuse(409, () => ACTIONS[action](wechat, refund))
      return c.json(refundView(refund))
    })
}

const ACTIONS: Record<Action, (side: PaySide, refund: Refund) => void> = {
  arrive,
  abnormal: getStuck,
  close: closeRefund,
}

function refundView(refund: Refund): object {
  const { order, succeededAt } = refund
  return {
    version: refund.version,
    mchid: order.mchid,
    out_trade_no: order.outTradeNo,
    transaction_id: order.payment?.transactionId,
    out_refund_no: refund.outRefundNo,
    refund_id: refund.refundId,
    refund_fee: refund.refundFen,
    total_fee: order.totalFen,
    refund_status: refund.state,
    refund_recv_account: refund.receivedAccount,
    created_at: new Date(refund.createdAt).toISOString(),
    ...(succeededAt === undefined ? {} : { success_at: new Date(succeededAt).toISOString() }),
  }
}
