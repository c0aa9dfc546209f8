/** A telephone over the real simulator: what a person does on it, and what a page gets. */
import { createHash } from 'node:crypto'
import { beforeEach, expect, test } from 'vitest'
import { type MerchantScene, openScene } from '../merchant.fixture.ts'
import { signV2 } from '../pay-v2/sign.ts'
import { createPhone, type Phone } from './phone.ts'
import { simulatorApi } from './simulator-api.ts'

const PAGE = 'https://shop.example.com/pay?id=1'

let scene: MerchantScene
let phone: Phone
let reachable: boolean

beforeEach(async () => {
  scene = openScene()
  reachable = true
  const api = simulatorApi((path, init) => scene.send(`http://localhost:9090${path}`, init))
  phone = createPhone(api, async () => reachable)
  await phone.refresh()
  await phone.open(PAGE, 'menu')
})

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
  expect(await phone.enterPassword(phone.passwordHint ?? '')).toBeUndefined()
  phone.leaveSheet('ok')
  expect(await answer).toEqual({ err_msg: 'get_brand_wcpay_request:ok' })
  expect(phone.receipts).toMatchObject([{ payee: scene.merchant.name, totalFee: 12800 }])
  expect(phone.person?.balanceFen).toBe(100_000 - 12800)
})

test('a wrong password pays nothing and can be entered again', async () => {
  void invoke('getBrandWCPayRequest', await payment())
  await expect.poll(() => phone.sheet).toBeDefined()
  expect(await phone.enterPassword('000000')).toBe('支付密码错误，请重试')
  expect(phone.receipts).toEqual([])
  expect(await phone.enterPassword('123456')).toBeUndefined()
})

test('a payer without enough change is told so', async () => {
  void invoke('getBrandWCPayRequest', await payment({ total_fee: '100001' }))
  await expect.poll(() => phone.sheet).toBeDefined()
  expect(await phone.enterPassword('123456')).toBe('余额不足')
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
