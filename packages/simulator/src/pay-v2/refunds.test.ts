/** 申请退款 and 查询退款 as a merchant's server meets them. */
import { describe, expect, test } from 'vitest'
import { type MerchantScene, openScene } from '../merchant.fixture.ts'
import type { Coupon, World } from '../world.ts'
import { signV2 } from './sign.ts'
import { readXml } from './xml.ts'

const NUMBER = 'T20261124001'
const OK = { return_code: 'SUCCESS', return_msg: 'OK', result_code: 'SUCCESS' }
const MISMATCH = '订单金额或退款金额与之前请求不一致，请核实后再试'

async function paidScene(change?: (world: World) => void): Promise<MerchantScene> {
  const scene = openScene(change)
  await scene.paid()
  return scene
}

describe('asking for a refund', () => {
  test('is answered with what was accepted, signed, long before the money arrives', async () => {
    const { v2, refundOf, merchant } = await paidScene()
    const reply = await v2('/secapi/pay/refund', refundOf({ refund_fee: '2800' }))
    expect(reply).toEqual({
      ...OK,
      appid: expect.any(String),
      mch_id: merchant.mchid,
      nonce_str: expect.stringMatching(/^\w{16}$/),
      transaction_id: expect.stringMatching(/^42000\d{23}$/),
      out_trade_no: NUMBER,
      out_refund_no: 'R20261124001',
      refund_id: expect.stringMatching(/^503\d{26}$/),
      refund_channel: '',
      refund_fee: '2800',
      total_fee: '12800',
      fee_type: 'CNY',
      cash_fee: '12800',
      cash_refund_fee: '2800',
      coupon_refund_fee: '0',
      coupon_refund_count: '0',
      sign: signV2(reply, merchant.apiKey, 'MD5'),
    })
    const query = await v2('/pay/refundquery', refundOf())
    expect(query['refund_status_0']).toBe('PROCESSING')
  })

  test('again under the same number is the same refund, whichever number names the order', async () => {
    const scene = await paidScene()
    const first = await scene.v2('/secapi/pay/refund', scene.refundOf())
    const byTransaction = { transaction_id: first['transaction_id'] ?? '', out_trade_no: '' }
    const again = await scene.v2('/secapi/pay/refund', scene.refundOf(byTransaction))
    expect(again).toMatchObject({ ...OK, refund_id: first['refund_id'] })
    expect(await scene.control('refunds')).toHaveLength(1)
  })

  test.each([
    [{ out_trade_no: '', transaction_id: '' }, '缺少参数'],
    [{ out_refund_no: '' }, '缺少参数'],
    [{ refund_fee: '' }, '缺少参数'],
    [{ refund_fee: '0' }, '参数格式校验错误'],
    [{ refund_fee: '1.5' }, '参数格式校验错误'],
    [{ out_refund_no: 'R 1' }, '参数格式校验错误'],
    [{ refund_account: 'BASIC' }, '参数格式校验错误'],
    [{ notify_url: 'https://shop.example.com/n?x=1' }, '参数格式校验错误'],
    [{ refund_fee_type: 'USD' }, '参数格式校验错误'],
    [{ refund_fee: '12801' }, 'invalid refund_fee'],
  ])('with %o is answered unsigned', async (change, text) => {
    const { v2, refundOf } = await paidScene()
    const reply = await v2('/secapi/pay/refund', refundOf(change))
    expect(reply).toEqual({ return_code: 'FAIL', return_msg: text })
  })

  test.each([
    [{ out_trade_no: 'T-nobody-has' }, 'ORDERNOTEXIST', '订单号不存在'],
    [{ transaction_id: '4200000000202611240000000000' }, 'INVALID_TRANSACTIONID', '无效transaction_id'],
    [{ total_fee: '12801' }, 'INVALID_REQUEST', MISMATCH],
  ])('with %o is refused with %s', async (change, err_code, err_code_des) => {
    const { v2, refundOf } = await paidScene()
    expect(await v2('/secapi/pay/refund', refundOf(change))).toMatchObject({ err_code, err_code_des })
  })

  test('of an order that nobody paid is refused', async () => {
    const { v2, order, refundOf } = openScene()
    await v2('/pay/unifiedorder', order())
    expect(await v2('/secapi/pay/refund', refundOf())).toMatchObject({ err_code: 'ORDERNOTEXIST' })
  })

  test('names one order, not two', async () => {
    const scene = await paidScene()
    await scene.paid('T20261124002')
    const query = { ...scene.credentials(), out_trade_no: NUMBER }
    const { transaction_id = '' } = await scene.v2('/pay/orderquery', query)
    const both = scene.refundOf({ transaction_id, out_trade_no: 'T20261124002' })
    expect(await scene.v2('/secapi/pay/refund', both)).toMatchObject({
      err_code: 'INVALID_REQUEST',
      err_code_des: '支付单号校验不一致，请核实后再试',
    })
  })

  test('never gives back more than was paid', async () => {
    const { v2, refundOf } = await paidScene()
    const ask = (out_refund_no: string, refund_fee: string): Promise<Record<string, string>> =>
      v2('/secapi/pay/refund', refundOf({ out_refund_no, refund_fee }))
    expect(await ask('R1', '8000')).toMatchObject(OK)
    expect(await ask('R1', '8001')).toMatchObject({ err_code: 'INVALID_REQUEST', err_code_des: MISMATCH })
    expect(await ask('R2', '4801')).toMatchObject({
      err_code: 'INVALID_REQUEST',
      err_code_des: 'refund_fee大于可退金额',
    })
    expect(await ask('R3', '4800')).toMatchObject(OK)
    expect(await ask('R4', '1')).toMatchObject({ err_code: 'ERROR', err_code_des: '订单已全额退款' })
  })

  test.each<[string, (world: World) => void, number, string, string]>([
    ['a year has passed', () => undefined, 365 * 24 * 3600, 'TRADE_OVERDUE', '订单已经超过退款期限'],
    [
      'the merchant may not',
      ({ merchants: [merchant] }) => void Object.assign(merchant?.permissions ?? {}, { refund: false }),
      0,
      'NOAUTH',
      '商户无此接口权限',
    ],
    [
      'the payer has left WeChat',
      ({ users: [user] }) => void Object.assign(user ?? {}, { accountClosed: true }),
      0,
      'USER_ACCOUNT_ABNORMAL',
      '用户账户异常或已注销，不能原路退回，请使用其他方式进行退款。',
    ],
  ])('is refused when %s', async (_why, change, seconds, err_code, err_code_des) => {
    const { v2, refundOf, pass } = await paidScene(change)
    pass(seconds)
    expect(await v2('/secapi/pay/refund', refundOf())).toMatchObject({ err_code, err_code_des })
  })

  test('takes what the merchant has, from where the merchant says', async () => {
    const { v2, refundOf } = await paidScene()
    const recharged = refundOf({ refund_account: 'REFUND_SOURCE_RECHARGE_FUNDS' })
    expect(await v2('/secapi/pay/refund', recharged)).toMatchObject({
      err_code: 'NOTENOUGH',
      err_code_des: '基本账户余额不足，请充值后重新发起',
    })
    expect(await v2('/secapi/pay/refund', refundOf())).toMatchObject(OK)
    const { refund_account_0 } = await v2('/pay/refundquery', refundOf())
    expect(refund_account_0).toBe('REFUND_SOURCE_UNSETTLED_FUNDS')
  })
})

