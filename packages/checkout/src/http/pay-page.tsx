/**
 * The rendered pay page: everything the pay sheet needs is inline, so that nothing is asked between the tap and the sheet.
 * Every state is in the page once; the script shows one by name and writes no text of its own.
 */
import payPageScript from '@shouyin/browser/pay-page?script'
import { fen, fenToYuan } from '@shouyin/wechat'
import { type Context, Hono } from 'hono'
import { raw } from 'hono/html'
import type { Child } from 'hono/jsx'
import type { Order } from '../order.ts'
import { clientAddressOf, type HttpContext, type HttpEnv } from './context.ts'
import type { PayPageData, PayPageScreen } from './contract.ts'
import { Document, SignHead } from './document.tsx'
import { contentSecurityPolicy } from './headers.ts'
import { ownOrder } from './order-routes.ts'
import type { Visitor } from './payer.ts'
import { openPayment } from './payment.ts'
import { publicFault } from './public-error.ts'

export function payPageRoute(http: HttpContext): Hono<HttpEnv> {
  const { site, payers } = http
  const app = new Hono<HttpEnv>()
  app.get('/orders/:orderId', async (c) => {
    const { pathname, search } = new URL(c.req.url)
    const url = site.origin + pathname + search
    const visitor = payers.visitor(c.req.raw)
    if (visitor === undefined) return c.redirect(payers.signInUrl(pathname + search))
    const order = await ownOrder(http, c.req.param('orderId'), visitor)
    const content = await contentOf(http, c, { order, visitor, url })
    c.header('content-security-policy', contentSecurityPolicy(http, c.var.nonce))
    return c.html(
      <PayPage
        {...content}
        url={url}
        nonce={c.var.nonce}
        payee={site.merchantName}
        signInUrl={payers.signInUrl(pathname + search)}
        leave={order.returnUrl ?? site.returnUrl}
      />,
    )
  })
  return app
}

interface Content {
  order: Order
  data: PayPageData
}

/** Asks for the payment while rendering; when that fails the page still comes, and its button asks again. */
async function contentOf(
  http: HttpContext,
  c: Context<HttpEnv>,
  { order, visitor, url }: { order: Order; visitor: Visitor; url: string },
): Promise<Content> {
  const { orderId } = order
  const base = {
    basePath: http.site.basePath,
    orderId,
    jweixin: [...http.jweixin],
    ...(order.returnUrl === undefined ? {} : { afterPayment: order.returnUrl }),
  }
  if (order.state !== 'unpaid') return { order, data: { ...base, state: order.state, screen: order.state } }
  try {
    const clientAddress = clientAddressOf(http, c)
    const payment = await openPayment(http, { orderId, visitor, url, clientAddress })
    if (payment.state !== 'payable')
      return { order: payment.order, data: { ...base, state: payment.state, screen: payment.state } }
    return { order, data: { ...base, state: 'unpaid', screen: 'pay', session: payment.session } }
  } catch (error) {
    const fault = publicFault(error)
    if (fault.code === 'order_not_found') throw fault
    http.log({
      level: 'warn',
      event: 'pay_page.not_payable',
      requestId: c.var.requestId,
      code: fault.code,
      error: fault.cause,
    })
    const problem = fault.public(c.var.requestId)
    return { order, data: { ...base, state: 'unpaid', screen: screenOf(problem.code), problem } }
  }
}

function screenOf(code: string): PayPageScreen {
  if (code === 'snapshot_visitor') return 'snapshot'
  return code === 'payment_refused' ? 'refused' : 'unreachable'
}

interface PayPageProps extends Content {
  url: string
  nonce: string
  payee: string
  signInUrl: string
  /** Where 返回商家 leads. */
  leave: string
}

