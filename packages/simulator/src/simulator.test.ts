/** The simulated WeChat as its users meet it: requests in, WeChat's own answers out. */
import { createHash } from 'node:crypto'
import { beforeEach, describe, expect, test } from 'vitest'
import { signV2 } from './pay-v2/sign.ts'
import { readXml, writeXml } from './pay-v2/xml.ts'
import { createSimulator, type Simulator } from './simulator.ts'
import { defaultWorld, type World } from './world.ts'

const START = Date.parse('2026-11-24T02:00:00Z')
const WECHAT = { 'user-agent': 'MicroMessenger/8.0.50 iPhone' }

let now: number
let simulator: Simulator
let world: World
let delivered: { url: string; body: string }[]
let acknowledgement: () => Response

beforeEach(() => {
  now = START
  delivered = []
  acknowledgement = () => new Response('<xml><return_code><![CDATA[SUCCESS]]></return_code></xml>')
  world = defaultWorld({ merchantOrigin: 'https://shop.example.com' })
  simulator = createSimulator({
    world,
    clock: () => now,
    fetch: async (input, init) => {
      delivered.push({ url: String(input), body: String(init?.body) })
      return acknowledgement()
    },
  })
})

const account = (): World['officialAccounts'][number] => world.officialAccounts[0] ?? missing()
const merchant = (): World['merchants'][number] => world.merchants[0] ?? missing()
const openid = (user = 0): string => world.users[user]?.openids[account().appid] ?? missing()

describe('web authorization', () => {
  test('a visitor of a silent authorization comes back with a code, once through connect_redirect', async () => {
    const first = await get(authorizeUrl({ scope: 'snsapi_base' }))
    expect(first.headers.get('location')).toContain('connect_redirect=1')
    const second = await get(new URL(first.headers.get('location') ?? '', 'https://open.weixin.qq.com').href)
    expect(second.headers.get('location')).toMatch(
      /^https:\/\/shop\.example\.com\/cb\?code=0\w{31}&state=s1$/,
    )
  })

  test('outside WeChat there is only a page that says so', async () => {
    const response = await simulator.fetch(new Request(authorizeUrl({ scope: 'snsapi_base' })))
    expect(response.status).toBe(200)
    expect(await response.text()).toContain('请在微信客户端打开链接')
  })

  test.each([
    [{ appid: '' }, 'appid不能为空，错误码:10012'],
    [{ appid: 'wx0000000000000000' }, '不支持微信开放平台的Appid，请使用公众号Appid，错误码:10016'],
    [{ redirect_uri: '' }, 'redirect_uri不能为空，错误码:10011'],
    [{ redirect_uri: 'https://evil.example.com/cb' }, 'redirect_uri域名与后台配置不一致，错误码:10003'],
    [{ redirect_uri: 'https://shop.example.com:8443/cb' }, 'redirect_uri域名与后台配置不一致，错误码:10003'],
    [{ scope: '' }, 'scope不能为空，错误码:10010'],
    [{ scope: 'snsapi_login' }, '此公众号并没有这些scope的权限，错误码:10005'],
  ])('%o is refused in WeChat’s words', async (change, text) => {
    expect(await (await get(authorizeUrl(change))).text()).toContain(text)
  })

  test('userinfo asks a visitor from outside the chat, and remembers the consent', async () => {
    const url = `${authorizeUrl({ scope: 'snsapi_userinfo' })}&connect_redirect=1`
    expect(await (await get(url)).text()).toContain('获取你的昵称、头像')
    expect((await get(`${url}&simulator_consent=refuse`)).headers.get('location')).toBeNull()
    expect((await get(`${url}&simulator_consent=allow`)).status).toBe(302)
    expect((await get(url)).status).toBe(302)
    expect(await (await get(`${url}&forcePopup=true`)).text()).toContain('获取你的昵称、头像')
  })

  test('a follower who came by the menu is not asked', async () => {
    const cookie = Buffer.from(JSON.stringify({ userId: 'xiaoming', device: 'ios', entry: 'menu' })).toString(
      'base64url',
    )
    const request = new Request(`${authorizeUrl({ scope: 'snsapi_userinfo' })}&connect_redirect=1`, {
      headers: { cookie: `simulator_phone=${cookie}` },
    })
    expect((await simulator.fetch(request)).status).toBe(302)
  })

  test('a code gives the openid once; a second use, an old one and an invented one are refused', async () => {
    const code = await newCode('snsapi_base')
    expect(await sns({ code })).toMatchObject({ openid: openid(), scope: 'snsapi_base', expires_in: 7200 })
    expect(await sns({ code })).toMatchObject({
      errcode: 40163,
      errmsg: expect.stringMatching(/^code been used, rid: [0-9a-f]{8}-/),
    })
    const old = await newCode('snsapi_base')
    now += 5 * 60 * 1000
    expect(await sns({ code: old })).toMatchObject({ errcode: 40029 })
    expect(await sns({ code: `0${'x'.repeat(31)}` })).toMatchObject({ errcode: 40029 })
    expect(await sns({ code: old, secret: '0'.repeat(32) })).toMatchObject({ errcode: 40125 })
  })

  test('a silent token cannot read the profile, a granted one can, with unionid', async () => {
    const silent = await sns({ code: await newCode('snsapi_base') })
    expect(silent).not.toHaveProperty('unionid')
    expect(
      await json(
        `https://api.weixin.qq.com/sns/userinfo?access_token=${silent['access_token']}&openid=${openid()}`,
      ),
    ).toMatchObject({ errcode: 48001 })
    const granted = await sns({ code: await newCode('snsapi_userinfo', '&simulator_consent=allow') })
    const profile = await json(
      `https://api.weixin.qq.com/sns/userinfo?access_token=${granted['access_token']}&openid=${openid()}`,
    )
    expect(profile).toMatchObject({
      nickname: '小明',
      sex: 0,
      privilege: [],
      unionid: world.users[0]?.unionid,
    })
    expect(
      await json(
        `https://api.weixin.qq.com/sns/auth?access_token=${granted['access_token']}&openid=${openid()}`,
      ),
    ).toEqual({ errcode: 0, errmsg: 'ok' })
  })
})

