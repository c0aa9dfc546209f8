/** A telephone over the real simulator: what a person does on it, and what a page gets. */
import { createHash } from 'node:crypto'
import { beforeEach, expect, test } from 'vitest'
import { type MerchantScene, openScene } from '../merchant.fixture.ts'
import { signV2 } from '../pay-v2/sign.ts'
import type { World } from '../world.ts'
import { createPhone, type Phone } from './phone.ts'
import { simulatorApi } from './simulator-api.ts'

const PAGE = 'https://shop.example.com/pay?id=1'

let scene: MerchantScene
let phone: Phone
let reachable: boolean

beforeEach(() => sitDown())

async function sitDown(change?: (world: World) => void): Promise<void> {
  scene = openScene(change)
  reachable = true
  const api = simulatorApi((path, init) => scene.send(`http://localhost:9090${path}`, init))
  phone = createPhone(api, async () => reachable)
  await phone.refresh()
  await phone.open(PAGE, 'menu')
}

const page = { currentUrl: PAGE, landingUrl: PAGE }
const invoke = (method: string, parameters: Record<string, unknown> = {}): Promise<Record<string, unknown>> =>
  phone.answer({ method, parameters, page })

/** Members that jweixin adds to each call, signed by the merchant for the page. */
async function proof(url = PAGE): Promise<Record<string, string>> {
  const { appid, secret } = scene.account
  const api = 'https://api.weixin.qq.com/cgi-bin'
  const token = await scene.json(`${api}/token?grant_type=client_credential&appid=${appid}&secret=${secret}`)
  const answer = await scene.json(`${api}/ticket/getticket?access_token=${token['access_token']}&type=jsapi`)
  const text = `jsapi_ticket=${answer['ticket']}&noncestr=N&timestamp=1700000000&url=${url}`
  return {
    verifyAppId: appid,
    verifySignType: 'sha1',
    verifyTimestamp: '1700000000',
    verifyNonceStr: 'N',
    verifySignature: createHash('sha1').update(text).digest('hex'),
  }
}

async function payment(change: Record<string, string> = {}): Promise<Record<string, string>> {
  const { prepay_id } = await scene.v2('/pay/unifiedorder', scene.order(change))
  const signed = {
    appId: scene.account.appid,
    timeStamp: '1700000000',
    nonceStr: 'n',
    package: `prepay_id=${prepay_id}`,
    signType: 'MD5',
  }
  return { ...signed, paySign: signV2(signed, scene.merchant.apiKey, 'MD5') }
}

test('a payer with the right password pays, the page hears ok, and a receipt is in the conversation', async () => {
  const answer = invoke('getBrandWCPayRequest', await payment())
  await expect.poll(() => phone.sheet).toMatchObject({ payee: scene.merchant.name, totalFee: 12800 })
  expect(await phone.enterPassword(phone.person?.payPassword ?? '', 'balance')).toEqual({ outcome: 'paid' })
  phone.leaveSheet('ok')
  expect(await answer).toEqual({ err_msg: 'get_brand_wcpay_request:ok' })
  expect(phone.notices).toMatchObject([
    { kind: 'payment', payee: scene.merchant.name, totalFee: 12800, method: '零钱' },
  ])
  expect(phone.person?.balanceFen).toBe(100_000 - 12800)
})

test('a wrong password pays nothing and can be entered again', async () => {
  void invoke('getBrandWCPayRequest', await payment())
  await expect.poll(() => phone.sheet).toBeDefined()
  const wrong = { outcome: 'again', words: '支付密码错误，请重试' }
  expect(await phone.enterPassword('000000', 'balance')).toEqual(wrong)
  expect(phone.notices).toEqual([])
  expect(await phone.enterPassword('123456', 'balance')).toEqual({ outcome: 'paid' })
})

