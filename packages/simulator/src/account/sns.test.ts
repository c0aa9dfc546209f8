/** Codes and the tokens of one user. */
import { describe, expect, test } from 'vitest'
import { type MerchantScene, openScene } from '../merchant.fixture.ts'

const SNS = 'https://api.weixin.qq.com/sns'
const RID = ', rid: [0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}$'
const NOT_LATEST = 'invalid credential, access_token is invalid or not latest'

describe('code', () => {
  test('becomes an openid and a token, with no errcode and no unionid when silent', async () => {
    const scene = openScene()
    const answer = await exchange(scene, { code: await newCode(scene) })
    expect(answer).toEqual({
      access_token: expect.stringMatching(/^\d+_\w{90}$/),
      expires_in: 7200,
      refresh_token: expect.stringMatching(/^\d+_\w{90}$/),
      openid: scene.openid,
      scope: 'snsapi_base',
    })
  })

  test('is good once, for five minutes, for its own account', async () => {
    const scene = openScene(({ officialAccounts: accounts }) => {
      if (accounts[0]) accounts.push({ ...accounts[0], appid: 'wx00000000000000ff' })
    })
    const code = await newCode(scene)
    expect(await exchange(scene, { code, appid: 'wx00000000000000ff' })).toEqual(
      refusal(40029, 'invalid code'),
    )
    expect(await exchange(scene, { code })).toHaveProperty('openid')
    expect(await exchange(scene, { code })).toEqual(refusal(40163, 'code been used'))
    const slow = await newCode(scene)
    scene.pass(300)
    expect(await exchange(scene, { code: slow })).toEqual(refusal(40029, 'invalid code'))
  })

  test.each([
    [{ appid: '' }, 41002, 'appid missing'],
    [{ secret: '' }, 41004, 'appsecret missing'],
    [{ code: '' }, 41008, 'missing code'],
    [{ appid: 'wx0000000000000000', secret: 'x', grant_type: '' }, 40013, 'invalid appid'],
    [{ secret: 'x', grant_type: '' }, 40125, 'invalid appsecret'],
    [{ grant_type: '' }, 40002, 'invalid grant_type'],
    [{ code: 'authdeny' }, 40029, 'invalid code'],
  ])('exchanged with %o is refused with %i', async (change, errcode, text) => {
    const scene = openScene()
    const query = { code: await newCode(scene), ...change }
    expect(await exchange(scene, query)).toEqual(refusal(errcode, text))
  })

  test('answers come as text/plain, HTTP 200', async () => {
    const response = await openScene().send(`${SNS}/oauth2/access_token`)
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/plain'])
  })
})

describe('profile', () => {
  test('is told of a visitor who consented, with numbers as numbers', async () => {
    const scene = openScene()
    const token = await exchange(scene, { code: await newCode(scene, 'snsapi_userinfo') })
    expect(token).toMatchObject({ scope: 'snsapi_userinfo', unionid: scene.payer.unionid })
    expect(await scene.json(`${SNS}/userinfo?${asking(token)}&lang=zh_CN`)).toEqual({
      openid: scene.openid,
      nickname: '小明',
      sex: 0,
      province: '',
      city: '',
      country: '',
      headimgurl: '',
      privilege: [],
      unionid: scene.payer.unionid,
    })
    expect(await scene.json(`${SNS}/auth?${asking(token)}`)).toEqual({ errcode: 0, errmsg: 'ok' })
  })

  test('has no unionid without an Open Platform account', async () => {
    const scene = openScene(({ officialAccounts: [account] }) =>
      Object.assign(account ?? {}, { openPlatform: false }),
    )
    const token = await exchange(scene, { code: await newCode(scene, 'snsapi_userinfo') })
    expect(token).not.toHaveProperty('unionid')
    expect(await scene.json(`${SNS}/userinfo?${asking(token)}`)).not.toHaveProperty('unionid')
  })

  test('is not told to a silent token, another openid, no token, an old one or a made-up one', async () => {
    const scene = openScene()
    const silent = await exchange(scene, { code: await newCode(scene) })
    const ask = (query: string): Promise<unknown> => scene.json(`${SNS}/userinfo?${query}`)
    expect(await ask(asking(silent))).toEqual(refusal(48001, 'api unauthorized'))
    expect(await ask(asking({ ...silent, openid: 'oSomebodyElse' }))).toEqual(
      refusal(40003, 'invalid openid'),
    )
    expect(await ask(asking({ ...silent, openid: '' }))).toEqual(refusal(41009, 'openid missing'))
    expect(await ask('openid=x')).toEqual(refusal(41001, 'access_token missing'))
    expect(await ask('access_token=x&openid=x')).toEqual(refusal(40001, NOT_LATEST))
    scene.pass(7200)
    expect(await ask(asking(silent))).toEqual(refusal(42001, 'access_token expired'))
  })
})

describe('refresh', () => {
  test('keeps a living token and renews it, makes another of a dead one, for thirty days', async () => {
    const scene = openScene()
    const token = await exchange(scene, { code: await newCode(scene) })
    scene.pass(7000)
    expect(await refresh(scene, token)).toEqual(token)
    scene.pass(7000)
    expect(await scene.json(`${SNS}/auth?${asking(token)}`)).toMatchObject({ errcode: 0 })
    scene.pass(200)
    const renewed = await refresh(scene, token)
    expect(renewed['access_token']).not.toBe(token['access_token'])
    expect(await scene.json(`${SNS}/auth?${asking(renewed)}`)).toMatchObject({ errcode: 0 })
    scene.pass(30 * 24 * 3600)
    expect(await refresh(scene, token)).toEqual(refusal(42002, 'refresh_token expired'))
  })

  test.each([
    [{ appid: '' }, 41002, 'appid missing'],
    [{ refresh_token: '' }, 41003, 'refresh_token missing'],
    [{ appid: 'wx0000000000000000' }, 40013, 'invalid appid'],
    [{ grant_type: '' }, 40002, 'invalid grant_type'],
    [{ refresh_token: 'x' }, 40030, 'invalid refresh_token'],
  ])('with %o is refused with %i', async (change, errcode, text) => {
    const scene = openScene()
    const token = await exchange(scene, { code: await newCode(scene) })
    expect(await refresh(scene, token, change)).toEqual(refusal(errcode, text))
  })
})

