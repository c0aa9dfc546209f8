/** The authorize page as visitors and developers meet it. */
import { describe, expect, test } from 'vitest'
import { type MerchantScene, openScene } from '../merchant.fixture.ts'

const MENU = { userId: 'xiaoming', device: 'ios', entry: 'menu' }
const CONSENT = '获取你的昵称、头像'

describe('silent authorization', () => {
  test('sends itself round once with connect_redirect, then back with a code of WeChat’s shape', async () => {
    const scene = openScene()
    const first = await scene.open(authorizeUrl(scene))
    expect(first.status).toBe(302)
    const again = new URL(first.headers.get('location') ?? '', 'https://open.weixin.qq.com')
    expect(again.searchParams.get('connect_redirect')).toBe('1')
    expect((await scene.open(again.href)).headers.get('location')).toMatch(
      /^https:\/\/shop\.example\.com\/cb\?code=0[0-9A-Za-z]{31}&state=s1$/,
    )
  })

  test('ignores parameters it does not know, in any order', async () => {
    const scene = openScene()
    const shuffled = [...new URL(authorizeUrl(scene)).searchParams].reverse()
    const query = new URLSearchParams([['pass_ticket', 'x'], ...shuffled, ['connect_redirect', '1']])
    const answer = await scene.open(`https://open.weixin.qq.com/connect/oauth2/authorize?${query}`)
    expect(answer.headers.get('location')).toContain('https://shop.example.com/cb?code=')
    expect(await scene.control('exchanges')).toContainEqual(
      expect.objectContaining({ outcome: 'ok', note: expect.stringContaining('参数顺序与文档不同') }),
    )
  })

  test('where the world follows the documents, another order than theirs cannot be reached', async () => {
    const scene = openScene(({ behaviour }) => Object.assign(behaviour, { authorizeOrder: 'documented' }))
    const shuffled = new URLSearchParams([...new URL(authorizeUrl(scene)).searchParams].reverse())
    const page = await scene.open(`https://open.weixin.qq.com/connect/oauth2/authorize?${shuffled}`)
    expect(await page.text()).toContain('该链接无法访问')
    expect((await scene.open(authorizeUrl(scene))).status).toBe(302)
  })

  test('goes straight back where the world makes no detour', async () => {
    const scene = openScene(({ behaviour }) => Object.assign(behaviour, { authorizeDetour: 'none' }))
    const answer = await scene.open(authorizeUrl(scene))
    expect(answer.headers.get('location')).toMatch(/^https:\/\/shop\.example\.com\/cb\?code=/)
  })

  test('can be made to open the callback twice with one code, as some clients do', async () => {
    const scene = openScene()
    await scene.control('faults', { kind: 'callback-doubled', match: { host: 'open.weixin.qq.com' } })
    const page = await (await scene.open(visit(scene, {}))).text()
    expect(page).toMatch(
      /<iframe [^>]*src="https:\/\/shop\.example\.com\/cb\?code=0\w{31}&amp;state=s1" onload="location\.replace\(this\.src\)"/,
    )
    expect((await scene.open(visit(scene, {}))).status).toBe(302)
  })

  test('an empty state comes back as an empty state', async () => {
    const scene = openScene()
    expect(await callback(scene, { state: '' })).toMatch(/&state=$/)
  })

  test('a state beyond the documented alphabet comes back whole, with a remark for the developer', async () => {
    const scene = openScene()
    const back = new URL(await callback(scene, { state: '{"u":1}&x=状态' }))
    expect(back.searchParams.get('state')).toBe('{"u":1}&x=状态')
    expect(await scene.control('exchanges')).toContainEqual(
      expect.objectContaining({
        title: 'authorize',
        outcome: 'ok',
        note: expect.stringContaining('a-zA-Z0-9'),
      }),
    )
  })
})

test('an address with Chinese in it comes back encoded once', async () => {
  const scene = openScene()
  const redirect_uri = 'https://shop.example.com/茶?next=%2Fa%3Fb'
  const back = new URL(await callback(scene, { redirect_uri, state: 's=1' }))
  expect(back.searchParams.get('next')).toBe('/a?b')
  expect(back.searchParams.get('state')).toBe('s=1')
})

