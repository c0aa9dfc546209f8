/** Published libraries, unmodified, take the simulator for WeChat: what they sign is accepted, what it signs they accept. */
import { generateKeyPairSync } from 'node:crypto'
import { createRequire } from 'node:module'
import { describe, expect, test } from 'vitest'
import { openStage, type Stage } from './simulator.ts'

const require = createRequire(import.meta.url)

/** The surface of each library that is used here; none of them ships types that fit. */
interface Tenpay {
  urls: Record<string, string>
  getPayParams(order: object): Promise<Record<string, string>>
  orderQuery(query: object): Promise<Record<string, string>>
  closeOrder(order: object): Promise<Record<string, string>>
  middlewareForExpress(kind: 'pay'): (request: object, response: object, next: () => void) => Promise<void>
}

interface Wechatpay {
  v2: {
    pay: Record<
      'unifiedorder' | 'orderquery',
      { post(fields: object, config: object): Promise<{ data: Record<string, string> }> }
    >
  }
}

interface CoWechatOauth {
  setOpts(options: object): void
  getAuthorizeURL(redirect: string, state: string, scope: string): string
  getAccessToken(code: string): Promise<{ data: Record<string, unknown> }>
  getUser(options: object): Promise<Record<string, unknown>>
}

interface WechatJssdk {
  jssdk: { getSignature(url: string): Promise<Record<string, string>> }
}

describe('tenpay', () => {
  test.each(['MD5', 'HMAC-SHA256'])(
    'orders, is paid, accepts the notification, queries and closes with %s',
    async (signType) => {
      const stage = await openStage()
      const tenpay = openTenpay(stage)
      const order = {
        out_trade_no: 'TENPAY001',
        body: '明前龙井',
        total_fee: 12800,
        openid: stage.openid,
        sign_type: signType,
      }
      const parameters = await tenpay.getPayParams(order)
      expect(parameters['package']).toMatch(/^prepay_id=wx\w{34}$/)
      await stage.pay('TENPAY001')
      if (signType === 'MD5')
        expect(await readByTenpay(tenpay, stage.notifications[0] ?? '')).toMatchObject({
          out_trade_no: 'TENPAY001',
        })
      expect(await tenpay.orderQuery({ out_trade_no: 'TENPAY001', sign_type: signType })).toMatchObject({
        trade_state: 'SUCCESS',
        total_fee: '12800',
      })
      await tenpay.getPayParams({ ...order, out_trade_no: 'TENPAY002' })
      expect(await tenpay.closeOrder({ out_trade_no: 'TENPAY002', sign_type: signType })).toMatchObject({
        result_code: 'SUCCESS',
      })
    },
  )

  test('is told of a wrong key in WeChat’s words', async () => {
    const stage = await openStage()
    const tenpay = openTenpay({ ...stage, apiKey: '0'.repeat(32) })
    await expect(tenpay.orderQuery({ out_trade_no: 'TENPAY001' })).rejects.toThrow('签名错误')
  })
})

test('wechatpay-axios-plugin orders and queries', async () => {
  const stage = await openStage()
  const { Wechatpay } = require('wechatpay-axios-plugin') as { Wechatpay: new (options: object) => Wechatpay }
  const keys = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const wxpay = new Wechatpay({
    mchid: stage.mchid,
    secret: stage.apiKey,
    // Its Pay v3 half is not used here, and cannot be made without keys.
    serial: 'MERCHANT',
    privateKey: keys.privateKey,
    certs: { PLATFORM: keys.publicKey },
  })
  const here = { baseURL: `${stage.simulator.httpUrl}/` }
  const common = { appid: stage.appid, mch_id: stage.mchid, sign_type: 'HMAC-SHA256' }
  const { data } = await wxpay.v2.pay.unifiedorder.post(
    {
      ...common,
      body: '正山小种',
      out_trade_no: 'AXIOS001',
      total_fee: 8800,
      spbill_create_ip: '127.0.0.1',
      notify_url: stage.notifyUrl,
      trade_type: 'JSAPI',
      openid: stage.openid,
    },
    here,
  )
  expect(data['prepay_id']).toMatch(/^wx/)
  await stage.pay('AXIOS001')
  const found = await wxpay.v2.pay.orderquery.post({ ...common, out_trade_no: 'AXIOS001' }, here)
  expect(found.data).toMatchObject({ trade_state: 'SUCCESS', out_trade_no: 'AXIOS001' })
})