describe('the client certificate', () => {
  const page = async (response: Response): Promise<[number, string | undefined]> => [
    response.status,
    /<title>(.*)<\/title>/.exec(await response.text())?.[1],
  ]
  const url = 'https://api.mch.weixin.qq.com/secapi/pay/refund'

  test('that nobody presents is a page of the web server', async () => {
    const { send } = openScene()
    const response = await send(url, { method: 'POST', body: '<xml></xml>' })
    expect(await page(response)).toEqual([400, '400 No required SSL certificate was sent'])
  })

  test("of another merchant is WeChat's own refusal, signed", async () => {
    const { v2, refundOf, withCertificate, merchant } = await paidScene()
    const reply = await v2('/secapi/pay/refund', refundOf(), withCertificate('1600000009'))
    expect(reply).toMatchObject({
      result_code: 'FAIL',
      err_code: 'CERT_ERROR',
      err_code_des: '证书校验错误',
      sign: signV2(reply, merchant.apiKey, 'MD5'),
    })
  })
})

describe('asking after refunds', () => {
  test('by any of four numbers, those of the refund before those of the order', async () => {
    const scene = await paidScene()
    const ask = (fields: Record<string, string>): Promise<Record<string, string>> =>
      scene.v2('/pay/refundquery', { ...scene.credentials(), ...fields })
    const first = await scene.v2('/secapi/pay/refund', scene.refundOf({ refund_fee: '100' }))
    await scene.v2('/secapi/pay/refund', scene.refundOf({ out_refund_no: 'R2', refund_fee: '200' }))
    const { refund_id = '', transaction_id = '' } = first
    const unknown = { out_trade_no: 'T-nobody-has' }
    expect(await ask({ refund_id, out_refund_no: 'R2', ...unknown })).toMatchObject({ refund_fee_0: '100' })
    expect(await ask({ out_refund_no: 'R2', transaction_id })).toMatchObject({
      refund_count: '1',
      refund_fee_0: '200',
    })
    expect(await ask({ transaction_id, ...unknown })).toMatchObject({ total_refund_count: '2' })
    expect(await ask({ out_trade_no: NUMBER })).toMatchObject({ refund_count: '2', refund_fee: '300' })
  })

  test('tells all of a refund that has arrived', async () => {
    const { v2, refundOf, simulator, merchant } = await paidScene()
    const { refund_id, transaction_id } = await v2('/secapi/pay/refund', refundOf({ refund_fee: '100' }))
    await simulator.advance(60)
    const reply = await v2('/pay/refundquery', refundOf())
    expect(reply).toEqual({
      ...OK,
      appid: expect.any(String),
      mch_id: merchant.mchid,
      nonce_str: expect.any(String),
      transaction_id,
      out_trade_no: NUMBER,
      total_fee: '12800',
      fee_type: 'CNY',
      cash_fee: '12800',
      refund_fee: '100',
      refund_count: '1',
      out_refund_no_0: 'R20261124001',
      refund_id_0: refund_id,
      refund_channel_0: 'ORIGINAL',
      refund_fee_0: '100',
      refund_status_0: 'SUCCESS',
      refund_account_0: 'REFUND_SOURCE_UNSETTLED_FUNDS',
      refund_recv_accout_0: '支付用户零钱',
      refund_success_time_0: '2026-11-24 10:00:04',
      sign: signV2(reply, merchant.apiKey, 'MD5'),
    })
  })

  test('gives ten of an order at a time', async () => {
    const scene = await paidScene()
    for (let count = 1; count <= 12; count += 1)
      await scene.v2('/secapi/pay/refund', scene.refundOf({ out_refund_no: `R${count}`, refund_fee: '1' }))
    const from = (offset: string): Promise<Record<string, string>> =>
      scene.v2('/pay/refundquery', { ...scene.credentials(), out_trade_no: NUMBER, offset })
    expect(await from('')).toMatchObject({
      total_refund_count: '12',
      refund_count: '10',
      out_refund_no_9: 'R10',
    })
    expect(await from('10')).toMatchObject({
      refund_count: '2',
      out_refund_no_0: 'R11',
      out_refund_no_1: 'R12',
    })
    expect(await from('12')).toMatchObject({ err_code: 'PARAM_ERROR', err_code_des: '参数错误' })
  })

  test('that do not exist', async () => {
    const scene = await paidScene()
    const ask = (fields: Record<string, string>): Promise<Record<string, string>> =>
      scene.v2('/pay/refundquery', { ...scene.credentials(), ...fields })
    const none = { err_code: 'REFUNDNOTEXIST', err_code_des: '退款订单查询失败' }
    expect(await ask({ out_refund_no: 'R1' })).toMatchObject(none)
    expect(await ask({ refund_id: '503' })).toMatchObject(none)
    expect(await ask({ out_trade_no: NUMBER })).toMatchObject(none)
    expect(await ask({ transaction_id: '42' })).toMatchObject({ err_code: 'INVALID_TRANSACTIONID' })
    expect(await ask({})).toEqual({ return_code: 'FAIL', return_msg: '缺少参数' })
  })
})

