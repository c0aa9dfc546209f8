/** Account tokens and tickets on WeChat's own timelines. */
import { describe, expect, test } from 'vitest'
import { type MerchantScene, openScene } from '../merchant.fixture.ts'

const API = 'https://api.weixin.qq.com/cgi-bin'
const NOT_LATEST =
  'invalid credential, access_token is invalid or not latest, could get access_token by getStableAccessToken, more details at https://mmbizurl.cn/s/JtxxFh33r'
const RID = ' rid: [0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}$'

describe('classic token', () => {
  test('two processes retire each other’s token, each after five minutes together', async () => {
    const scene = openScene()
    const first = await classic(scene)
    scene.pass(10)
    const second = await classic(scene)
    scene.pass(190)
    expect(await ticket(scene, first)).toMatchObject({ errcode: 0 })
    scene.pass(109)
    expect(await ticket(scene, first)).toMatchObject({ errcode: 0 })
    scene.pass(2)
    expect(await ticket(scene, first)).toEqual({ errcode: 40001, errmsg: matching(NOT_LATEST) })
    expect(await ticket(scene, second)).toMatchObject({ errcode: 0 })
  })

  test('a token at the end of its life is expired, not retired; a made-up one is not latest', async () => {
    const scene = openScene()
    const token = await classic(scene)
    scene.pass(7200)
    expect(await ticket(scene, token)).toEqual({ errcode: 42001, errmsg: matching('access_token expired') })
    await classic(scene)
    expect(await ticket(scene, token)).toMatchObject({ errcode: 42001 })
    expect(await ticket(scene, 'made-up')).toMatchObject({ errcode: 40001 })
    expect(await ticket(scene, '')).toEqual({ errcode: 41001, errmsg: matching('access_token missing') })
  })

  test('success carries no errcode, and a token of the length WeChat’s have', async () => {
    const scene = openScene()
    const answer = await scene.json(tokenUrl(scene))
    expect(answer).toEqual({ access_token: expect.stringMatching(/^\d+_\w{133}$/), expires_in: 7200 })
  })

  test.each([
    [{ appid: '' }, 41002, 'appid missing'],
    [{ secret: '' }, 41004, 'appsecret missing'],
    [{ appid: 'wx0000000000000000', grant_type: 'x' }, 40013, 'invalid appid'],
    [{ secret: '0'.repeat(32) }, 40125, 'invalid appsecret'],
    [{ grant_type: 'client_credentials' }, 40002, 'invalid grant_type'],
  ])('%o is refused with %i', async (change, errcode, text) => {
    const scene = openScene()
    expect(await scene.json(tokenUrl(scene, change))).toEqual({ errcode, errmsg: matching(text) })
  })

  test('the day’s quota ends in 45009, comes back at midnight in Beijing, and can be cleared', async () => {
    const scene = openScene(({ officialAccounts: [account] }) => {
      if (account) account.dailyQuotas.classicTokens = 1
    })
    await classic(scene)
    const over = await scene.json(tokenUrl(scene))
    expect(over).toEqual({
      errcode: 45009,
      errmsg: matching(
        'reach max api daily quota limit, could get access_token by getStableAccessToken, more details at https://mmbizurl.cn/s/JtxxFh33r',
      ),
    })
    expect(await clearQuota(scene)).toEqual({ errcode: 0, errmsg: 'ok' })
    expect(await scene.json(tokenUrl(scene))).toHaveProperty('access_token')
    scene.pass(14 * 3600)
    expect(await scene.json(tokenUrl(scene))).toHaveProperty('access_token')
  })

  test('quotas can be cleared ten times a month', async () => {
    const scene = openScene()
    for (let time = 0; time < 10; time += 1) await clearQuota(scene)
    expect(await clearQuota(scene)).toMatchObject({
      errcode: 48006,
      errmsg: matching('forbid to clear quota because of reaching the limit'),
    })
    scene.pass(8 * 24 * 3600)
    expect(await clearQuota(scene)).toMatchObject({ errcode: 0 })
  })
})

