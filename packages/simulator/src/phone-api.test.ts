/** The phone's cookie: who holds the telephone, and what pages may remember of it. */
import { expect, test } from 'vitest'
import { openScene } from './merchant.fixture.ts'
import { phoneCookieValue, type Viewer } from './viewer.ts'

const XIAOMING: Viewer = { userId: 'xiaoming', device: 'ios', entry: 'menu' }

async function cookiesSet(cookie: string, viewer: Viewer): Promise<string[]> {
  const { send } = openScene()
  const response = await send('http://localhost:9090/_simulator/phone/session', {
    method: 'POST',
    headers: { cookie },
    body: JSON.stringify(viewer),
  })
  return response.headers.getSetCookie()
}

const held = `shop_session=s; simulator_phone=${phoneCookieValue(XIAOMING)}`

test('another person does not inherit the sessions of the one before', async () => {
  const cookies = await cookiesSet(held, { ...XIAOMING, userId: 'xiaohong' })
  expect(cookies.find((cookie) => cookie.startsWith('shop_session='))).toContain('Max-Age=0')
})

test('the same person stays signed in, on another device and by another way in', async () => {
  const cookies = await cookiesSet(held, { ...XIAOMING, device: 'android', entry: 'link' })
  expect(cookies).toHaveLength(1)
  expect(cookies[0]).toContain('simulator_phone=')
})

test('who holds the phone first takes nothing away from other sites of this machine', async () => {
  expect(await cookiesSet('other_session=s', XIAOMING)).toHaveLength(1)
})

test('what is no viewer is refused, in both languages', async () => {
  const url = 'http://localhost:9090/_simulator/phone/session'
  const response = await openScene().send(url, {
    method: 'POST',
    body: '{"userId":"xiaoming","device":"harmony"}',
  })
  expect(response.status).toBe(400)
  expect(await response.json()).toMatchObject({
    error: {
      code: 'bad_request',
      message: expect.stringMatching(/无效选项.* \/ Invalid option[\s\S]*→ at device/),
    },
  })
})

test('a snapshot page (快照页) has no use of the JSSDK, and no pay sheet', async () => {
  const { v2, order, control, account, payer } = openScene()
  const { prepay_id: prepayId } = await v2('/pay/unifiedorder', order())
  const page = { currentUrl: 'https://shop.example.com/pay/1', landingUrl: 'https://shop.example.com/pay/1' }
  const viewer = { ...XIAOMING, userId: payer.id, snapshot: true }
  const parameters = { verifyAppId: account.appid, package: `prepay_id=${prepayId}` }
  expect(JSON.stringify(await control('phone/config', { viewer, page, parameters }))).toContain(
    'permission denied',
  )
  expect(JSON.stringify(await control('phone/cashier', { viewer, page, parameters }))).toContain(
    '使用完整服务',
  )
})

test('who configured, opened the cashier and paid is written down with account, payer and order, to be followed', async () => {
  const { v2, order, control, account, payer, openid, json } = openScene()
  const prepaid = await v2('/pay/unifiedorder', order())
  const page = { currentUrl: 'https://shop.example.com/pay/1', landingUrl: 'https://shop.example.com/pay/1' }
  const viewer = { ...XIAOMING, userId: payer.id }
  await control('phone/config', { viewer, page, parameters: { verifyAppId: account.appid } })
  const parameters = {
    appId: account.appid,
    timeStamp: '1',
    nonceStr: 'N',
    package: `prepay_id=${prepaid['prepay_id']}`,
    signType: 'MD5',
    paySign: 'wrong',
  }
  await control('phone/cashier', { viewer, page, parameters })
  await control('phone/pay', { userId: payer.id, prepayId: prepaid['prepay_id'], password: '123456' })
  const who = { appid: account.appid, openid, userId: payer.id }
  const said: unknown = await json('http://localhost:9090/_simulator/exchanges')
  expect(said).toMatchObject([
    { title: 'unifiedorder' },
    { title: 'wx.config', ...who },
    { title: 'getBrandWCPayRequest', ...who, outTradeNo: 'T20261124001' },
    { title: 'pay', ...who, outTradeNo: 'T20261124001', transactionId: expect.stringMatching(/^4200/) },
  ])
})
