import { expect, test } from 'vitest'
import { ProtocolError, RefusedError } from '../errors.ts'
import { accepted } from './replies.ts'

const expected = {
  appid: 'wx0000000000000001',
  mchid: '1900000001',
  apiKey: 'k'.repeat(32),
  signType: 'MD5',
} as const

test.each(['ORDERPAID', 'ORDERCLOSED', 'ORDERNOTEXIST', 'OUT_TRADE_NO_USED'])(
  'an unsigned no that tells of an order (%s) is not believed: the outcome stays open',
  (err_code) => {
    const read = (): unknown => accepted({ return_code: 'FAIL', err_code, return_msg: 'x' }, expected)
    expect(read).toThrow(ProtocolError)
    expect(read).toThrow(expect.objectContaining({ outcome: 'unknown' }))
  },
)

test('an unsigned no about the request itself is believed, since it has no effect', () => {
  const read = (): unknown => accepted({ return_code: 'FAIL', return_msg: '签名错误' }, expected)
  expect(read).toThrow(RefusedError)
  expect(read).toThrow(expect.objectContaining({ outcome: 'refused', wechatCode: 'SIGNERROR' }))
})
