/** What merchants do wrong with 网页授权, tokens and tickets. */
import type { MerchantScene } from '../merchant.fixture.ts'
import type { World } from '../world.ts'
import { type Chapter, inScene, type Refusal, refusal } from './refusal.fixture.ts'

type Fields = Record<string, string>
type Answer = Record<string, unknown>

const API = 'https://api.weixin.qq.com'
const OTHER_APPID = 'wx00000000000000ff'
const NOT_LATEST = '40001 invalid credential, access_token is invalid or not latest'
const GET_STABLE =
  ', could get access_token by getStableAccessToken, more details at https://mmbizurl.cn/s/JtxxFh33r'

export const authorization: Chapter = {
  title: '网页授权：授权页 / Web authorization: the page',
  form: 'the line on the page',
  refusals: [
    refusal(
      '在微信外打开',
      'opened outside WeChat',
      '请在微信客户端打开链接',
      inScene(async (scene) => {
        const headers = { 'user-agent': 'Mozilla/5.0 Chrome/140' }
        return lineOf(await scene.send(authorizeUrl(scene), { headers }))
      }),
    ),
    page('没有 appid', 'no appid', { appid: '' }, 'appid不能为空，错误码:10012'),
    page(
      '用了开放平台的 appid',
      "an appid that is no account's",
      { appid: 'wx0000000000000000' },
      '不支持微信开放平台的Appid，请使用公众号Appid，错误码:10016',
    ),
    page('公众号被封禁', 'a banned account', {}, '此公众号被封禁，错误码:10004', { banned: true }),
    page('没有 redirect_uri', 'no redirect_uri', { redirect_uri: '' }, 'redirect_uri不能为空，错误码:10011'),
    page(
      '回调域名不是网页授权域名',
      'redirect_uri off the domain',
      { redirect_uri: 'https://evil.example.com/cb' },
      'redirect_uri域名与后台配置不一致，错误码:10003',
    ),
    page(
      '回调在子域名上',
      'redirect_uri on a child domain',
      { redirect_uri: 'https://m.shop.example.com/cb' },
      'redirect_uri域名与后台配置不一致，错误码:10003',
    ),
    page(
      '回调带端口',
      'redirect_uri with a port',
      { redirect_uri: 'https://shop.example.com:8443/cb' },
      'redirect_uri域名与后台配置不一致，错误码:10003',
    ),
    page('没有 scope', 'no scope', { scope: '' }, 'scope不能为空，错误码:10010'),
    page(
      '网站应用的 scope',
      "a website's scope",
      { scope: 'snsapi_login' },
      '此公众号并没有这些scope的权限，错误码:10005',
    ),
    page('订阅号没有网页授权', 'a subscription account', {}, '此公众号并没有这些scope的权限，错误码:10005', {
      kind: 'subscription',
    }),
    page(
      '测试号，用户没有关注',
      'a test account that the visitor does not follow',
      {},
      '必须关注此测试号，错误码:10006',
      { followersOnly: true },
    ),
    page(
      '第三方平台未获授权',
      'a platform that was not authorized',
      { component_appid: 'wx1' },
      '公众号未授权第三方平台，请检查授权状态，错误码:10015',
    ),
  ],
}

export const codes: Chapter = {
  title: '网页授权：code 与用户令牌 / Web authorization: codes and tokens',
  form: '`errcode` + `errmsg`, before `, rid: …`',
  refusals: [
    code('code 用了两次', 'a code used twice', '40163 code been used', async (scene, given) => {
      await exchanged(scene, { code: given })
      return exchanged(scene, { code: given })
    }),
    code('code 已过期', 'a code after five minutes', '40029 invalid code', (scene, given) => {
      scene.pass(300)
      return exchanged(scene, { code: given })
    }),
    code('别的公众号的 code', 'the code of another appid', '40029 invalid code', (scene, given) =>
      exchanged(scene, { code: given, appid: OTHER_APPID }),
    ),
    code('用户取消后的 code', 'the code of a refusal', '40029 invalid code', (scene) =>
      exchanged(scene, { code: 'authdeny' }),
    ),
    code('没有传 code', 'no code', '41008 missing code', (scene) => exchanged(scene, { code: '' })),
    code('AppSecret 不对', 'a wrong secret', '40125 invalid appsecret', (scene, given) =>
      exchanged(scene, { code: given, secret: 'x' }),
    ),
    code('appid 不对', 'a wrong appid', '40013 invalid appid', (scene, given) =>
      exchanged(scene, { code: given, appid: 'wx0000000000000000' }),
    ),
    code('grant_type 不对', 'a wrong grant_type', '40002 invalid grant_type', (scene, given) =>
      exchanged(scene, { code: given, grant_type: 'code' }),
    ),
    code(
      '静默授权后获取用户信息',
      'the profile after snsapi_base',
      '48001 api unauthorized',
      async (scene, given) => {
        const { access_token, openid } = await exchanged(scene, { code: given })
        return sns(scene, 'userinfo', { access_token, openid })
      },
    ),
    code('openid 与令牌不符', "another user's openid", '40003 invalid openid', async (scene, given) => {
      const { access_token } = await exchanged(scene, { code: given })
      return sns(scene, 'auth', { access_token, openid: 'oAnother' })
    }),
    code(
      '用户令牌已过期',
      'a web token after two hours',
      '42001 access_token expired',
      async (scene, given) => {
        const { access_token, openid } = await exchanged(scene, { code: given })
        scene.pass(7200)
        return sns(scene, 'auth', { access_token, openid })
      },
    ),
    code('把公众号令牌当作用户令牌', "the account's token for a user's", NOT_LATEST, async (scene) =>
      sns(scene, 'userinfo', { access_token: await accountToken(scene), openid: scene.openid }),
    ),
    code('refresh_token 不对', 'a made-up refresh_token', '40030 invalid refresh_token', (scene) =>
      sns(scene, 'oauth2/refresh_token', {
        appid: scene.account.appid,
        grant_type: 'refresh_token',
        refresh_token: 'x',
      }),
    ),
    code(
      'refresh_token 已过三十天',
      'a refresh_token after thirty days',
      '42002 refresh_token expired',
      async (scene, given) => {
        const { refresh_token } = await exchanged(scene, { code: given })
        scene.pass(30 * 24 * 3600)
        return sns(scene, 'oauth2/refresh_token', {
          appid: scene.account.appid,
          grant_type: 'refresh_token',
          refresh_token,
        })
      },
    ),
  ],
}