test('a payer without enough change is told so, and pays by card', async () => {
  void invoke('getBrandWCPayRequest', await payment({ total_fee: '100001' }))
  await expect
    .poll(() => phone.sheet?.methods)
    .toMatchObject([
      { id: 'balance', balanceFee: 100_000, problem: '余额不足' },
      { id: '0403', name: '招商银行储蓄卡(0403)' },
    ])
  expect(await phone.enterPassword('123456', 'balance')).toEqual({ outcome: 'again', words: '余额不足' })
  expect(await phone.enterPassword('123456', '0403')).toEqual({ outcome: 'paid' })
  expect(phone.notices).toMatchObject([{ method: '招商银行储蓄卡0403' }])
})

test('coupons are taken off on the sheet and on the receipt', async () => {
  const coupon = {
    id: '77',
    stockId: '1',
    name: '满百减五',
    kind: 'CASH' as const,
    fen: 500,
    minimumFen: 10_000,
  }
  await sitDown((world) => world.users[0]?.coupons.push({ ...coupon, mchid: null, goodsTag: '' }))
  void invoke('getBrandWCPayRequest', await payment())
  await expect
    .poll(() => phone.sheet)
    .toMatchObject({ totalFee: 12800, cashFee: 12300, coupons: [{ name: '满百减五', fee: 500 }] })
  await phone.enterPassword('123456', 'balance')
  expect(phone.notices).toMatchObject([{ totalFee: 12800, cashFee: 12300 }])
  expect(phone.person?.coupons).toEqual([])
})

test('a bank that refuses is told to the person, and the page hears of a failure', async () => {
  const answer = invoke('getBrandWCPayRequest', await payment())
  await expect.poll(() => phone.sheet).toBeDefined()
  phone.setEnding('refused')
  expect(await phone.enterPassword('123456', 'balance')).toMatchObject({ outcome: 'failed' })
  phone.leaveSheet('fail')
  expect(await answer).toEqual({ err_msg: 'get_brand_wcpay_request:fail' })
  expect(phone.notices).toEqual([])
})

test('a sheet left open until its prepay_id is over takes no money', async () => {
  void invoke('getBrandWCPayRequest', await payment())
  await expect.poll(() => phone.sheet).toBeDefined()
  scene.pass(2 * 3600)
  expect(await phone.enterPassword('123456', 'balance')).toEqual({
    outcome: 'failed',
    words: '该订单已过期，请重新下单',
  })
  expect(phone.notices).toEqual([])
})

test('a bank that takes its time pays ten seconds later', async () => {
  void invoke('getBrandWCPayRequest', await payment())
  await expect.poll(() => phone.sheet).toBeDefined()
  phone.setEnding('slow')
  expect(await phone.enterPassword('123456', 'balance')).toEqual({ outcome: 'processing' })
  expect(phone.notices).toEqual([])
  await scene.control('clock', { advanceSeconds: 10 })
  await phone.refresh()
  expect(phone.notices).toMatchObject([{ kind: 'payment' }])
})

test('a closed sheet is a cancellation', async () => {
  const answer = invoke('getBrandWCPayRequest', await payment())
  await expect.poll(() => phone.sheet).toBeDefined()
  phone.leaveSheet('cancel')
  expect(await answer).toEqual({ err_msg: 'get_brand_wcpay_request:cancel' })
  expect(phone.sheet).toBeUndefined()
})

test('a second tap while the sheet is up opens nothing', async () => {
  const parameters = await payment()
  void invoke('getBrandWCPayRequest', parameters)
  expect(await invoke('getBrandWCPayRequest', parameters)).toEqual({
    err_msg: 'get_brand_wcpay_request:fail',
  })
})

test('a wrong paySign is shown in a dialog, and the page hears of a cancellation once it is read', async () => {
  const answer = invoke('getBrandWCPayRequest', { ...(await payment()), paySign: 'F'.repeat(32) })
  await expect.poll(() => phone.dialog).toBe('支付验证签名失败')
  phone.readDialog()
  expect(await answer).toEqual({ err_msg: 'get_brand_wcpay_request:cancel' })
  expect(phone.dialog).toBeUndefined()
})

