import { describe, expect, test } from 'vitest'
import { fen } from '../fen.ts'
import { Secret } from '../secret.ts'
import { rejection } from '../wechat.fake.ts'
import type { AbnormalRefundRequest, RefundRequest } from './refunds.ts'
import { openedByWechat, type PayAnswer, payTown, SIGNERS } from './wechat-pay.fake.ts'

const REQUEST: RefundRequest = {
  out_trade_no: '1217752501201407033233368018',
  out_refund_no: 'R-1217752501@1',
  reason: '商品已售完',
  amount: { refund: fen(40), total: fen(100) },
}
const PROCESSING = {
  refund_id: '50000000382019052709732678859',
  out_refund_no: REQUEST.out_refund_no,
  transaction_id: '1217752501201407033233368018',
  out_trade_no: '1217752501201407033233368018',
  channel: 'ORIGINAL',
  user_received_account: '招商银行信用卡0403',
  create_time: '2024-06-01T10:00:00+08:00',
  status: 'PROCESSING',
  funds_account: 'UNSETTLED',
  amount: {
    total: 100,
    refund: 40,
    from: [{ account: 'AVAILABLE', amount: 40 }],
    payer_total: 90,
    payer_refund: 36,
    settlement_refund: 40,
    settlement_total: 100,
    discount_refund: 4,
    currency: 'CNY',
    refund_fee: 0,
  },
  promotion_detail: [
    { promotion_id: '109519', scope: 'SINGLE', type: 'DISCOUNT', amount: 5, refund_amount: 4 },
  ],
}
const CREATE = 'POST /v3/refund/domestic/refunds'
const QUERY = `GET /v3/refund/domestic/refunds/${encodeURIComponent(REQUEST.out_refund_no)}`
const ABNORMAL = `POST /v3/refund/domestic/refunds/${PROCESSING.refund_id}/apply-abnormal-refund`
const json =
  (value: unknown): PayAnswer =>
  () => ({ json: value })

describe('a refund', () => {
  test('is asked for under our number, its currency said', async () => {
    const { pay, bodies } = payTown({ [CREATE]: json(PROCESSING) })
    expect(await pay.refund(REQUEST)).toMatchObject({
      status: 'PROCESSING',
      refund_id: PROCESSING.refund_id,
      amount: { refund: 40, payer_refund: 36, discount_refund: 4, refund_fee: 0, currency: 'CNY' },
      promotion_detail: PROCESSING.promotion_detail,
    })
    expect(bodies()).toEqual([{ ...REQUEST, amount: { ...REQUEST.amount, currency: 'CNY' } }])
  })

  test('says its currency, and nothing of what is null, however the program put it', async () => {
    const { pay, bodies, asked } = payTown({ [CREATE]: json(PROCESSING), [QUERY]: json(PROCESSING) })
    const empty = { transaction_id: null, notify_url: null, funds_account: null, sub_mchid: null }
    const amount = { ...REQUEST.amount, currency: undefined, from: null }
    await pay.refund({ ...REQUEST, ...empty, amount } as never)
    expect(bodies()).toEqual([{ ...REQUEST, amount: { ...REQUEST.amount, currency: 'CNY' } }])
    await pay.queryRefund({ out_refund_no: REQUEST.out_refund_no, sub_mchid: null } as never)
    expect(asked.map(({ url }) => url.search)).toEqual(['', ''])
  })

  test.each<[string, unknown]>([
    ['half a fen', [{ account: 'AVAILABLE', amount: 0.5 }]],
    ['a bigint', [{ account: 'AVAILABLE', amount: 1n }]],
    ['an unknown account', [{ account: 'MINE', amount: 1 }]],
    ['no list', { account: 'AVAILABLE', amount: 1 }],
  ])('is not asked for from %s', async (_what, from) => {
    const { pay, asked } = payTown({})
    const refusing = rejection(pay.refund({ ...REQUEST, amount: { ...REQUEST.amount, from } } as never))
    expect(await refusing).toMatchObject({ message: expect.stringContaining('amount.from: ') })
    expect(asked).toEqual([])
  })

  test('that is done says when', async () => {
    const { pay } = payTown({
      [QUERY]: json({ ...PROCESSING, status: 'SUCCESS', success_time: '2024-06-01T10:05:00+08:00' }),
    })
    const refund = await pay.queryRefund({ out_refund_no: REQUEST.out_refund_no })
    if (refund.status !== 'SUCCESS') throw new Error('it is done')
    expect(refund.success_time).toBe('2024-06-01T10:05:00+08:00')
  })

  test.each([
    ['ABNORMAL', 'ABNORMAL'],
    ['CLOSED', 'CLOSED'],
    ['CLOSE', 'CLOSED'],
  ])('that is %s is %s', async (status, state) => {
    const { pay } = payTown({ [QUERY]: json({ ...PROCESSING, status }) })
    expect(await pay.queryRefund({ out_refund_no: REQUEST.out_refund_no })).toMatchObject({ status: state })
  })

  test('of a sub-merchant’s order is asked for and found under its number', async () => {
    const { pay, asked } = payTown({ [CREATE]: json(PROCESSING), [QUERY]: json(PROCESSING) })
    await pay.refund({ ...REQUEST, sub_mchid: '1900000110' })
    await pay.queryRefund({ out_refund_no: REQUEST.out_refund_no, sub_mchid: '1900000110' })
    expect(JSON.parse(asked[0]?.body ?? '')).toMatchObject({ sub_mchid: '1900000110' })
    expect(asked[1]?.url.search).toBe('?sub_mchid=1900000110')
  })

  test('that WeChat does not know was not accepted', async () => {
    const { pay } = payTown({
      [QUERY]: () => ({ status: 404, json: { code: 'RESOURCE_NOT_EXISTS', message: '' } }),
    })
    const asking = pay.queryRefund({ out_refund_no: REQUEST.out_refund_no })
    expect(await rejection(asking)).toMatchObject({
      outcome: 'refused',
      wechatCode: 'RESOURCE_NOT_EXISTS',
      remedy: { next: 'query' },
    })
  })

  test.each<[string, object]>([
    ['another refund', { out_refund_no: 'R-2' }],
    ['a state that is not documented', { status: 'MAYBE' }],
    ['success at no time', { status: 'SUCCESS' }],
    ['no amount', { amount: undefined }],
    ['an amount that is a text', { amount: { ...PROCESSING.amount, refund: '40' } }],
    ['no number of WeChat’s', { refund_id: '' }],
  ])('that is answered with %s leaves the outcome open', async (_what, wrong) => {
    const { pay } = payTown({ [CREATE]: json({ ...PROCESSING, ...wrong }) })
    expect(await rejection(pay.refund(REQUEST))).toMatchObject({ code: 'bad_message', outcome: 'unknown' })
  })

  test.each<[string, object]>([
    ['out_trade_no', { out_trade_no: 'x' }],
    ['out_refund_no', { out_refund_no: '' }],
    ['out_refund_no', { out_refund_no: 'R/1' }],
    ['out_refund_no', { out_refund_no: 'R'.repeat(65) }],
    ['reason', { reason: '退'.repeat(27) }],
    ['notify_url', { notify_url: 'https://shop.example.com/?a=1' }],
    ['funds_account', { funds_account: 'POCKET' }],
    ['amount.refund', { amount: { refund: 0, total: 100 } }],
    ['amount.refund', { amount: { refund: 101, total: 100 } }],
    ['amount.total', { amount: { refund: 1, total: 1.5 } }],
    ['sub_mchid', { sub_mchid: 'x' }],
  ])('with a wrong %s is not asked for', async (name, wrong) => {
    const { pay, asked } = payTown({})
    const error = await rejection(pay.refund({ ...REQUEST, ...wrong } as RefundRequest))
    expect(error).toMatchObject({ code: 'invalid_request', outcome: 'refused' })
    expect(String(error)).toContain(`refund: ${name}: `)
    expect(asked).toEqual([])
  })
})

