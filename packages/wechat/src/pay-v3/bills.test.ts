import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { rejection } from '../wechat.fake.ts'
import type { BillApplication, BillLink } from './bills.ts'
import { type PayAnswer, type PayTown, payTown } from './wechat-pay.fake.ts'

const FILE = Buffer.from('\uFEFF交易时间,商户号\r\n`2024-06-01 10:00:00,`1900000109\r\n'.repeat(500))
const URL_OF_FILE =
  'https://api.mch.weixin.qq.com/v3/billdownload/file?token=6XIv5TUPto7pByrTQKhd6kwvyKLG2uY2wMMR8cNXqaA_Cv_isgaUtBzp4QtiozLO&tartype=gzip'
const LINK = {
  hash_type: 'SHA1',
  hash_value: createHash('sha1').update(FILE).digest('hex'),
  download_url: URL_OF_FILE,
}
const TRADES = 'GET /v3/bill/tradebill'
const FLOW = 'GET /v3/bill/fundflowbill'
const FILE_PATH = 'GET /v3/billdownload/file'
const DAY = { bill_date: '2024-05-31' } as const

function linked(application: BillApplication): BillLink {
  if (application.state === 'empty') throw new Error('there was trade')
  return application
}

async function contentOf(town: PayTown): Promise<Buffer> {
  const pieces: Uint8Array[] = []
  for await (const piece of town.pay.downloadBill(linked(await town.pay.tradeBill(DAY)))) pieces.push(piece)
  return Buffer.concat(pieces)
}

const town = (file: PayAnswer, link: object = LINK): PayTown =>
  payTown({ [TRADES]: () => ({ json: link }), [FILE_PATH]: file })

/** A body that comes in pieces of so many bytes, and may break off. */
function inPieces(bytes: Uint8Array, size: number, breaksOff = false): Response {
  let at = 0
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (at < bytes.length) controller.enqueue(bytes.subarray(at, at + size))
      else if (breaksOff) controller.error(Object.assign(new Error('reset'), { code: 'ECONNRESET' }))
      else controller.close()
      at += size
    },
  })
  return new Response(body)
}

describe('a bill', () => {
  test('is applied for with a day, and what else was asked', async () => {
    const { pay, asked } = payTown({ [TRADES]: () => ({ json: LINK }), [FLOW]: () => ({ json: LINK }) })
    expect(await pay.tradeBill({ ...DAY, bill_type: 'SUCCESS', tar_type: 'GZIP' })).toEqual({
      state: 'file',
      ...LINK,
    })
    expect(await pay.fundFlowBill({ ...DAY, account_type: 'BASIC', sub_mchid: '1900000110' })).toMatchObject({
      state: 'file',
    })
    expect(asked.map(({ url }) => url.search)).toEqual([
      '?bill_date=2024-05-31&bill_type=SUCCESS&tar_type=GZIP',
      '?bill_date=2024-05-31&account_type=BASIC&sub_mchid=1900000110',
    ])
  })

  test.each([1, 2, 5, 4096, 1_000_000])(
    'is read while it comes, in pieces of %i bytes, GZIP or not',
    async (size) => {
      const bytes = size === 1 ? FILE.subarray(0, 3000) : FILE
      const link = { ...LINK, hash_value: createHash('sha1').update(bytes).digest('hex').toUpperCase() }
      expect(await contentOf(town(() => inPieces(bytes, size), link))).toEqual(Buffer.from(bytes))
      expect(await contentOf(town(() => inPieces(gzipSync(bytes), size), link))).toEqual(Buffer.from(bytes))
    },
  )

  test('is read at the second domain where the first cannot be reached', async () => {
    const { pay, asked } = town(({ url }) => {
      if (url.host === 'api.mch.weixin.qq.com') throw new TypeError('fetch failed')
      return inPieces(FILE, 4096)
    })
    for await (const _piece of pay.downloadBill({ state: 'file', ...LINK } as BillLink));
    expect(asked.map(({ url }) => url.host)).toEqual(['api.mch.weixin.qq.com', 'api2.wechatpay.cn'])
    const elsewhere = 'https://bills.example.com/file'
    const broken = { state: 'file', ...LINK, download_url: elsewhere } as BillLink
    await rejection(pay.downloadBill(broken)[Symbol.asyncIterator]().next())
    expect(new Set(asked.slice(2).map(({ url }) => url.host))).toEqual(new Set(['bills.example.com']))
  })

  test('is left at once by whoever has seen enough, though no further piece comes', async () => {
    const first = gzipSync(FILE).subarray(0, 60)
    const stalled = (): Response =>
      new Response(
        new ReadableStream({
          start: (controller) => controller.enqueue(first),
          pull: () => new Promise(() => undefined),
        }),
      )
    const { pay } = town(stalled)
    const reading = pay.downloadBill({ state: 'file', ...LINK } as BillLink)[Symbol.asyncIterator]()
    await reading.next()
    await reading.return?.()
  })

  test('in several members of GZIP is read whole', async () => {
    const members = Buffer.concat([gzipSync(FILE.subarray(0, 1000)), gzipSync(FILE.subarray(1000))])
    expect(await contentOf(town(() => inPieces(members, 100)))).toEqual(FILE)
  })

  test('is asked for at its address as it is, signed, and is not signed itself', async () => {
    const { asked, ...rest } = town(() => new Response(FILE))
    await contentOf({ asked, ...rest })
    expect(asked[1]?.url.href).toBe(URL_OF_FILE)
    expect(asked[1]?.headers.get('authorization')).toContain('WECHATPAY2-SHA256-RSA2048')
  })

  test('of a day without trade is none', async () => {
    const answer: PayAnswer = () => ({
      status: 400,
      json: { code: 'NO_STATEMENT_EXIST', message: '请求的账单文件不存在' },
    })
    const { pay } = payTown({ [TRADES]: answer, [FLOW]: answer })
    expect(await pay.tradeBill(DAY)).toEqual({ state: 'empty' })
    expect(await pay.fundFlowBill(DAY)).toEqual({ state: 'empty' })
  })

  test('that is being made may be asked for later', async () => {
    const { pay } = payTown({
      [TRADES]: () => ({ status: 400, json: { code: 'STATEMENT_CREATING', message: '账单生成中' } }),
    })
    expect(await rejection(pay.tradeBill(DAY))).toMatchObject({ outcome: 'refused', retryable: true })
  })
})

