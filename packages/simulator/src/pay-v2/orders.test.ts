/** 统一下单, 查询订单, 关闭订单 as a merchant's server meets them. */
import { describe, expect, test } from 'vitest'
import { type MerchantScene, openScene } from '../merchant.fixture.ts'
import type { World } from '../world.ts'
import { signV2 } from './sign.ts'
import { readXml } from './xml.ts'

const NUMBER = 'T20261124001'
const OK = { return_code: 'SUCCESS', return_msg: 'OK', result_code: 'SUCCESS' }

describe('the front', () => {
  test.each([
    [{ mch_id: '' }, 'mch_id参数格式错误'],
    [{ mch_id: 'abc' }, 'mch_id参数格式错误'],
    [{ appid: '' }, '缺少参数'],
    [{ nonce_str: '' }, '缺少参数'],
    [{ body: '' }, '缺少参数'],
    [{ notify_url: '' }, '缺少参数'],
    [{ nonce_str: 'n'.repeat(33) }, tooLong('nonce_str', '随机字符串', 33, 32)],
    [{ sign: 'A'.repeat(344) }, tooLong('sign', '签名', 344, 128)],
    [{ body: '茶'.repeat(43) }, tooLong('body', '商品描述', 129, 128)],
    [{ attach: 'a'.repeat(128) }, tooLong('attach', '附加数据', 128, 127)],
    [{ sign_type: 'RSA' }, '参数格式校验错误'],
    [{ out_trade_no: 'T1' }, '参数格式校验错误'],
    [{ out_trade_no: 'T2026@1124' }, '参数格式校验错误'],
    [{ total_fee: '0' }, '参数格式校验错误'],
    [{ total_fee: '-1' }, '参数格式校验错误'],
    [{ total_fee: '1.5' }, '参数格式校验错误'],
    [{ total_fee: '1e2' }, '参数格式校验错误'],
    [{ spbill_create_ip: '256.1.1.1' }, '参数格式校验错误'],
    [{ notify_url: 'https://shop.example.com/n?x=1' }, '参数格式校验错误'],
    [{ notify_url: 'https://shop.example.com/n#x' }, '参数格式校验错误'],
    [{ notify_url: '/notify' }, '参数格式校验错误'],
    [{ trade_type: 'jsapi' }, '参数格式校验错误'],
    [{ fee_type: 'USD' }, '参数格式校验错误'],
    [{ time_expire: '20261131100000' }, '参数格式校验错误'],
    [{ profit_sharing: 'y' }, '参数格式校验错误'],
    [{ appid: 'wx0000000000000000' }, 'appid不存在'],
    [{ mch_id: '1900000000' }, '签名错误'],
    [{ sign: 'A'.repeat(32) }, '签名错误'],
    [{ openid: '' }, 'JSAPI支付必须传openid'],
    [{ time_expire: '20261124100059' }, 'time_expire时间过短，刷卡至少1分钟，其他5分钟'],
  ])('%o is answered unsigned', async (change, text) => {
    const { v2, order } = openScene()
    expect(await v2('/pay/unifiedorder', order(change))).toEqual({ return_code: 'FAIL', return_msg: text })
  })

  test.each([
    ['GET', undefined, '请使用post方法'],
    ['POST', '', 'post数据为空'],
    ['POST', new Uint8Array([0x3c, 0x78, 0xff]), '编码格式错误'],
    ['POST', '{"appid":"wx"}', 'XML格式错误'],
    ['POST', '<!DOCTYPE xml><xml></xml>', 'XML格式错误'],
    ['POST', '<xml></xml>', 'mch_id参数格式错误'],
  ])('%s of %o is not understood', async (method, body, text) => {
    const init = body === undefined ? { method } : { method, body }
    const response = await openScene().send('https://api.mch.weixin.qq.com/pay/orderquery', init)
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/plain'])
    expect(await response.text()).toBe(
      `<xml><return_code><![CDATA[FAIL]]></return_code>\n<return_msg><![CDATA[${text}]]></return_msg>\n</xml>`,
    )
  })

  test('format comes before the account, the account before the signature', async () => {
    const { v2, order, merchant } = openScene()
    const sign = 'A'.repeat(32)
    const said = async (change: Record<string, string>): Promise<string | undefined> =>
      (await v2('/pay/unifiedorder', order({ sign, ...change })))['return_msg']
    expect(await said({ total_fee: 'x', appid: 'wx0000000000000000' })).toBe('参数格式校验错误')
    expect(await said({ appid: 'wx0000000000000000' })).toBe('appid不存在')
    merchant.appids = []
    expect(await said({})).toBe('appid和mch_id不匹配')
  })

  test('every element that was sent is signed, also one that WeChat does not know', async () => {
    const { v2, order } = openScene()
    expect(await v2('/pay/unifiedorder', order({ a_field_of_tomorrow: '1' }))).toMatchObject(OK)
  })

  test('the inspector is told both signatures and the text, without the key', async () => {
    const { v2, order, control, merchant } = openScene()
    await v2('/pay/unifiedorder', order({ sign: 'A'.repeat(32) }))
    const [exchange] = (await control('exchanges')) as Record<string, unknown>[]
    expect(exchange).toMatchObject({
      title: 'unifiedorder',
      outcome: 'refused',
      note: '签名错误',
      outTradeNo: NUMBER,
      signature: {
        valid: false,
        received: 'A'.repeat(32),
        expected: signV2(order(), merchant.apiKey, 'MD5'),
        stringToSign: expect.stringMatching(/^appid=.*&trade_type=JSAPI&key=\*\*\*\*$/),
      },
    })
  })

  test('a call that is not one of these is not there', async () => {
    const response = await openScene().send('https://api.mch.weixin.qq.com/pay/refund', { method: 'POST' })
    expect(response.status).toBe(404)
  })
})

