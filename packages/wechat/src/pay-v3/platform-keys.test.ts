/** WeChat's keys as they come, change, end and fail to come. */
import { describe, expect, test, vi } from 'vitest'
import type { WechatError } from '../errors.ts'
import { fen } from '../fen.ts'
import { rejection } from '../wechat.fake.ts'
import {
  APPID,
  CERTIFICATE_MODE,
  certificateList,
  MCHID,
  notified,
  ORDER,
  type PayAnswer,
  type PayTown,
  payTown,
  SIGNERS,
} from './wechat-pay.fake.ts'

const QUERY = 'GET /v3/pay/transactions/out-trade-no/TEA-0001'
const UNPAID = {
  appid: APPID,
  mchid: MCHID,
  out_trade_no: 'TEA-0001',
  trade_state: 'NOTPAY',
  trade_state_desc: '',
}
const no =
  (status: number, code: string, message = ''): PayAnswer =>
  () => ({ status, json: { code, message } })

const CERTIFICATES = 'GET /v3/certificates'
const list =
  (...names: Parameters<typeof certificateList>[0]): PayAnswer =>
  async () => ({ json: await certificateList(names) })

function certified(
  certificates: PayAnswer,
  answer: PayAnswer = () => ({ json: UNPAID }),
  options = CERTIFICATE_MODE,
  more: Readonly<Record<string, PayAnswer>> = {},
): PayTown {
  return payTown({ [CERTIFICATES]: certificates, [QUERY]: answer, ...more }, options, 'certificate')
}
const query = ({ pay }: PayTown): Promise<unknown> => pay.query({ out_trade_no: 'TEA-0001' })
const downloads = ({ asked }: PayTown): number =>
  asked.filter(({ url }) => url.pathname === '/v3/certificates').length

test('certificates are fetched once for any number of callers, and no public key is announced', async () => {
  const town = certified(list('certificate'))
  await Promise.all(Array.from({ length: 20 }, () => query(town)))
  expect(downloads(town)).toBe(1)
  expect(
    town.asked.map(({ headers }) => headers.get('wechatpay-serial')).filter((serial) => serial !== null),
  ).toEqual([])
})

test('certificates are renewed before 12 hours are over, beside the work', async () => {
  const town = certified(list('certificate'))
  await query(town)
  town.clock.advance(7 * 3600)
  await query(town)
  expect(downloads(town)).toBe(1)
  town.clock.advance(3600)
  await query(town)
  await vi.waitFor(() => expect(downloads(town)).toBe(2))
  town.clock.advance(3600)
  await query(town)
  expect(downloads(town)).toBe(2)
})

test('certificates serve on where renewing fails, which is tried again after a rest', async () => {
  const town = certified(async (_asked, nth) =>
    nth === 1 ? { json: await certificateList(['certificate']) } : { status: 403, json: { code: 'NO_AUTH' } },
  )
  await query(town)
  town.clock.advance(9 * 3600)
  for (let n = 0; n < 5; n += 1) await query(town)
  await vi.waitFor(() => expect(downloads(town)).toBe(2))
  await query(town)
  expect(downloads(town)).toBe(2)
  town.clock.advance(60)
  await query(town)
  await vi.waitFor(() => expect(downloads(town)).toBe(3))
})

test('certificates are looked for once more where a message names a new one', async () => {
  let signer: 'certificate' | 'nextCertificate' = 'certificate'
  const town = certified(
    async (_asked, nth) => ({
      json: await certificateList(nth === 1 ? ['certificate'] : ['certificate', 'nextCertificate']),
    }),
    () => ({ json: UNPAID, signer }),
  )
  await query(town)
  town.clock.advance(120)
  signer = 'nextCertificate'
  await query(town)
  await query(town)
  expect(downloads(town)).toBe(2)
})

