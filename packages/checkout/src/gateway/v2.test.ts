import { createHmac } from 'node:crypto'
import { expect, test } from 'vitest'
import type { PrepayRequest } from './gateway.ts'
import { createGatewayV2 } from './v2.ts'

const APPID = 'wx2421b1c4370ec43b'
const MCHID = '1900000109'
/** Made up here; signs nothing but these tests. */
const KEY = 'test'.repeat(8)
const NUMBER = '01K9X0000000000000000000AB'

const request: PrepayRequest = {
  outTradeNo: NUMBER,
  totalFen: 990,
  description: '热茶',
  attach: '七夕',
  payer: 'oUpF8uMEb4qRXf22hE3X68TekukE',
  clientAddress: '203.0.113.7',
  notifyUrl: 'https://shop.example.com/pay/notifications/v2/default',
  startedAt: Date.parse('2026-11-24T15:59:58.700Z'),
  payableUntil: Date.parse('2026-11-24T17:59:58.700Z'),
}

test("our words become WeChat's: times in Beijing, to the second", async () => {
  const { gateway, sent } = wechatAnswering({ prepay_id: 'wx241', trade_type: 'JSAPI' })
  expect(await gateway.prepay(request)).toEqual({ outcome: 'done', prepayId: 'wx241' })
  expect(sent).toHaveLength(1)
  for (const element of [
    `<out_trade_no>${NUMBER}</out_trade_no>`,
    '<total_fee>990</total_fee>',
    '<time_start>20261124235958</time_start>',
    '<time_expire>20261125015958</time_expire>',
    `<openid>${request.payer}</openid>`,
    '<spbill_create_ip>203.0.113.7</spbill_create_ip>',
    '<attach>七夕</attach>',
  ]) {
    expect(sent[0]?.replaceAll(/<!\[CDATA\[|\]\]>/g, '')).toContain(element)
  }
})

test.each([
  ['ORDERPAID', '商户订单已支付', 'paid'],
  ['ORDERCLOSED', '订单已关闭', 'closed'],
  ['OUT_TRADE_NO_USED', '商户订单号重复', 'number_taken'],
  ['INVALID_REQUEST', '201 商户订单号重复', 'number_taken'],
  ['INVALID_REQUEST', '请求重入时，参数与首次请求时不一致', 'number_taken'],
  ['INVALID_REQUEST', '参数错误', 'other'],
  ['NOAUTH', '商户无此接口权限', 'other'],
])('%s %s refuses a prepay as %s', async (err_code, err_code_des, reason) => {
  const { gateway } = wechatAnswering({ result_code: 'FAIL', err_code, err_code_des })
  expect(await gateway.prepay(request)).toMatchObject({ outcome: 'refused', reason })
})

test('what breaks a rule of WeChat is refused before it is sent', async () => {
  const { gateway, sent } = wechatAnswering({})
  const answer = await gateway.prepay({ ...request, clientAddress: '' })
  expect(answer).toMatchObject({ outcome: 'refused', reason: 'other' })
  expect(sent).toEqual([])
})

test.each([
  ['SYSTEMERROR', { result_code: 'FAIL', err_code: 'SYSTEMERROR', err_code_des: '系统错误' }],
  ['an answer that is not signed', { prepay_id: 'wx241', trade_type: 'JSAPI', sign: 'F'.repeat(64) }],
])('%s leaves every call unknown', async (_what, fields) => {
  const { gateway } = wechatAnswering(fields)
  const answers = await Promise.all([gateway.prepay(request), gateway.query(NUMBER), gateway.close(NUMBER)])
  expect(answers.map(({ outcome }) => outcome)).toEqual(['unknown', 'unknown', 'unknown'])
})

test('a connection that fails leaves every call unknown', async () => {
  const gateway = gatewayWith(() => Promise.reject(new TypeError('fetch failed')))
  expect(await gateway.prepay(request)).toMatchObject({ outcome: 'unknown' })
  expect(await gateway.query(NUMBER)).toMatchObject({ outcome: 'unknown' })
  expect(await gateway.close(NUMBER)).toMatchObject({ outcome: 'unknown' })
})

const paidFields = {
  out_trade_no: NUMBER,
  transaction_id: '4200000001202611240000000001',
  openid: request.payer,
  total_fee: '990',
  cash_fee: '990',
  fee_type: 'CNY',
  bank_type: 'OTHERS',
  time_end: '20261125000102',
}
const payment = {
  state: 'paid',
  transactionId: '4200000001202611240000000001',
  payer: request.payer,
  totalFen: 990,
  currency: 'CNY',
  paidAt: Date.parse('2026-11-24T16:01:02Z'),
}

test.each([
  ['SUCCESS', payment],
  ['REFUND', { ...payment, refunded: true }],
  ['NOTPAY', { state: 'unpaid' }],
  ['USERPAYING', { state: 'unpaid' }],
  ['PAYERROR', { state: 'unpaid' }],
  ['CLOSED', { state: 'closed' }],
  ['REVOKED', { state: 'closed' }],
])('a query that says %s', async (trade_state, expected) => {
  const { gateway } = wechatAnswering({ ...paidFields, trade_state, trade_state_desc: '' })
  expect(await gateway.query(NUMBER)).toEqual({ outcome: 'done', payment: expected })
})

