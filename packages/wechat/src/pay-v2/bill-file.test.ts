import { gunzipSync, gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { type Answer, type FakeWechat, fakeWechat, rejection } from '../wechat.fake.ts'
import { createPayV2, type PayV2 } from './api.ts'
import type { BillFile, DownloadBillRequest } from './bill-file.ts'
import { isSigned } from './sign.ts'
import { parseXml } from './xml.ts'

const MCHID = '1900000109'
const KEY = '8934e7d15453e97507ef794cf7b0519d'
const DAY = { appid: 'wx2421b1c4370ec43b', bill_date: '20260105' }
const FLOW = { ...DAY, account_type: 'Basic' } as const
const FILE = '\uFEFF交易时间,公众账号ID\r\n`2026-01-05 09:15:01,`wx2421b1c4370ec43b\r\n'

function scene(answer: Answer): { pay: PayV2; wechat: FakeWechat } {
  const wechat = fakeWechat({ '/pay/downloadbill': answer, '/pay/downloadfundflow': answer })
  const { fetch } = wechat
  return { pay: createPayV2({ mchid: MCHID, apiKey: KEY, fetch, certificateFetch: fetch }), wechat }
}

async function contentOf(bill: BillFile): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  if (bill.state === 'file') for await (const chunk of bill.bytes) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** A body that comes in pieces of so many bytes. */
function inPieces(bytes: Uint8Array, size: number): Response {
  const starts = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) => index * size)
  const body = new ReadableStream({
    pull(controller) {
      const start = starts.shift()
      if (start === undefined) controller.close()
      else controller.enqueue(bytes.subarray(start, start + size))
    },
  })
  return new Response(body)
}

describe('a bill', () => {
  test.each([1, 2, 3, 5, 1000])('is handed on as it comes, in pieces of %i bytes', async (size) => {
    const { pay } = scene(() => inPieces(Buffer.from(FILE), size))
    expect((await contentOf(await pay.downloadbill(DAY))).toString()).toBe(FILE)
  })

  test('stays closed with GZIP where that was asked for', async () => {
    const { pay, wechat } = scene(() => inPieces(gzipSync(FILE), 7))
    const content = await contentOf(await pay.downloadbill({ ...DAY, tar_type: 'GZIP' }))
    expect(gunzipSync(content).toString()).toBe(FILE)
    expect(parseXml(wechat.asked[0]?.body ?? '')['tar_type']).toBe('GZIP')
  })

  test('of trades is asked for with MD5, which has no name there', async () => {
    const { pay, wechat } = scene(() => FILE)
    await pay.downloadbill(DAY)
    const sent = parseXml(wechat.asked[0]?.body ?? '')
    expect(sent).toMatchObject({ bill_date: '20260105', bill_type: 'ALL' })
    expect(sent).not.toHaveProperty('sign_type')
    expect(isSigned(sent, KEY, 'MD5')).toBe(true)
  })

  test('of funds is asked for with HMAC-SHA256, whatever else the merchant signs with', async () => {
    const wechat = fakeWechat({ '/pay/downloadfundflow': () => FILE })
    const options = { mchid: MCHID, apiKey: KEY, signType: 'MD5', certificateFetch: wechat.fetch } as const
    await createPayV2(options).downloadfundflow(FLOW)
    const sent = parseXml(wechat.asked[0]?.body ?? '')
    expect(sent).toMatchObject({ sign_type: 'HMAC-SHA256', account_type: 'Basic' })
    expect(isSigned(sent, KEY, 'HMAC-SHA256')).toBe(true)
  })

  test.each<[string, Partial<Record<keyof DownloadBillRequest, string>>]>([
    ['bill_date', { bill_date: '2026-01-05' }],
    ['bill_date', { bill_date: '20261301' }],
    ['bill_type', { bill_type: 'EVERYTHING' }],
    ['tar_type', { tar_type: 'ZIP' }],
  ])('is not asked for with a wrong %s', async (name, wrong) => {
    const { pay, wechat } = scene(() => FILE)
    const error = await rejection(pay.downloadbill({ ...DAY, ...wrong } as DownloadBillRequest))
    expect(error).toMatchObject({ code: 'invalid_request' })
    expect(String(error)).toContain(`downloadbill: ${name}: `)
    expect(wechat.asked).toEqual([])
  })

  test('that breaks off says so, and is not taken for whole', async () => {
    const broken = new ReadableStream({
      start(controller) {
        controller.enqueue(Buffer.from(FILE))
      },
      pull(controller) {
        controller.error(new TypeError('terminated'))
      },
    })
    const { pay } = scene(() => new Response(broken))
    const bill = await pay.downloadbill(DAY)
    expect(await rejection(contentOf(bill))).toMatchObject({ code: 'network', outcome: 'unknown' })
  })
})

