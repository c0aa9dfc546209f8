import { createPrivateKey, generateKeyPairSync } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { merchantCertificate } from './certificates/certificates.ts'
import { defaultWorld, parseWorld, worldSchema } from './world.ts'

test('the default world is one account with its merchant and payers, with values of WeChat’s shapes', () => {
  const world = defaultWorld()
  expect(world.officialAccounts).toMatchObject([
    {
      appid: expect.stringMatching(/^wx[0-9a-f]{16}$/),
      secret: expect.stringMatching(/^[0-9a-f]{32}$/),
      authorizationDomains: ['localhost:8080'],
      testAccount: true,
      verified: true,
    },
  ])
  expect(world.merchants).toMatchObject([
    { mchid: expect.stringMatching(/^\d{10}$/), apiKey: expect.stringMatching(/^\w{32}$/) },
  ])
  for (const { openids, unionid, payPassword } of world.users) {
    expect(Object.values(openids)).toEqual([expect.stringMatching(/^o\w{27}$/)])
    expect(unionid).toMatch(/^o\w{27}$/)
    expect(payPassword).toBe('123456')
  }
})

test('a merchant with a public host needs no test account', () => {
  const [account] = defaultWorld({ merchantOrigin: 'https://shop.example.com' }).officialAccounts
  expect(account).toMatchObject({ testAccount: false, authorizationDomains: ['shop.example.com'] })
})

test('secrets follow from the seed', () => {
  expect(defaultWorld({ seed: 'a' })).toEqual(defaultWorld({ seed: 'a' }))
  expect(defaultWorld({ seed: 'a' }).merchants[0]?.apiKey).not.toBe(
    defaultWorld({ seed: 'b' }).merchants[0]?.apiKey,
  )
})

test('a world survives JSON', () => {
  const world = defaultWorld()
  expect(parseWorld(JSON.parse(JSON.stringify(world)))).toEqual(world)
})

test('what is left out is what most accounts are', () => {
  const { officialAccounts, merchants, users } = defaultWorld()
  const { appid, secret, name } = officialAccounts[0] ?? {}
  const world = parseWorld({ officialAccounts: [{ appid, secret, name }], merchants, users })
  expect(world.officialAccounts[0]).toMatchObject({
    kind: 'service',
    verified: true,
    banned: false,
    ipWhitelist: null,
    dailyQuotas: { classicTokens: 2000, stableTokens: 500_000, forcedTokens: 20 },
    minuteQuotas: { stableTokens: 10_000, webTokens: 50_000 },
  })
})

test('every malformed field is named at once, in both languages', () => {
  const broken = { officialAccounts: [{ appid: 'x', secret: 'y', name: '' }], merchants: [], users: 'nobody' }
  const words = wordsOf(() => parseWorld(broken))
  expect(words).toContain('世界描述有误 / the world is not valid')
  for (const field of ['0.appid', '0.secret', '0.name', 'merchants', 'users']) expect(words).toContain(field)
})

test('a field that is misspelt is named, wherever it stands', () => {
  const world = defaultWorld()
  const [account] = world.officialAccounts
  const [merchant] = world.merchants
  const words = wordsOf(() =>
    parseWorld({
      ...world,
      officialAccounts: [{ ...account, ipWhiteList: [] }],
      merchants: [{ ...merchant, permissions: { jsApi: false } }],
      behavior: {},
    }),
  )
  for (const [field, name] of [
    ['officialAccounts.0', 'ipWhiteList'],
    ['merchants.0.permissions', 'jsApi'],
    ['', 'behavior'],
  ])
    expect(words).toMatch(new RegExp(`${field}: [^;]*"${name}"`))
})

describe('a certificate of a merchant’s own', () => {
  const [ours, others] = ['one', 'another'].map((seed) =>
    merchantCertificate({ seed, mchid: '1600000001', name: '别处', startedAt: 0 }),
  )
  const { certificatePem = '', privateKeyPem = '' } = ours ?? {}
  const given = (pair: object): unknown => {
    const world = defaultWorld()
    return { ...world, merchants: world.merchants.map((each) => ({ ...each, certificate: pair })) }
  }

  test('is read with whatever stands around it, its key in either form', () => {
    const key = createPrivateKey(privateKeyPem).export({ type: 'pkcs1', format: 'pem' })
    const chain = `Bag Attributes\n  friendlyName: x\n${certificatePem}${others?.certificatePem}`
    const [merchant] = parseWorld(given({ certificatePem: chain, privateKeyPem: key })).merchants
    expect(merchant?.certificate).toEqual({ certificatePem, privateKeyPem })
  })

  test.each([
    ['no certificate', { certificatePem: 'x', privateKeyPem }, 'certificatePem 不是证书'],
    ['no key', { certificatePem, privateKeyPem: 'x' }, 'privateKeyPem 不是未加密的私钥'],
    [
      'the key of another',
      { certificatePem, privateKeyPem: others?.privateKeyPem },
      '私钥与证书不是一对 / the private key is not that of the certificate',
    ],
    [
      'an elliptic curve',
      {
        certificatePem,
        privateKeyPem: generateKeyPairSync('ec', {
          namedCurve: 'P-256',
          privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
          publicKeyEncoding: { type: 'spki', format: 'pem' },
        }).privateKey,
      },
      'RSA',
    ],
  ])('is refused as %s, by the name of the field and without its contents', (_what, pair, words) => {
    const said = wordsOf(() => parseWorld(given(pair)))
    expect(said).toContain('merchants.0.certificate: ')
    expect(said).toContain(words)
    expect(said).not.toContain('PRIVATE KEY')
  })
})

test('names used twice and references to nobody are named at once', () => {
  const world = defaultWorld()
  const [account] = world.officialAccounts
  if (account !== undefined) world.officialAccounts.push(account)
  world.merchants[0]?.appids.push('wx00000000000000ff')
  world.users[0]?.follows.push('wx00000000000000fe')
  const [user] = world.users
  const coupon = { stockId: '1', name: '券', kind: 'CASH', fen: 1, minimumFen: 0, goodsTag: '' } as const
  user?.coupons.push({ ...coupon, id: '7', mchid: null }, { ...coupon, id: '7', mchid: '1900000999' })
  user?.bankCards.push(...user.bankCards)
  const words = wordsOf(() => parseWorld(world))
  expect(words).toContain('users.0.coupons.id: 重复 twice 7')
  expect(words).toContain('users.0.coupons: 没有商户 no merchant 1900000999')
  expect(words).toContain('users.0.bankCards.tail: 重复 twice 0403')
  expect(words).toContain(`officialAccounts.appid: 重复 twice ${account?.appid}`)
  expect(words).toContain('merchants.0.appids: 没有公众号 no account wx00000000000000ff')
  expect(words).toContain('users.0.follows: 没有公众号 no account wx00000000000000fe')
})

function wordsOf(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    return error instanceof Error ? error.message : ''
  }
  return ''
}

test('the published schema knows each part of a world, and what may be left out', () => {
  const schema = worldSchema()
  expect(schema).toMatchObject({ type: 'object', required: ['officialAccounts', 'merchants', 'users'] })
  expect(JSON.stringify(schema)).toContain('"payDirectories"')
})