export const tokens: Chapter = {
  title: '公众号令牌与票据 / The account’s tokens and tickets',
  form: '`errcode` + `errmsg`, before ` rid: …`',
  refusals: [
    token(
      '令牌被别的进程替换',
      'a token that another process replaced',
      `${NOT_LATEST}${GET_STABLE}`,
      async (scene) => {
        const first = await accountToken(scene)
        await accountToken(scene)
        scene.pass(301)
        return ticket(scene, first)
      },
    ),
    token('令牌已过期', 'a token after two hours', '42001 access_token expired', async (scene) => {
      const first = await accountToken(scene)
      scene.pass(7200)
      return ticket(scene, first)
    }),
    token(
      '强制刷新后仍用旧的稳定令牌',
      'a stable token after a forced refresh',
      `${NOT_LATEST}${GET_STABLE}`,
      async (scene) => {
        const { access_token } = await stable(scene, {})
        await stable(scene, { force_refresh: true })
        return ticket(scene, access_token)
      },
    ),
    token('没有传令牌', 'no token', '41001 access_token missing', (scene) => ticket(scene, '')),
    token('票据类型不对', 'an unknown type of ticket', '40097 invalid args', async (scene) =>
      ticket(scene, await accountToken(scene), 'js'),
    ),
    token(
      '未认证的公众号获取票据',
      'a ticket for an unverified account',
      '48001 api unauthorized',
      async (scene) => {
        scene.account.verified = false
        return ticket(scene, await accountToken(scene))
      },
    ),
    token(
      'IP 不在白名单',
      'an address that is not on the white list',
      '40164 invalid ip 127.0.0.1 ipv6 ::ffff:127.0.0.1, not in whitelist',
      (scene) => {
        scene.account.ipWhitelist = ['203.0.113.7']
        return classic(scene)
      },
    ),
    token(
      '当日次数用完',
      'the quota of the day exceeded',
      `45009 reach max api daily quota limit${GET_STABLE}`,
      async (scene) => {
        scene.account.dailyQuotas.classicTokens = 1
        await classic(scene)
        return classic(scene)
      },
    ),
    token(
      '一分钟内次数用完',
      'the quota of the minute exceeded',
      '45011 api minute-quota reach limit must slower retry next minute',
      async (scene) => {
        scene.account.minuteQuotas.stableTokens = 0
        const { appid, secret } = scene.account
        const body = JSON.stringify({ grant_type: 'client_credential', appid, secret })
        return scene.json(`${API}/cgi-bin/stable_token`, { method: 'POST', body })
      },
    ),
    token('clear_quota 没有报文', 'clear_quota without a body', '44002 empty post data', async (scene) =>
      scene.json(`${API}/cgi-bin/clear_quota?access_token=${await accountToken(scene)}`, { method: 'POST' }),
    ),
    token('AppSecret 被冻结', 'a frozen secret', '40243 appsecret is frozen', (scene) => {
      scene.account.secretFrozen = true
      return classic(scene)
    }),
    token('AppSecret 不对', 'a wrong secret', '40125 invalid appsecret', (scene) =>
      classic(scene, { secret: 'x' }),
    ),
    token('appid 不对', 'a wrong appid', '40013 invalid appid', (scene) =>
      classic(scene, { appid: 'wx0000000000000000' }),
    ),
    token('grant_type 写成复数', 'grant_type in the plural', '40002 invalid grant_type', (scene) =>
      classic(scene, { grant_type: 'client_credentials' }),
    ),
    token(
      '稳定令牌的参数放在网址里',
      "stable_token's parameters in the address",
      '41002 appid missing',
      ({ json, account }) => json(`${API}/cgi-bin/stable_token?appid=${account.appid}`, { method: 'POST' }),
    ),
    token('用 GET 获取稳定令牌', 'stable_token by GET', '43002 require POST method', ({ json }) =>
      json(`${API}/cgi-bin/stable_token`),
    ),
    token('稳定令牌的报文不是 JSON', 'no JSON for stable_token', '47001 data format error', ({ json }) =>
      json(`${API}/cgi-bin/stable_token`, { method: 'POST', body: 'appid=wx' }),
    ),
    token('接口地址写错', 'an address that does not exist', '40066 invalid url', ({ json }) =>
      json(`${API}/cgi-bin/tokens`),
    ),
  ],
}