test('a page that is closed leaves no sheet and no dialog behind', async () => {
  const answer = invoke('getBrandWCPayRequest', await payment())
  await expect.poll(() => phone.sheet).toBeDefined()
  phone.pageAlerts('提示')
  phone.closePage()
  expect(await answer).toEqual({ err_msg: 'get_brand_wcpay_request:cancel' })
  expect([phone.page, phone.sheet, phone.dialog]).toEqual([undefined, undefined, undefined])
})

test('dialogs wait for each other', () => {
  phone.pageAlerts('一')
  phone.pageAlerts('二')
  expect(phone.dialog).toBe('一')
  phone.readDialog()
  expect(phone.dialog).toBe('二')
})

test('a call of jweixin needs a verified configuration that lists it', async () => {
  const proven = await proof()
  const call = { ...(await payment()), ...proven }
  const offline = { err_msg: 'getBrandWCPayRequest:fail, the permission value is offline verifying' }
  expect(await invoke('getBrandWCPayRequest', call)).toEqual(offline)

  await invoke('preVerifyJSAPI', { ...proven, verifyJsApiList: ['checkJsApi'] })
  expect(await invoke('getBrandWCPayRequest', call)).toEqual(offline)

  const verified = await invoke('preVerifyJSAPI', { ...proven, verifyJsApiList: ['getBrandWCPayRequest'] })
  expect(verified).toEqual({ err_msg: 'preVerifyJSAPI:ok' })
  void invoke('getBrandWCPayRequest', call)
  await expect.poll(() => phone.sheet).toBeDefined()
})

test('a signature for another address permits nothing', async () => {
  const proven = await proof('https://shop.example.com/')
  const asked = { ...proven, verifyJsApiList: ['getBrandWCPayRequest'] }
  expect(await invoke('preVerifyJSAPI', asked)).toMatchObject({
    errMsg: 'config:invalid signature',
    realAuthUrl: [PAGE],
  })
  expect(await invoke('getBrandWCPayRequest', proven)).toMatchObject({
    err_msg: 'getBrandWCPayRequest:fail, the permission value is offline verifying',
  })
})

test('the inspector shows what was signed in place of the page’s address', async () => {
  const proven = await proof('https://shop.example.com/pay')
  await invoke('preVerifyJSAPI', { ...proven, verifyJsApiList: [] })
  const exchanges = await scene.control('exchanges')
  const text = `jsapi_ticket=****&noncestr=N&timestamp=1700000000&url=`
  expect(exchanges).toContainEqual(
    expect.objectContaining({
      title: 'wx.config',
      outcome: 'refused',
      signature: expect.objectContaining({
        valid: false,
        stringToSign: `${text}${PAGE}`,
        signedText: `${text}https://shop.example.com/pay`,
      }),
    }),
  )
})

test('what was permitted ends with the visit', async () => {
  const proven = await proof()
  await invoke('preVerifyJSAPI', { ...proven, verifyJsApiList: ['hideOptionMenu'] })
  expect(await invoke('hideOptionMenu', proven)).toEqual({ err_msg: 'hide_option_menu:ok' })
  expect(phone.page?.hasOptionMenu).toBe(false)
  await phone.reload()
  expect(phone.page?.hasOptionMenu).toBe(true)
  expect(await invoke('hideOptionMenu', proven)).toMatchObject({
    err_msg: expect.stringContaining('offline'),
  })
})

test('iOS gets the list of calls as an object, Android as text', async () => {
  const asked = { jsApiList: ['getBrandWCPayRequest', 'openBluetooth', 'toString'] }
  const result = { getBrandWCPayRequest: true, openBluetooth: false, toString: false }
  expect(await invoke('checkJsApi', asked)).toMatchObject({ checkResult: result })
  await phone.become({ device: 'android' })
  expect(await invoke('checkJsApi', asked)).toMatchObject({ checkResult: JSON.stringify(result) })
})

test('a call that no client knows is answered as such', async () => {
  expect(await invoke('constructor')).toEqual({ err_msg: 'system:function_not_exist' })
})

test('closeWindow goes back to the conversation', async () => {
  await invoke('closeWindow')
  expect(phone.page).toBeUndefined()
})