test.each([
  ['ORDERNOTEXIST', { outcome: 'done', payment: { state: 'absent' } }],
  ['NOAUTH', { outcome: 'refused', reason: 'other' }],
])('a query that is refused with %s', async (err_code, expected) => {
  const { gateway } = wechatAnswering({ result_code: 'FAIL', err_code, err_code_des: '' })
  expect(await gateway.query(NUMBER)).toMatchObject(expected)
})

test.each([
  ['ORDERCLOSED', { outcome: 'done' }],
  ['ORDERPAID', { outcome: 'refused', reason: 'paid' }],
  ['ORDERNOTEXIST', { outcome: 'refused', reason: 'absent' }],
  ['TRADE_STATE_ERROR', { outcome: 'refused', reason: 'other' }],
])('a close that is refused with %s', async (err_code, expected) => {
  const { gateway } = wechatAnswering({ result_code: 'FAIL', err_code, err_code_des: '' })
  expect(await gateway.close(NUMBER)).toMatchObject(expected)
})

test('a close that succeeds is done', async () => {
  const { gateway } = wechatAnswering({})
  expect(await gateway.close(NUMBER)).toEqual({ outcome: 'done' })
})

test('a notification is read when it is signed with our key', () => {
  const { gateway } = wechatAnswering({})
  expect(gateway.readNotification(notification())).toEqual({ outcome: 'read', outTradeNo: NUMBER, payment })
})

test('a notification about another appid of the merchant is foreign', () => {
  const { gateway } = wechatAnswering({})
  const body = notification({ appid: 'wxffffffffffffffff' })
  expect(gateway.readNotification(body)).toEqual({ outcome: 'foreign', outTradeNo: NUMBER })
})

test.each([
  ['of another merchant', notification({ mch_id: '1900000110' })],
  ['that is not signed', notification({ sign: 'F'.repeat(64) })],
  ['that is not XML', new TextEncoder().encode('{"id":1}')],
  ['with a DOCTYPE', new TextEncoder().encode('<!DOCTYPE xml [<!ENTITY x "1">]><xml><a>&x;</a></xml>')],
  ['without a sum', notification({ total_fee: '' })],
  ['that is empty', new Uint8Array()],
])('a notification %s is refused', (_what, body) => {
  const { gateway } = wechatAnswering({})
  expect(gateway.readNotification(body)).toMatchObject({ outcome: 'refused', cause: expect.any(Error) })
})

test('acknowledgement and refusal are what WeChat accepts', () => {
  const { gateway } = wechatAnswering({})
  expect(gateway.acknowledge()).toMatchObject({ status: 200, body: expect.stringContaining('SUCCESS') })
  expect(gateway.refuse('订单不存在')).toMatchObject({ status: 200, body: expect.stringContaining('FAIL') })
})

type Fields = Record<string, string>

function wechatAnswering(fields: Fields) {
  const sent: string[] = []
  const gateway = gatewayWith(async (_input, init) => {
    sent.push(String(init?.body))
    const envelope = { return_code: 'SUCCESS', return_msg: 'OK', result_code: 'SUCCESS', nonce_str: 'n' }
    return new Response(xml(signed({ ...envelope, appid: APPID, mch_id: MCHID, ...withNumber(fields) })))
  })
  return { gateway, sent }
}

function withNumber(fields: Fields): Fields {
  return 'trade_state' in fields ? { out_trade_no: NUMBER, ...fields } : fields
}

function gatewayWith(fetch: typeof globalThis.fetch) {
  return createGatewayV2({
    account: 'default',
    appid: APPID,
    mchid: MCHID,
    apiKey: KEY,
    notifyUrl: request.notifyUrl,
    fetch,
  })
}

function notification(change: Fields = {}): Uint8Array {
  const fields = {
    return_code: 'SUCCESS',
    result_code: 'SUCCESS',
    nonce_str: 'n',
    appid: APPID,
    mch_id: MCHID,
  }
  return new TextEncoder().encode(xml(signed({ ...fields, ...paidFields, ...change })))
}

/** The rule of the documents, written here once more so that the client does not vouch for itself. */
function signed(fields: Fields): Fields {
  const names = Object.keys(fields).sort()
  const text = names
    .filter((name) => name !== 'sign' && fields[name] !== '')
    .map((name) => `${name}=${fields[name]}`)
  const sign = createHmac('sha256', KEY)
    .update(`${text.join('&')}&key=${KEY}`)
    .digest('hex')
    .toUpperCase()
  return { sign, ...fields }
}

function xml(fields: Fields): string {
  const elements = Object.entries(fields).map(([name, value]) => `<${name}><![CDATA[${value}]]></${name}>`)
  return `<xml>${elements.join('\n')}</xml>`
}
