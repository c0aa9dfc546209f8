/** Refunds of Pay v3: asked for, repeated, refused, arrived, stuck and helped on. */
import { describe, expect, test } from 'vitest'
import { hiddenFor, openV3Scene, publicKeysFor, type V3Scene } from './merchant-v3.fixture.ts'

const REFUNDS = '/v3/refund/domestic/refunds'

function refund(change: object = {}): object {
  return {
    out_trade_no: 'T20261124001',
    out_refund_no: 'R20261124001',
    notify_url: 'https://shop.example.com/refunds',
    amount: { refund: 3000, total: 12800, currency: 'CNY' },
    ...change,
  }
}

/** Before the money of the day is there, the merchant has some. */
async function paidScene(change: Parameters<typeof openV3Scene>[0] = () => undefined): Promise<V3Scene> {
  const scene = openV3Scene(change)
  await scene.v3Paid()
  await scene.simulator.settle()
  return scene
}

test('a refund is accepted, arrives, is announced and found', async () => {
  const scene = await paidScene()
  const asked = await scene.v3(REFUNDS, { body: refund() })
  const said = {
    refund_id: expect.stringMatching(/^503\d{26}$/),
    out_refund_no: 'R20261124001',
    transaction_id: expect.stringMatching(/^42000\d{23}$/),
    out_trade_no: 'T20261124001',
    channel: 'ORIGINAL',
    user_received_account: '支付用户零钱',
    create_time: '2026-11-24T10:00:00+08:00',
    funds_account: 'UNSETTLED',
    amount: {
      total: 12800,
      refund: 3000,
      from: [],
      payer_total: 12800,
      payer_refund: 3000,
      settlement_refund: 3000,
      settlement_total: 12800,
      discount_refund: 0,
      currency: 'CNY',
      refund_fee: expect.any(Number),
    },
    promotion_detail: [],
  }
  expect([asked.status, asked.json]).toEqual([200, { ...said, status: 'PROCESSING' }])
  await scene.simulator.advance(4)
  const { envelope, resource } = await scene.newest()
  expect(envelope).toMatchObject({
    event_type: 'REFUND.SUCCESS',
    summary: '退款成功',
    resource: { original_type: 'refund', associated_data: 'refund' },
  })
  expect(resource).toEqual({
    mchid: scene.merchant.mchid,
    out_trade_no: 'T20261124001',
    transaction_id: asked.json['transaction_id'],
    out_refund_no: 'R20261124001',
    refund_id: asked.json['refund_id'],
    refund_status: 'SUCCESS',
    success_time: '2026-11-24T10:00:04+08:00',
    amount: { total: 12800, refund: 3000, payer_total: 12800, payer_refund: 3000 },
    user_received_account: '支付用户零钱',
  })
  const found = await scene.v3(`${REFUNDS}/R20261124001`)
  expect(found.json).toEqual({ ...said, status: 'SUCCESS', success_time: '2026-11-24T10:00:04+08:00' })
  const order = await scene.v3(`/v3/pay/transactions/out-trade-no/T20261124001?mchid=${scene.merchant.mchid}`)
  expect(order.json).toMatchObject({
    trade_state: 'REFUND',
    trade_state_desc: '订单发生过退款，退款详情请查询退款单',
  })
})

test('where the merchant names the funds, they pay and no other', async () => {
  const from = (account: string): object => ({
    amount: { refund: 3000, total: 12800, currency: 'CNY', from: [{ account, amount: 3000 }] },
  })
  const poor = await paidScene()
  for (const account of ['AVAILABLE', 'UNAVAILABLE']) {
    const reply = await poor.v3(REFUNDS, { body: refund(from(account)) })
    expect([reply.status, reply.json['code']]).toEqual([403, 'NOT_ENOUGH'])
  }
  const rich = await paidScene(({ merchants: [merchant] }) => {
    if (merchant) merchant.balanceFen = 3000
  })
  const { json } = await rich.v3(REFUNDS, { body: refund(from('AVAILABLE')) })
  expect(json).toMatchObject({
    funds_account: 'AVAILABLE',
    amount: { from: [{ account: 'AVAILABLE', amount: 3000 }] },
  })
})

test('the same number with the same parameters is the same refund', async () => {
  const scene = await paidScene()
  const first = await scene.v3(REFUNDS, { body: refund() })
  expect((await scene.v3(REFUNDS, { body: refund() })).json).toEqual(first.json)
  expect(await scene.json('http://localhost:9090/_simulator/refunds')).toHaveLength(1)
})