test('another person holds another telephone: the page is closed', async () => {
  await phone.become({ userId: 'xiaohong' })
  expect(phone.page).toBeUndefined()
  expect(phone.person?.nickname).toBe('小红')
})

test('a site that does not answer is said to be so, and can be tried again', async () => {
  reachable = false
  await phone.open(PAGE, 'menu')
  expect(phone.page?.isReachable).toBe(false)
  reachable = true
  await phone.reload()
  expect(phone.page?.isReachable).toBe(true)
})

test('a simulator that is gone is named on the screen', async () => {
  const alone = createPhone(
    simulatorApi(() => Promise.reject(new TypeError('fetch failed'))),
    async () => true,
  )
  await alone.refresh()
  expect(alone.problem).toContain('模拟器没有应答')
})

test('a follower begins in the account’s conversation, anybody else in the friend’s who sent its link', async () => {
  expect(phone.place).toEqual({ screen: 'account', appid: scene.account.appid })
  await phone.become({ userId: 'xiaohong' })
  expect(phone.place).toMatchObject({ screen: 'friend' })
  phone.back()
  expect(phone.place).toEqual({ screen: 'chats' })
})

test('who stops following no longer finds the conversation in the list, and follows again', async () => {
  const { appid } = scene.account
  const chats = (): string[] => phone.chats.map(({ key }) => key)
  expect(chats()).toContain(appid)
  await phone.follow(appid, false)
  expect(chats()).not.toContain(appid)
  await phone.follow(appid, true)
  expect(chats()).toContain(appid)
  const titles = ((await scene.control('exchanges')) as { title: string }[]).map(({ title }) => title)
  expect(titles).toEqual(['unsubscribe', 'subscribe'])
})

test('a page sent to a friend is opened there by a link that says where it comes from', async () => {
  phone.pageMoved('明前龙井', page)
  phone.share('xiaohong', () => {
    void invoke('sendAppMessage', { title: '明前龙井', desc: '头采', link: PAGE })
  })
  await expect.poll(() => phone.links.length).toBe(1)
  await phone.become({ userId: 'xiaohong' })
  expect(phone.chats.map(({ preview }) => preview)).toContain('[链接] 明前龙井')
  expect(phone.links).toMatchObject([
    { fromId: 'xiaoming', toId: 'xiaohong', url: `${PAGE}&from=singlemessage&isappinstalled=0` },
  ])
})

test('a page without a bridge is sent with its title and address', async () => {
  phone.share('xiaohong', () => expect.unreachable())
  expect(phone.links).toMatchObject([{ title: 'shop.example.com', toId: 'xiaohong' }])
})

test('a page cannot send itself', async () => {
  expect(await invoke('sendAppMessage', { link: PAGE })).toEqual({ err_msg: 'send_app_msg:fail' })
  expect(phone.links).toEqual([])
})

test('what the page set by updateAppMessageShareData is what is sent', async () => {
  phone.pageMoved('', page)
  await invoke('updateAppMessageShareData', { title: '新茶', link: 'https://shop.example.com/new' })
  phone.share('xiaohong', () => void invoke('sendAppMessage', { title: '旧', link: PAGE }))
  await expect.poll(() => phone.links).toMatchObject([{ title: '新茶' }])
})

test('a client of before WeChat Pay knows neither the JSSDK nor the pay sheet', async () => {
  await phone.become({ client: 'old' })
  const unknown = { err_msg: 'system:function_not_exist' }
  expect(await invoke('getBrandWCPayRequest', await payment())).toEqual(unknown)
  expect(await invoke('preVerifyJSAPI', {})).toEqual(unknown)
  expect(await invoke('getNetworkType')).toEqual({ err_msg: 'network_type:wifi' })
})

test('only a link shows a snapshot, and 使用完整服务 leaves it', async () => {
  await phone.become({ snapshot: true })
  await phone.open(PAGE, 'menu')
  expect(phone.page?.isSnapshot).toBe(false)
  await phone.open(PAGE, 'link')
  expect(phone.page?.isSnapshot).toBe(true)
  await phone.leaveSnapshot()
  expect(phone.page?.isSnapshot).toBe(false)
})
