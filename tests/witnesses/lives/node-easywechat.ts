/** node-easywechat with node-socialite: sign-in, page configuration, and Pay v3, by `http.baseURL` and `setHttpOptions`. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { HostsFileAgent, merchant, nextNoon, openDoor, payerPays, secondsPass, tell } from './merchant.ts'

interface Response {
  toObject(): Record<string, unknown>
  getStatusCode(): number
  getContent(): string
}
interface Client {
  get(url: string, payload?: object): Promise<Response>
  post(url: string, payload?: object): Promise<Response>
}
interface Message {
  toObject(): Record<string, unknown>
  getEventType(): string
}
interface OAuth {
  setHttpOptions(options: object): void
  redirect(url: string): string
  userFromCode(code: string): Promise<{ getId(): string; getNickname(): string; getRaw(): object }>
}
interface OfficialAccountApp {
  getOAuth(): OAuth
  getUtils(): { buildJsSdkConfig(url: string, apis: string[]): Promise<Record<string, unknown>> }
}
interface PayApp {
  getClient(): Client
  getUtils(): { buildBridgeConfig(prepayId: string, appid: string): Record<string, string> }
  setRequest(request: object): void
  getServer(): { getRequestMessage(): Promise<Message> }
  getValidator(): { validate(request: object): Promise<boolean> }
}
interface EasyWechat {
  OfficialAccount: new (options: object) => OfficialAccountApp
  Pay: new (options: object) => PayApp
  ServerRequest: new (...parts: unknown[]) => object
}

const require = createRequire(import.meta.url)
const { OfficialAccount, Pay, ServerRequest } = require('node-easywechat') as EasyWechat
const page = `${merchant.origin}/`
const account = new OfficialAccount({
  app_id: merchant.appid,
  secret: merchant.secret,
  use_stable_access_token: true,
  oauth: { scopes: ['snsapi_userinfo'], redirect_url: `${page}callback` },
  http: { baseURL: merchant.httpUrl },
})
const oauth = account.getOAuth()
oauth.setHttpOptions({ httpsAgent: new HostsFileAgent() })
const user = await oauth.userFromCode(await visitorConsents(oauth.redirect(`${page}callback`)))
const configuration = await account.getUtils().buildJsSdkConfig(page, ['chooseWXPay'])

// It takes keys as files only.
const folder = mkdtempSync(join(tmpdir(), 'easywechat-'))
process.once('exit', () => rmSync(folder, { recursive: true }))
const pay = new Pay({
  mch_id: merchant.mchid,
  private_key: file('apiclient_key.pem', merchant.privateKeyPem),
  certificate: file('apiclient_cert.pem', merchant.certificatePem),
  secret_key: merchant.apiV3Key,
  v2_secret_key: merchant.apiKey,
  http: { baseURL: merchant.httpUrl },
})
const accepted: object[] = []
const door = await openDoor(async ({ headers, body }, path) => {
  const request = new ServerRequest('POST', path, headers, Buffer.from(body))
  await pay.getValidator().validate(request)
  pay.setRequest(request)
  const message = await pay.getServer().getRequestMessage()
  accepted.push({ event_type: message.getEventType(), ...message.toObject() })
  return { status: 200, body: '{"code":"SUCCESS"}' }
})

const client = pay.getClient()
const number = 'EASYWX0001'
const order = {
  appid: merchant.appid,
  mchid: merchant.mchid,
  description: '安吉白茶',
  out_trade_no: number,
  notify_url: door.url('/paid'),
  amount: { total: 9900, currency: 'CNY' },
  payer: { openid: merchant.openid },
}
const prepaid = (await client.post('/v3/pay/transactions/jsapi', { data: order })).toObject()
const payment = pay.getUtils().buildBridgeConfig(String(prepaid['prepay_id']), merchant.appid)
await payerPays(payment)
const orders = '/v3/pay/transactions/out-trade-no'
const params = { mchid: merchant.mchid }
const queried = (await client.get(`${orders}/${number}`, { params })).toObject()
await client.post('/v3/pay/transactions/jsapi', { data: { ...order, out_trade_no: 'EASYWX0002' } })
const closed = (await client.post(`${orders}/EASYWX0002/close`, { data: params })).getStatusCode()
const refund = {
  out_trade_no: number,
  out_refund_no: 'EASYWXR001',
  notify_url: door.url('/refunded'),
  amount: { refund: 9900, total: 9900, currency: 'CNY' },
}
const refunded = (await client.post('/v3/refund/domestic/refunds', { data: refund })).toObject()
await secondsPass(60)
const refundQueried = (await client.get('/v3/refund/domestic/refunds/EASYWXR001')).toObject()
const day = await nextNoon()
const application = (
  await client.get('/v3/bill/tradebill', { params: { bill_date: day, bill_type: 'ALL' } })
).toObject()
const download = new URL(String(application['download_url']))
const bill = (
  await client.get(download.pathname, {
    params: Object.fromEntries(download.searchParams),
    responseType: 'text',
  })
).getContent()
door.close()

tell({
  user: { id: user.getId(), nickname: user.getNickname() },
  configuration,
  payment,
  queried,
  closed,
  accepted,
  refunded,
  refundQueried,
  bill,
})

function file(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

/** The visitor's part, in WeChat's browser: through the authorize page, consenting, back with a code. */
async function visitorConsents(authorizeUrl: string): Promise<string> {
  const { pathname, search } = new URL(authorizeUrl)
  const here = `${merchant.httpUrl}${pathname}${search}&connect_redirect=1&simulator_consent=allow`
  const headers = { 'user-agent': 'MicroMessenger/8.0.50 iPhone' }
  const response = await fetch(here, { redirect: 'manual', headers })
  return new URL(response.headers.get('location') ?? '').searchParams.get('code') ?? ''
}
