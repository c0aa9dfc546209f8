/** What the compiler refuses; each line that must not compile says so. */
import { expect, expectTypeOf, test } from 'vitest'
import { fen } from './fen.ts'
import type { WebAuthorization } from './oauth.ts'
import { createOfficialAccount } from './official-account.ts'
import type { Openid, SnapshotOpenid } from './openid.ts'
import type { PayV2 } from './pay-v2/api.ts'
import type { UnifiedOrderRequest } from './pay-v2/messages.ts'
import type { PayV3 } from './pay-v3/api.ts'
import { Secret } from './secret.ts'
import { fakeWechat } from './wechat.fake.ts'

const SHOP = 'wx0123456789abcdef'
const OTHER = 'wxffffffffffffffff'
const secret = '0123456789abcdef0123456789abcdef'
const profile = { openid: 'o1', nickname: '小明', headimgurl: '' }
const { fetch } = fakeWechat({
  '/sns/oauth2/access_token': () => ({ access_token: 't', expires_in: 7200, openid: 'o1' }),
  '/sns/userinfo': () => profile,
})
const shop = createOfficialAccount({ appid: SHOP, secret, fetch })
const other = createOfficialAccount({ appid: OTHER, secret, fetch })

test('an openid goes back to the account that it came from, and from a database without a cast', async () => {
  const visitor = await shop.exchangeCode('code')
  if (visitor.snapshotVisitor) throw new Error('a person was expected')
  const fromDatabase: string = visitor.openid
  expect(await shop.userinfo(visitor)).toEqual(profile)
  expect(await shop.userinfo({ accessToken: visitor.accessToken, openid: fromDatabase })).toEqual(profile)
  expectTypeOf(visitor.openid).toEqualTypeOf<Openid<typeof SHOP>>()
})

test('an openid of one account is not taken by another', async () => {
  const visitor = await shop.exchangeCode('code')
  if (visitor.snapshotVisitor) throw new Error('a person was expected')
  // @ts-expect-error of another account
  await other.userinfo(visitor)
  // @ts-expect-error of another account
  const wrong: Openid<typeof OTHER> = visitor.openid
  expect(wrong).toBe('o1')
})

test('a snapshot visitor’s openid is taken by nobody, until it is known not to be one', async () => {
  const visitor = await shop.exchangeCode('code')
  // @ts-expect-error it may be a snapshot visitor's
  await shop.userinfo(visitor)
  const madeUp: SnapshotOpenid = 'o2'
  // @ts-expect-error made up
  await shop.userinfo({ accessToken: new Secret('t'), openid: madeUp })
})

test('an order is paid by an openid of its own account, and by no snapshot visitor', () => {
  type Visitor = Extract<WebAuthorization<typeof SHOP>, { snapshotVisitor: false }>
  const order = (visitor: Visitor, madeUp: SnapshotOpenid, pay: PayV2, payV3: PayV3): Promise<unknown>[] => {
    const v2: Omit<UnifiedOrderRequest, 'appid' | 'openid'> = { ...rest, trade_type: 'JSAPI' }
    return [
      pay.unifiedorder({ ...v2, appid: SHOP, openid: visitor.openid }),
      pay.unifiedorder({ ...v2, appid: SHOP, openid: 'from a database' }),
      // @ts-expect-error of another account
      pay.unifiedorder({ ...v2, appid: OTHER, openid: visitor.openid }),
      // @ts-expect-error made up
      pay.unifiedorder({ ...v2, appid: SHOP, openid: madeUp }),
      payV3.prepay({ ...v3, appid: SHOP, payer: { openid: visitor.openid } }),
      payV3.prepay({ ...v3, appid: SHOP, payer: { openid: 'from a database' } }),
      // @ts-expect-error of another account
      payV3.prepay({ ...v3, appid: OTHER, payer: { openid: visitor.openid } }),
      // @ts-expect-error made up
      payV3.prepay({ ...v3, appid: SHOP, payer: { openid: madeUp } }),
    ]
  }
  expect(order).toBeTypeOf('function')
})

const rest = {
  body: '明前龙井',
  out_trade_no: 'A1001T1',
  total_fee: fen(12800),
  spbill_create_ip: '203.0.113.7',
  notify_url: 'https://shop.example.com/notifications',
}
const v3 = {
  description: rest.body,
  out_trade_no: rest.out_trade_no,
  notify_url: rest.notify_url,
  amount: { total: rest.total_fee },
}

test('an account whose appid comes from a file takes any openid', async () => {
  const appid: string = SHOP
  const account = createOfficialAccount({ appid, secret, fetch })
  const visitor = await shop.exchangeCode('code')
  if (visitor.snapshotVisitor) throw new Error('a person was expected')
  expect(await account.userinfo(visitor)).toEqual(profile)
  expectTypeOf(account.appid).toEqualTypeOf<string>()
})