describe('stable token', () => {
  test('stays the same, counts down, and turns over with five minutes left', async () => {
    const scene = openScene()
    const first = await stable(scene)
    expect(first).toMatchObject({ expires_in: 7200 })
    scene.pass(3000)
    expect(await stable(scene)).toEqual({ ...first, expires_in: 4200 })
    scene.pass(3899)
    expect(await stable(scene)).toEqual({ ...first, expires_in: 301 })
    scene.pass(1)
    const second = await stable(scene)
    expect(second).toMatchObject({ expires_in: 7200 })
    expect(second['access_token']).not.toBe(first['access_token'])
    scene.pass(299)
    expect(await ticket(scene, first['access_token'])).toMatchObject({ errcode: 0 })
    scene.pass(1)
    expect(await ticket(scene, first['access_token'])).toMatchObject({ errcode: 42001 })
  })

  test('is a slot of its own: classic calls do not retire it', async () => {
    const scene = openScene()
    const { access_token: token } = await stable(scene)
    await classic(scene)
    scene.pass(600)
    expect(await ticket(scene, token)).toMatchObject({ errcode: 0 })
  })

  test('a forced one kills at once, and is not forced again within half a minute', async () => {
    const scene = openScene()
    const first = await stable(scene)
    const forced = await stable(scene, true)
    expect(await ticket(scene, first['access_token'])).toMatchObject({ errcode: 40001 })
    scene.pass(29)
    expect((await stable(scene, true))['access_token']).toBe(forced['access_token'])
    scene.pass(1)
    expect((await stable(scene, true))['access_token']).not.toBe(forced['access_token'])
  })

  test('may be asked for so often a minute, and so often a day', async () => {
    const scene = openScene(({ officialAccounts: [account] }) => {
      if (account === undefined) return
      account.minuteQuotas.stableTokens = 1
      account.dailyQuotas.stableTokens = 2
    })
    await stable(scene)
    expect(await stable(scene)).toEqual({
      errcode: 45011,
      errmsg: matching('api minute-quota reach limit must slower retry next minute'),
    })
    scene.pass(60)
    expect(await stable(scene)).toHaveProperty('access_token')
    scene.pass(60)
    expect(await stable(scene)).toMatchObject({ errcode: 45009 })
  })

  test('of a frozen secret is refused, as is whatever else needs the secret', async () => {
    const scene = openScene(({ officialAccounts: [account] }) =>
      Object.assign(account ?? {}, { secretFrozen: true }),
    )
    expect(await stable(scene)).toMatchObject({ errcode: 40243 })
    expect(await scene.json(tokenUrl(scene))).toMatchObject({ errcode: 40243 })
    const { appid, secret } = scene.account
    const query = `appid=${appid}&secret=${secret}&code=x&grant_type=authorization_code`
    expect(await scene.json(`https://api.weixin.qq.com/sns/oauth2/access_token?${query}`)).toMatchObject({
      errcode: 40243,
      errmsg: expect.stringMatching(/^appsecret is frozen, rid: /),
    })
  })

  test('may be forced so often a day, and asked for normally after that', async () => {
    const scene = openScene(({ officialAccounts: [account] }) => {
      if (account) account.dailyQuotas.forcedTokens = 1
    })
    await stable(scene, true)
    scene.pass(30)
    expect(await stable(scene, true)).toMatchObject({ errcode: 45009 })
    expect(await stable(scene)).toHaveProperty('access_token')
  })

  test('looks for its parameters in the JSON body only, by POST only', async () => {
    const scene = openScene()
    const url = tokenUrl(scene).replace('/token?', '/stable_token?')
    expect(await scene.json(url, { method: 'POST' })).toEqual({
      errcode: 41002,
      errmsg: matching('appid missing'),
    })
    expect(await scene.json(url, { method: 'POST', body: 'appid=1' })).toEqual({
      errcode: 47001,
      errmsg: matching('data format error'),
    })
    expect(await scene.json(url)).toEqual({ errcode: 43002, errmsg: matching('require POST method') })
    expect(await scene.json(tokenUrl(scene), { method: 'POST' })).toEqual({
      errcode: 43001,
      errmsg: matching('require GET method'),
    })
  })
})

