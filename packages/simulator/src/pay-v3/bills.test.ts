/** Bills of Pay v3: applied for, fetched by a signed request, checked by their hash. */
import { createHash } from 'node:crypto'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { openV3Scene, SUB_MCHID, type V3Reply, type V3Scene, withSubMerchant } from './merchant-v3.fixture.ts'

const TRADES = '/v3/bill/tradebill?bill_date=2026-11-24'
const HOUR = 3600

/** Ten in the morning of the day after a payment. */
async function dayAfter(change: Parameters<typeof openV3Scene>[0] = () => undefined): Promise<V3Scene> {
  const scene = openV3Scene(change)
  await scene.v3Paid()
  await scene.simulator.advance(24 * HOUR)
  return scene
}

async function fetched(scene: V3Scene, { json }: V3Reply): Promise<{ reply: V3Reply; bytes: Buffer }> {
  const url = String(json['download_url'])
  const response = await scene.v3(url)
  const direct = await scene.send(url, await scene.signed(url))
  return { reply: response, bytes: Buffer.from(await direct.arrayBuffer()) }
}

test('a trade bill is the file its hash says, byte-order mark and all, and nobody signs it', async () => {
  const scene = await dayAfter()
  const applied = await scene.v3(TRADES)
  expect(applied.json).toEqual({
    download_url: expect.stringMatching(
      /^https:\/\/api\.mch\.weixin\.qq\.com\/v3\/billdownload\/file\?token=\w{64}$/,
    ),
    hash_type: 'SHA1',
    hash_value: expect.stringMatching(/^[0-9a-f]{40}$/),
  })
  expect(await scene.isFromWechat(applied.headers, applied.text)).toBe(true)
  const { reply, bytes } = await fetched(scene, applied)
  expect([...reply.headers.keys()].filter((name) => name.startsWith('wechatpay-'))).toEqual([])
  expect(createHash('sha1').update(bytes).digest('hex')).toBe(applied.json['hash_value'])
  expect([...bytes.subarray(0, 3)]).toEqual([0xef, 0xbb, 0xbf])
  expect(bytes.toString()).toContain('`T20261124001,')
})

test('packed, the hash is of what is in it', async () => {
  const scene = await dayAfter()
  const applied = await scene.v3(`${TRADES}&tar_type=GZIP`)
  expect(applied.json['download_url']).toMatch(/&tartype=gzip$/)
  const { bytes } = await fetched(scene, applied)
  expect(createHash('sha1').update(gunzipSync(bytes)).digest('hex')).toBe(applied.json['hash_value'])
})

test('a fund-flow bill has the payment and its fee', async () => {
  const scene = await dayAfter()
  const { bytes } = await fetched(scene, await scene.v3('/v3/bill/fundflowbill?bill_date=2026-11-24'))
  expect(bytes.toString()).toContain('`扣除交易手续费,')
})

test('at a base URL the link leads back to it', async () => {
  const scene = await dayAfter()
  const applied = await scene.v3(`http://localhost:9090${TRADES}`)
  expect(applied.json['download_url']).toMatch(/^http:\/\/localhost:9090\/v3\/billdownload\/file\?token=/)
})

describe('no bill', () => {
  test.each([
    ['of today', '2026-11-25', 'INVALID_REQUEST'],
    ['of tomorrow', '2026-11-26', 'INVALID_REQUEST'],
    ['of more than three months ago', '2026-08-24', 'INVALID_REQUEST'],
    ['of a day on which nothing happened', '2026-11-20', 'NO_STATEMENT_EXIST'],
    ['of a day that is none', '2026-02-30', 'INVALID_REQUEST'],
  ])('%s', async (_what, date, code) => {
    const reply = await (await dayAfter()).v3(`/v3/bill/tradebill?bill_date=${date}`)
    expect([reply.status, reply.json['code']]).toEqual([400, code])
  })

  test('before ten in the morning', async () => {
    const scene = openV3Scene()
    await scene.v3Paid()
    await scene.simulator.advance(24 * HOUR - 1)
    const reply = await scene.v3(TRADES)
    expect([reply.status, reply.json]).toEqual([400, { code: 'STATEMENT_CREATING', message: '账单生成中' }])
  })

  test('of a date written as v2 does', async () => {
    const reply = await (await dayAfter()).v3('/v3/bill/tradebill?bill_date=20261124')
    expect(reply.json).toMatchObject({
      code: 'PARAM_ERROR',
      detail: { location: 'query', value: '20261124' },
    })
  })
})

describe('the link', () => {
  test('lives five minutes', async () => {
    const scene = await dayAfter()
    const { json } = await scene.v3(TRADES)
    scene.pass(299)
    expect((await scene.v3(String(json['download_url']))).status).toBe(200)
    scene.pass(1)
    const late = await scene.v3(String(json['download_url']))
    expect([late.status, late.json]).toEqual([
      400,
      { code: 'INVALID_REQUEST', message: '下载链接过期，请重新请求文件下载' },
    ])
  })

  test('is of the merchant who applied', async () => {
    const scene = await dayAfter(withSubMerchant)
    const { json } = await scene.v3(TRADES)
    const [, merchant] = scene.world.merchants
    const reply = await scene.v3(String(json['download_url']), merchant === undefined ? {} : { merchant })
    expect([reply.status, reply.json['code']]).toEqual([403, 'NO_AUTH'])
  })

  test('wants a signature', async () => {
    const scene = await dayAfter()
    const { json } = await scene.v3(TRADES)
    const reply = await scene.v3(String(json['download_url']), { headers: { authorization: undefined } })
    expect([reply.status, reply.json['code']]).toEqual([401, 'SIGN_ERROR'])
  })
})

test('a provider asks for one sub-merchant, and only for its own', async () => {
  const scene = await dayAfter(withSubMerchant)
  expect((await scene.v3(`${TRADES}&sub_mchid=${SUB_MCHID}`)).json['code']).toBe('NO_STATEMENT_EXIST')
  expect((await scene.v3(`${TRADES}&sub_mchid=1900000110`)).json).toEqual({
    code: 'INVALID_REQUEST',
    message: '受理关系不存在',
  })
})
