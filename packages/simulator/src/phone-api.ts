/** What the phone's screens ask of WeChat: who is here, a page's use of the bridge, the pay sheet. JSON, below `/_simulator/phone/`. */
import { type Context, Hono } from 'hono'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import { z } from 'zod'
import { type BridgePage, verifyPage, verifyPayment } from './bridge-rules.ts'
import { balanceAccount, balanceOf } from './pay/ledger.ts'
import { allOrders, prepaidOf } from './pay/order.ts'
import { pay } from './pay/payment.ts'
import { accountOf, merchantOf, userOf } from './simulation.ts'
import { PHONE_COOKIE, phoneCookie, phoneCookieValue, viewerShape } from './viewer.ts'
import type { Wechat } from './wechat.ts'

const page: z.ZodType<BridgePage> = z.object({ currentUrl: z.url(), landingUrl: z.url() })
const bridgeCall = z.object({ viewer: viewerShape, page, parameters: z.record(z.string(), z.unknown()) })
const payment = z.object({ viewer: viewerShape, prepayId: z.string(), password: z.string() })
const YEAR_SECONDS = 365 * 24 * 3600

export function phoneApi(wechat: Wechat): Hono {
  return new Hono()
    .get('/state', (c) => {
      const { officialAccounts, users } = wechat.world
      return c.json({
        now: new Date(wechat.schedule.now()).toISOString(),
        accounts: officialAccounts.map(({ appid, name, menu }) => ({ appid, name, menu })),
        users: users.map(({ id, nickname, follows }) => ({
          id,
          nickname,
          follows,
          balanceFen: balanceOf(wechat.pay.ledger, balanceAccount(id)),
        })),
        receipts: paidOrders(wechat),
      })
    })
    .post('/session', async (c) => {
      const viewer = viewerShape.parse(await c.req.json())
      const before = phoneCookie(c.req.raw)
      if (before !== undefined && before.userId !== viewer.userId) forgetPages(c)
      setCookie(c, PHONE_COOKIE, phoneCookieValue(viewer), {
        path: '/',
        httpOnly: true,
        sameSite: 'Lax',
        // As long as the pages' own sessions may last, so that the holder they belong to stays known.
        maxAge: YEAR_SECONDS,
      })
      return c.json({})
    })
    .post('/config', async (c) => {
      const { viewer, page, parameters } = bridgeCall.parse(await c.req.json())
      const verdict = verifyPage(wechat, page, viewer, parameters)
      record(wechat, 'wx.config', { page, parameters }, verdict)
      const answer =
        verdict.refused === undefined
          ? { err_msg: 'preVerifyJSAPI:ok' }
          : { errMsg: `config:${verdict.refused}`, realAuthUrl: [verdict.verifiedUrl] }
      return c.json(answer)
    })
    .post('/cashier', async (c) => {
      const { viewer, page, parameters } = bridgeCall.parse(await c.req.json())
      const verdict = verifyPayment(wechat, page, viewer, parameters)
      const refused = 'dialog' in verdict ? verdict.dialog : undefined
      const outTradeNo = 'order' in verdict ? verdict.order.outTradeNo : verdict.outTradeNo
      record(wechat, 'getBrandWCPayRequest', { page, parameters }, { ...verdict, refused, outTradeNo })
      if (!('order' in verdict)) return c.json({ dialog: verdict.dialog })
      const { order } = verdict
      return c.json({
        sheet: {
          prepayId: String(parameters['package']).replace('prepay_id=', ''),
          payee: merchantOf(wechat, order.mchid)?.name ?? '',
          body: order.description,
          totalFee: order.totalFen,
          balanceFen: balanceOf(wechat.pay.ledger, balanceAccount(viewer.userId)),
        },
      })
    })
    .post('/pay', async (c) => {
      const { viewer, prepayId, password } = payment.parse(await c.req.json())
      const orders = prepaidOf(wechat, prepayId)?.orders ?? []
      const [order] = orders
      if (order === undefined) return c.json({ problem: '订单不存在' })
      if (userOf(wechat, viewer.userId)?.payPassword !== password)
        return c.json({ problem: '支付密码错误，请重试' })
      try {
        pay(wechat, { orders, userId: viewer.userId, result: 'ok' })
      } catch (error) {
        return c.json({ problem: error instanceof Error ? error.message : '支付失败' })
      }
      wechat.exchanges.record({
        from: 'user',
        to: 'wechat',
        title: 'pay',
        outcome: 'ok',
        outTradeNo: order.outTradeNo,
        note: '用户输入密码付款 the payer confirmed with the password',
      })
      return c.json({ paid: true })
    })
}

/** Another person has another telephone: what pages remember of the one before is not theirs. Ports share cookies. */
function forgetPages(c: Context): void {
  for (const name of Object.keys(getCookie(c)))
    if (name !== PHONE_COOKIE) deleteCookie(c, name, { path: '/' })
}

function paidOrders(wechat: Wechat): object[] {
  return allOrders(wechat).flatMap((order) =>
    order.payment === undefined
      ? []
      : [
          {
            userId: order.payment.userId,
            appid: order.appid,
            accountName: accountOf(wechat, order.appid)?.name ?? '',
            payee: merchantOf(wechat, order.mchid)?.name ?? '',
            body: order.description,
            totalFee: order.totalFen,
            transactionId: order.payment.transactionId,
            paidAt: new Date(order.payment.paidAt).toISOString(),
          },
        ],
  )
}

interface BridgeOutcome {
  refused?: string | undefined
  signature?: Parameters<Wechat['exchanges']['record']>[0]['signature']
  outTradeNo?: string | undefined
}

function record(
  wechat: Wechat,
  title: string,
  said: { page: BridgePage; parameters: object },
  outcome: BridgeOutcome,
): void {
  wechat.exchanges.record({
    from: 'page',
    to: 'wechat',
    title,
    request: {
      method: 'INVOKE',
      url: said.page.currentUrl,
      headers: {},
      body: JSON.stringify(said.parameters),
    },
    outcome: outcome.refused === undefined ? 'ok' : 'refused',
    note: outcome.refused,
    signature: outcome.signature,
    outTradeNo: outcome.outTradeNo,
  })
}
