/** Refunds, bills and their notifications in every way to fail; nothing that failed may tell a secret. */
import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { readTradeBill } from '../bills/trade-bill.ts'
import { fen } from '../fen.ts'
import { rejection } from '../wechat.fake.ts'
import { createPayV2 } from './api.ts'
import { cipherKey, sealed } from './crypto.ts'
import { signedMessage } from './signed-message.ts'
import { serialiseXml } from './xml.ts'

const APPID = 'wx0123456789abcdef'
const MCHID = '1900000109'
const KEY = 'b0b5ec4e7b0b5ec4e7b0b5ec4e7b0b5e'
const SECRETS = {
  apiKey: KEY,
  cipherKey: cipherKey(KEY).reveal(),
  openid: 'MARK-openid',
  page: 'MARK-page-of-a-proxy',
  refund: 'MARK-refund',
  description: 'MARK-description',
  bill: 'MARK-bill',
}
const yes = { return_code: 'SUCCESS', result_code: 'SUCCESS', appid: APPID, mch_id: MCHID, nonce_str: 'x' }

const WAYS: Record<string, () => Response> = {
  'a broken connection': () => {
    throw new TypeError(`fetch failed with ${SECRETS.apiKey}`, { cause: new Error(SECRETS.refund) })
  },
  'a proxy': () => new Response(SECRETS.page, { status: 502 }),
  'the certificate page': () => new Response(`<html>${SECRETS.page}</html>`, { status: 400 }),
  'a page': () => new Response(`<html>${SECRETS.page}</html>`),
  'a forged reply': () => new Response(serialiseXml({ ...yes, openid: SECRETS.openid, sign: 'x' })),
  'a reply about another refund': () =>
    new Response(
      signedMessage({ ...yes, out_refund_no: SECRETS.refund, refund_fee: SECRETS.bill }, KEY, 'MD5'),
    ),
  'a file that is no bill': () => new Response(`${SECRETS.bill}\n\`${SECRETS.openid}\n`),
}

test.each(Object.entries(WAYS))('%s tells no secret, however its errors are printed', async (_what, way) => {
  const fetch = async (): Promise<Response> => way()
  const pay = createPayV2({ mchid: MCHID, apiKey: KEY, signType: 'MD5', fetch, certificateFetch: fetch })
  const refund = {
    appid: APPID,
    transaction_id: '4200000001202601010000000001',
    out_refund_no: 'R1',
    total_fee: fen(2),
    refund_fee: fen(1),
    refund_desc: SECRETS.description,
  }
  const root = `<root><refund_status>${SECRETS.refund}</refund_status></root>`
  const reqInfo = sealed(Buffer.from(root), cipherKey(KEY)).toString('base64')
  const errors = await Promise.all(
    [
      pay.refund(refund),
      pay.refund({ ...refund, out_refund_no: `${SECRETS.refund}!` }),
      pay.reverse({ appid: APPID, transaction_id: refund.transaction_id }),
      pay.refundquery({ appid: APPID, out_refund_no: 'R1' }),
      pay.downloadfundflow({ appid: APPID, bill_date: SECRETS.bill, account_type: 'Basic' }),
      (async () => {
        const bill = await pay.downloadbill({ appid: APPID, bill_date: '20260105' })
        if (bill.state === 'file')
          for await (const row of readTradeBill(bill.bytes)) expect(row).toBeUndefined()
      })(),
      (async () => pay.readRefundNotification(serialiseXml({ ...yes, req_info: reqInfo })))(),
      (async () => pay.readRefundNotification(serialiseXml({ ...yes, req_info: SECRETS.refund })))(),
    ].map((call) => rejection(call)),
  )
  for (const error of errors) {
    expect(error).toBeInstanceOf(Error)
    for (const printed of [
      inspect(error, { depth: 9, showHidden: true }),
      JSON.stringify(error),
      String(error),
    ]) {
      const told = Object.entries(SECRETS).filter(([, value]) => printed.includes(value))
      expect(told).toEqual([])
    }
  }
})