function PayPage({ order, data, url, nonce, payee, signInUrl, leave }: PayPageProps): Child {
  const on = (...screens: PayPageScreen[]): { 'data-on': string; hidden: boolean } => ({
    'data-on': screens.join(' '),
    hidden: !screens.includes(data.screen),
  })
  return (
    <Document title={payee === '' ? '微信支付' : payee} nonce={nonce} script={payPageScript}>
      <main>
        <header aria-live="polite">
          <div {...on(...PAYING)}>
            <p class="payee">{payee === '' ? '确认付款' : `付款给 ${payee}`}</p>
          </div>
          <div {...on('paid')}>
            <SignHead sign="done" title="支付成功" />
          </div>
          <div {...on('closed')}>
            <SignHead sign="info" title="订单已关闭">
              超过付款时间或已取消，无法再支付。
            </SignHead>
          </div>
          <div {...on('review')}>
            <SignHead sign="wait" title="付款待核实">
              已收到你的付款，商家正在核对，请不要重复支付。
            </SignHead>
          </div>
          <div {...on('pending')}>
            <SignHead sign="wait" title="等待支付结果">
              微信还没有告诉我们结果。如果已经付款，请不要重复支付，稍后刷新查看。
            </SignHead>
          </div>
          <div {...on('snapshot')}>
            <SignHead sign="info" title="请使用完整服务">
              当前是快照页，不能付款。请点击右下角“使用完整服务”，再支付。
            </SignHead>
          </div>
          <div {...on('elsewhere')}>
            <SignHead sign="info" title="请在微信中打开">
              这笔订单需要在微信里付款。复制下面的链接，发到微信里打开。
            </SignHead>
            <p class="address">{url}</p>
          </div>
        </header>
        <p class={order.state === 'closed' ? 'amount was' : 'amount'}>
          <small>¥</small>
          {fenToYuan(fen(order.totalFen))}
        </p>
        <dl>
          <div>
            <dt>商品</dt>
            <dd>{order.description}</dd>
          </div>
          <div>
            <dt>商户单号</dt>
            <dd>{order.reference}</dd>
          </div>
        </dl>
        <div role="status">
          <p class="notice" {...on('cancelled')}>
            支付已取消，可以重新支付。
          </p>
          <p class="notice" {...on('dialog')}>
            支付没有开始。如果微信弹出了提示，请截图发给商家。
          </p>
          <p class="notice alert" {...on('failed')}>
            没能打开微信支付，请重试。
          </p>
          <p class="notice alert" {...on('unreachable')}>
            暂时连不上微信，请稍后重试，不会重复扣款。
          </p>
          <p class="notice alert" {...on('refused')}>
            微信支付拒绝了这笔支付，请联系商家。
          </p>
        </div>
        <nav>
          <button type="button" id="pay" {...on('pay', 'cancelled', 'dialog', 'failed')}>
            立即支付
          </button>
          <button type="button" id="retry" {...on('unreachable')}>
            重试
          </button>
          <button type="button" disabled {...on('opening')}>
            正在打开微信支付
          </button>
          <button type="button" disabled {...on('confirming')}>
            正在确认支付结果
          </button>
          <button type="button" id="check" {...on('pending')}>
            刷新结果
          </button>
          <a class="button" href={signInUrl} {...on('snapshot')}>
            已是完整服务，继续
          </a>
          <a class="button" href={leave} {...on('paid')}>
            完成
          </a>
          <a class="button plain" href={leave} {...on('closed', 'review', 'refused')}>
            返回商家
          </a>
          <a
            class="link"
            href={leave}
            {...on('pay', 'opening', 'cancelled', 'dialog', 'failed', 'unreachable', 'pending', 'snapshot')}
          >
            返回商家
          </a>
          {data.problem === undefined ? null : (
            <p class="notice" {...on('unreachable', 'refused')}>
              编号 {data.problem.requestId}
            </p>
          )}
        </nav>
      </main>
      <script type="application/json" id="shouyin-pay-page">
        {raw(inlineJson(data))}
      </script>
    </Document>
  )
}

const PAYING = [
  'pay',
  'opening',
  'confirming',
  'cancelled',
  'dialog',
  'failed',
  'unreachable',
  'refused',
] as const satisfies PayPageScreen[]

/** JSON that cannot end its script element or open a comment, whatever an order's text says. */
function inlineJson(data: PayPageData): string {
  return JSON.stringify(data).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
