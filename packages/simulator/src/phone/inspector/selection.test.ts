import { expect, test } from 'vitest'
import type { Exchange } from './exchange-feed.ts'
import { ordersIn, type Selection, selected } from './selection.ts'

const said = (id: number, title: string, more: Partial<Exchange> = {}): Exchange => ({
  id,
  at: '2026-11-24T02:00:00Z',
  from: 'merchant',
  to: 'wechat',
  title,
  outcome: 'ok',
  ...more,
})
const answer = (body: string): Pick<Exchange, 'response'> => ({
  response: { status: 200, headers: {}, body },
})

/** Two payers at once, one of whom gets her money back; the bill of the day has a line of both. */
const DAY: readonly Exchange[] = [
  said(1, 'authorize', { userId: 'xiaoming' }),
  said(2, '/sns/oauth2/access_token', { openid: 'o1' }),
  said(3, 'authorize', { userId: 'xiaohong' }),
  said(4, '/cgi-bin/stable_token'),
  said(5, 'unifiedorder', { outTradeNo: 'T1', openid: 'o1' }),
  said(6, 'unifiedorder', { outTradeNo: 'T2', openid: 'o2' }),
  said(7, 'wx.config', { userId: 'xiaoming' }),
  said(8, 'pay', { outTradeNo: 'T1', userId: 'xiaoming', transactionId: '4200' }),
  said(9, 'orderquery', { transactionId: '4200' }),
  said(10, 'refund', { outTradeNo: 'T1', outRefundNo: 'R1', outcome: 'refused', note: 'NOTENOUGH 余额不足' }),
  said(11, 'refundquery', { outRefundNo: 'R1' }),
  said(12, 'downloadbill', {
    request: { method: 'POST', url: 'https://api.mch.weixin.qq.com/pay/downloadbill', headers: {}, body: '' },
    ...answer('`T1,`T2'),
  }),
  said(13, 'downloadbill', answer('`T9')),
  said(
    14,
    'fundflowbill',
    answer('{"download_url":"https://api.mch.weixin.qq.com/v3/billdownload/file?token=f&x=1"}'),
  ),
  said(15, 'billdownload', {
    request: {
      method: 'GET',
      url: 'https://api.mch.weixin.qq.com/v3/billdownload/file?token=f&x=1',
      headers: {},
      body: '',
    },
    ...answer('`4200'),
  }),
  said(
    16,
    'tradebill',
    answer('{"download_url":"https://api.mch.weixin.qq.com/v3/billdownload/file?token=g"}'),
  ),
  said(17, 'authorize', { userId: 'xiaoming' }),
  said(18, 'wx.config', { userId: 'xiaoming' }),
  said(19, 'unifiedorder', { outTradeNo: 'T3', openid: 'o1', userId: 'xiaoming' }),
]

const ids = (wish: Partial<Selection>): number[] =>
  selected(DAY, { outTradeNo: undefined, onlyProblems: false, text: '', ...wish }).map(({ id }) => id)

test('one order is followed from its payer’s sign-in to the bill, through its refund', () => {
  expect(ids({ outTradeNo: 'T1' })).toEqual([1, 2, 5, 7, 8, 9, 10, 11, 12, 14, 15])
})

test('of a payer who came twice, each order has its own way in', () => {
  expect(ids({ outTradeNo: 'T3' })).toEqual([17, 18, 19])
})

test('what went wrong stands alone', () => {
  expect(ids({ onlyProblems: true })).toEqual([10])
})

test.each([
  ['an error code', 'notenough', [10]],
  ['a Chinese name', '统一下单', [5, 6, 19]],
  ['two words', 'refund 余额', [10]],
  ['a number in a bill', 't9', [13]],
  ['what nobody said', 'nothing', []],
])('%s is searched for', (_what, text, found) => {
  expect(ids({ text })).toEqual(found)
})

test('orders to follow: the newest first, each once', () => {
  expect(ordersIn(DAY)).toEqual(['T3', 'T1', 'T2'])
})