test('a refund without an address is announced where the merchant platform says, or nowhere', async () => {
  const silent = await paidScene()
  await silent.v3(REFUNDS, { body: refund({ notify_url: undefined }) })
  await silent.simulator.advance(60)
  expect(silent.delivered).toHaveLength(1)
  const told = await paidScene(({ merchants }) => {
    for (const merchant of merchants) merchant.refundNotifyUrl = 'https://shop.example.com/platform'
  })
  await told.v3(REFUNDS, { body: refund({ notify_url: undefined }) })
  await told.simulator.advance(60)
  expect(told.delivered.at(-1)?.url).toBe('https://shop.example.com/platform')
})

test('what v2 sold v3 refunds, and announces as v3', async () => {
  const scene = openV3Scene()
  await scene.paid('V2000001')
  const reply = await scene.v3(REFUNDS, { body: refund({ out_trade_no: 'V2000001' }) })
  expect(reply.json['status']).toBe('PROCESSING')
  await scene.simulator.advance(4)
  expect((await scene.newest()).envelope['event_type']).toBe('REFUND.SUCCESS')
})

describe('refused', () => {
  const amount = (refund: number, total = 12800): object => ({ amount: { refund, total, currency: 'CNY' } })
  test.each<[string, object, number, string, string]>([
    [
      'an order that is not there',
      { out_trade_no: 'T20261124999' },
      404,
      'RESOURCE_NOT_EXISTS',
      '订单不存在',
    ],
    [
      'another total',
      amount(3000, 12900),
      400,
      'INVALID_REQUEST',
      '订单金额或退款金额与之前请求不一致，请核实后再试',
    ],
    ['more than was paid', amount(12801), 400, 'INVALID_REQUEST', 'refund_fee大于可退金额'],
    ['two numbers of two orders', { transaction_id: '4200000000' }, 404, 'RESOURCE_NOT_EXISTS', '订单不存在'],
    ['no number at all', { out_trade_no: undefined }, 400, 'PARAM_ERROR', '微信订单号和商户订单号必须二选一'],
    [
      'parts that do not add up',
      {
        amount: { refund: 3000, total: 12800, currency: 'CNY', from: [{ account: 'AVAILABLE', amount: 1 }] },
      },
      400,
      'PARAM_ERROR',
      '退款出资金额之和与退款金额不一致',
    ],
  ])('%s', async (_what, change, status, code, message) => {
    const scene = await paidScene()
    const reply = await scene.v3(REFUNDS, { body: refund(change) })
    expect([reply.status, reply.json]).toEqual([status, { code, message }])
  })

  test('an unpaid order', async () => {
    const scene = openV3Scene()
    await scene.v3('/v3/pay/transactions/jsapi', { body: scene.v3Order() })
    const reply = await scene.v3(REFUNDS, { body: refund() })
    expect([reply.status, reply.json['code']]).toEqual([404, 'RESOURCE_NOT_EXISTS'])
  })

  test('the numbers of two different orders', async () => {
    const scene = await paidScene()
    const { resource } = await scene.newest()
    await scene.v3Paid('T20261124002')
    const both = { out_trade_no: 'T20261124002', transaction_id: resource['transaction_id'] }
    expect((await scene.v3(REFUNDS, { body: refund(both) })).json).toEqual({
      code: 'INVALID_REQUEST',
      message: '支付单号校验不一致，请核实后再试',
    })
  })

  test('the same number with another amount', async () => {
    const scene = await paidScene()
    await scene.v3(REFUNDS, { body: refund() })
    expect((await scene.v3(REFUNDS, { body: refund(amount(3001)) })).json).toEqual({
      code: 'INVALID_REQUEST',
      message: '订单金额或退款金额与之前请求不一致，请核实后再试',
    })
  })

  test('what has been refunded whole', async () => {
    const scene = await paidScene(({ merchants }) => {
      for (const merchant of merchants) merchant.balanceFen = 1_000_000
    })
    await scene.v3(REFUNDS, { body: refund(amount(12800)) })
    const again = refund({ ...amount(1), out_refund_no: 'R20261124002' })
    expect((await scene.v3(REFUNDS, { body: again })).json).toEqual({
      code: 'INVALID_REQUEST',
      message: '订单已全额退款',
    })
  })

  test('without money', async () => {
    const scene = await paidScene()
    await scene.simulator.advance(24 * 3600)
    const body = refund({ ...amount(12800), funds_account: 'UNSETTLED' })
    const reply = await scene.v3(REFUNDS, { body })
    expect([reply.status, reply.json]).toEqual([
      403,
      { code: 'NOT_ENOUGH', message: '基本账户余额不足，请充值后重新发起' },
    ])
  })

  test('a year later', async () => {
    const scene = await paidScene()
    await scene.simulator.advance(365 * 24 * 3600)
    expect((await scene.v3(REFUNDS, { body: refund() })).json).toEqual({
      code: 'TRADE_OVERDUE',
      message: '订单已经超过退款期限',
    })
  })

  test('to an account that is closed', async () => {
    const scene = await paidScene(({ users }) => {
      for (const user of users) user.accountClosed = true
    })
    const reply = await scene.v3(REFUNDS, { body: refund() })
    expect([reply.status, reply.json['code']]).toEqual([403, 'USER_ACCOUNT_ABNORMAL'])
  })

  test('more than fifty times', async () => {
    const scene = await paidScene()
    for (let count = 1; count <= 50; count += 1)
      await scene.v3(REFUNDS, { body: refund({ ...amount(1), out_refund_no: `R${count}` }) })
    const reply = await scene.v3(REFUNDS, { body: refund({ ...amount(1), out_refund_no: 'R51' }) })
    expect([reply.status, reply.json['code']]).toEqual([400, 'INVALID_REQUEST'])
  })

  test('a merchant that may not', async () => {
    const scene = await paidScene(({ merchants }) => {
      for (const merchant of merchants) merchant.permissions.refund = false
    })
    const reply = await scene.v3(REFUNDS, { body: refund() })
    expect([reply.status, reply.json]).toEqual([403, { code: 'NO_AUTH', message: '没有退款权限' }])
  })

  test('a query of a refund that was never accepted', async () => {
    const reply = await (await paidScene()).v3(`${REFUNDS}/R20261124009`)
    expect([reply.status, reply.json['code']]).toEqual([404, 'RESOURCE_NOT_EXISTS'])
  })
})