test('certificates are not asked for as often as strangers name serial numbers', async () => {
  const town = certified(list('certificate'), () => ({
    json: UNPAID,
    headers: { 'wechatpay-serial': '7'.repeat(40) },
  }))
  for (let n = 0; n < 10; n += 1)
    expect(await rejection(query(town))).toMatchObject({ code: 'bad_signature' })
  expect(downloads(town)).toBe(1)
  town.clock.advance(61)
  for (let n = 0; n < 10; n += 1) await rejection(query(town))
  expect(downloads(town)).toBe(2)
})

test('certificates and the public key are good at once during a grey switch', async () => {
  let signer: 'certificate' | 'publicKey' = 'certificate'
  const town = payTown(
    {
      [CERTIFICATES]: () => ({ json: UNPAID, signer: 'certificate' }),
      [QUERY]: () => ({ json: UNPAID, signer }),
    },
    {
      publicKeys: { [SIGNERS.publicKey.serial]: SIGNERS.publicKey.pem },
      platformCertificates: [SIGNERS.certificate.pem],
    },
  )
  await query(town)
  signer = 'publicKey'
  await query(town)
  expect(downloads(town)).toBe(0)
  const downloaded = payTown(
    {
      [CERTIFICATES]: async () => ({ json: await certificateList(['certificate']), signer: 'certificate' }),
      [QUERY]: (_asked, nth) => ({ json: UNPAID, signer: nth === 1 ? 'publicKey' : 'certificate' }),
    },
    {
      platformCertificates: 'download',
    },
  )
  await query(downloaded)
  expect(downloads(downloaded)).toBe(0)
  await query(downloaded)
  expect(downloads(downloaded)).toBe(1)
  expect(downloaded.asked[0]?.headers.get('wechatpay-serial')).toBe(SIGNERS.publicKey.serial)
})

test('sensitive fields are encrypted with the certificate that became effective last', async () => {
  const town = certified(list('certificate', 'nextCertificate'))
  expect((await town.pay.encrypt('x')).serial).toBe(SIGNERS.nextCertificate.serial)
  expect(await town.pay.certificates()).toMatchObject([
    { serial: SIGNERS.certificate.serial },
    { serial: SIGNERS.nextCertificate.serial },
  ])
})

test('certificates that have expired verify nothing', async () => {
  const town = certified(list('nextCertificate'), () => ({ json: UNPAID, signer: 'nextCertificate' }))
  const pinned = { ...CERTIFICATE_MODE, platformCertificates: [SIGNERS.nextCertificate.pem] }
  const other = certified(list('certificate'), () => ({ json: UNPAID, signer: 'nextCertificate' }), pinned)
  await query(other)
  other.clock.advance(365 * 86_400)
  expect(await rejection(query(other))).toMatchObject({ code: 'bad_signature' })
  expect(await rejection(other.pay.encrypt('x'))).toMatchObject({ code: 'invalid_request' })
  await expect(query(town)).rejects.toMatchObject({ code: 'bad_signature' })
})

test.each<[string, string, PayAnswer]>([
  [
    'wrong_key',
    'the APIv3 key is another one',
    async () => ({ json: await certificateList(['certificate'], 'x'.repeat(32)) }),
  ],
  [
    'bad_signature',
    'the reply is signed by none of them',
    async () => ({ json: await certificateList(['certificate']), signer: 'nextCertificate' }),
  ],
  [
    'bad_signature',
    'the reply is not signed',
    async () => ({ json: await certificateList(['certificate']), signer: 'nobody' }),
  ],
  [
    'bad_message',
    'a serial number is another one’s',
    async () => {
      const { data } = await certificateList(['certificate'])
      return {
        json: { data: data.map((entry) => Object.assign({}, entry, { serial_no: '7'.repeat(40) })) },
      }
    },
  ],
  [
    'bad_message',
    'the algorithm is another one',
    async () => ({
      body: JSON.stringify(await certificateList(['certificate'])).replace(
        'AEAD_AES_256_GCM',
        'AEAD_SM4_GCM',
      ),
    }),
  ],
  [
    'wrong_key',
    'a nonce is longer than any',
    async () => {
      const text = JSON.stringify(await certificateList(['certificate']))
      return { body: text.replace('61f9c719728a', 'x'.repeat(200)) }
    },
  ],
])('%s: %s', async (code, _when, answer) => {
  const error = (await rejection(query(certified(answer)))) as WechatError
  expect(error.code).toBe(code)
  if (code === 'wrong_key') expect(error.message).toContain('APIv3 密钥解不开')
})