describe('account tokens', () => {
  test('each classic token retires the one before, after five minutes together', async () => {
    const first = await classic()
    now += 10_000
    const second = await classic()
    expect(await ticketWith(first)).toMatchObject({ errcode: 0 })
    now += 300_000
    expect(await ticketWith(first)).toMatchObject({
      errcode: 40001,
      errmsg: expect.stringContaining('not latest, could get'),
    })
    expect(await ticketWith(second)).toMatchObject({ errcode: 0 })
  })

  test('the stable token stays the same, counts down, and turns over with five minutes left', async () => {
    const first = await stable()
    now += 3_000_000
    expect(await stable()).toEqual({ access_token: first['access_token'], expires_in: 4200 })
    now += 3_899_000
    expect(await stable()).toEqual({ access_token: first['access_token'], expires_in: 301 })
    now += 1000
    const second = await stable()
    expect(second['access_token']).not.toBe(first['access_token'])
    expect(await ticketWith(String(first['access_token']))).toMatchObject({ errcode: 0 })
    now += 300_000
    expect(await ticketWith(String(first['access_token']))).toMatchObject({ errcode: 42001 })
  })

  test('a forced refresh kills at once, and not twice within half a minute', async () => {
    const first = await stable()
    const forced = await stable(true)
    expect(await ticketWith(String(first['access_token']))).toMatchObject({ errcode: 40001 })
    expect((await stable(true))['access_token']).toBe(forced['access_token'])
  })

  test('the ticket is the same for its life, always said to live 7200 s, with errcode 0', async () => {
    const token = String((await stable())['access_token'])
    const first = await ticketWith(token)
    now += 6_000_000
    expect(await ticketWith(token)).toEqual(first)
    expect(first).toMatchObject({
      errcode: 0,
      errmsg: 'ok',
      expires_in: 7200,
      ticket: expect.stringMatching(/^.{86}$/),
    })
  })

  test('an address off the white list is told so on cgi-bin, and web authorization still works', async () => {
    account().ipWhitelist = ['203.0.113.7']
    expect(await stable()).toMatchObject({
      errcode: 40164,
      errmsg: expect.stringContaining('invalid ip 127.0.0.1 ipv6 ::ffff:127.0.0.1, not in whitelist rid: '),
    })
    expect(await sns({ code: await newCode('snsapi_base') })).toHaveProperty('openid')
  })

  test('parameters of the stable endpoint are looked for in the body only', async () => {
    const url = `https://api.weixin.qq.com/cgi-bin/stable_token?grant_type=client_credential&appid=${account().appid}`
    expect(await json(url, { method: 'POST' })).toMatchObject({ errcode: 41002 })
    expect(await json(url)).toMatchObject({ errcode: 43002 })
  })
})

