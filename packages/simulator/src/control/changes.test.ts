/** What changes in the world while a program runs. */
import { describe, expect, test } from 'vitest'
import { type MerchantScene, openScene } from '../merchant.fixture.ts'

function patch({ control }: MerchantScene, what: string, change: object): Promise<unknown> {
  return control(what, change, 'PATCH')
}

describe('a change', () => {
  test('takes effect at once and forgets nothing', async () => {
    const scene = openScene()
    await scene.paid()
    await patch(scene, `merchants/${scene.merchant.mchid}`, { permissions: { jsapi: false, refund: false } })
    expect(await scene.v2('/pay/unifiedorder', scene.order({ out_trade_no: 'T20261124002' }))).toMatchObject({
      return_msg: '您没有JSAPI支付权限',
    })
    expect(await scene.v2('/secapi/pay/refund', scene.refundOf())).toMatchObject({ err_code: 'NOAUTH' })
    expect(await scene.control('orders')).toHaveLength(1)
    await patch(scene, `merchants/${scene.merchant.mchid}`, { permissions: { jsapi: true, refund: true } })
    await patch(scene, `users/${scene.payer.id}`, { accountClosed: true })
    expect(await scene.v2('/secapi/pay/refund', scene.refundOf())).toMatchObject({
      err_code: 'USER_ACCOUNT_ABNORMAL',
    })
  })

  test.each([
    ['accounts/wx1', {}, '404'],
    ['users/xiaoming', { balanceFen: 1 }, 'balanceFen'],
    ['users/xiaoming', { id: 'x' }, 'id'],
    ['users/xiaoming', { bankCards: [null] }, '400'],
    [
      'users/xiaoming',
      { bankCards: [{ bank: 'ICBC', name: '工商银行', tail: '0001', balanceFen: 500_000 }] },
      'bankCards',
    ],
    ['users/xiaoming', { wealth: 1 }, 'wealth'],
    ['users/xiaoming', { payPassword: '12' }, '6 位数字 / 6 digits'],
    ['users/xiaoming', { follows: ['wx1'] }, '没有公众号 no account wx1'],
  ])('of %s to %o is refused', async (what, change, why) => {
    await expect(patch(openScene(), what, change)).rejects.toThrow(why)
  })
})

test('what belongs together is changed one by one', async () => {
  const scene = openScene()
  const what = `merchants/${scene.merchant.mchid}`
  await patch(scene, what, { permissions: { refund: false } })
  expect(await patch(scene, what, { permissions: { jsapi: false } })).toMatchObject({
    permissions: { jsapi: false, refund: false },
  })
})

test('a payment keeps the rate at which it was charged, in every bill', async () => {
  const scene = openScene()
  await scene.paid()
  const asked = { ...scene.credentials(), bill_date: '20261124', bill_type: 'ALL' }
  const billed = async (): Promise<string> => String(await scene.v2File('/pay/downloadbill', asked))
  scene.pass(24 * 3600)
  const before = await billed()
  await patch(scene, `merchants/${scene.merchant.mchid}`, { feeBasisPoints: 100 })
  expect(await billed()).toBe(before)
})

describe('tokens', () => {
  const CGI = 'https://api.weixin.qq.com/cgi-bin'
  const stable = ({ account, json }: MerchantScene): Promise<Record<string, unknown>> => {
    const { appid, secret } = account
    const body = JSON.stringify({ grant_type: 'client_credential', appid, secret })
    return json(`${CGI}/stable_token`, { method: 'POST', body })
  }

  test.each([
    ['expired', 42001],
    ['replaced', 40001],
  ])('can be %s by hand; the next one asked for is another', async (how, errcode) => {
    const scene = openScene()
    const { access_token: first } = await stable(scene)
    await scene.control(`accounts/${scene.account.appid}/tokens/end`, { how })
    expect(await scene.json(`${CGI}/get_api_domain_ip?access_token=${first}`)).toMatchObject({ errcode })
    const { access_token: second, expires_in } = await stable(scene)
    expect([second === first, expires_in]).toEqual([false, 7200])
    expect(await scene.json(`${CGI}/get_api_domain_ip?access_token=${first}`)).toMatchObject({ errcode })
  })

  test('the white list and the quota of the day may change', async () => {
    const scene = openScene()
    const { appid } = scene.account
    await patch(scene, `accounts/${appid}`, { ipWhitelist: ['203.0.113.7'] })
    expect(await stable(scene)).toMatchObject({ errcode: 40164 })
    await patch(scene, `accounts/${appid}`, { ipWhitelist: null })
    expect(await stable(scene)).toHaveProperty('access_token')
  })
})
