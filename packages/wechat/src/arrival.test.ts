import { describe, expect, test } from 'vitest'
import { createOfficialAccount, type OfficialAccount } from './official-account.ts'
import { Secret } from './secret.ts'
import { type Answer, type FakeWechat, fakeWechat, rejection } from './wechat.fake.ts'

const EXCHANGE = '/sns/oauth2/access_token'
const USERINFO = '/sns/userinfo'
const RENEW = '/sns/oauth2/refresh_token'
const STATE = '4fT0kkZq9bYw1XsR'
const CALLBACK = `https://shop.example.com/callback?from=menu&code=041SPc&state=${STATE}`

const granted = {
  access_token: 'web token',
  expires_in: 7200,
  refresh_token: 'refresh token',
  openid: 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o',
  scope: 'snsapi_base',
}
const consented = { ...granted, scope: 'snsapi_userinfo', unionid: 'o6_bm' }
const profile = { openid: granted.openid, nickname: '小明', headimgurl: '', unionid: 'o6_bm' }
const no = (errcode: number) => (): object => ({ errcode, errmsg: 'no, rid: 64993d2c-2af40adf-01b005b5' })

function scene(answers: Record<string, Answer>): { account: OfficialAccount; wechat: FakeWechat } {
  const wechat = fakeWechat({ [USERINFO]: () => profile, ...answers })
  const secret = '0123456789abcdef0123456789abcdef'
  return {
    account: createOfficialAccount({ appid: 'wx0123456789abcdef', secret, fetch: wechat.fetch }),
    wechat,
  }
}

describe('a visitor who comes back', () => {
  test('silently is known by openid, and asked for nothing more', async () => {
    const { account, wechat } = scene({ [EXCHANGE]: () => granted })
    expect(await account.arrive({ url: CALLBACK, state: STATE })).toMatchObject({
      kind: 'identified',
      authorization: { openid: granted.openid, snapshotVisitor: false },
    })
    expect(wechat.asked.length).toBe(1)
    expect(wechat.asked[0]?.url.searchParams.get('code')).toBe('041SPc')
  })

  test.each(['userinfo', 'unionid'] as const)(
    'silently, though %s is wanted, is known by openid and sent on for consent',
    async (wants) => {
      const { account, wechat } = scene({ [EXCHANGE]: () => granted })
      const arrival = await account.arrive({ url: CALLBACK, state: STATE, wants })
      expect(arrival).toMatchObject({ kind: 'consent_needed', authorization: { openid: granted.openid } })
      expect(wechat.times(USERINFO)).toBe(0)
    },
  )

  test('with consent is known by name', async () => {
    const { account, wechat } = scene({ [EXCHANGE]: () => consented })
    expect(await account.arrive({ url: CALLBACK, state: STATE, wants: 'userinfo' })).toMatchObject({
      kind: 'identified',
      userinfo: profile,
    })
    expect(Object.fromEntries(wechat.asked[1]?.url.searchParams ?? [])).toEqual({
      access_token: 'web token',
      openid: granted.openid,
      lang: 'zh_CN',
    })
  })

  test('with consent is known by unionid without a further question', async () => {
    const { account, wechat } = scene({ [EXCHANGE]: () => consented })
    expect(await account.arrive({ url: CALLBACK, state: STATE, wants: 'unionid' })).toMatchObject({
      kind: 'identified',
      authorization: { unionid: 'o6_bm' },
    })
    expect(wechat.asked.length).toBe(1)
  })

  test('with consent to an account of no Open Platform account is not asked for ever', async () => {
    const { unionid: _none, ...without } = consented
    const { account } = scene({ [EXCHANGE]: () => without })
    const arrival = await account.arrive({ url: CALLBACK, state: STATE, wants: 'unionid' })
    expect(arrival.kind).toBe('identified')
  })

  test.each(['openid', 'userinfo'] as const)(
    'from a snapshot page is nobody, whatever is wanted (%s)',
    async (wants) => {
      const { account, wechat } = scene({ [EXCHANGE]: () => ({ ...consented, is_snapshotuser: 1 }) })
      const arrival = await account.arrive({ url: CALLBACK, state: STATE, wants })
      expect(arrival).toMatchObject({ kind: 'snapshot', authorization: { snapshotVisitor: true } })
      expect(wechat.times(USERINFO)).toBe(0)
    },
  )

  test.each([`state=${STATE}`, `code=&state=${STATE}`, `code=authdeny&state=${STATE}`])(
    'without a code (%s) has said no',
    async (query) => {
      const { account, wechat } = scene({})
      const url = new URL(`https://shop.example.com/callback?${query}`)
      expect(await account.arrive({ url, state: STATE })).toEqual({ kind: 'declined' })
      expect(wechat.asked).toEqual([])
    },
  )

  test.each([40163, 40029, 42003])(
    'with a code that is no good any more (%i) begins again',
    async (errcode) => {
      const { account } = scene({ [EXCHANGE]: no(errcode) })
      expect(await account.arrive({ url: CALLBACK, state: STATE })).toEqual({ kind: 'spent' })
    },
  )

  test.each([
    ['another state', CALLBACK, '5fT0kkZq9bYw1XsR'],
    ['no state of this browser’s', CALLBACK, ''],
    ['no state at all', 'https://shop.example.com/callback?code=041SPc', STATE],
    ['neither', 'https://shop.example.com/callback?code=041SPc', ''],
    ['no cookie', CALLBACK, undefined],
    ['no address that can be read', '//', STATE],
    ['half an address', `//[/callback?code=1&state=${STATE}`, STATE],
  ])('with %s is somebody else’s, and the code is not used', async (_what, url, state) => {
    const { account, wechat } = scene({ [EXCHANGE]: () => granted })
    expect(await account.arrive({ url, state })).toEqual({ kind: 'foreign' })
    expect(wechat.asked).toEqual([])
  })

  test.each([
    ['wants', { url: CALLBACK, state: STATE, wants: 'snsapi_base' }],
    ['url', { state: STATE }],
  ])('costs no code where the program is wrong about %s', async (name, callback) => {
    const { account, wechat } = scene({ [EXCHANGE]: () => granted })
    expect(await rejection(account.arrive(callback as never))).toMatchObject({
      code: 'invalid_request',
      message: expect.stringContaining(`${name}: `),
    })
    expect(wechat.asked).toEqual([])
  })

  test('may be told by what is no URL of ours but has an address', async () => {
    const { account } = scene({ [EXCHANGE]: () => granted })
    const nextUrl = { href: CALLBACK, toString: () => CALLBACK } as URL
    expect(await account.arrive({ url: nextUrl, state: STATE })).toMatchObject({ kind: 'identified' })
  })

  test('may be told by path and query alone', async () => {
    const { account } = scene({ [EXCHANGE]: () => granted })
    const arrival = await account.arrive({ url: `/callback?code=1&state=${STATE}`, state: STATE })
    expect(arrival.kind).toBe('identified')
  })

  test.each([
    [40125, { outcome: 'refused', retryable: false }],
    [45011, { outcome: 'refused', retryable: true }],
    [-1, { outcome: 'unknown', retryable: true }],
  ])('is not blamed for what is not theirs (%i)', async (errcode, expected) => {
    const { account } = scene({ [EXCHANGE]: no(errcode) })
    expect(await rejection(account.arrive({ url: CALLBACK, state: STATE }))).toMatchObject(expected)
  })
})

