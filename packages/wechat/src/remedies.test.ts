import { expect, test } from 'vitest'
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

test.each([...ACCOUNT_CODES, ...PAY_CODES])(
  '%s has a cause and a remedy in Chinese and in English',
  (code) => {
    const remedy = remedyFor(code, '')
    expect(remedy?.zh).toMatch(/\p{Script=Han}|GET|POST|HTTPS/u)
    expect(remedy?.en).toMatch(/^[a-zA-Z][^\n]{3,}/)
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
