/** What the phone's screens ask of WeChat: who is here, a page's use of the bridge, the pay sheet. JSON, below `/_simulator/phone/`. */
import { type Context, Hono } from 'hono'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import { HTTPException } from 'hono/http-exception'
import { z } from 'zod'
import type { PasswordEntry } from './bridge/bridge-host.ts'
import { type BridgePage, verifyPage, verifyPayment } from './bridge/bridge-rules.ts'
import { enterPassword, sheetOf } from './cashier/cashier.ts'
import { createPasswordGuard } from './cashier/pay-password.ts'
import { paymentNotices } from './cashier/payment-notices.ts'
import { bodyOf } from './control/refusal.ts'
import { prepaidOf } from './pay/order.ts'
import { payMethods } from './pay/payment.ts'
import { accountOf, userOf } from './simulation.ts'
import { PHONE_COOKIE, phoneCookie, phoneCookieValue, viewerShape } from './viewer.ts'
import type { Wechat } from './wechat.ts'
import type { User } from './world.ts'

const page: z.ZodType<BridgePage> = z.object({ currentUrl: z.url(), landingUrl: z.url() })
const bridgeCall = z.object({ viewer: viewerShape, page, parameters: z.record(z.string(), z.unknown()) })
const passwordEntry: z.ZodType<PasswordEntry> = z.object({
  userId: z.string(),
  prepayId: z.string(),
  password: z.string(),
  method: z.string().default('balance'),
  ending: z.enum(['paid', 'refused', 'slow']).default('paid'),
})
const following = z.object({ userId: z.string(), appid: z.string(), follows: z.boolean() })
const YEAR_SECONDS = 365 * 24 * 3600

export function phoneApi(wechat: Wechat): Hono {
  const guard = createPasswordGuard({ now: wechat.schedule.now, epoch: () => wechat.epoch })
  return new Hono()
    .get('/state', (c) => {
      const { officialAccounts, users } = wechat.world
      return c.json({
        now: new Date(wechat.schedule.now()).toISOString(),
        accounts: officialAccounts.map(({ appid, name, kind, menu }) => ({ appid, name, kind, menu })),
        users: users.map((user) => personOf(wechat, user)),
        notices: paymentNotices(wechat),
      })
    })
    .post('/session', async (c) => {
      const viewer = await bodyOf(c, viewerShape)
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
    .post('/follow', async (c) => {
      const { userId, appid, follows } = await bodyOf(c, following)
      const user = userOf(wechat, userId)
      if (user === undefined || accountOf(wechat, appid) === undefined)
        throw new HTTPException(404, { message: '没有这个用户或公众号 / no such user or account' })
      follow(wechat, { user, appid, follows })
      return c.json({})
    })
    .post('/config', async (c) => {
      const { viewer, page, parameters } = await bodyOf(c, bridgeCall)
      const verdict = verifyPage(wechat, page, viewer, parameters)
      record(wechat, 'wx.config', { viewer, page, parameters }, verdict)
      const answer =
        verdict.refused === undefined
          ? { err_msg: 'preVerifyJSAPI:ok' }
          : { errMsg: `config:${verdict.refused}`, realAuthUrl: [verdict.verifiedUrl] }
      return c.json(answer)
    })
    .post('/cashier', async (c) => {
      const { viewer, page, parameters } = await bodyOf(c, bridgeCall)
      const verdict = verifyPayment(wechat, page, viewer, parameters)
      const refused = 'dialog' in verdict ? verdict.dialog : undefined
      const outTradeNo = 'order' in verdict ? verdict.order.outTradeNo : verdict.outTradeNo
      record(
        wechat,
        'getBrandWCPayRequest',
        { viewer, page, parameters },
        { ...verdict, refused, outTradeNo },
      )
      if (!('order' in verdict)) return c.json({ dialog: verdict.dialog })
      const prepayId = String(parameters['package']).replace('prepay_id=', '')
      const [, ...others] = prepaidOf(wechat, prepayId)?.orders ?? []
      const orders = [verdict.order, ...others] as const
      return c.json({ sheet: sheetOf(wechat, { prepayId, orders, userId: viewer.userId }) })
    })
    .post('/pay', async (c) => {
      return c.json(enterPassword(wechat, guard, await bodyOf(c, passwordEntry)))
    })
}

/** The demo's passwords are no secret: the sheet shows them as a hint. */
function personOf(wechat: Wechat, user: User): object {
  const { id, nickname, follows, payPassword, snapshot, coupons } = user
  const unspent = coupons.filter((coupon) => !wechat.pay.spentCoupons.has(`${id} ${coupon.id}`))
  const methods = payMethods(wechat, id)
  return {
    id,
    nickname,
    follows,
    payPassword,
    snapshot,
    balanceFen: methods[0]?.balanceFen ?? 0,
    methods,
    coupons: unspent.map(({ id: couponId, name, fen, minimumFen }) => ({
      id: couponId,
      name,
      fen,
      minimumFen,
    })),
  }
}

function follow(
  wechat: Wechat,
  { user, appid, follows }: { user: User; appid: string; follows: boolean },
): void {
  const others = user.follows.filter((each) => each !== appid)
  user.follows = follows ? [...others, appid] : others
  wechat.exchanges.record({
    from: 'user',
    to: 'wechat',
    title: follows ? 'subscribe' : 'unsubscribe',
    outcome: 'ok',
    note: accountOf(wechat, appid)?.name,
  })
}

/** Another person has another telephone: what pages remember of the one before is not theirs. Ports share cookies. */
function forgetPages(c: Context): void {
  for (const name of Object.keys(getCookie(c)))
    if (name !== PHONE_COOKIE) deleteCookie(c, name, { path: '/' })
}

interface BridgeOutcome {
  refused?: string | undefined
  signature?: Parameters<Wechat['exchanges']['record']>[0]['signature']
  outTradeNo?: string | undefined
}

function record(
  wechat: Wechat,
  title: string,
  said: { page: BridgePage; parameters: Record<string, unknown>; viewer: { userId: string } },
  outcome: BridgeOutcome,
): void {
  const { userId } = said.viewer
  // The bridge's own names: of a payment, and of what jweixin adds to prove a configuration.
  const appid = [said.parameters['appId'], said.parameters['verifyAppId']].find(isText)
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
    userId,
    appid,
    openid: appid === undefined ? undefined : userOf(wechat, userId)?.openids[appid],
  })
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}
