/** The simulator as a whole: one seed one run, each host its own paths, and what a page is told by the phone. */
import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { type MerchantScene, openScene } from './merchant.fixture.ts'

test('the same seed and the same script say the same, byte for byte, and never the merchant’s key', async () => {
  const run = async (): Promise<string> => {
    const scene = openScene()
    await scene.open(authorizeUrl(scene))
    await ticket(scene)
    await scene.paid()
    await scene.simulator.advance(60)
    return await (await scene.send('http://localhost:9090/_simulator/exchanges')).text()
  }
  const first = await run()
  expect(await run()).toBe(first)
  expect(JSON.parse(first)).toHaveLength(6)
  expect(first).not.toContain(openScene().merchant.apiKey)
})

describe('hosts', () => {
  test.each([
    ['https://api.weixin.qq.com/pay/unifiedorder', 404],
    ['https://api.mch.weixin.qq.com/cgi-bin/token', 404],
    ['https://open.weixin.qq.com/sns/auth', 404],
    ['https://res.wx.qq.com/sns/auth', 404],
    ['https://api2.weixin.qq.com/sns/auth', 200],
    ['https://api2.mch.weixin.qq.com/pay/orderquery', 200],
    ['http://localhost:9090/sns/auth', 200],
    ['http://localhost:9090/pay/orderquery', 200],
    ['http://localhost:9090/nothing', 404],
  ])('%s answers %i', async (url, status) => {
    expect((await openScene().send(url)).status).toBe(status)
  })

  test.each([
    ['a path of another host', 'https://api.weixin.qq.com/pay/unifiedorder'],
    ['a path that is none', 'https://api.mch.weixin.qq.com/pay/unifyorder'],
  ])('%s is in the log, where it would be looked for', async (_what, url) => {
    const { send, control } = openScene()
    await send(`${url}?mch_id=1600000001`, { method: 'POST', body: '<xml/>' })
    const { pathname: title } = new URL(url)
    expect(await control('exchanges')).toMatchObject([
      {
        title,
        outcome: 'refused',
        note: expect.stringMatching(/^404 这个域名下没有这个地址/),
        mchid: '1600000001',
      },
    ])
  })

  test('what nobody takes for WeChat is not in the log', async () => {
    const { send, control } = openScene()
    await send('http://localhost:9090/favicon.ico')
    expect(await control('exchanges')).toEqual([])
  })

  test.each(['_simulator/world', '_simulator/phone/state', '', 'assets/x.js'])(
    'our own /%s is not found under WeChat’s names',
    async (path) => {
      expect((await openScene().send(`https://api.weixin.qq.com/${path}`)).status).toBe(404)
    },
  )
})

describe('a page that configures itself', () => {
  test.each([
    ['its own address', {}, { err_msg: 'preVerifyJSAPI:ok' }],
    ['a foreign host', { page: 'https://evil.example.com/pay/1' }, { errMsg: 'config:invalid url domain' }],
    ['another address', { signed: 'https://shop.example.com/2' }, { errMsg: 'config:invalid signature' }],
  ])('with a signature of %s', async (_what, change, answer) => {
    const scene = openScene()
    expect(await configured(scene, await ticket(scene), change)).toMatchObject(answer)
  })

  test('may use a ticket for five minutes after its end, unless it was voided', async () => {
    const scene = openScene()
    const old = await ticket(scene)
    scene.pass(7499)
    await ticket(scene)
    expect(await configured(scene, old)).toEqual({ err_msg: 'preVerifyJSAPI:ok' })
    scene.pass(1)
    expect(await configured(scene, old)).toMatchObject({ errMsg: 'config:invalid signature' })
    const current = await ticket(scene)
    await scene.control('tickets/void', {})
    expect(await configured(scene, current)).toMatchObject({ errMsg: 'config:invalid signature' })
    expect(await configured(scene, await ticket(scene))).toEqual({ err_msg: 'preVerifyJSAPI:ok' })
  })
})

function authorizeUrl({ account }: MerchantScene): string {
  const query = {
    appid: account.appid,
    redirect_uri: 'https://shop.example.com/cb',
    response_type: 'code',
    scope: 'snsapi_base',
    connect_redirect: '1',
  }
  return `https://open.weixin.qq.com/connect/oauth2/authorize?${new URLSearchParams(query)}`
}

async function ticket({ account, json }: MerchantScene): Promise<string> {
  const { appid, secret } = account
  const { access_token: token } = await json('https://api.weixin.qq.com/cgi-bin/stable_token', {
    method: 'POST',
    body: JSON.stringify({ grant_type: 'client_credential', appid, secret, force_refresh: false }),
  })
  const url = `https://api.weixin.qq.com/cgi-bin/ticket/getticket?access_token=${token}&type=jsapi`
  return String((await json(url))['ticket'])
}

function configured(
  { account, payer, control }: MerchantScene,
  jsapiTicket: string,
  { page = 'https://shop.example.com/pay/1', signed = page }: { page?: string; signed?: string } = {},
): Promise<unknown> {
  const text = `jsapi_ticket=${jsapiTicket}&noncestr=N&timestamp=1&url=${signed}`
  const parameters = {
    verifyAppId: account.appid,
    verifyNonceStr: 'N',
    verifyTimestamp: '1',
    verifySignature: createHash('sha1').update(text).digest('hex'),
  }
  const viewer = { userId: payer.id, device: 'ios', entry: 'menu' }
  return control('phone/config', { viewer, page: { currentUrl: page, landingUrl: page }, parameters })
}

test.each(['http://127.0.0.1:9090/', 'https://127.0.0.1:9443/', 'http://[::1]:9090/'])(
  'the phone at %s is sent to its one name',
  async (url) => {
    const { headers } = await openScene().send(url)
    expect(headers.get('location')).toBe(url.replace(/127\.0\.0\.1|\[::1\]/, 'localhost'))
  },
)