describe('ticket', () => {
  test('is the same for its life, always said to live 7200 s, then another', async () => {
    const scene = openScene()
    const first = await ticket(scene, await classic(scene))
    expect(first).toEqual({
      errcode: 0,
      errmsg: 'ok',
      ticket: expect.stringMatching(/^\w{86}$/),
      expires_in: 7200,
    })
    scene.pass(7000)
    expect(await ticket(scene, await classic(scene))).toEqual(first)
    scene.pass(201)
    expect((await ticket(scene, await classic(scene)))['ticket']).not.toBe(first['ticket'])
  })

  test('counts down where the world says so', async () => {
    const scene = openScene(({ behaviour }) => Object.assign(behaviour, { ticketExpiresIn: 'remaining' }))
    const first = await ticket(scene, await classic(scene))
    scene.pass(7000)
    const again = await ticket(scene, await classic(scene))
    expect([first['expires_in'], again]).toEqual([7200, { ...first, expires_in: 200 }])
  })

  test('card tickets are others', async () => {
    const scene = openScene()
    const token = await classic(scene)
    const card = await scene.json(`${API}/ticket/getticket?access_token=${token}&type=wx_card`)
    expect(card).toMatchObject({ errcode: 0 })
    expect((await ticket(scene, token))['ticket']).not.toBe(card['ticket'])
    expect(await scene.json(`${API}/ticket/getticket?access_token=${token}`)).toMatchObject({
      errcode: 40097,
    })
  })

  test('an account that is not verified gets none', async () => {
    const scene = openScene(({ officialAccounts: [account] }) => {
      if (account) account.verified = false
    })
    expect(await ticket(scene, await classic(scene))).toEqual({
      errcode: 48001,
      errmsg: matching('api unauthorized'),
    })
  })
})

test('an address off the white list is named, on every cgi-bin call', async () => {
  const scene = openScene()
  const token = await classic(scene)
  scene.account.ipWhitelist = ['203.0.113.7']
  const refusal = {
    errcode: 40164,
    errmsg: matching('invalid ip 127.0.0.1 ipv6 ::ffff:127.0.0.1, not in whitelist'),
  }
  expect(await stable(scene)).toEqual(refusal)
  expect(await ticket(scene, token)).toEqual(refusal)
  scene.account.ipWhitelist = ['127.0.0.1']
  expect(await ticket(scene, token)).toMatchObject({ errcode: 0 })
})

test('answers are HTTP 200 with WeChat’s own content type, and the rid begins with the time', async () => {
  const scene = openScene()
  const response = await scene.send(`${API}/nothing/here`)
  expect(response.status).toBe(200)
  expect(response.headers.get('content-type')).toBe('application/json; encoding=utf-8')
  const { errcode, errmsg } = (await response.json()) as { errcode: number; errmsg: string }
  expect([errcode, errmsg]).toEqual([40066, matching('invalid url')])
  const rid = /rid: ([0-9a-f]{8})/.exec(errmsg)?.[1] ?? ''
  expect(Number.parseInt(rid, 16) * 1000).toBe(scene.simulator.now())
})

test('the addresses of the servers tell a caller that all of its settings work', async () => {
  const scene = openScene()
  expect(await scene.json(`${API}/get_api_domain_ip?access_token=${await classic(scene)}`)).toEqual({
    ip_list: ['127.0.0.1'],
  })
})

function tokenUrl({ account }: MerchantScene, change: Record<string, string> = {}): string {
  const query = { grant_type: 'client_credential', appid: account.appid, secret: account.secret, ...change }
  return `${API}/token?${new URLSearchParams(query)}`
}

async function classic(scene: MerchantScene): Promise<string> {
  return String((await scene.json(tokenUrl(scene)))['access_token'])
}

function stable(scene: MerchantScene, force = false): Promise<Record<string, unknown>> {
  const { appid, secret } = scene.account
  const body = JSON.stringify({ grant_type: 'client_credential', appid, secret, force_refresh: force })
  return scene.json(`${API}/stable_token`, { method: 'POST', body })
}

function ticket(scene: MerchantScene, token: unknown): Promise<Record<string, unknown>> {
  return scene.json(`${API}/ticket/getticket?access_token=${token}&type=jsapi`)
}

function clearQuota(scene: MerchantScene): Promise<Record<string, unknown>> {
  const body = JSON.stringify({ appid: scene.account.appid, appsecret: scene.account.secret })
  return scene.json(`${API}/clear_quota/v2`, { method: 'POST', body })
}

/** WeChat's text, then a rid; no comma before it on cgi-bin. */
function matching(text: string): unknown {
  return expect.stringMatching(new RegExp(`^${text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')}${RID}`))
}
