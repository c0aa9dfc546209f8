/** Every path of Pay v3 that the simulator answers, with the call behind each method. */
import { type Context, Hono } from 'hono'
import type { ServiceEnvironment } from '../entry/front.ts'
import type { PaySide } from '../pay/state.ts'
import { downloadBill, fundFlowBillCall, tradeBillCall } from './bills.ts'
import { certificateList } from './certificate-list.ts'
import { combineByNumber, combineByTransaction, combineClose, combineJsapi } from './combinations.ts'
import { answerV3, noSuchPath, type V3Answer, type V3Calls } from './gateway.ts'
import { partnerByNumber, partnerByTransaction, partnerClose, partnerJsapi } from './partner-transactions.ts'
import { createRefundCall, queryRefund, repairRefund } from './refunds.ts'
import { securityEcho } from './security-echo.ts'
import { byNumber, byTransaction, close, jsapi } from './transactions.ts'

/** By path template, as Hono writes them. */
const ROUTES: Record<string, V3Calls> = {
  '/v3/pay/transactions/jsapi': { POST: jsapi },
  '/v3/pay/transactions/out-trade-no/:out_trade_no': { GET: byNumber },
  '/v3/pay/transactions/id/:transaction_id': { GET: byTransaction },
  '/v3/pay/transactions/out-trade-no/:out_trade_no/close': { POST: close },
  '/v3/pay/partner/transactions/jsapi': { POST: partnerJsapi },
  '/v3/pay/partner/transactions/out-trade-no/:out_trade_no': { GET: partnerByNumber },
  '/v3/pay/partner/transactions/id/:transaction_id': { GET: partnerByTransaction },
  '/v3/pay/partner/transactions/out-trade-no/:out_trade_no/close': { POST: partnerClose },
  '/v3/refund/domestic/refunds': { POST: createRefundCall },
  '/v3/refund/domestic/refunds/:out_refund_no': { GET: queryRefund },
  '/v3/refund/domestic/refunds/:refund_id/apply-abnormal-refund': { POST: repairRefund },
  '/v3/combine-transactions/jsapi': { POST: combineJsapi },
  '/v3/combine-transactions/out-trade-no/:combine_out_trade_no': { GET: combineByNumber },
  '/v3/combine-transactions/id/:combine_transaction_id': { GET: combineByTransaction },
  '/v3/combine-transactions/out-trade-no/:combine_out_trade_no/close': { POST: combineClose },
  '/v3/bill/tradebill': { GET: tradeBillCall },
  '/v3/bill/fundflowbill': { GET: fundFlowBillCall },
  '/v3/billdownload/file': { GET: downloadBill },
  '/v3/certificates': { GET: certificateList },
  '/v3/security/echo': { POST: securityEcho },
}

export function payV3(side: PaySide): Hono<ServiceEnvironment> {
  const app = new Hono<ServiceEnvironment>()
  for (const [template, calls] of Object.entries(ROUTES))
    app.all(template, (c) =>
      respond(
        c,
        answerV3(side, calls, {
          method: c.req.method,
          target: targetOf(c),
          origin: new URL(c.req.url).origin,
          headers: c.req.header(),
          body: c.get('requestBody'),
          path: c.req.param(),
        }),
      ),
    )
  return app.all('/v3/*', (c) => respond(c, noSuchPath({ target: targetOf(c) })))
}

/** Path and query as they came over the wire: a URL parser would write some characters anew, and signatures cover them. */
function targetOf(c: Context<ServiceEnvironment>): string {
  return (c.env.incoming?.url ?? c.req.url).replace(/^https?:\/\/[^/?]+/, '')
}

function respond(c: Context<ServiceEnvironment>, { status, headers, body, ...heard }: V3Answer): Response {
  c.set('heard', { from: 'merchant', text: typeof body === 'string' ? body : undefined, ...heard })
  return new Response(body, { status, headers })
}