test('whom an account meets for the first time is the same person ever after, and can pay', async () => {
  const scene = openScene()
  delete scene.simulator.world().users[0]?.openids[scene.account.appid]
  const first = await exchange(scene, { code: await newCode(scene) })
  const second = await exchange(scene, { code: await newCode(scene) })
  expect(first['openid']).toBe(second['openid'])
  const order = scene.order({ openid: String(first['openid']) })
  expect(await scene.v2('/pay/unifiedorder', order)).toMatchObject({ result_code: 'SUCCESS' })
})

test('a snapshot visitor is somebody else each time, says so, and cannot be charged', async () => {
  const scene = openScene(({ users: [user] }) => Object.assign(user ?? {}, { snapshot: true }))
  const first = await exchange(scene, { code: await newCode(scene, 'snsapi_userinfo') })
  const second = await exchange(scene, { code: await newCode(scene, 'snsapi_userinfo') })
  expect(first).toMatchObject({ is_snapshotuser: 1 })
  expect(first['openid']).not.toBe(second['openid'])
  const order = scene.order({ openid: String(first['openid']) })
  expect(await scene.v2('/pay/unifiedorder', order)).toMatchObject({ err_code_des: '无效的openid' })
})

test('a world may have such a visitor’s profile refused', async () => {
  const scene = openScene(({ users: [user], behaviour }) => {
    Object.assign(user ?? {}, { snapshot: true })
    behaviour.snapshotProfile = 'refused'
  })
  const token = await exchange(scene, { code: await newCode(scene, 'snsapi_userinfo') })
  expect(await scene.json(`${SNS}/userinfo?${asking(token)}`)).toEqual(refusal(48001, 'api unauthorized'))
})

test('a world may tell an expired code from an invalid one, as it is documented', async () => {
  const scene = openScene(({ behaviour }) => {
    behaviour.expiredCode = '42003'
  })
  const code = await newCode(scene)
  scene.pass(300)
  expect(await exchange(scene, { code })).toMatchObject({ errcode: 42003 })
  expect(await exchange(scene, { code: 'made-up' })).toMatchObject({ errcode: 40029 })
})

test('codes and refresh tokens may be changed so often a minute', async () => {
  const scene = openScene(({ officialAccounts: [account] }) => {
    if (account) account.minuteQuotas.webTokens = 1
  })
  const token = await exchange(scene, { code: await newCode(scene) })
  const code = await newCode(scene)
  const hurried = refusal(45011, 'api minute-quota reach limit must slower retry next minute')
  expect(await exchange(scene, { code })).toEqual(hurried)
  expect(await refresh(scene, token)).toEqual(hurried)
  scene.pass(60)
  expect(await exchange(scene, { code })).toHaveProperty('openid')
})

test('a preflight does not use up the code', async () => {
  const scene = openScene()
  const { appid, secret } = scene.account
  const query = { appid, secret, grant_type: 'authorization_code', code: await newCode(scene) }
  const url = `${SNS}/oauth2/access_token?${new URLSearchParams(query)}`
  expect(await scene.json(url, { method: 'OPTIONS' })).toEqual(refusal(43001, 'require GET method'))
  expect(await scene.json(url)).toHaveProperty('openid')
})

test('a path that is none of these is told so', async () => {
  expect(await openScene().json(`${SNS}/nothing`)).toEqual(refusal(40066, 'invalid url'))
})

async function newCode({ account, open }: MerchantScene, scope = 'snsapi_base'): Promise<string> {
  const query = new URLSearchParams({
    appid: account.appid,
    redirect_uri: 'https://shop.example.com/cb',
    response_type: 'code',
    scope,
    connect_redirect: '1',
    simulator_consent: 'allow',
  })
  const answer = await open(`https://open.weixin.qq.com/connect/oauth2/authorize?${query}`)
  return new URL(answer.headers.get('location') ?? '').searchParams.get('code') ?? ''
}

function exchange(scene: MerchantScene, change: Record<string, string>): Promise<Record<string, unknown>> {
  const { appid, secret } = scene.account
  const query = { appid, secret, grant_type: 'authorization_code', ...change }
  return scene.json(`${SNS}/oauth2/access_token?${new URLSearchParams(query)}`)
}

function refresh(
  scene: MerchantScene,
  token: Record<string, unknown>,
  change: Record<string, string> = {},
): Promise<Record<string, unknown>> {
  const query = {
    appid: scene.account.appid,
    grant_type: 'refresh_token',
    refresh_token: String(token['refresh_token']),
    ...change,
  }
  return scene.json(`${SNS}/oauth2/refresh_token?${new URLSearchParams(query)}`)
}

function asking(token: Record<string, unknown>): string {
  const { access_token, openid } = token
  return String(new URLSearchParams({ access_token: String(access_token), openid: String(openid) }))
}

/** WeChat's text, then a comma and a rid, as everywhere below `/sns/`. */
function refusal(errcode: number, text: string): unknown {
  return { errcode, errmsg: expect.stringMatching(new RegExp(`^${text}${RID}`)) }
}
