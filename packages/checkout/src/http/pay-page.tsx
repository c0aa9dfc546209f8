/** The rendered pay page. Every state is in it once; its script shows one by name and writes no text of its own. */
import payPageScript from '@shouyin/browser/pay-page?script'
import { fen, fenToYuan } from '@shouyin/wechat'
import { raw } from 'hono/html'
import type { Child } from 'hono/jsx'
import type { HtmlEscapedString } from 'hono/utils/html'
import type { Order } from '../order.ts'
import type { PayPageData, PayPageScreen } from './contract.ts'
import { Document, SignHead } from './document.tsx'

export interface PayPageProps {
  order: Order
  data: PayPageData
  /** Address of this page. */
  url: string
  nonce: string
  /** Who gets the money; may be empty. */
  payee: string
  signInUrl: string
  /** Where 返回商家 leads. */
  leave: string
}

export function payPage(props: PayPageProps): Html {
  const { order, data, nonce, payee } = props
  const part: Part = { ...props, on: shownOn(data.screen) }
  return (
    <Document title={payee === '' ? '微信支付' : payee} nonce={nonce} script={payPageScript}>
      <main>
        <Head {...part} />
        <Bill order={order} />
        <Notices {...part} />
        <Actions {...part} />
      </main>
      <script type="application/json" id="shouyin-pay-page">
        {raw(inlineJson(data))}
      </script>
    </Document>
  )
}

type Html = HtmlEscapedString | Promise<HtmlEscapedString>

interface Part extends PayPageProps {
  /** Attributes of an element that belongs to these screens. */
  on: (...screens: PayPageScreen[]) => { 'data-on': string; hidden: boolean }
}

function shownOn(first: PayPageScreen): Part['on'] {
  return (...screens) => ({ 'data-on': screens.join(' '), hidden: !screens.includes(first) })
}

function Head({ payee, url, on }: Part): Child {
  return (
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
  )
}

function Bill({ order }: { order: Order }): Child {
  return (
    <>
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
    </>
  )
}

function Notices({ on }: Part): Child {
  return (
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
  )
}

function Actions({ data, signInUrl, leave, on }: Part): Child {
  return (
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
        {...on(
          'pay',
          'opening',
          'cancelled',
          'dialog',
          'failed',
          'unreachable',
          'pending',
          'snapshot',
          'elsewhere',
        )}
      >
        返回商家
      </a>
      {data.problem === undefined ? null : (
        <p class="notice" {...on('unreachable', 'refused')}>
          编号 {data.problem.requestId}
        </p>
      )}
    </nav>
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