describe('Pay v2', () => {
  test.each(['MD5', 'HMAC-SHA256'] as const)(
    'an order is opened, paid, announced and found with %s',
    async (signType) => {
      const reply = await v2('/pay/unifiedorder', { ...order(), sign_type: signType })
      expect(reply['prepay_id']).toMatch(/^wx\w{34}$/)
      expect(reply['sign']).toBe(signV2(reply, merchant().apiKey, signType))
      await control('pay', { prepay_id: reply['prepay_id'] })
      await simulator.settle()
      const announced = readXml(delivered[0]?.body ?? '') ?? {}
      expect(announced).toMatchObject({
        out_trade_no: 'T20261124001',
        total_fee: '12800',
        result_code: 'SUCCESS',
        openid: openid(),
      })
      expect(announced['sign']).toBe(signV2(announced, merchant().apiKey, signType))
      const found = await v2('/pay/orderquery', {
        ...credentials(),
        out_trade_no: 'T20261124001',
        sign_type: signType,
      })
      expect(found).toMatchObject({
        trade_state: 'SUCCESS',
        attach: '',
        transaction_id: announced['transaction_id'],
      })
    },
  )

  test('the same number with the same parameters is the same order; with others, 201', async () => {
    const first = await v2('/pay/unifiedorder', order())
    expect((await v2('/pay/unifiedorder', { ...order(), nonce_str: 'another' }))['prepay_id']).toBe(
      first['prepay_id'],
    )
    expect(await v2('/pay/unifiedorder', { ...order(), total_fee: '1' })).toMatchObject({
      err_code: 'INVALID_REQUEST',
      err_code_des: '201 商户订单号重复',
    })
  })

  test.each([
    [{ body: '' }, { return_msg: '缺少参数' }],
    [{ mch_id: 'abc' }, { return_msg: 'mch_id参数格式错误' }],
    [{ total_fee: '0' }, { return_msg: '参数格式校验错误' }],
    [{ total_fee: '1.5' }, { return_msg: '参数格式校验错误' }],
    [{ notify_url: 'https://shop.example.com/n?x=1' }, { return_msg: '参数格式校验错误' }],
    [
      { body: '茶'.repeat(43) },
      { return_msg: expect.stringContaining('“商品描述”字符串规则校验失败，字节数 129，大于最大值 128') },
    ],
    [{ appid: 'wx0000000000000000' }, { return_msg: 'appid不存在' }],
    [{ mch_id: '1900000000' }, { return_msg: '签名错误' }],
    [{ sign: 'A'.repeat(32) }, { return_msg: '签名错误' }],
    [{ openid: '' }, { return_msg: 'JSAPI支付必须传openid' }],
    [{ openid: 'oNobody' }, { err_code: 'PARAM_ERROR', err_code_des: '无效的openid' }],
    [{ time_expire: '20261124100030' }, { return_msg: 'time_expire时间过短，刷卡至少1分钟，其他5分钟' }],
  ])('%o is refused', async (change, expected) => {
    expect(await v2('/pay/unifiedorder', { ...order(), ...change })).toMatchObject(expected)
  })

  test('an account that is not bound to the merchant is refused before the signature is looked at', async () => {
    merchant().appids = []
    expect(await v2('/pay/unifiedorder', { ...order(), sign: 'A'.repeat(32) })).toEqual({
      return_code: 'FAIL',
      return_msg: 'appid和mch_id不匹配',
    })
  })

  test('GET, an empty body, other bytes than UTF-8 and broken XML are refused unsigned', async () => {
    const url = 'https://api.mch.weixin.qq.com/pay/orderquery'
    const said = async (init?: RequestInit): Promise<string> =>
      await (await simulator.fetch(new Request(url, init))).text()
    expect(await said()).toContain('请使用post方法')
    expect(await said({ method: 'POST' })).toContain('post数据为空')
    expect(await said({ method: 'POST', body: new Uint8Array([0x3c, 0xff]) })).toContain('编码格式错误')
    expect(await said({ method: 'POST', body: '<xml><a>' })).toContain('XML格式错误')
    expect(await said({ method: 'POST', body: '<!DOCTYPE x><xml></xml>' })).toContain('XML格式错误')
  })

  test('a closed order cannot be entered, paid or closed again; a paid one cannot be closed', async () => {
    await v2('/pay/unifiedorder', order())
    const number = { ...credentials(), out_trade_no: 'T20261124001' }
    expect(await v2('/pay/closeorder', number)).toMatchObject({ result_code: 'SUCCESS' })
    expect(await v2('/pay/closeorder', number)).toMatchObject({ err_code: 'ORDERCLOSED' })
    expect(await v2('/pay/unifiedorder', order())).toMatchObject({ err_code: 'ORDERCLOSED' })
    await expect(control('pay', { out_trade_no: 'T20261124001' })).rejects.toThrow('该订单已关闭')
    await v2('/pay/unifiedorder', { ...order(), out_trade_no: 'T20261124002' })
    await control('pay', { out_trade_no: 'T20261124002' })
    expect(await v2('/pay/closeorder', { ...number, out_trade_no: 'T20261124002' })).toMatchObject({
      err_code: 'ORDERPAID',
    })
  })

  test('an unpaid order is closed after seven days', async () => {
    await v2('/pay/unifiedorder', order())
    now += 7 * 24 * 3600 * 1000
    expect(await v2('/pay/orderquery', { ...credentials(), out_trade_no: 'T20261124001' })).toMatchObject({
      trade_state: 'CLOSED',
    })
  })

  test('money leaves the payer’s balance once, and not more than is there', async () => {
    await v2('/pay/unifiedorder', { ...order(), total_fee: '100001' })
    await expect(control('pay', { out_trade_no: 'T20261124001' })).rejects.toThrow('余额不足')
  })
})

