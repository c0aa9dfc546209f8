import { describe, expect, test } from 'vitest'
import { type AuthorizeRequest, randomState } from './oauth.ts'
import { createOfficialAccount, type OfficialAccount } from './official-account.ts'
import { Secret } from './secret.ts'
import { type Answer, type FakeWechat, fakeWechat, rejection } from './wechat.fake.ts'

const APPID = 'wx0123456789abcdef'
const SECRET = '0123456789abcdef0123456789abcdef'

function scene(path: string, answer: Answer): { account: OfficialAccount; wechat: FakeWechat } {
  const wechat = fakeWechat({ [path]: answer })
  return { account: createOfficialAccount({ appid: APPID, secret: SECRET, fetch: wechat.fetch }), wechat }
}

const granted = {
  access_token: 'web token',
  expires_in: 7200,
  refresh_token: 'refresh token',
  openid: 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o',
  scope: 'snsapi_base',
}

describe('where a visitor is sent', () => {
  const { account } = scene('/', () => ({}))

  test('parameters come in the documented order, the fragment last', () => {
    const request = { redirectUri: 'https://shop.example.com/pay/callback?from=menu', state: 'n0nce123' }
    expect(
      account.authorizeUrl({ ...request, scope: 'snsapi_userinfo', forcePopup: true, connectRedirect: true }),
    ).toBe(
      `https://open.weixin.qq.com/connect/oauth2/authorize?appid=${APPID}` +
        '&redirect_uri=https%3A%2F%2Fshop.example.com%2Fpay%2Fcallback%3Ffrom%3Dmenu' +
        '&response_type=code&scope=snsapi_userinfo&state=n0nce123&forcePopup=true&connect_redirect=1#wechat_redirect',
    )
  })

  test('it is silent unless consent is asked for', () => {
    const request = { redirectUri: 'https://shop.example.com/', state: 's' }
    expect(account.authorizeUrl(request)).toContain('&scope=snsapi_base&')
  })

  test('a state is 32 letters and digits, another one each time', () => {
    const states = Array.from({ length: 100 }, randomState)
    expect(new Set(states).size).toBe(100)
    expect(states.every((state) => /^[a-zA-Z0-9]{32}$/.test(state))).toBe(true)
  })

  test('another origin may stand for open.weixin.qq.com', () => {
    const options = { appid: APPID, secret: SECRET, origins: { open: 'http://localhost:9090' } }
    const request = { redirectUri: 'http://localhost:8080/', scope: 'snsapi_base', state: 's' } as const
    expect(createOfficialAccount(options).authorizeUrl(request)).toMatch(
      /^http:\/\/localhost:9090\/connect\/oauth2\//,
    )
  })

  test.each([
    ['state', { redirectUri: 'https://shop.example.com/', state: '{"return":"/x"}' }],
    ['state', { redirectUri: 'https://shop.example.com/', state: '' }],
    ['state', { redirectUri: 'https://shop.example.com/' }],
    ['scope', { redirectUri: 'https://shop.example.com/', state: 's', scope: 'snsapi_login' }],
    ['redirectUri', { redirectUri: '/pay/callback', state: 's' }],
    ['redirectUri', { redirectUri: 'javascript:alert(1)', state: 's' }],
    ['redirectUri', { redirectUri: 'https://shop.example.com/\ud83c', state: 's' }],
  ])('a wrong %s is refused', (name, request) => {
    expect(() => account.authorizeUrl(request as AuthorizeRequest)).toThrow(
      expect.objectContaining({ code: 'invalid_request', message: expect.stringContaining(`${name}: `) }),
    )
  })
})