describe('unified order', () => {
  test.each(['MD5', 'HMAC-SHA256'] as const)('gives a prepay_id in a reply signed with %s', async (type) => {
    const { v2, order, merchant } = openScene()
    const reply = await v2('/pay/unifiedorder', order({ sign_type: type, device_info: 'WEB' }))
    expect(reply).toEqual({
      ...OK,
      appid: order()['appid'],
      mch_id: merchant.mchid,
      device_info: 'WEB',
      nonce_str: expect.stringMatching(/^\w{16}$/),
      trade_type: 'JSAPI',
      prepay_id: expect.stringMatching(/^wx24100000\d{3}[0-9a-f]{19}0000$/),
      sign: signV2(reply, merchant.apiKey, type),
    })
  })

  test('entered again it gives the same prepay_id for two hours, then another', async () => {
    const scene = openScene()
    const enter = async (): Promise<string | undefined> =>
      (await scene.v2('/pay/unifiedorder', scene.order({ nonce_str: scene.simulator.now().toString() })))[
        'prepay_id'
      ]
    const first = await enter()
    scene.pass(7199)
    expect(await enter()).toBe(first)
    scene.pass(1)
    expect(await enter()).not.toBe(first)
  })

  test.each([
    { total_fee: '12801' },
    { body: 'x' },
    { attach: 'x' },
    { spbill_create_ip: '127.0.0.2' },
    { notify_url: 'https://shop.example.com/other' },
    { time_expire: '20261124120000' },
    { openid: 'oSomebodyElse' },
  ])('entered again with %o it is refused, signed', async (change) => {
    const { v2, order, merchant } = openScene()
    await v2('/pay/unifiedorder', order())
    const reply = await v2('/pay/unifiedorder', order(change))
    expect(reply).toMatchObject({
      return_code: 'SUCCESS',
      return_msg: 'OK',
      result_code: 'FAIL',
      err_code: 'INVALID_REQUEST',
      err_code_des: '201 商户订单号重复',
      sign: signV2(reply, merchant.apiKey, 'MD5'),
    })
  })

  test('an empty field is an absent one on re-entry', async () => {
    const { v2, order } = openScene()
    await v2('/pay/unifiedorder', order())
    expect(await v2('/pay/unifiedorder', order({ attach: '' }))).toMatchObject(OK)
  })

  test.each([
    [{ openid: 'oNobody' }, 'PARAM_ERROR', '无效的openid'],
    [{ openid: 'oElsewhere' }, 'PARAM_ERROR', 'appid和openid不匹配'],
    [{ trade_type: 'NATIVE' }, 'NOAUTH', '商户无此接口权限'],
  ])('%o is refused with %s', async (change, code, text) => {
    const { v2, order } = openScene(({ users: [user] }) => {
      if (user) user.openids['wx00000000000000ff'] = 'oElsewhere'
    })
    expect(await v2('/pay/unifiedorder', order(change))).toMatchObject({ err_code: code, err_code_des: text })
  })

  test('a paid number and a closed one stay what they are', async () => {
    const scene = openScene()
    await scene.paid()
    expect(await scene.v2('/pay/unifiedorder', scene.order({ body: 'other' }))).toMatchObject({
      err_code: 'ORDERPAID',
      err_code_des: '商户订单已支付',
    })
    const other = scene.order({ out_trade_no: 'T20261124002' })
    await scene.v2('/pay/unifiedorder', other)
    await scene.v2('/pay/closeorder', { ...scene.credentials(), out_trade_no: 'T20261124002' })
    expect(await scene.v2('/pay/unifiedorder', other)).toMatchObject({
      err_code: 'ORDERCLOSED',
      err_code_des: '订单已关闭',
    })
  })

  test('the same number at another merchant is another order', async () => {
    const scene = openScene(({ merchants }) => {
      if (merchants[0]) merchants.push({ ...merchants[0], mchid: '1600000001' })
    })
    await scene.v2('/pay/unifiedorder', scene.order())
    const other = scene.order({ mch_id: '1600000001', total_fee: '1' })
    expect(await scene.v2('/pay/unifiedorder', other)).toMatchObject(OK)
  })
})