function page(zh: string, en: string, change: Fields, words: string, account: object = {}): Refusal {
  const attempt = async (scene: MerchantScene): Promise<string> =>
    lineOf(
      await scene.open(authorizeUrl(scene, change), { userId: 'xiaohong', device: 'ios', entry: 'link' }),
    )
  return refusal(
    zh,
    en,
    words,
    inScene(attempt, ({ officialAccounts: [first] }) => Object.assign(first ?? {}, account)),
  )
}

async function lineOf(response: Response): Promise<string> {
  return /<p>(.*?)<\/p>/.exec(await response.text())?.[1] ?? ''
}

function authorizeUrl({ account }: MerchantScene, change: Fields = {}): string {
  const query = {
    appid: account.appid,
    redirect_uri: 'https://shop.example.com/cb',
    response_type: 'code',
    scope: 'snsapi_base',
    state: 's1',
    connect_redirect: '1',
    ...change,
  }
  return `https://open.weixin.qq.com/connect/oauth2/authorize?${new URLSearchParams(query)}`
}

function code(
  zh: string,
  en: string,
  words: string,
  attempt: (scene: MerchantScene, code: string) => Promise<Answer>,
): Refusal {
  const withCode = async (scene: MerchantScene): Promise<string> => {
    const location = (await scene.open(authorizeUrl(scene))).headers.get('location') ?? ''
    return saidBy(await attempt(scene, new URL(location).searchParams.get('code') ?? ''), ', rid')
  }
  return refusal(zh, en, words, inScene(withCode, withOtherAccount))
}

function withOtherAccount({ officialAccounts }: World): void {
  const [account] = officialAccounts
  if (account) officialAccounts.push({ ...account, appid: OTHER_APPID })
}

function exchanged(scene: MerchantScene, change: Fields): Promise<Answer> {
  const { appid, secret } = scene.account
  return sns(scene, 'oauth2/access_token', { appid, secret, grant_type: 'authorization_code', ...change })
}

function sns({ json }: MerchantScene, call: string, fields: Answer): Promise<Answer> {
  const texts = Object.entries(fields).map(([name, value]): [string, string] => [name, String(value)])
  return json(`${API}/sns/${call}?${new URLSearchParams(texts)}`)
}

function token(
  zh: string,
  en: string,
  words: string,
  attempt: (scene: MerchantScene) => Promise<Answer>,
): Refusal {
  return refusal(
    zh,
    en,
    words,
    inScene(async (scene) => saidBy(await attempt(scene), ' rid')),
  )
}

function classic({ account, json }: MerchantScene, change: Fields = {}): Promise<Answer> {
  const { appid, secret } = account
  const query = new URLSearchParams({ grant_type: 'client_credential', appid, secret, ...change })
  return json(`${API}/cgi-bin/token?${query}`)
}

async function accountToken(scene: MerchantScene): Promise<string> {
  return String((await classic(scene))['access_token'])
}

function stable({ account, json }: MerchantScene, change: object): Promise<Answer> {
  const { appid, secret } = account
  const asked = { grant_type: 'client_credential', appid, secret, ...change }
  return json(`${API}/cgi-bin/stable_token`, { method: 'POST', body: JSON.stringify(asked) })
}

function ticket({ json }: MerchantScene, accessToken: unknown, type = 'jsapi'): Promise<Answer> {
  return json(`${API}/cgi-bin/ticket/getticket?access_token=${accessToken}&type=${type}`)
}

/** Number and text; the request number behind them, in the form of its host, is another one each time. */
function saidBy({ errcode, errmsg }: Answer, mark: ', rid' | ' rid'): string {
  const [, text] = new RegExp(`^(.*)${mark}: [0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}$`).exec(String(errmsg)) ?? []
  return `${errcode} ${text}`
}