describe('notifications', () => {
  test('what is not acknowledged is repeated on the ladder of a day, sixteen times in all', async () => {
    acknowledgement = () => new Response('success')
    await paid()
    await simulator.advance(24 * 3600 + 240)
    expect(delivered).toHaveLength(16)
    await simulator.advance(24 * 3600)
    expect(delivered).toHaveLength(16)
  })

  test('an acknowledged one is not repeated; FAIL, other statuses and other bodies are', async () => {
    const answers = [
      new Response('<xml><return_code>FAIL</return_code></xml>'),
      new Response('<xml><return_code>SUCCESS</return_code></xml>', { status: 500 }),
      new Response('<xml><return_code>SUCCESS</return_code></xml>'),
    ]
    acknowledgement = () => answers.shift() ?? missing()
    await paid()
    await simulator.advance(3600)
    expect(delivered).toHaveLength(3)
  })

  test('a lost one never leaves, a doubled one leaves twice', async () => {
    await control('faults', { kind: 'notification-lost' })
    await paid()
    await simulator.advance(24 * 3600)
    expect(delivered).toHaveLength(0)
    await control('faults', { kind: 'notification-doubled' })
    await paid('T20261124009')
    await simulator.settle()
    expect(delivered).toHaveLength(2)
  })
})

test('an answer lost after the effect leaves the order at WeChat', async () => {
  await control('faults', { kind: 'answer-lost-after-effect', match: { path: '/pay/unifiedorder' } })
  await expect(v2('/pay/unifiedorder', order())).rejects.toThrow('fetch failed')
  expect(await v2('/pay/orderquery', { ...credentials(), out_trade_no: 'T20261124001' })).toMatchObject({
    trade_state: 'NOTPAY',
  })
})

test('the same seed and the same script say the same, byte for byte', async () => {
  const run = async (): Promise<string> => {
    simulator = createSimulator({ world, clock: () => START, fetch: async () => acknowledgement() })
    await sns({ code: await newCode('snsapi_base') })
    await stable()
    await paid()
    await simulator.settle()
    return await (await simulator.fetch(new Request('http://localhost:9090/_simulator/exchanges'))).text()
  }
  const first = await run()
  expect(await run()).toBe(first)
  expect(first).not.toContain(merchant().apiKey)
})

test('a world that is not one is refused, naming every field', async () => {
  await expect(
    control('world', { officialAccounts: [{ appid: 'x' }], merchants: [], users: [] }, 'PUT'),
  ).rejects.toThrow(/officialAccounts\.0\.appid.*merchants/s)
})