describe('a visitor of former days', () => {
  const kept = {
    openid: granted.openid,
    accessToken: new Secret('old token'),
    refreshToken: new Secret('refresh token'),
  }
  const onlyFor =
    (token: string): Answer =>
    ({ url }) =>
      url.searchParams.get('access_token') === token ? profile : no(42001)()

  test('is recognized while the token lives', async () => {
    const { account, wechat } = scene({})
    expect(await account.recognize(kept)).toEqual({ kind: 'known', userinfo: profile })
    expect(wechat.times(RENEW)).toBe(0)
  })

  test('is recognized with tokens that were kept as texts', async () => {
    const { account } = scene({ [USERINFO]: onlyFor('web token'), [RENEW]: () => consented })
    const texts = { openid: granted.openid, accessToken: 'old token', refreshToken: 'refresh token' }
    expect(await account.recognize(texts)).toMatchObject({ kind: 'known', userinfo: profile })
  })

  test('is recognized with a renewed token, which is to be kept', async () => {
    const { account, wechat } = scene({ [USERINFO]: onlyFor('web token'), [RENEW]: () => consented })
    const found = await account.recognize(kept)
    expect(found).toMatchObject({ kind: 'known', userinfo: profile, renewed: { openid: granted.openid } })
    expect([wechat.times(USERINFO), wechat.times(RENEW)]).toEqual([2, 1])
  })

  test.each([42002, 40030, 40029, 42007])(
    'is asked again when nothing can be renewed (%i)',
    async (errcode) => {
      const { account } = scene({ [USERINFO]: onlyFor('none'), [RENEW]: no(errcode) })
      expect(await account.recognize(kept)).toEqual({ kind: 'consent_needed' })
    },
  )

  test('whose renewed token is refused as well is asked again, and WeChat not a third time', async () => {
    const { account, wechat } = scene({ [USERINFO]: no(42001), [RENEW]: () => consented })
    expect(await account.recognize(kept)).toEqual({ kind: 'consent_needed' })
    expect([wechat.times(USERINFO), wechat.times(RENEW)]).toEqual([2, 1])
  })

  test('is not forgotten because WeChat is busy', async () => {
    const { account, wechat } = scene({ [USERINFO]: no(-1) })
    expect(await rejection(account.recognize(kept))).toMatchObject({ code: 'wechat_failed' })
    expect(wechat.times(RENEW)).toBe(0)
  })
})