test('co-wechat-oauth signs a visitor in and reads the profile, at WeChat’s own addresses', async () => {
  const stage = await openStage()
  const OAuth = require('co-wechat-oauth') as new (appid: string, secret: string) => CoWechatOauth
  const oauth = new OAuth(stage.appid, stage.secret)
  oauth.setOpts({ agent: stage.hostsFile })
  const redirect = `${new URL(stage.notifyUrl).protocol}//localhost:${new URL(stage.notifyUrl).port}/cb`
  const code = await authorize(stage, oauth.getAuthorizeURL(redirect, 's1', 'snsapi_userinfo'))
  const { data } = await oauth.getAccessToken(code)
  expect(data).toMatchObject({ openid: stage.openid, scope: 'snsapi_userinfo' })
  expect(await oauth.getUser({ openid: stage.openid, lang: 'zh_CN' })).toMatchObject({ nickname: '小明' })
  await expect(oauth.getAccessToken(code)).rejects.toThrow('code been used')
})

test('wechat-jssdk obtains a configuration that the bridge accepts', async () => {
  const stage = await openStage()
  const { Wechat, Store } = require('wechat-jssdk') as {
    Wechat: new (options: object) => WechatJssdk
    Store: new () => object
  }
  const api = stage.simulator.httpUrl
  const { jssdk } = new Wechat({
    appId: stage.appid,
    appSecret: stage.secret,
    accessTokenUrl: `${api}/cgi-bin/token`,
    ticketUrl: `${api}/cgi-bin/ticket/getticket`,
    store: new Store(),
  })
  const page = `${new URL(stage.notifyUrl).origin.replace('127.0.0.1', 'localhost')}/pay?order=1`
  const signed = await jssdk.getSignature(page)
  const parameters = {
    verifyAppId: stage.appid,
    verifyNonceStr: signed['nonceStr'],
    verifyTimestamp: signed['timestamp'],
    verifySignature: signed['signature'],
  }
  const viewer = { userId: 'xiaoming', device: 'android', entry: 'menu' }
  const body = JSON.stringify({ viewer, page: { currentUrl: page, landingUrl: page }, parameters })
  const answer = await fetch(`${api}/_simulator/phone/config`, { method: 'POST', body })
  expect(await answer.json()).toMatchObject({ err_msg: 'preVerifyJSAPI:ok' })
})

function openTenpay(stage: Stage): Tenpay {
  const Tenpay = require('tenpay') as new (options: object) => Tenpay
  const { appid, mchid, apiKey, notifyUrl, simulator } = stage
  const tenpay = new Tenpay({ appid, mchid, partnerKey: apiKey, notify_url: notifyUrl })
  // Its addresses are a public property of the instance.
  for (const [call, url] of Object.entries(tenpay.urls))
    tenpay.urls[call] = url.replace('https://api.mch.weixin.qq.com', simulator.httpUrl)
  return tenpay
}

async function readByTenpay(tenpay: Tenpay, body: string): Promise<unknown> {
  const request: { body: string; weixin?: unknown } = { body }
  const refused: string[] = []
  const response = { header: () => undefined, send: (text: string) => refused.push(text) }
  await tenpay.middlewareForExpress('pay')(request, response, () => undefined)
  expect(refused).toEqual([])
  return request.weixin
}

/** The visitor's part: through WeChat's page, consenting, to the address with the code. */
async function authorize(stage: Stage, authorizeUrl: string): Promise<string> {
  const url = new URL(authorizeUrl)
  const here = `${stage.simulator.httpUrl}${url.pathname}${url.search}&connect_redirect=1&simulator_consent=allow`
  const response = await fetch(here, {
    redirect: 'manual',
    headers: { 'user-agent': 'MicroMessenger/8.0.50 iPhone' },
  })
  return new URL(response.headers.get('location') ?? '').searchParams.get('code') ?? ''
}
