/** Every way to fail, and nothing that failed may tell a secret. */
import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { fen } from '../fen.ts'
import type { Exchange } from '../transport.ts'
import { rejection } from '../wechat.fake.ts'
import type { PayV3 } from './api.ts'
import {
  API_V3_KEY,
  APPID,
  CERTIFICATE_MODE,
  certificateList,
  MERCHANT,
  notified,
  payTown,
  type Reply,
} from './wechat-pay.fake.ts'

const [, keyStart = ''] = MERCHANT.privateKey.split('\n')
const SECRETS = {
  privateKey: keyStart.slice(40, 80),
  apiV3Key: API_V3_KEY,
  openid: 'MARK-openid',
  prepayId: 'MARK-prepay-id',
  name: 'MARK-name',
  account: 'MARK-account',
  page: 'MARK-page-of-a-proxy',
  token: 'MARK-token-of-a-bill',
}
const refusal = {
  code: 'PARAM_ERROR',
  message: '参数错误',
  detail: { location: 'body', value: SECRETS.openid },
}

type Way = () => Reply | Response
const WAYS: Record<string, Way> = {
  'a broken connection': () => {
    const cause = new Error(`connect ECONNREFUSED ?token=${SECRETS.token}`)
    throw new TypeError(`fetch failed for ${SECRETS.openid}`, { cause })
  },
  'a proxy': () => new Response(SECRETS.page, { status: 502 }),
  'a page': () => new Response(`<html>${SECRETS.page}</html>`),
  'a signed page': () => ({ body: SECRETS.page }),
  'a refusal': () => Response.json(refusal, { status: 400 }),
  'half a reply': () => ({ body: `{"prepay_id":"${SECRETS.prepayId}"` }),
  'a forged reply': () => ({ json: { prepay_id: SECRETS.prepayId }, signer: 'nobody' }),
  'a reply of another shape': () => ({ json: { prepay_id: { x: SECRETS.prepayId }, status: SECRETS.page } }),
}

const ORDER = {
  appid: APPID,
  description: '茶',
  out_trade_no: 'TEA-0001',
  notify_url: 'https://shop.example.com/notifications',
  amount: { total: fen(1) },
  payer: {
    openid: SECRETS.openid,
    identity: { type: 'IDCARD', number: SECRETS.account, name: SECRETS.name },
  },
} as const

async function failures(pay: PayV3): Promise<unknown[]> {
  const foreign = await notified({ resource: { openid: SECRETS.openid }, apiV3Key: 'x'.repeat(32) })
  const strange = await notified({ resource: `{"openid":"${SECRETS.openid}"`, signer: 'publicKey' })
  const abnormal = { refund_id: '5000', out_refund_no: 'R1', type: 'USER_BANK_CARD', bank_type: 'X' } as const
  const bill = { state: 'file', hash_type: 'SHA1', hash_value: '0'.repeat(40) } as const
  const download_url = `https://api.mch.weixin.qq.com/v3/billdownload/file?token=${SECRETS.token}`
  const calls = [
    pay.prepay(ORDER),
    pay.prepay({ ...ORDER, description: '', notify_url: SECRETS.page, payer: { openid: '' } }),
    pay.query({ out_trade_no: 'TEA-0001' }),
    pay.close({ out_trade_no: 'TEA-0001' }),
    pay.refund({ out_trade_no: 'TEA-0001', out_refund_no: 'R1', amount: { refund: fen(1), total: fen(1) } }),
    pay.queryRefund({ out_refund_no: 'R1' }),
    pay.applyAbnormalRefund({ ...abnormal, bank_account: SECRETS.account, real_name: SECRETS.name }),
    pay.tradeBill({ bill_date: '2024-05-31' }),
    pay.echo({ echo_message: 'x', encrypted_echo_message: SECRETS.account }),
    pay.encrypt(SECRETS.account.repeat(30)),
    pay.decrypt(SECRETS.page),
    pay.readNotification(foreign),
    pay.readNotification(strange),
    pay.certificates(),
    (async () => {
      for await (const _ of pay.downloadBill({ ...bill, download_url }));
    })(),
  ]
  const settled = await Promise.allSettled(calls)
  return settled.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []))
}

function expectNoSecret(printed: string): void {
  const told = Object.entries(SECRETS).filter(([, value]) => printed.includes(value))
  expect(told).toEqual([])
}

test.each(Object.entries(WAYS))('%s tells no secret, however its errors are printed', async (_what, way) => {
  const seen: Exchange[] = []
  const answers = new Proxy({}, { get: () => way })
  const { pay } = payTown(answers, { onExchange: (one) => seen.push(one) })
  const errors = await failures(pay)
  expect(errors.length).toBeGreaterThanOrEqual(13)
  for (const error of errors) {
    expectNoSecret(inspect(error, { depth: 9, showHidden: true }))
    expectNoSecret(JSON.stringify(error))
    if (error instanceof Error) expectNoSecret(`${error} ${error.stack} ${inspect(error.cause)}`)
  }
  expect(seen.length).toBeGreaterThan(5)
  expectNoSecret(JSON.stringify(seen))
})

test('a wrong APIv3 key is not told, nor what it did not open', async () => {
  const { pay } = payTown(
    {
      'GET /v3/certificates': async () => ({ json: await certificateList(['certificate'], 'x'.repeat(32)) }),
    },
    CERTIFICATE_MODE,
  )
  const error = await rejection(pay.query({ out_trade_no: 'TEA-0001' }))
  expectNoSecret(inspect(error, { depth: 9, showHidden: true }))
})

test('what was made of secrets prints without them', async () => {
  const { pay } = payTown({})
  expectNoSecret(inspect(pay, { depth: 9, showHidden: true }) + JSON.stringify(pay))
})
