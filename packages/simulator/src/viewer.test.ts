import { expect, test } from 'vitest'
import { phoneCookieValue, viewerOf } from './viewer.ts'

const ask = (headers: Record<string, string>): unknown =>
  viewerOf(new Request('https://open.weixin.qq.com/', { headers }), 'first')

test.each([
  ['Mozilla/5.0 (iPhone) MicroMessenger/8.0.50(0x18003231)', 'ios'],
  ['Mozilla/5.0 (Linux; Android 14) MicroMessenger/8.0.50.2701', 'android'],
  ['Mozilla/5.0 (Windows NT 10.0) micromessenger/7.0 WindowsWechat', 'ios'],
])('WeChat’s own browser (%s) is the first user of the world, come by a link', (userAgent, device) => {
  expect(ask({ 'user-agent': userAgent })).toEqual({ userId: 'first', device, entry: 'link' })
})

test.each(['Mozilla/5.0 Chrome/126', 'MicroMessenger/7.0.1 wxwork/4.1', ''])(
  '%s is not WeChat',
  (userAgent) => {
    expect(ask({ 'user-agent': userAgent })).toBeUndefined()
  },
)

test('the phone’s cookie says who looks, among other cookies, in any browser', () => {
  const viewer = { userId: '小红', device: 'android', entry: 'menu' } as const
  expect(ask({ cookie: `a=b; simulator_phone=${phoneCookieValue(viewer)}; c=d` })).toEqual(viewer)
})

test.each(['simulator_phone=', 'simulator_phone=e30', 'simulator_phone=!!', 'xsimulator_phone=e30'])(
  'a cookie that says nothing (%s) counts as none',
  (cookie) => {
    expect(ask({ cookie })).toBeUndefined()
  },
)