const no = (fields: Record<string, string>): string =>
  `<xml>${Object.entries(fields)
    .map(([name, value]) => `<${name}><![CDATA[${value}]]></${name}>`)
    .join('\n')}</xml>`

describe('no bill', () => {
  test.each([
    ['No Bill Exist', 'as it comes'],
    ['NO Bill Exist', 'as it is documented'],
  ])('%s (%s): nothing happened that day', async (return_msg) => {
    for (const codes of [{ error_code: '20002' }, { err_code: '', err_code_des: '' }]) {
      const { pay } = scene(() => no({ return_code: 'FAIL', return_msg, ...codes }))
      expect(await pay.downloadbill({ ...DAY, tar_type: 'GZIP' })).toEqual({ state: 'empty' })
    }
  })

  test('of funds: nothing happened that day', async () => {
    const { pay } = scene(() =>
      no({
        return_code: 'SUCCESS',
        return_msg: 'OK',
        result_code: 'FAIL',
        err_code: 'NO_BILL_EXIST',
        err_code_des: '账单不存在',
      }),
    )
    expect(await pay.downloadfundflow(FLOW)).toEqual({ state: 'empty' })
  })

  test.each([
    ['20002', 'Bill Creating', 'refused', true],
    ['20001', 'sign error', 'refused', false],
    ['20001', 'invalid bill_date', 'refused', false],
    ['20007', '当前商户号账单API权限已经关闭', 'refused', false],
    ['20003', 'system error', 'unknown', true],
    ['100', 'SYSTEMERROR', 'unknown', true],
    ['20100', 'system error', 'unknown', true],
  ])('%s %s: %s', async (error_code, return_msg, outcome, retryable) => {
    const { pay } = scene(() => no({ return_code: 'FAIL', return_msg, error_code }))
    expect(await rejection(pay.downloadbill(DAY))).toMatchObject({
      outcome,
      retryable,
      wechatText: return_msg,
    })
  })

  test.each([
    ['BILL_CREATING', 'refused', true],
    ['PARAM_ERROR', 'refused', false],
    ['SYSTEMERROR', 'unknown', true],
  ])('of funds %s: %s', async (err_code, outcome, retryable) => {
    const { pay } = scene(() => no({ return_code: 'SUCCESS', result_code: 'FAIL', err_code }))
    expect(await rejection(pay.downloadfundflow(FLOW))).toMatchObject({
      outcome,
      retryable,
      wechatCode: err_code,
    })
  })

  test.each<[string, Answer]>([
    ['a proxy’s page', () => '<!DOCTYPE html><html></html>'],
    ['a proxy’s failure', () => new Response('Bad Gateway', { status: 502 })],
    ['a file with a status of failure', () => new Response(FILE, { status: 500 })],
    ['nothing', () => ''],
    ['a byte order mark', () => '\uFEFF'],
    ['markup without end', () => inPieces(Buffer.alloc(1_000_000, '<x>'), 10_000)],
  ])('but %s', async (_what, answer) => {
    const { pay } = scene(answer)
    expect(await rejection(pay.downloadbill(DAY))).toMatchObject({
      code: 'no_usable_answer',
      outcome: 'unknown',
    })
  })
})
