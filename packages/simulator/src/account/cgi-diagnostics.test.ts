/** What an account may ask about itself. */
import { describe, expect, test } from 'vitest'
import { type MerchantScene, openScene } from '../merchant.fixture.ts'

type Answer = Record<string, unknown>

const CGI = 'https://api.weixin.qq.com/cgi-bin'

async function asked(scene: MerchantScene, path: string, body?: object): Promise<Answer> {
  const { appid, secret } = scene.account
  const credentials = JSON.stringify({ grant_type: 'client_credential', appid, secret })
  const { access_token } = await scene.json(`${CGI}/stable_token`, { method: 'POST', body: credentials })
  const init = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }
  return scene.json(`${CGI}/${path}?access_token=${access_token}`, init)
}

function refusal(errcode: number, text: string): Answer {
  return { errcode, errmsg: expect.stringMatching(new RegExp(`^${text} rid: [0-9a-f-]{26}$`)) }
}

test.each(['get_api_domain_ip', 'getcallbackip'])('%s needs a token and nothing else', async (path) => {
  expect(await asked(openScene(), path)).toEqual({ ip_list: ['127.0.0.1'] })
  expect(await openScene().json(`${CGI}/${path}`)).toEqual(refusal(41001, 'access_token missing'))
})

test.each([
  [{ action: 'all', check_operator: 'DEFAULT' }, 40201, 'no callback url'],
  [{ action: 'trace', check_operator: 'DEFAULT' }, 40202, 'invalid action'],
  [{ action: 'dns', check_operator: 'TELECOM' }, 40203, 'invalid check_operator'],
])('a network check of %o', async (body, errcode, text) => {
  expect(await asked(openScene(), 'callback/check', body)).toEqual(refusal(errcode, text))
})

test.each([
  ['', 44002, 'empty post data'],
  ['{appid}', 47001, 'data format error'],
  ['"wx"', 47001, 'data format error'],
])('what is asked with the body %j is refused', async (body, errcode, text) => {
  const { json, account } = openScene()
  const { appid, secret } = account
  const credentials = JSON.stringify({ grant_type: 'client_credential', appid, secret })
  const { access_token } = await json(`${CGI}/stable_token`, { method: 'POST', body: credentials })
  for (const path of ['callback/check', 'clear_quota', 'openapi/quota/get', 'openapi/rid/get'])
    expect(await json(`${CGI}/${path}?access_token=${access_token}`, { method: 'POST', body })).toEqual(
      refusal(errcode, text),
    )
})

describe('quotas', () => {
  const token = ({ account, json }: MerchantScene): Promise<Answer> =>
    json(`${CGI}/token?grant_type=client_credential&appid=${account.appid}&secret=${account.secret}`)

  test('are told, and cleared by an account for itself', async () => {
    const scene = openScene(({ officialAccounts: [account] }) => {
      if (account) account.dailyQuotas.classicTokens = 2
    })
    await token(scene)
    const cgi_path = '/cgi-bin/token'
    expect(await asked(scene, 'openapi/quota/get', { cgi_path })).toEqual({
      errcode: 0,
      errmsg: 'ok',
      quota: { daily_limit: 2, used: 1, remain: 1 },
      rate_limit: { call_count: 0, refresh_second: 0 },
      component_rate_limit: { call_count: 0, refresh_second: 0 },
    })
    await token(scene)
    expect(await token(scene)).toMatchObject({ errcode: 45009 })
    const { appid } = scene.account
    expect(await asked(scene, 'clear_quota', { appid })).toEqual({ errcode: 0, errmsg: 'ok' })
    expect(await token(scene)).toHaveProperty('access_token')
    expect(await asked(scene, 'openapi/quota/clear', { cgi_path })).toMatchObject({ errcode: 0 })
    expect(await asked(scene, 'clear_quota', { appid: 'wx1' })).toEqual(refusal(40013, 'invalid appid'))
  })

  test('of stable tokens are told by the day and by the minute', async () => {
    expect(
      await asked(openScene(), 'openapi/quota/get', { cgi_path: '/cgi-bin/stable_token' }),
    ).toMatchObject({
      quota: { daily_limit: 500_000, used: 1, remain: 499_999 },
      rate_limit: { call_count: 10_000, refresh_second: 60 },
    })
  })

  test.each([
    ['cgi-bin/token', 76003, 'invalid cgi_path'],
    ['https://api.weixin.qq.com/cgi-bin/token', 76003, 'invalid cgi_path'],
    ['/sns/userinfo', 76022, 'could not use this cgi_path,no permission'],
    ['/cgi/token', 76021, 'cgi_path not found, please check'],
  ])('of %s are not told', async (cgi_path, errcode, text) => {
    expect(await asked(openScene(), 'openapi/quota/get', { cgi_path })).toEqual(refusal(errcode, text))
  })
})

describe('a rid', () => {
  test('tells of the call that was answered with it', async () => {
    const scene = openScene()
    const { account } = scene
    const refused = await scene.json(
      `${CGI}/token?grant_type=x&appid=${account.appid}&secret=${account.secret}`,
    )
    const [rid = ''] = /[0-9a-f]{8}(-[0-9a-f]{8}){2}/.exec(String(refused['errmsg'])) ?? []
    expect(await asked(scene, 'openapi/rid/get', { rid })).toMatchObject({
      errcode: 0,
      request: {
        invoke_time: Math.floor(scene.simulator.now() / 1000),
        request_url: expect.stringContaining('/cgi-bin/token?grant_type=x'),
        response_body: JSON.stringify(refused),
        client_ip: '127.0.0.1',
      },
    })
  })

  test('that nobody was given, or that is none', async () => {
    const scene = openScene()
    const unknown = { rid: '00000000-00000000-00000000' }
    expect(await asked(scene, 'openapi/rid/get', unknown)).toEqual(refusal(76001, 'rid not found'))
    expect(await asked(scene, 'openapi/rid/get', { rid: 'x' })).toEqual(refusal(76002, 'rid is error'))
  })
})
