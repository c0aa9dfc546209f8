/** The rendered pay page's script: reads what the server inlined, and lets one button open the pay sheet without a request. */
import type { PaymentSession, PayPageData } from '@shouyin/checkout/contract'
import { confirm, type PayResult, pay, prepare, wasPaying } from './pay.ts'

const data = JSON.parse(document.getElementById('shouyin-pay-page')?.textContent ?? '{}') as PayPageData
const { basePath, orderId, jweixin, returnUrl, state } = data
const button = document.querySelector('button')
const message = document.querySelector('[role=status]')
let session: PaymentSession | undefined = data.session

void begin()

async function begin(): Promise<void> {
  const configuration = session?.configuration
  void prepare({ basePath, jweixin, ...(configuration === undefined ? {} : { configuration }) })
  button?.addEventListener('click', () => void tap())
  if (state === 'unpaid' && wasPaying(orderId))
    await show(await busy('正在确认支付结果…', () => confirm(orderId, { basePath })))
}

async function tap(): Promise<void> {
  if (button === null || button.disabled) return
  // What was inlined is good for one life of the prepay; after that the server is asked.
  const fresh = session !== undefined && Date.parse(session.expiresAt) > Date.now() ? { session } : {}
  await show(await busy('', () => pay(orderId, { basePath, ...fresh })))
}

async function busy(text: string, work: () => Promise<PayResult>): Promise<PayResult> {
  say(text)
  if (button !== null) button.disabled = true
  const result = await work()
  if (button !== null) button.disabled = false
  return result
}

async function show(result: PayResult): Promise<void> {
  switch (result.state) {
    case 'paid':
      return location.replace(returnUrl)
    case 'sign_in_required':
      return location.replace(result.url)
    case 'closed':
    case 'review':
      return location.reload()
    case 'cancelled':
      return say(
        result.unseen ? '支付未完成。如果刚才有错误提示，请截图发给商家' : '支付已取消，可以重新支付',
      )
    case 'failed':
      session = undefined
      return say(`支付没有完成，请重试（${result.reason}）`)
    case 'pending':
      return say('微信正在确认这笔支付，请稍后在订单中查看，不要重复付款')
    case 'not_in_wechat':
      return say('请在微信中打开本页完成支付')
    case 'snapshot_visitor':
      return say('请点击右下角“使用完整服务”后再支付')
    case 'refused':
      return say(result.message)
  }
}

function say(text: string): void {
  if (message !== null) message.textContent = text
}
