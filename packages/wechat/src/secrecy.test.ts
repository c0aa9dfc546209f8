/** Every way to fail, and nothing that failed may tell a secret. */
import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { memoryCache } from './credential-cache.ts'
import { fen } from './fen.ts'
import { createOfficialAccount, type OfficialAccount } from './official-account.ts'
import { createPayV2, type PayV2 } from './pay-v2/api.ts'
import { Secret } from './secret.ts'
import { createTokenHandler } from './token-handler.ts'
import { fakeWechat, rejection } from './wechat.fake.ts'

const SECRETS = {
  appSecret: 'a11ce5ec4e7a11ce5ec4e7a11ce5ec4e',
  apiKey: 'b0b5ec4e7b0b5ec4e7b0b5ec4e7b0b5e',
  accountToken: 'MARK-account-token',
  ticket: 'MARK-ticket',
  webToken: 'MARK-web-token',
  refreshToken: 'MARK-refresh-token',
  code: 'MARK-code',
  openid: 'MARK-openid',
  page: 'MARK-page-of-a-proxy',
}
const APPID = 'wx0123456789abcdef'

type Way = () => Response | Promise<Response>
const WAYS: Record<string, Way> = {
  'a broken connection': () => {
    const cause = new Error(
      `connect ECONNREFUSED ?secret=${SECRETS.appSecret}&access_token=${SECRETS.accountToken}`,
    )
    throw new TypeError(`fetch failed for ?code=${SECRETS.code}`, { cause })
  },
  'a proxy': () => new Response(SECRETS.page, { status: 502 }),
  'a page': () => new Response(`<html>${SECRETS.page}</html>`),
  'a refusal': () =>
    new Response('{"errcode":40029,"errmsg":"invalid code, rid: 64993d2c-2af40adf-01b005b5"}'),
  'half an answer': () => new Response(`{"access_token":"${SECRETS.accountToken}"}`),
  'a forged reply': () =>
    new Response(
      `<xml><return_code>SUCCESS</return_code><openid>${SECRETS.openid}</openid><sign>x</sign></xml>`,
    ),
  'a reply that is no message': () => new Response(`<xml><a>${SECRETS.page}</b></xml>`),
}

const failures = async (account: OfficialAccount, pay: PayV2): Promise<unknown[]> => {
  const visitor = { accessToken: new Secret(SECRETS.webToken), openid: SECRETS.openid }
  const order = {
    appid: APPID,
    body: '茶',
    out_trade_no: '1217752501201407033233368018',
    total_fee: fen(1),
    spbill_create_ip: '8.8.8.8',
    notify_url: 'https://example.com/notify',
    trade_type: 'JSAPI',
    openid: SECRETS.openid,
  } as const
  return Promise.all(
    [
      account.exchangeCode(SECRETS.code),
      account.refreshAuthorization(new Secret(SECRETS.refreshToken)),
      account.userinfo(visitor),
      account.accessToken(),
      account.jsapiTicket(),
      account.pageConfiguration({ url: 'https://shop.example.com/' }),
      account.call({ path: '/cgi-bin/user/info', query: { openid: SECRETS.openid } }),
      account.call({ path: `/cgi-bin/${SECRETS.page}?openid=${SECRETS.openid}`, body: {} }),
      account.authorizationIsValid(visitor),
      account.recognize({ ...visitor, refreshToken: new Secret(SECRETS.refreshToken) }),
      pay.unifiedorder(order),
      pay.unifiedorder({ ...order, body: '', notify_url: SECRETS.page }),
      pay.orderquery({ appid: APPID, out_trade_no: order.out_trade_no }),
      pay.closeorder({ appid: APPID, out_trade_no: order.out_trade_no }),
      (async () => pay.readNotification(`<xml><openid>${SECRETS.openid}</openid></xml>`))(),
    ].map((call) => rejection(call)),
  )
}

function expectNoSecret(printed: string): void {
  const told = Object.entries(SECRETS).filter(([, value]) => printed.includes(value))
  expect(told).toEqual([])
}

test.each(Object.entries(WAYS))('%s tells no secret, however its errors are printed', async (_what, way) => {
  const fetch = async (): Promise<Response> => way()
  const account = createOfficialAccount({ appid: APPID, secret: SECRETS.appSecret, fetch })
  const pay = createPayV2({ mchid: '1900000109', apiKey: SECRETS.apiKey, fetch })
  const errors = await failures(account, pay)
  expect(errors.length).toBe(15)
  for (const error of errors) {
    expectNoSecret(inspect(error, { depth: 9, showHidden: true }))
    expectNoSecret(JSON.stringify(error))
    expectNoSecret(String(error))
    if (error instanceof Error) expectNoSecret(`${error.stack} ${inspect(error.cause)}`)
  }
})

test('a token that WeChat refuses is not told either', async () => {
  const { fetch } = fakeWechat({
    '/cgi-bin/stable_token': () => ({ access_token: SECRETS.accountToken, expires_in: 7200 }),
    '/cgi-bin/ticket/getticket': () => ({
      errcode: 40001,
      errmsg: 'invalid credential rid: 6aac0093-2c783a73-3d95418a',
    }),
  })
  const cache = memoryCache()
  const account = createOfficialAccount({ appid: APPID, secret: SECRETS.appSecret, fetch, cache })
  expectNoSecret(inspect(await rejection(account.jsapiTicket()), { depth: 9, showHidden: true }))
})

test('a program that asks for the token in vain is told no secret', async () => {
  const bearer = 'd00dad5ecret-d00dad5ecret-d00dad5ecret'
  for (const way of Object.values(WAYS)) {
    const account = createOfficialAccount({
      appid: APPID,
      secret: SECRETS.appSecret,
      fetch: async () => way(),
    })
    const handler = createTokenHandler({ accounts: [account], secrets: [bearer] })
    for (const authorization of [`Bearer ${bearer}`, `Bearer ${bearer}x`]) {
      const headers = { authorization }
      const answer = await handler(new Request(`https://example.com/${APPID}/jsapi_ticket`, { headers }))
      const told = await answer.text()
      expect(answer.ok).toBe(false)
      expectNoSecret(told)
      expect(told).not.toContain(bearer)
    }
  }
})

test('what was made of secrets prints without them', () => {
  const account = createOfficialAccount({ appid: APPID, secret: SECRETS.appSecret })
  const pay = createPayV2({ mchid: '1900000109', apiKey: SECRETS.apiKey })
  for (const made of [account, pay]) {
    expectNoSecret(inspect(made, { depth: 9, showHidden: true }) + JSON.stringify(made))
  }
})

test('a text of WeChat that is no text of WeChat is cut short', async () => {
  const errmsg = `${'x'.repeat(1000)}\n\u001b[31m`
  const { fetch } = fakeWechat({ '/sns/oauth2/access_token': () => ({ errcode: 40029, errmsg }) })
  const account = createOfficialAccount({ appid: APPID, secret: SECRETS.appSecret, fetch })
  const { message } = (await rejection(account.exchangeCode('code'))) as Error
  expect(message.length).toBeLessThan(400)
  expect(message).not.toMatch(/\p{Cc}/u)
})

test('a secret prints as a placeholder everywhere, and is still there', () => {
  const secret = new Secret(SECRETS.apiKey)
  const printed = [
    `${secret}`,
    JSON.stringify({ secret }),
    inspect(secret),
    inspect({ secret }, { showHidden: true }),
  ]
  expectNoSecret(printed.join())
  for (const each of printed) expect(each).toContain('[secret]')
  expect(Object.keys(secret)).toEqual([])
  expect(secret.reveal()).toBe(SECRETS.apiKey)
})