describe('query', () => {
  test('an unpaid order says its state and little else', async () => {
    const { v2, order, credentials } = openScene()
    await v2('/pay/unifiedorder', order())
    const reply = await v2('/pay/orderquery', { ...credentials(), out_trade_no: NUMBER })
    expect(reply).toMatchObject({
      trade_state: 'NOTPAY',
      trade_state_desc: '订单未支付',
      out_trade_no: NUMBER,
      total_fee: '12800',
    })
    for (const name of ['attach', 'openid', 'transaction_id', 'time_end'])
      expect(reply).not.toHaveProperty(name)
  })

  test('a paid order says all, an empty attach that was never sent included, by either number', async () => {
    const scene = openScene()
    await scene.paid()
    const byNumber = await scene.v2('/pay/orderquery', { ...scene.credentials(), out_trade_no: NUMBER })
    expect(byNumber).toMatchObject({
      ...OK,
      trade_state: 'SUCCESS',
      trade_state_desc: '支付成功',
      openid: scene.openid,
      is_subscribe: 'N',
      trade_type: 'JSAPI',
      bank_type: 'OTHERS',
      total_fee: '12800',
      cash_fee: '12800',
      fee_type: 'CNY',
      attach: '',
      time_end: '20261124100000',
      transaction_id: expect.stringMatching(/^42000\d{23}$/),
      sign: signV2(byNumber, scene.merchant.apiKey, 'MD5'),
    })
    const { transaction_id = '' } = byNumber
    const query = { ...scene.credentials(), transaction_id, out_trade_no: 'T-unknown' }
    expect(await scene.v2('/pay/orderquery', query)).toMatchObject({ out_trade_no: NUMBER })
  })

  test('an order is asked for by its number, and must exist', async () => {
    const { v2, credentials } = openScene()
    expect(await v2('/pay/orderquery', credentials())).toMatchObject({ return_msg: '缺少参数' })
    const refusal = { err_code: 'ORDERNOTEXIST', err_code_des: '此交易订单号不存在' }
    expect(await v2('/pay/orderquery', { ...credentials(), out_trade_no: NUMBER })).toMatchObject(refusal)
    expect(await v2('/pay/orderquery', { ...credentials(), transaction_id: '42' })).toMatchObject(refusal)
  })

  test('time closes an unpaid order after seven days, and not when it can no longer be paid', async () => {
    const scene = openScene()
    await scene.v2('/pay/unifiedorder', scene.order({ time_expire: '20261124110000' }))
    const state = async (): Promise<string | undefined> =>
      (await scene.v2('/pay/orderquery', { ...scene.credentials(), out_trade_no: NUMBER }))['trade_state']
    scene.pass(3600)
    await expect(scene.control('pay', { out_trade_no: NUMBER })).rejects.toThrow('订单已超时，请重新发起支付')
    expect(await state()).toBe('NOTPAY')
    scene.pass(7 * 24 * 3600 - 3601)
    expect(await state()).toBe('NOTPAY')
    scene.pass(1)
    expect(await state()).toBe('CLOSED')
  })
})

test('an order is asked for again to the last second of its time, and not after it', async () => {
  const scene = openScene()
  const order = scene.order({ time_expire: '20261124100100' })
  const { prepay_id } = await scene.v2('/pay/unifiedorder', order)
  scene.pass(59)
  expect(await scene.v2('/pay/unifiedorder', order)).toMatchObject({ ...OK, prepay_id })
  scene.pass(1)
  expect(await scene.v2('/pay/unifiedorder', order)).toMatchObject({ return_code: 'FAIL' })
})