describe('an abnormal refund', () => {
  const { refund_id, out_refund_no } = PROCESSING
  const toCard: AbnormalRefundRequest = {
    refund_id,
    out_refund_no,
    type: 'USER_BANK_CARD',
    bank_type: 'ICBC_DEBIT',
    bank_account: new Secret('6222020903001483077'),
    real_name: '张三',
  }

  test('goes to the payer’s card, which only WeChat can read', async () => {
    const { pay, asked } = payTown({ [ABNORMAL]: json(PROCESSING) })
    expect(await pay.applyAbnormalRefund(toCard)).toMatchObject({ status: 'PROCESSING' })
    const { bank_account, real_name, ...rest } = JSON.parse(asked[0]?.body ?? '') as Record<string, string>
    expect(rest).toEqual({ out_refund_no, type: 'USER_BANK_CARD', bank_type: 'ICBC_DEBIT' })
    expect(await openedByWechat(bank_account ?? '')).toBe('6222020903001483077')
    expect(await openedByWechat(real_name ?? '')).toBe('张三')
    expect(asked[0]?.headers.get('wechatpay-serial')).toBe(SIGNERS.publicKey.serial)
  })

  test('comes back to the merchant', async () => {
    const { pay, bodies } = payTown({ [ABNORMAL]: json(PROCESSING) })
    await pay.applyAbnormalRefund({ refund_id, out_refund_no, type: 'MERCHANT_BANK_CARD' })
    const careless = { ...toCard, type: 'MERCHANT_BANK_CARD' } as const
    await pay.applyAbnormalRefund(careless)
    const sent = { out_refund_no, type: 'MERCHANT_BANK_CARD' }
    expect(bodies()).toEqual([sent, sent])
  })

  test('is not asked for with an account missing', async () => {
    const { pay, asked } = payTown({})
    const error = await rejection(pay.applyAbnormalRefund({ ...toCard, bank_account: '' }))
    expect(String(error)).toContain('applyAbnormalRefund: bank_account: ')
    expect(asked).toEqual([])
  })
})