test('a merchant who has no certificates is told what to use instead', async () => {
  const none = no(404, 'RESOURCE_NOT_EXISTS', '无可用的平台证书，请在商户平台-API安全申请使用微信支付公钥。')
  const error = (await rejection(query(certified(none)))) as WechatError
  expect(error).toMatchObject({ code: 'no_usable_answer', outcome: 'unknown', wechatCode: undefined })
  expect(error.message).toContain('申请使用微信支付公钥')
  expect((error.cause as WechatError).remedy?.en).toContain('public key')
  expect(await rejection(certified(none).pay.certificates())).toMatchObject({
    code: 'refused',
    wechatCode: 'RESOURCE_NOT_EXISTS',
  })
})

describe('where WeChat’s certificates cannot be had', () => {
  const REFUND = 'POST /v3/refund/domestic/refunds'
  const ASKED = {
    out_trade_no: 'TEA-0001',
    out_refund_no: 'R1',
    amount: { refund: fen(10), total: fen(100) },
  }
  const ACCEPTED = {
    refund_id: '50',
    out_refund_no: 'R1',
    transaction_id: '42',
    out_trade_no: 'TEA-0001',
    status: 'PROCESSING',
    amount: { total: 100, refund: 10 },
  }
  const broken: PayAnswer = () => {
    throw new TypeError('fetch failed')
  }
  const failures: [string, PayAnswer][] = [
    ['too often', no(429, 'FREQUENCY_LIMITED')],
    ['there are none', no(404, 'RESOURCE_NOT_EXISTS')],
    ['no permission', no(403, 'NO_AUTH')],
    ['wrongly signed', no(401, 'SIGN_ERROR')],
    ['nobody answers', broken],
  ]

  test.each(failures)('%s: a process that knows none moves no money', async (_why, failure) => {
    const town = payTown({ [CERTIFICATES]: failure, [REFUND]: () => ({ json: ACCEPTED }) }, CERTIFICATE_MODE)
    expect(await rejection(town.pay.refund(ASKED))).toMatchObject({ outcome: 'unknown' })
    expect(town.asked.filter(({ method }) => method === 'POST')).toEqual([])
  })

  test.each(failures)(
    '%s: a refund that WeChat took is not refused, nor sent twice',
    async (_why, failure) => {
      const town = certified(
        async (asked, nth) =>
          nth === 1 ? { json: await certificateList(['certificate']) } : failure(asked, nth),
        () => ({ json: UNPAID }),
        CERTIFICATE_MODE,
        { [REFUND]: () => ({ json: ACCEPTED, signer: 'nextCertificate' }) },
      )
      await query(town)
      town.clock.advance(120)
      const error = (await rejection(town.pay.refund(ASKED))) as WechatError
      expect(error).toMatchObject({ outcome: 'unknown', wechatCode: undefined })
      expect(town.asked.filter(({ method }) => method === 'POST').length).toBe(1)
    },
  )

  test('an existing refund is not said to be missing', async () => {
    const town = payTown(
      {
        [CERTIFICATES]: no(404, 'RESOURCE_NOT_EXISTS'),
        'GET /v3/refund/domestic/refunds/R1': () => ({ json: ACCEPTED }),
      },
      CERTIFICATE_MODE,
      'certificate',
    )
    const error = (await rejection(town.pay.queryRefund({ out_refund_no: 'R1' }))) as WechatError
    expect(error.outcome).toBe('unknown')
    expect(error.says('RESOURCE_NOT_EXISTS')).toBe(false)
    expect(error.remedy).toBeUndefined()
  })

  test('strangers do not make us ask for them again and again', async () => {
    const town = certified(no(404, 'RESOURCE_NOT_EXISTS'), undefined, { platformCertificates: 'download' })
    const forged = await notified({ resource: {}, signer: 'certificate' })
    for (let n = 0; n < 20; n += 1) await rejection(town.pay.readNotification(forged))
    expect(downloads(town)).toBe(1)
    town.clock.advance(61)
    await rejection(town.pay.readNotification(forged))
    expect(downloads(town)).toBe(2)
  })

  test('a clock that is set back afterwards does not keep payers waiting', async () => {
    const town = certified(async (asked, nth) =>
      nth <= 2 ? broken(asked, nth) : { json: await certificateList(['certificate']) },
    )
    town.clock.advance(8 * 3600)
    await rejection(query(town))
    town.clock.advance(-8 * 3600)
    await query(town)
  })

  test('an empty list is none, however rightly it is signed', async () => {
    const town = certified(() => ({ json: { data: [] }, signer: 'publicKey' }), undefined, {
      platformCertificates: 'download',
    })
    const forged = await notified({ resource: {}, signer: 'certificate' })
    for (let n = 0; n < 3; n += 1)
      expect(await rejection(town.pay.readNotification(forged))).toMatchObject({ code: 'bad_message' })
  })

  test('a wrong key of ours is said to be no passing fault, with what to do', async () => {
    const error = (await rejection(query(certified(no(401, 'SIGN_ERROR'))))) as WechatError
    expect(error).toMatchObject({ outcome: 'unknown', retryable: false, requestId: '08F78BB5AF0610D302-0' })
    expect((error.cause as WechatError).remedy).toBeDefined()
  })

  test.each([
    ['a network', broken],
    ['a WeChat', no(500, 'SYSTEM_ERROR')],
  ])('%s that failed is tried again within seconds', async (_what, failure) => {
    const town = certified(async (asked, nth) =>
      nth <= 2 ? failure(asked, nth) : { json: await certificateList(['certificate']) },
    )
    await rejection(query(town))
    await rejection(query(town))
    expect(downloads(town)).toBe(2)
    town.clock.advance(5)
    await query(town)
  })
})