describe('close', () => {
  test('closes once; a closed, a paid and an unknown order are told apart', async () => {
    const scene = openScene()
    const close = (number: string): Promise<Record<string, string>> =>
      scene.v2('/pay/closeorder', { ...scene.credentials(), out_trade_no: number })
    expect(await close(NUMBER)).toMatchObject({ err_code: 'ORDERNOTEXIST', err_code_des: '订单不存在' })
    await scene.v2('/pay/unifiedorder', scene.order())
    expect(await close(NUMBER)).toMatchObject({ ...OK, result_msg: 'OK' })
    expect(await close(NUMBER)).toMatchObject({ err_code: 'ORDERCLOSED', err_code_des: '订单已关闭' })
    await scene.paid('T20261124002')
    expect(await close('T20261124002')).toMatchObject({ err_code: 'ORDERPAID', err_code_des: '订单已支付' })
  })
})

describe('reverse', () => {
  const lenient = ({ behaviour }: World): void => {
    behaviour.reverseJsapi = 'accepted'
  }
  const reverse = (scene: MerchantScene, number: Record<string, string>): Promise<Record<string, string>> =>
    scene.v2('/secapi/pay/reverse', { ...scene.credentials(), ...number })

  test('is not for orders of JSAPI', async () => {
    const scene = openScene()
    await scene.paid()
    expect(await reverse(scene, { out_trade_no: NUMBER })).toMatchObject({
      err_code: 'NOT_ALLOW',
      err_code_des: '订单的支付场景不支持该请求',
      recall: 'N',
    })
  })

  test('closes what nobody paid, once and again', async () => {
    const scene = openScene(lenient)
    await scene.v2('/pay/unifiedorder', scene.order())
    for (let count = 0; count < 2; count += 1)
      expect(await reverse(scene, { out_trade_no: NUMBER })).toMatchObject({ ...OK, recall: 'N' })
    const query = { ...scene.credentials(), out_trade_no: NUMBER }
    expect(await scene.v2('/pay/orderquery', query)).toMatchObject({
      trade_state: 'REVOKED',
      trade_state_desc: '订单已撤销',
    })
    await expect(scene.control('pay', { out_trade_no: NUMBER })).rejects.toThrow('该订单已关闭')
  })

  test('gives back what was paid, and the bill of the day says so', async () => {
    const scene = openScene(lenient)
    await scene.paid()
    const query = { ...scene.credentials(), out_trade_no: NUMBER }
    const { transaction_id = '' } = await scene.v2('/pay/orderquery', query)
    expect(await reverse(scene, { transaction_id })).toMatchObject(OK)
    expect(await scene.v2('/pay/refundquery', query)).toMatchObject({ refund_fee_0: '12800' })
    await scene.simulator.advance(24 * 3600)
    expect(await scene.v2('/pay/orderquery', query)).toMatchObject({ trade_state: 'REVOKED' })
    const asked = { ...scene.credentials(), bill_date: '20261124' }
    const bill = (await scene.v2File('/pay/downloadbill', asked)).toString()
    expect(bill.match(/`JSAPI,`\w+/g)?.sort()).toEqual(['`JSAPI,`REFUND', '`JSAPI,`REVOKED'])
  })

  test('of what is closed, unknown, too old, or spent by the merchant', async () => {
    const scene = openScene(lenient)
    expect(await reverse(scene, {})).toMatchObject({ return_msg: '缺少参数' })
    expect(await reverse(scene, { out_trade_no: NUMBER })).toMatchObject({ err_code: 'ORDERNOTEXIST' })
    expect(await reverse(scene, { transaction_id: '42' })).toMatchObject({
      err_code: 'INVALID_TRANSACTIONID',
    })
    await scene.v2('/pay/unifiedorder', scene.order())
    await scene.v2('/pay/closeorder', { ...scene.credentials(), out_trade_no: NUMBER })
    expect(await reverse(scene, { out_trade_no: NUMBER })).toMatchObject({
      err_code: 'TRADE_STATE_ERROR',
      err_code_des: '订单状态错误',
    })
    await scene.paid('T20261124002')
    scene.pass(7 * 24 * 3600)
    expect(await reverse(scene, { out_trade_no: 'T20261124002' })).toMatchObject({
      err_code: 'REVERSE_EXPIRE',
      err_code_des: '订单无法撤销',
    })
  })
})

test('the notification of an order names the algorithm of its first request', async () => {
  const scene = openScene()
  await scene.v2('/pay/unifiedorder', scene.order({ sign_type: 'HMAC-SHA256' }))
  await scene.v2('/pay/unifiedorder', scene.order())
  await scene.control('pay', { out_trade_no: NUMBER })
  await scene.simulator.settle()
  expect(readXml(scene.delivered[0]?.body ?? '')?.['sign']).toHaveLength(64)
})

function tooLong(name: string, label: string, bytes: number, most: number): string {
  return `输入源“/body/xml/${name}”映射到值字段“${label}”字符串规则校验失败，字节数 ${bytes}，大于最大值 ${most}`
}