describe('coupons', () => {
  const coupons: Coupon[] = [
    {
      id: '2001',
      stockId: '1',
      name: '充值券',
      kind: 'CASH',
      fen: 500,
      minimumFen: 0,
      mchid: null,
      goodsTag: '',
    },
    {
      id: '2002',
      stockId: '2',
      name: '立减',
      kind: 'NO_CASH',
      fen: 300,
      minimumFen: 0,
      mchid: null,
      goodsTag: '',
    },
  ]
  const withCoupons = ({ users: [user] }: World): void => void user?.coupons.push(...coupons)

  test('are counted from 0 in the query and in the notification', async () => {
    const scene = await paidScene(withCoupons)
    await scene.simulator.settle()
    const expected = {
      total_fee: '12800',
      settlement_total_fee: '12500',
      cash_fee: '12000',
      coupon_fee: '800',
      coupon_count: '2',
      coupon_type_0: 'CASH',
      coupon_id_0: '2001',
      coupon_fee_0: '500',
      coupon_type_1: 'NO_CASH',
      coupon_id_1: '2002',
      coupon_fee_1: '300',
    }
    const query = { ...scene.credentials(), out_trade_no: NUMBER }
    const queried = await scene.v2('/pay/orderquery', query)
    expect(queried).toMatchObject(expected)
    expect(queried).not.toHaveProperty('promotion_detail')
    expect(readXml(scene.delivered[0]?.body ?? '')).toMatchObject(expected)
    const { promotion_detail = '' } = await scene.v2('/pay/orderquery', { ...query, version: '1.0' })
    expect(JSON.parse(promotion_detail)).toMatchObject({
      promotion_detail: [
        { promotion_id: '2001', name: '充值券', scope: 'GLOBAL', type: 'COUPON', amount: 500 },
        { promotion_id: '2002', name: '立减', scope: 'GLOBAL', type: 'DISCOUNT', amount: 300 },
      ],
    })
  })

  test('go back by shares, twice numbered in the query of refunds', async () => {
    const { v2, refundOf } = await paidScene(withCoupons)
    const reply = await v2('/secapi/pay/refund', refundOf({ refund_fee: '6400' }))
    expect(reply).toMatchObject({
      settlement_refund_fee: '6250',
      settlement_total_fee: '12500',
      cash_refund_fee: '6000',
      coupon_refund_fee: '400',
      coupon_refund_count: '2',
      coupon_type_0: 'CASH',
      coupon_refund_id_0: '2001',
      coupon_refund_fee_0: '250',
      coupon_refund_fee_1: '150',
    })
    expect(await v2('/pay/refundquery', refundOf())).toMatchObject({
      settlement_refund_fee_0: '6250',
      coupon_refund_fee_0: '400',
      coupon_refund_count_0: '2',
      coupon_type_0_1: 'NO_CASH',
      coupon_refund_id_0_1: '2002',
      coupon_refund_fee_0_1: '150',
    })
  })
})