describe('when WeChat begins to sign with another certificate', () => {
  const PREPAY = 'POST /v3/pay/transactions/jsapi'

  async function changing(idleSeconds: number, callers: number): Promise<PayTown> {
    let signer: 'certificate' | 'nextCertificate' = 'certificate'
    const town = certified(
      async (_asked, nth) => ({
        json: await certificateList(nth === 1 ? ['certificate'] : ['certificate', 'nextCertificate']),
      }),
      () => ({ json: UNPAID, signer }),
      CERTIFICATE_MODE,
      { [PREPAY]: () => ({ json: { prepay_id: 'wx20' }, signer }) },
    )
    await query(town)
    town.clock.advance(idleSeconds)
    signer = 'nextCertificate'
    await Promise.all(Array.from({ length: callers }, () => town.pay.prepay(ORDER)))
    return town
  }

  test('all payers who come at once are served, after one download', async () => {
    expect(downloads(await changing(120, 20))).toBe(2)
  })

  test('so is the first payer of the morning, while the renewal runs beside', async () => {
    expect(downloads(await changing(9 * 3600, 1))).toBe(2)
  })
})

test('a list that the public key signed is believed, as anything else is during a grey switch', async () => {
  const town = certified(
    async () => ({ json: await certificateList(['certificate']), signer: 'publicKey' }),
    undefined,
    { platformCertificates: 'download' },
  )
  await query(town)
  expect(await town.pay.certificates()).toMatchObject([{ serial: SIGNERS.certificate.serial }])
})