test('the page of a foreign host, a wrong URL and a wrong signature are told apart', async () => {
  const token = String((await stable())['access_token'])
  const ticket = String((await ticketWith(token))['ticket'])
  const config = async (page: string, signedUrl = page): Promise<unknown> => {
    const signature = createHash('sha1')
      .update(`jsapi_ticket=${ticket}&noncestr=N&timestamp=1&url=${signedUrl}`)
      .digest('hex')
    const parameters = {
      verifyAppId: account().appid,
      verifyNonceStr: 'N',
      verifyTimestamp: '1',
      verifySignature: signature,
    }
    const viewer = { userId: 'xiaoming', device: 'ios', entry: 'menu' }
    return control('phone/config', { viewer, page: { currentUrl: page, landingUrl: page }, parameters })
  }
  expect(await config('https://shop.example.com/pay/1')).toEqual({ err_msg: 'preVerifyJSAPI:ok' })
  expect(await config('https://evil.example.com/pay/1')).toMatchObject({
    errMsg: 'config:invalid url domain',
  })
  expect(await config('https://shop.example.com/pay/1', 'https://shop.example.com/pay/2')).toMatchObject({
    errMsg: 'config:invalid signature',
  })
})

function missing(): never {
  throw new Error('the default world lacks something')
}

function authorizeUrl(change: Record<string, string>): string {
  const query = {
    appid: account().appid,
    redirect_uri: 'https://shop.example.com/cb',
    response_type: 'code',
    scope: 'snsapi_base',
    state: 's1',
    ...change,
  }
  return `https://open.weixin.qq.com/connect/oauth2/authorize?${new URLSearchParams(query)}`
}

function get(url: string): Promise<Response> {
  return simulator.fetch(new Request(url, { headers: WECHAT }))
}

async function newCode(scope: string, more = ''): Promise<string> {
  const response = await get(`${authorizeUrl({ scope })}&connect_redirect=1${more}`)
  return new URL(response.headers.get('location') ?? '').searchParams.get('code') ?? ''
}

async function json(url: string, init?: RequestInit): Promise<Record<string, unknown>> {
  const response = await simulator.fetch(new Request(url, init))
  expect(response.status).toBe(200)
  return (await response.json()) as Record<string, unknown>
}

function sns(query: { code: string; secret?: string }): Promise<Record<string, unknown>> {
  const all = { appid: account().appid, secret: account().secret, grant_type: 'authorization_code', ...query }
  return json(`https://api.weixin.qq.com/sns/oauth2/access_token?${new URLSearchParams(all)}`)
}

async function classic(): Promise<string> {
  const query = new URLSearchParams({
    grant_type: 'client_credential',
    appid: account().appid,
    secret: account().secret,
  })
  return String((await json(`https://api.weixin.qq.com/cgi-bin/token?${query}`))['access_token'])
}

function stable(force = false): Promise<Record<string, unknown>> {
  const body = {
    grant_type: 'client_credential',
    appid: account().appid,
    secret: account().secret,
    force_refresh: force,
  }
  return json('https://api.weixin.qq.com/cgi-bin/stable_token', {
    method: 'POST',
    body: JSON.stringify(body),
  })
}

function ticketWith(token: string): Promise<Record<string, unknown>> {
  return json(`https://api.weixin.qq.com/cgi-bin/ticket/getticket?access_token=${token}&type=jsapi`)
}

function credentials(): Record<string, string> {
  return { appid: account().appid, mch_id: merchant().mchid, nonce_str: 'n'.repeat(32) }
}

function order(): Record<string, string> {
  return {
    ...credentials(),
    body: '山间茶事 明前龙井',
    out_trade_no: 'T20261124001',
    total_fee: '12800',
    spbill_create_ip: '127.0.0.1',
    notify_url: 'https://shop.example.com/notify',
    trade_type: 'JSAPI',
    openid: openid(),
  }
}

async function v2(path: string, fields: Record<string, string>): Promise<Record<string, string>> {
  const type = fields['sign_type'] === 'HMAC-SHA256' ? 'HMAC-SHA256' : 'MD5'
  const body = writeXml({ sign: signV2(fields, merchant().apiKey, type), ...fields })
  const response = await simulator.fetch(
    new Request(`https://api.mch.weixin.qq.com${path}`, { method: 'POST', body }),
  )
  return readXml(await response.text()) ?? missing()
}

async function control(verb: string, body: unknown, method = 'POST'): Promise<unknown> {
  const response = await simulator.fetch(
    new Request(`http://localhost:9090/_simulator/${verb}`, { method, body: JSON.stringify(body) }),
  )
  if (!response.ok) throw new Error(await response.text())
  return response.json()
}

async function paid(outTradeNo = 'T20261124001'): Promise<void> {
  await v2('/pay/unifiedorder', { ...order(), out_trade_no: outTradeNo })
  await control('pay', { out_trade_no: outTradeNo })
}
