import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { ConfigError, readConfig } from './config.ts'

const RIGHT = {
  SHOP_ORIGIN: 'https://tea.example.com',
  SHOP_SECRET: 'forty characters of nothing in particular',
  WECHAT_APPID: 'wx0123456789abcdef',
  WECHAT_SECRET: '0123456789abcdef0123456789abcdef',
  WECHAT_MCHID: '1600000001',
  WECHAT_PAY_V2_KEY: 'a-key-of-thirty-two-characters-k',
}

test('a live shop names its own values and nothing of WeChat’s addresses', () => {
  expect(readConfig(RIGHT)).toEqual({
    host: '127.0.0.1',
    port: 8080,
    origin: RIGHT.SHOP_ORIGIN,
    secret: RIGHT.SHOP_SECRET,
    account: {
      appid: RIGHT.WECHAT_APPID,
      appSecret: RIGHT.WECHAT_SECRET,
      mchid: RIGHT.WECHAT_MCHID,
      apiKey: RIGHT.WECHAT_PAY_V2_KEY,
      signType: 'HMAC-SHA256',
    },
    database: '.data/shop.sqlite',
    wechat: {},
  })
})

test('WeChat may be somewhere else, script and all', () => {
  const simulator = 'http://localhost:9090'
  const { wechat } = readConfig({
    ...RIGHT,
    WECHAT_OPEN_ORIGIN: simulator,
    WECHAT_API_ORIGIN: simulator,
    WECHAT_PAY_ORIGIN: simulator,
    WECHAT_JWEIXIN_URLS: `${simulator}/a.js, ${simulator}/b.js`,
  })
  expect(wechat).toEqual({
    open: simulator,
    api: simulator,
    pay: simulator,
    jweixin: [`${simulator}/a.js`, `${simulator}/b.js`],
  })
})

test('an empty value counts as absent', () => {
  expect(readConfig({ ...RIGHT, SHOP_PORT: '', WECHAT_SIGN_TYPE: ' ' })).toMatchObject({
    port: 8080,
    account: { signType: 'HMAC-SHA256' },
  })
})

test('every wrong value is named at once, in both languages, and none of them is repeated', () => {
  const wrong = {
    SHOP_PORT: '80800',
    SHOP_ORIGIN: 'https://tea.example.com/',
    SHOP_SECRET: 'too short',
    WECHAT_APPID: 'gh_0123456789ab',
    WECHAT_SECRET: 'NOT-THE-SECRET',
    WECHAT_MCHID: 'my merchant',
    WECHAT_PAY_V2_KEY: 'NOT-THE-KEY',
    WECHAT_SIGN_TYPE: 'SHA1',
    WECHAT_PAY_ORIGIN: 'localhost:9090',
    WECHAT_JWEIXIN_URLS: 'jweixin.js',
  }
  const { problems, message } = refusal(wrong)
  expect(problems.map((problem) => problem.split(':')[0])).toEqual(expect.arrayContaining(Object.keys(wrong)))
  expect(problems).toHaveLength(Object.keys(wrong).length)
  for (const problem of problems) expect(problem).toMatch(/\p{Script=Han}.* \/ [a-zA-Z]/u)
  for (const value of Object.values(wrong)) expect(message).not.toContain(value)
})

test('what a shop cannot do without is missed by name', () => {
  expect(refusal({}).problems).toEqual([
    'WECHAT_APPID: 缺少 / is missing',
    'WECHAT_SECRET: 缺少 / is missing',
    'WECHAT_MCHID: 缺少 / is missing',
    'WECHAT_PAY_V2_KEY: 缺少 / is missing',
  ])
})

test('plain http is for a laptop only', () => {
  expect(refusal({ ...RIGHT, SHOP_ORIGIN: 'http://tea.example.com' }).problems).toEqual([
    'SHOP_ORIGIN: 除本机外必须是 https / must be https except on a loopback host',
  ])
  expect(readConfig({ ...RIGHT, SHOP_ORIGIN: 'http://127.0.0.1:8081' }).origin).toBe('http://127.0.0.1:8081')
})

test('the keys of the two consoles, once confused, are told apart', () => {
  const { problems } = refusal({ ...RIGHT, WECHAT_PAY_V2_KEY: RIGHT.WECHAT_SECRET })
  expect(problems).toEqual([expect.stringContaining('WECHAT_PAY_V2_KEY')])
})

test('a live shop must bring its own secret; a laptop’s is made for each run', () => {
  const { SHOP_SECRET: _, ...without } = RIGHT
  expect(refusal(without).problems).toEqual([expect.stringContaining('SHOP_SECRET')])
  const laptop = { ...without, SHOP_ORIGIN: 'http://localhost:8080' }
  expect(readConfig(laptop).secret.length).toBeGreaterThanOrEqual(32)
  expect(readConfig(laptop).secret).not.toBe(readConfig(laptop).secret)
})

test('.env.example explains every variable, and its commented defaults are right', () => {
  const text = readFileSync(new URL('../.env.example', import.meta.url), 'utf8')
  const lines = [...text.matchAll(/^(?:# )?([A-Z][A-Z0-9_]+)=(.*)$/gm)]
  const defaults = Object.fromEntries(
    lines.filter(([line]) => line.startsWith('#')).map(([, name, value]) => [name, value]),
  )
  const { wechat: _, ...fromExample } = readConfig({ ...RIGHT, ...defaults })
  const { wechat: __, ...fromDefaults } = readConfig(RIGHT)
  expect(fromExample).toEqual(fromDefaults)
  expect(lines.map(([, name]) => name)).toEqual(expect.arrayContaining(Object.keys(RIGHT)))
})

function refusal(variables: Record<string, string>): ConfigError {
  try {
    readConfig(variables)
  } catch (error) {
    if (error instanceof ConfigError) return error
    throw error
  }
  throw new Error('these settings were accepted')
}