describe('a bill is not taken for whole', () => {
  test.each<[string, PayAnswer]>([
    ['whose SHA-1 is another one', () => new Response(Buffer.concat([FILE, Buffer.from('\r\n')]))],
    ['that is empty', () => new Response('')],
    ['whose GZIP breaks off', () => inPieces(gzipSync(FILE).subarray(0, -20), 50)],
    [
      'whose GZIP is damaged',
      () => {
        const damaged = gzipSync(FILE)
        damaged[30] = (damaged[30] ?? 0) ^ 0xff
        return new Response(damaged)
      },
    ],
    ['that is a page', () => new Response('<html>proxy</html>')],
  ])('%s', async (_what, answer) => {
    expect(await rejection(contentOf(town(answer)))).toMatchObject({
      code: 'bad_message',
      outcome: 'unknown',
    })
  })

  test('whose connection breaks, GZIP or not', async () => {
    for (const bytes of [FILE, gzipSync(FILE)])
      expect(await rejection(contentOf(town(() => inPieces(bytes, 50, true))))).toMatchObject({
        code: 'network',
      })
  })

  test('whose link has expired, or is another merchant’s', async () => {
    for (const [status, code, message] of [
      [400, 'INVALID_REQUEST', '下载链接过期，请重新请求文件下载'],
      [403, 'NO_AUTH', '无权限'],
    ] as const) {
      const error = await rejection(contentOf(town(() => Response.json({ code, message }, { status }))))
      expect(error).toMatchObject({ outcome: 'refused', wechatCode: code, wechatText: message })
    }
    expect(await rejection(contentOf(town(() => new Response('x', { status: 502 }))))).toMatchObject({
      code: 'no_usable_answer',
    })
  })

  test.each<[string, object]>([
    ['no address', { download_url: '' }],
    ['an address that is none', { download_url: 'file:///etc/passwd' }],
    ['no hash', { hash_value: undefined }],
    ['a hash of another kind', { hash_type: 'SHA256' }],
    ['a hash that is none', { hash_value: 'x'.repeat(40) }],
  ])('that is promised with %s', async (_what, wrong) => {
    const { pay } = payTown({ [TRADES]: () => ({ json: { ...LINK, ...wrong } }) })
    expect(await rejection(pay.tradeBill(DAY))).toMatchObject({ code: 'bad_message' })
  })
})

test('whoever has seen enough of a bill leaves it', async () => {
  let cancelled = false
  const endless = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(FILE),
    cancel: () => {
      cancelled = true
    },
  })
  const { pay } = town(() => new Response(endless))
  for await (const _ of pay.downloadBill({ state: 'file', ...LINK, hash_type: 'SHA1' })) break
  expect(cancelled).toBe(true)
})