test('a telephone whose user is in another world signs nobody in', async () => {
  const scene = openScene()
  const response = await scene.open(authorizeUrl(scene, { connect_redirect: '1' }), {
    ...MENU,
    userId: 'nobody',
  })
  expect(response.headers.get('location')).toBeNull()
  expect(await response.text()).toContain('not in this world')
})

test.each(['Mozilla/5.0 Chrome/120', 'Mozilla/5.0 MicroMessenger/7.0.1 wxwork/4.1.0'])(
  'outside WeChat (%s) there is only a page that says so',
  async (userAgent) => {
    const scene = openScene()
    const response = await scene.send(authorizeUrl(scene), { headers: { 'user-agent': userAgent } })
    expect(response.status).toBe(200)
    const page = await response.text()
    expect(page).toContain('抱歉，出错了')
    expect(page).toContain('请在微信客户端打开链接')
  },
)

describe('refusals, in WeChat’s words and order', () => {
  test.each([
    [{ appid: '', redirect_uri: '' }, 'appid不能为空，错误码:10012'],
    [
      { appid: 'wx0000000000000000', scope: '' },
      '不支持微信开放平台的Appid，请使用公众号Appid，错误码:10016',
    ],
    [{ redirect_uri: '', scope: '' }, 'redirect_uri不能为空，错误码:10011'],
    [
      { redirect_uri: 'https://evil.example.com/cb', scope: '' },
      'redirect_uri域名与后台配置不一致，错误码:10003',
    ],
    [{ redirect_uri: 'https://shop.example.com:443/cb' }, 'redirect_uri域名与后台配置不一致，错误码:10003'],
    [
      { redirect_uri: 'https://shop.example.com@evil.com/' },
      'redirect_uri域名与后台配置不一致，错误码:10003',
    ],
    [
      { redirect_uri: 'https://evil.com\\@shop.example.com/' },
      'redirect_uri域名与后台配置不一致，错误码:10003',
    ],
    [
      { redirect_uri: 'https://shop.example.com/\r\nset-cookie:a=b' },
      'redirect_uri域名与后台配置不一致，错误码:10003',
    ],
    [{ redirect_uri: 'javascript:alert(1)' }, 'redirect_uri域名与后台配置不一致，错误码:10003'],
    [{ scope: '' }, 'scope不能为空，错误码:10010'],
    [{ scope: 'snsapi_login' }, '此公众号并没有这些scope的权限，错误码:10005'],
    [{ component_appid: 'wx1' }, '公众号未授权第三方平台，请检查授权状态，错误码:10015'],
    [{ response_type: 'token' }, '该链接无法访问'],
  ])('%o', async (change, text) => {
    const scene = openScene()
    const response = await scene.open(authorizeUrl(scene, change))
    expect(response.status).toBe(200)
    expect(response.headers.get('location')).toBeNull()
    expect(await response.text()).toContain(`>${text}<`)
  })

  test.each([
    [{ kind: 'subscription' as const }, '此公众号并没有这些scope的权限，错误码:10005'],
    [{ verified: false }, '此公众号并没有这些scope的权限，错误码:10005'],
    [{ banned: true }, '此公众号被封禁，错误码:10004'],
  ])('of an account with %o', async (change, text) => {
    const scene = openScene(({ officialAccounts: [account] }) => Object.assign(account ?? {}, change))
    expect(await (await scene.open(authorizeUrl(scene))).text()).toContain(text)
  })

  test('an account for followers only tells a stranger to follow it', async () => {
    const scene = openScene(({ officialAccounts: [account] }) =>
      Object.assign(account ?? {}, { followersOnly: true }),
    )
    const stranger = { ...MENU, userId: 'xiaohong' }
    expect(await (await scene.open(authorizeUrl(scene), stranger)).text()).toContain(
      '必须关注此测试号，错误码:10006',
    )
    expect((await scene.open(authorizeUrl(scene), MENU)).status).toBe(302)
  })

  test('a test account’s domain may have a port and an IP address', async () => {
    const scene = openScene(({ officialAccounts: [account] }) =>
      Object.assign(account ?? {}, { testAccount: true, authorizationDomains: ['127.0.0.1:8080'] }),
    )
    const answer = await scene.open(authorizeUrl(scene, { redirect_uri: 'http://127.0.0.1:8080/cb' }))
    expect(answer.status).toBe(302)
  })
})

