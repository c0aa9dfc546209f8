import { inspect } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ConfigError } from '../errors.ts'
import { fen } from '../fen.ts'
import { createPayV2 } from '../pay-v2/api.ts'
import { Secret } from '../secret.ts'
import { rejection } from '../wechat.fake.ts'
import {
  type CertificateFetch,
  type CertificateFetchOptions,
  createCertificateFetch,
} from './client-certificate.ts'
import { OLD_P12 } from './old-p12.fake.ts'
import {
  type Authority,
  authority,
  type Gateway,
  gateway,
  type KeyAndCertificate,
  p12Of,
  proxy,
} from './town.fake.ts'

const MCHID = '1900000109'
const NOW = Date.UTC(2030, 0, 1)
const clock = (): number => NOW

let root: Authority
let merchant: KeyAndCertificate
let wechat: Gateway
const made: CertificateFetch[] = []

beforeAll(async () => {
  root = authority()
  merchant = root.issue({ name: MCHID })
  wechat = await gateway(root)
})

afterAll(async () => {
  await Promise.all(made.map((each) => each.close()))
  await wechat.close()
})

function fetchWith(options: object): CertificateFetch {
  const all = { mchid: MCHID, clock, ca: root.certificate, ...options }
  const certificateFetch = createCertificateFetch(all as unknown as CertificateFetchOptions)
  made.push(certificateFetch)
  return certificateFetch
}

const whoAmI = async (certificateFetch: CertificateFetch): Promise<string> => {
  const answer = await certificateFetch(`${wechat.url}/secapi/pay/refund`, { method: 'POST', body: '<xml/>' })
  return `${answer.status} ${await answer.text()}`
}

describe('the merchant’s certificate is presented', () => {
  test.each<[string, () => Partial<CertificateFetchOptions>]>([
    ['from a .p12 whose key is closed with 3DES', () => ({ p12: p12Of(merchant, MCHID, '3des') })],
    ['from one closed with AES', () => ({ p12: p12Of(merchant, MCHID, 'aes256') })],
    ['from one in base64', () => ({ p12: p12Of(merchant, MCHID, '3des').toString('base64') })],
    [
      'from one in base64 with line feeds',
      () => ({ p12: p12Of(merchant, MCHID, 'aes128').toString('base64').replaceAll(/.{64}/g, '$&\n') }),
    ],
    [
      'from one whose password was changed',
      () => ({ p12: p12Of(merchant, 'another', '3des'), password: new Secret('another') }),
    ],
    ['from a pair of PEM texts', () => merchant],
    [
      'from the bytes of two files',
      () => ({
        certificate: Buffer.from(merchant.certificate),
        privateKey: Buffer.from(merchant.privateKey),
      }),
    ],
    ['from a key kept as a secret', () => ({ ...merchant, privateKey: new Secret(merchant.privateKey) })],
    [
      'from PEM in one line of an environment',
      () => ({
        certificate: merchant.certificate.replaceAll(/\r?\n/g, '\\n'),
        privateKey: merchant.privateKey.replaceAll(/\r?\n/g, ' '),
      }),
    ],
    [
      'from a chain in any order',
      () => ({ ...merchant, certificate: root.certificate + merchant.certificate }),
    ],
  ])('%s', async (_what, source) => {
    expect(await whoAmI(fetchWith(source()))).toBe(`200 ${MCHID}`)
  })

  test('from an old file, which Node itself cannot open', () => {
    const { serial, expiresAt } = fetchWith({ p12: OLD_P12 })
    expect(serial).toBe('06DF889D5E5BE887BECFFCF4A886A1E0B9FFF185')
    expect(new Date(expiresAt).toISOString()).toBe('2126-11-01T04:42:50.000Z')
  })

  test('over connections that are kept', async () => {
    const certificateFetch = fetchWith(merchant)
    const before = wechat.connections()
    for (let call = 0; call < 10; call += 1) await whoAmI(certificateFetch)
    expect(wechat.connections() - before).toBeLessThan(5)
  })

  test('through a proxy, which sees the host and nothing else', async () => {
    const way = await proxy()
    const url = new Secret(way.url.replace('://', '://user:pass%20word@'))
    const certificateFetch = fetchWith({ ...merchant, proxy: url })
    expect(await whoAmI(certificateFetch)).toBe(`200 ${MCHID}`)
    expect(way.asked).toEqual([
      {
        target: new URL(wechat.url).host,
        authorization: `Basic ${Buffer.from('user:pass word').toString('base64')}`,
      },
    ])
    await certificateFetch.close()
    await way.close()
  })

  test('to nobody whose own certificate is not trusted', async () => {
    const another = authority()
    const certificateFetch = fetchWith({ ...merchant, ca: another.certificate })
    expect(await rejection(whoAmI(certificateFetch))).toBeInstanceOf(TypeError)
  })

  test('for a refund, and a refund without it says what is wrong', async () => {
    const options = { mchid: MCHID, apiKey: '8934e7d15453e97507ef794cf7b0519d', origin: wechat.url }
    const refund = {
      appid: 'wx2421b1c4370ec43b',
      transaction_id: '4200000001202601010000000001',
      out_refund_no: 'R1',
      total_fee: fen(2),
      refund_fee: fen(1),
    }
    const pay = createPayV2({ ...options, certificateFetch: fetchWith(merchant) })
    // It came through; what is answered here is a name and no XML.
    expect(await rejection(pay.refund(refund))).toMatchObject({ code: 'no_usable_answer', status: 200 })
    const stranger = authority().issue({ name: MCHID })
    const refused = createPayV2({ ...options, certificateFetch: fetchWith(stranger) })
    const error = await rejection(refused.refund(refund))
    expect(error).toMatchObject({ code: 'no_usable_answer', outcome: 'unknown', status: 400 })
    expect(String(error)).toContain('商户 API 证书')
  })

  test('until the caller loses patience', async () => {
    const certificateFetch = fetchWith(merchant)
    const call = certificateFetch(wechat.url, { signal: AbortSignal.abort() })
    expect(await rejection(call)).toMatchObject({ name: 'AbortError' })
  })
})