describe('code for openid', () => {
  test.each(['', undefined])('nothing is asked where there is no code: %j', async (code) => {
    const { account, wechat } = scene('/sns/oauth2/access_token', () => granted)
    expect(await rejection(account.exchangeCode(code as string))).toMatchObject({
      code: 'invalid_request',
      message: expect.stringContaining('code: '),
    })
    expect(wechat.asked).toEqual([])
  })

  test('the code is changed with appid and secret; tokens come back as secrets', async () => {
    const { account, wechat } = scene('/sns/oauth2/access_token', () => granted)
    const authorization = await account.exchangeCode('041SPc000T13MK1R4x1005vaKc3SPc0D')
    expect(Object.fromEntries(wechat.asked[0]?.url.searchParams ?? [])).toEqual({
      appid: APPID,
      secret: SECRET,
      code: '041SPc000T13MK1R4x1005vaKc3SPc0D',
      grant_type: 'authorization_code',
    })
    expect(authorization).toMatchObject({
      openid: granted.openid,
      scopes: ['snsapi_base'],
      snapshotVisitor: false,
    })
    expect(authorization.accessToken.reveal()).toBe('web token')
    expect(JSON.stringify(authorization)).not.toContain('token"')
  })

  test('a visitor of a snapshot page is told from a person', async () => {
    const { account } = scene('/sns/oauth2/access_token', () => ({
      ...granted,
      is_snapshotuser: 1,
      unionid: 'o6_bm',
    }))
    expect(await account.exchangeCode('code')).toMatchObject({ snapshotVisitor: true, unionid: 'o6_bm' })
  })

  test.each([
    [40029, 'invalid code, rid: 64993d2c-2af40adf-01b005b5'],
    [40163, 'code been used, rid: 64993d2c-2af40adf-01b005b5'],
    [40125, 'invalid appsecret, rid: 64993d2c-2af40adf-01b005b5'],
  ])('%i is WeChat’s no, with its number for support and a remedy', async (errcode, errmsg) => {
    const { account, wechat } = scene('/sns/oauth2/access_token', () => ({ errcode, errmsg }))
    const error = await rejection(account.exchangeCode('code'))
    expect(error).toMatchObject({
      name: 'RefusedError',
      code: 'refused',
      outcome: 'refused',
      retryable: false,
      wechatCode: String(errcode),
      wechatText: errmsg.split(',')[0],
      requestId: '64993d2c-2af40adf-01b005b5',
    })
    expect(JSON.parse(JSON.stringify(error)).remedy.zh).not.toBe('')
    expect(wechat.asked.length).toBe(1)
  })

  test('a token of another account’s page costs no access_token: sns calls are not repeated', async () => {
    const { account, wechat } = scene('/sns/userinfo', () => ({
      errcode: 40001,
      errmsg: 'invalid credential',
    }))
    const request = { accessToken: new Secret('x'), openid: 'o' }
    expect(await rejection(account.userinfo(request))).toMatchObject({ wechatCode: '40001' })
    expect(wechat.asked.length).toBe(1)
  })

  test.each([
    [
      '-1',
      { errcode: -1, errmsg: 'system error' },
      { code: 'wechat_failed', outcome: 'unknown', retryable: true },
    ],
    ['45011', { errcode: 45011, errmsg: 'slower' }, { code: 'refused', outcome: 'refused', retryable: true }],
  ])('%s may pass later', async (_code, answer, expected) => {
    const { account } = scene('/sns/oauth2/access_token', () => answer)
    expect(await rejection(account.exchangeCode('code'))).toMatchObject(expected)
  })

  test.each([
    ['no openid', { ...granted, openid: undefined }, 'bad_message'],
    ['no token', { ...granted, access_token: '' }, 'bad_message'],
    ['a list', [granted], 'no_usable_answer'],
    ['a page', '<html></html>', 'no_usable_answer'],
    ['nothing', '', 'no_usable_answer'],
    ['null', null, 'no_usable_answer'],
  ])('an answer with %s is not believed', async (_what, answer, code) => {
    const { account } = scene('/sns/oauth2/access_token', () => answer)
    expect(await rejection(account.exchangeCode('code'))).toMatchObject({ code, outcome: 'unknown' })
  })
})

describe('a visitor’s profile and token', () => {
  const visitor = { accessToken: new Secret('web token'), openid: granted.openid }

  test('a nickname with raw control characters is read', async () => {
    const { account, wechat } = scene(
      '/sns/userinfo',
      () =>
        `{"openid":"${granted.openid}","nickname":"\u0014小明🍵","sex":0,"headimgurl":"https:\\/\\/thirdwx.qlogo.cn\\/46","privilege":[]}`,
    )
    expect(await account.userinfo({ ...visitor, lang: 'en' })).toEqual({
      openid: granted.openid,
      nickname: '小明🍵',
      headimgurl: 'https://thirdwx.qlogo.cn/46',
    })
    expect(wechat.asked[0]?.url.searchParams.get('lang')).toBe('en')
  })

  test('a token is renewed without the secret', async () => {
    const { account, wechat } = scene('/sns/oauth2/refresh_token', () => granted)
    expect((await account.refreshAuthorization(new Secret('refresh token'))).openid).toBe(granted.openid)
    expect(Object.fromEntries(wechat.asked[0]?.url.searchParams ?? [])).toEqual({
      appid: APPID,
      grant_type: 'refresh_token',
      refresh_token: 'refresh token',
    })
  })

  test('a snapshot visitor does not become a person by renewal', async () => {
    const { account } = scene('/sns/oauth2/refresh_token', () => ({ ...granted, is_snapshotuser: 1 }))
    expect(await rejection(account.refreshAuthorization('refresh token'))).toMatchObject({
      code: 'bad_message',
    })
  })

  test.each([
    [{ errcode: 0, errmsg: 'ok' }, true],
    [{ errcode: 40003, errmsg: 'invalid openid' }, false],
    [{ errcode: 42001, errmsg: 'access_token expired' }, false],
  ])('whether a token still works: %o', async (answer, works) => {
    const { account } = scene('/sns/auth', () => answer)
    expect(await account.authorizationIsValid(visitor)).toBe(works)
  })

  test('an answer that does not say so is no yes', async () => {
    const { account } = scene('/sns/auth', () => ({}))
    expect(await rejection(account.authorizationIsValid(visitor))).toMatchObject({ code: 'bad_message' })
  })

  test('a question that fails is not an answer of no', async () => {
    const { account } = scene('/sns/auth', () => ({ errcode: -1, errmsg: 'system error' }))
    expect(await rejection(account.authorizationIsValid(visitor))).toMatchObject({ code: 'wechat_failed' })
  })
})