describe('authorization of the profile', () => {
  const userinfo = { scope: 'snsapi_userinfo' }

  test('asks a visitor from outside the chat; 拒绝 leads nowhere, 允许 back with a code', async () => {
    const scene = openScene()
    const page = await (await scene.open(visit(scene, userinfo))).text()
    expect(page).toContain(CONSENT)
    const [refuse, allow] = [...page.matchAll(/href="(\/connect[^"]+)"/g)].map(
      ([, href = '']) => `https://open.weixin.qq.com${href.replaceAll('&amp;', '&')}`,
    )
    expect((await scene.open(refuse ?? '')).headers.get('location')).toBeNull()
    expect((await scene.open(allow ?? '')).headers.get('location')).toContain('/cb?code=0')
  })

  test.each([
    ['state-only', /^https:\/\/shop\.example\.com\/cb\?state=s1$/],
    ['authdeny', /^https:\/\/shop\.example\.com\/cb\?code=authdeny&state=s1$/],
  ] as const)('拒绝 leads back where the world says %s', async (consentRefusal, address) => {
    const scene = openScene(({ behaviour }) => Object.assign(behaviour, { consentRefusal }))
    const answer = await scene.open(`${visit(scene, userinfo)}&simulator_consent=refuse`)
    expect(answer.headers.get('location')).toMatch(address)
  })

  test('remembers the consent for thirty days, unless the page insists on asking', async () => {
    const scene = openScene()
    await scene.open(`${visit(scene, userinfo)}&simulator_consent=allow`)
    scene.pass(30 * 24 * 3600 - 1)
    expect((await scene.open(visit(scene, userinfo))).status).toBe(302)
    expect(await (await scene.open(visit(scene, { ...userinfo, forcePopup: 'true' }))).text()).toContain(
      CONSENT,
    )
    scene.pass(1)
    expect(await (await scene.open(visit(scene, userinfo))).text()).toContain(CONSENT)
  })

  test('a page may insist on a snapshot, of those who would be asked', async () => {
    const scene = openScene()
    const insisting = visit(scene, { ...userinfo, forceSnapShot: 'true' })
    const { appid, secret } = scene.account
    const isSnapshot = async (answer: Response): Promise<boolean> => {
      const code = new URL(answer.headers.get('location') ?? '').searchParams.get('code') ?? ''
      const query = new URLSearchParams({ appid, secret, code, grant_type: 'authorization_code' })
      const token = await scene.json(`https://api.weixin.qq.com/sns/oauth2/access_token?${query}`)
      return token['is_snapshotuser'] === 1
    }
    expect(await isSnapshot(await scene.open(insisting))).toBe(true)
    expect(await isSnapshot(await scene.open(insisting, MENU))).toBe(false)
    await scene.open(`${visit(scene, userinfo)}&simulator_consent=allow`)
    expect(await isSnapshot(await scene.open(insisting))).toBe(false)
  })

  test('asks nothing of a follower who came by the menu or the chat, whatever the page insists on', async () => {
    const scene = openScene()
    const insisting = visit(scene, { ...userinfo, forcePopup: 'true' })
    expect((await scene.open(insisting, MENU)).status).toBe(302)
    expect((await scene.open(insisting, { ...MENU, entry: 'chat' })).status).toBe(302)
    expect((await scene.open(insisting, { ...MENU, entry: 'link' })).status).toBe(200)
    expect((await scene.open(insisting, { ...MENU, userId: 'xiaohong' })).status).toBe(200)
  })
})

function authorizeUrl({ account }: MerchantScene, change: Record<string, string> = {}): string {
  const query = {
    appid: account.appid,
    redirect_uri: 'https://shop.example.com/cb',
    response_type: 'code',
    scope: 'snsapi_base',
    state: 's1',
    ...change,
  }
  return `https://open.weixin.qq.com/connect/oauth2/authorize?${new URLSearchParams(query)}`
}

/** The second hit, past the detour. */
function visit(scene: MerchantScene, change: Record<string, string>): string {
  return authorizeUrl(scene, { ...change, connect_redirect: '1' })
}

async function callback(scene: MerchantScene, change: Record<string, string>): Promise<string> {
  return (await scene.open(visit(scene, change))).headers.get('location') ?? ''
}