describe('a certificate that cannot work is refused before the first call', () => {
  const wrong = (): [string, Record<string, unknown>, RegExp][] => {
    const other = root.issue({ name: MCHID })
    return [
      ['another password', { p12: p12Of(merchant, 'another', '3des') }, /^p12: 密码不符/],
      ['another password for an old file', { p12: OLD_P12, password: 'another' }, /^p12: 密码不符/],
      ['a file that is no .p12', { p12: Buffer.from('not a file') }, /^p12: 不是/],
      ['a file cut short', { p12: p12Of(merchant, MCHID, '3des').subarray(0, 500) }, /^p12: 不是/],
      ['an empty file', { p12: '' }, /^p12: 未填写/],
      ['PEM where a .p12 was meant', { p12: merchant.certificate }, /^p12: 不是/],
      ['a .p12 without a key', { p12: p12WithoutKey() }, /^p12: 里面没有私钥/],
      ['another certificate’s key', { ...merchant, privateKey: other.privateKey }, /与私钥不配对/],
      [
        'key and certificate exchanged',
        { certificate: merchant.privateKey, privateKey: merchant.certificate },
        /^privateKey: /,
      ],
      ['no key', { certificate: merchant.certificate }, /^privateKey: /],
      ['no certificate', { privateKey: merchant.privateKey }, /^certificate: 不是 PEM/],
      [
        'half a certificate',
        { ...merchant, certificate: merchant.certificate.slice(0, 300) },
        /^certificate: 不是 PEM/,
      ],
      ['neither', {}, /^certificate: 须给 p12/],
      ['both', { ...merchant, p12: OLD_P12 }, /^certificate: 须给 p12/],
      ['one that has expired', root.issue({ name: MCHID, to: new Date(NOW - 1000) }), /^certificate: 已过期/],
      [
        'one of tomorrow',
        root.issue({ name: MCHID, from: new Date(NOW + 86_400_000) }),
        /^certificate: 尚未生效/,
      ],
      ['another merchant’s', root.issue({ name: '1900000110' }), /^certificate: 是另一个商户号的/],
    ]
  }

  function p12WithoutKey(): Buffer {
    return p12Of({ ...merchant, privateKey: '' }, MCHID, '3des')
  }

  test('naming what is wrong and printing none of it', () => {
    for (const [what, options, problem] of wrong()) {
      const error = errorOf(() => fetchWith(options))
      expect(error.problems[0], what).toMatch(problem)
      expect(inspect(error), what).not.toMatch(/BEGIN|another'|MII/)
    }
  })

  test('all of it at once', () => {
    const wrong = { ca: 'x', proxy: 'proxy:8080', connectTimeoutMs: 0 }
    const options = { mchid: '12', p12: 'AAAA', clock: 5, ...wrong } as never
    const names = errorOf(() => fetchWith(options)).problems.map((problem) => problem.split(': ')[0])
    expect(names).toEqual(['mchid', 'p12', 'clock', 'ca', 'proxy', 'connectTimeoutMs'])
  })

  test('but an old one that names the company and no number is taken', () => {
    expect(fetchWith(root.issue({ name: '山间茶事有限公司' })).serial).toMatch(/^[0-9A-F]+$/)
  })

  test('and a right one prints no key', () => {
    const printed = inspect(fetchWith(merchant), { depth: 9, showHidden: true })
    expect(printed).toContain('serial')
    expect(printed).not.toContain('PRIVATE')
  })
})

function errorOf(make: () => unknown): ConfigError {
  try {
    make()
  } catch (error) {
    if (error instanceof ConfigError) return error
    throw error
  }
  throw new Error('it did not fail')
}
