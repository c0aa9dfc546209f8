/** A merchant's server as the page sees it, a bridge that says yes, and time that a test can move. */
import type { PageConfiguration, PaymentSession } from '@shouyin/checkout/contract'
import { onTestFinished, vi } from 'vitest'
import type { PageOptions } from './window.ts'

export const JWEIXIN: string[] = [
  'https://res.wx.qq.com/open/js/jweixin-1.6.0.js',
  'https://res2.wx.qq.com/open/js/jweixin-1.6.0.js',
]

export const at = (url: string): PageConfiguration => ({
  appId: 'wxA',
  timestamp: 1,
  nonceStr: 'N',
  signature: 'S',
  jsApiList: ['chooseWXPay'],
  url,
})

const payment = { nonceStr: 'n', package: 'prepay_id=wx1', signType: 'MD5', paySign: 'P' }

export function session(url: string): PaymentSession {
  return {
    orderId: 'o1',
    configuration: at(url),
    chooseWXPay: { timestamp: '1', ...payment },
    bridge: { appId: 'wxA', timeStamp: '1', ...payment },
    expiresAt: '2099-01-01T00:00:00Z',
  }
}

/** A merchant's server whose order is paid once the sheet said ok. */
export const server: NonNullable<PageOptions['server']> = (path) => {
  const url = new URL(path, 'https://shop.example.com')
  if (path.includes('page-configuration'))
    return { configuration: at(url.searchParams.get('url') ?? ''), jweixin: JWEIXIN }
  if (path.endsWith('/prepay'))
    return { state: 'payable', session: session('https://shop.example.com/orders?from=menu') }
  return { orderId: 'o1', state: 'paid', totalFen: 1, description: '' }
}

export const wait = (): Promise<void> => Promise.resolve()

export const ok = {
  preVerifyJSAPI: { err_msg: 'preVerifyJSAPI:ok' },
  getBrandWCPayRequest: { err_msg: 'get_brand_wcpay_request:ok' },
}

export function useFakeTime(): void {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
}