describe('an abnormal refund', () => {
  async function stuck(): Promise<{ scene: V3Scene; repair: string }> {
    const scene = await paidScene()
    await scene.control('faults', { kind: 'refund-abnormal' })
    const asked = await scene.v3(REFUNDS, { body: refund() })
    await scene.simulator.advance(4)
    const { envelope, resource } = await scene.newest()
    expect(envelope).toMatchObject({ event_type: 'REFUND.ABNORMAL', summary: '退款异常' })
    expect(resource['refund_status']).toBe('ABNORMAL')
    return { scene, repair: `${REFUNDS}/${asked.json['refund_id']}/apply-abnormal-refund` }
  }

  test('goes to a bank account of the payer, named in secret', async () => {
    const { scene, repair } = await stuck()
    const [serial = ''] = publicKeysFor(scene.merchant.mchid).keys()
    const body = {
      out_refund_no: 'R20261124001',
      type: 'USER_BANK_CARD',
      bank_type: 'CMB_DEBIT',
      bank_account: await hiddenFor(scene.merchant.mchid, serial, '6225880000000403'),
      real_name: await hiddenFor(scene.merchant.mchid, serial, '小明'),
    }
    const reply = await scene.v3(repair, { body, headers: { 'wechatpay-serial': serial } })
    expect(reply.json).toMatchObject({
      status: 'PROCESSING',
      channel: 'OTHER_BANKCARD',
      user_received_account: '招商银行储蓄卡0403',
    })
    await scene.simulator.advance(60)
    expect((await scene.newest()).resource).toMatchObject({ refund_status: 'SUCCESS' })
  })

  test.each([
    [undefined, 'HTTP header缺少微信支付平台证书序列号(Wechatpay-Serial)'],
    ['PUB_KEY_ID_0000000000000000000000000000', '平台证书序列号Wechatpay-Serial错误'],
  ])('with the serial %s', async (serial, message) => {
    const { scene, repair } = await stuck()
    const secrets = { bank_account: 'AAAA', real_name: 'AAAA' }
    const body = { out_refund_no: 'R20261124001', type: 'USER_BANK_CARD', bank_type: 'CMB_DEBIT', ...secrets }
    const reply = await scene.v3(repair, { body, headers: { 'wechatpay-serial': serial } })
    expect([reply.status, reply.json]).toEqual([400, { code: 'PARAM_ERROR', message }])
  })

  test('goes to the merchant’s bank', async () => {
    const { scene, repair } = await stuck()
    const body = { out_refund_no: 'R20261124001', type: 'MERCHANT_BANK_CARD' }
    expect((await scene.v3(repair, { body })).json).toMatchObject({
      status: 'PROCESSING',
      user_received_account: '商户结算银行账户',
    })
  })

  test('is the only one that can be helped on', async () => {
    const scene = await paidScene()
    const asked = await scene.v3(REFUNDS, { body: refund() })
    const body = { out_refund_no: 'R20261124001', type: 'MERCHANT_BANK_CARD' }
    const reply = await scene.v3(`${REFUNDS}/${asked.json['refund_id']}/apply-abnormal-refund`, { body })
    expect([reply.status, reply.json['code']]).toEqual([400, 'INVALID_REQUEST'])
  })
})
