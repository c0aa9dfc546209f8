import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { ConfigError } from './errors.ts'
import { createOfficialAccount, type OfficialAccountOptions } from './official-account.ts'
import { createPayV2, type PayV2Options } from './pay-v2/api.ts'
import { Secret } from './secret.ts'

const ACCOUNT = { appid: 'wx0123456789abcdef', secret: '0123456789abcdef0123456789abcdef' }
const MERCHANT = { mchid: '1900000109', apiKey: '8934e7d15453e97507ef794cf7b0519d' }

function problemsOf(make: () => unknown): readonly string[] {
  try {
    make()
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
  return []
}

test('right options are right, keys as texts or as secrets', () => {
  createOfficialAccount(ACCOUNT)
  createOfficialAccount({
    ...ACCOUNT,
    secret: new Secret(ACCOUNT.secret),
    tokenMode: 'classic',
    timeoutMs: 1,
  })
  createOfficialAccount({
    ...ACCOUNT,
    origins: { open: 'http://localhost:9090', api: 'https://sh.api.weixin.qq.com' },
  })
  createPayV2(MERCHANT)
  createPayV2({
    ...MERCHANT,
    apiKey: new Secret(MERCHANT.apiKey),
    signType: 'MD5',
    origin: 'https://api2.mch.weixin.qq.com',
  })
})

test('everything that is wrong with an account is said at once', () => {
  const wrong = {
    appid: 'gh_0123456789ab',
    secret: '0123456789ABCDEF0123456789ABCDEF',
    tokenMode: 'both',
    origins: { open: 'https://open.weixin.qq.com/', api: 'api.weixin.qq.com' },
    fetch: 'https://proxy.example.com',
    cache: new Map(),
    timeoutMs: 0,
  }
  const problems = problemsOf(() => createOfficialAccount(wrong as unknown as OfficialAccountOptions))
  expect(problems.map((problem) => problem.split(': ')[0])).toEqual([
    'appid',
    'secret',
    'tokenMode',
    'origins.open',
    'origins.api',
    'fetch',
    'cache',
    'timeoutMs',
  ])
})

test('everything that is wrong with a merchant is said at once', () => {
  const wrong = {
    mchid: 'm1900000109',
    apiKey: 'short',
    signType: 'SHA1',
    origin: 'http://localhost:9090/pay',
    timeoutMs: 1.5,
  }
  const problems = problemsOf(() => createPayV2(wrong as unknown as PayV2Options))
  expect(problems.map((problem) => problem.split(': ')[0])).toEqual([
    'mchid',
    'apiKey',
    'signType',
    'origin',
    'timeoutMs',
  ])
})

test.each<[string, () => unknown]>([
  ['origin', () => createOfficialAccount({ ...ACCOUNT, origin: 'http://localhost:9090' } as never)],
  ['origins', () => createOfficialAccount({ ...ACCOUNT, origins: 'http://localhost:9090' } as never)],
  [
    'origins',
    () => createOfficialAccount({ ...ACCOUNT, origins: { base: 'http://localhost:9090' } } as never),
  ],
  ['origins', () => createPayV2({ ...MERCHANT, origins: { api: 'http://localhost:9090' } } as never)],
])('a simulator named by another client’s %s is not overlooked: WeChat would be asked', (name, make) => {
  expect(problemsOf(make)).toEqual([expect.stringMatching(new RegExp(`^${name}: `))])
})

test('an option of another client that says nothing is overlooked', () => {
  createOfficialAccount({ ...ACCOUNT, origin: undefined, origins: null } as never)
  createPayV2({ ...MERCHANT, origins: undefined } as never)
})

test('a merchant number that is no text is not called missing', () => {
  expect(problemsOf(() => createPayV2({ ...MERCHANT, mchid: 1900000109 as never }))).toEqual([
    expect.stringContaining('must be a text'),
  ])
})

test('what the environment does not have is missing, not an exception of another kind', () => {
  const missing = {} as Record<string, string>
  expect(problemsOf(() => createOfficialAccount(missing as never))).toEqual([
    'appid: 未填写 / is missing',
    'secret: 未填写 / is missing',
  ])
  expect(problemsOf(() => createPayV2(missing as never)).length).toBe(2)
})

test.each([` ${ACCOUNT.secret}`, `${ACCOUNT.secret}\n`, `"${ACCOUNT.secret}"`, `“${ACCOUNT.secret}”`])(
  'a value copied with something around it is told so: %j',
  (secret) => {
    expect(problemsOf(() => createOfficialAccount({ ...ACCOUNT, secret }))).toEqual([
      'secret: 前后有空格或引号 / has blanks or quotes around it',
    ])
  },
)

test('no value is printed', () => {
  const wrong = { mchid: 'MARK-mchid', apiKey: 'MARK-key', origin: 'MARK-origin', signType: 'MARK-type' }
  const error = (() => {
    try {
      return createPayV2(wrong as unknown as PayV2Options)
    } catch (caught) {
      return caught
    }
  })()
  expect(error).toBeInstanceOf(ConfigError)
  expect(inspect(error, { depth: 9, showHidden: true }) + JSON.stringify(error)).not.toContain('MARK')
})
