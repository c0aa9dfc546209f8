import { expect, test } from 'vitest'
import { wechatRefused } from './errors.ts'
import { remedyFor } from './remedies.ts'

/** Every code of the documents in scope: web authorization, tokens, tickets; unified order, query, close. */
const ACCOUNT_CODES = [
  ...[-1, 10003, 10004, 10005, 10006, 10009, 10010, 10011, 10012, 10013, 10015, 10016],
  ...[40001, 40002, 40003, 40013, 40014, 40029, 40030, 40066, 40125, 40163, 40164, 40242, 40243],
  ...[41001, 41002, 41003, 41004, 41008, 41009, 42001, 42002, 42003, 42007, 43001, 43002, 43003],
  ...[44002, 45009, 45011, 47001, 48001, 48004, 48006, 50002, 50004, 50007, 89501, 89503, 89506, 89507],
].map(String)
const PAY_CODES = [
  ...['INVALID_REQUEST', 'NOAUTH', 'NOTENOUGH', 'ORDERPAID', 'ORDERCLOSED', 'SYSTEMERROR', 'APPID_NOT_EXIST'],
  ...['MCHID_NOT_EXIST', 'APPID_MCHID_NOT_MATCH', 'LACK_PARAMS', 'OUT_TRADE_NO_USED', 'SIGNERROR'],
  ...['XML_FORMAT_ERROR', 'REQUIRE_POST_METHOD', 'POST_DATA_EMPTY', 'NOT_UTF8', 'PARAM_ERROR'],
  ...['ORDERNOTEXIST', 'TRADE_STATE_ERROR', 'NOT_ALLOW', 'FREQUENCY_LIMITED', 'BIZERR_NEED_RETRY'],
]

/** Of API v3, the spellings without underscores of older pages included. */
const PAY_V3_CODES = [
  ...[
    'PARAM_ERROR',
    'INVALID_REQUEST',
    'APPID_MCHID_NOT_MATCH',
    'MCH_NOT_EXISTS',
    'ORDER_CLOSED',
    'ORDER_PAID',
  ],
  ...['NO_STATEMENT_EXIST', 'STATEMENT_CREATING', 'SIGN_ERROR', 'NO_AUTH', 'OUT_TRADE_NO_USED', 'RULE_LIMIT'],
  ...['TRADE_ERROR', 'ACCOUNT_ERROR', 'NOT_ENOUGH', 'USER_ACCOUNT_ABNORMAL', 'REQUEST_BLOCKED'],
  ...['ORDER_NOT_EXIST', 'RESOURCE_NOT_EXISTS', 'FREQUENCY_LIMITED', 'RATELIMIT_EXCEEDED', 'SYSTEM_ERROR'],
  ...['BANK_ERROR', 'OPENID_MISMATCH', 'INVALID_TRANSACTIONID', 'SERVICE_UNAVAILABLE', 'ACCEPTED'],
  ...['BIZ_ERR_NEED_RETRY', 'USER_PAYING', 'USERPAYING', 'TRADE_OVERDUE', 'REFUND_FEE_MISMATCH'],
  ...['RULELIMIT', 'BANKERROR', 'ACCOUNTERROR'],
]

test.each([...ACCOUNT_CODES, ...PAY_CODES, ...PAY_V3_CODES])(
  '%s has a cause and a remedy in Chinese and in English',
  (code) => {
    const remedy = remedyFor(code, '')
    expect(remedy?.zh).toMatch(/\p{Script=Han}|GET|POST|HTTPS/u)
    expect(remedy?.en).toMatch(/^[a-zA-Z][^\n]{3,}/)
    expect(['repeat', 'query', 'fix', 'give_up']).toContain(remedy?.next)
  },
)

test('a text that says more than its code is answered by what it says', () => {
  expect(remedyFor('INVALID_REQUEST', '201 商户订单号重复')?.zh).toContain('先关单再换新单号')
  expect(remedyFor('PARAM_ERROR', 'appid和openid不匹配')?.en).toContain('the openid is of another appid')
  expect(remedyFor('INVALID_REQUEST', '商户号mch_id与appid不匹配')?.en).toContain('do not belong together')
})

test('the white list is told the address that WeChat saw, in both ages of the text', () => {
  expect(remedyFor('40164', 'invalid ip 61.172.68.219, not in whitelist')?.zh).toContain('加入 61.172.68.219')
  expect(
    remedyFor('40164', 'invalid ip 114.221.21.30 ipv6 ::ffff:114.221.21.30, not in whitelist')?.en,
  ).toContain('add 114.221.21.30 in')
  expect(remedyFor('40164', '')?.en).toContain('the one in the message')
})

test('a code that no document names has no remedy', () => {
  expect(remedyFor('99999', 'new')).toBeUndefined()
  expect(remedyFor(undefined, undefined)).toBeUndefined()
})

test.each([
  ['SIGN_ERROR', 'Http头Authorization中的timestamp与发起请求的时间不得超过5分钟', 'NTP'],
  ['SIGN_ERROR', '商户证书序列号有误。请使用签名私钥匹配的证书序列号', 'API安全'],
  ['RESOURCE_NOT_EXISTS', '无可用的平台证书，请在商户平台-API安全申请使用微信支付公钥', '公钥 ID'],
  ['PARAM_ERROR', 'http header中的mchid与post payload中的mchid不匹配', '签名用的商户号不同'],
  ['INVALID_REQUEST', '商户号和订单不匹配', '其他商户号'],
  ['INVALID_REQUEST', '下载链接过期，请重新请求文件下载', '重新申请账单'],
])('%s with “%s” is answered by what it says', (code, text, said) => {
  expect(remedyFor(code, text)?.zh).toContain(said)
})

test('a code is one, spelled with underscores or without', () => {
  const error = wechatRefused({ wechatCode: 'ORDERPAID', wechatText: '', retryable: false })
  expect(error.says('ORDER_PAID')).toBe(true)
  expect(error.says('ORDERPAID')).toBe(true)
  expect(error.says('ORDER_CLOSED')).toBe(false)
  expect(remedyFor('NOT_ENOUGH', '')?.zh).toContain('商户余额不足')
  expect(remedyFor('NOTENOUGH', '')?.zh).toContain('用户余额不足')
})
