/** The inspector finds out what a merchant signed in place of the right text. */
import { createHash, createHmac } from 'node:crypto'
import { expect, test } from 'vitest'
import { checkV2 } from './sign.ts'

const KEY = '8934e7d15453e97507ef794cf7b0519d'
const SECRET = 'c'.repeat(32)
const params = {
  mch_id: '1600000001',
  body: '茶 A&B',
  appid: 'wx1',
  attach: '',
  nonce_str: 'N1',
  total_fee: '1',
}
const right = 'appid=wx1&body=茶 A&B&mch_id=1600000001&nonce_str=N1&total_fee=1'
const asSent = 'mch_id=1600000001&body=茶 A&B&appid=wx1&nonce_str=N1&total_fee=1'
const gbk = Buffer.concat([
  Buffer.from('appid=wx1&body='),
  Buffer.from([0xb2, 0xe8]),
  Buffer.from(` A&B&mch_id=1600000001&nonce_str=N1&total_fee=1&key=${KEY}`),
])
const md5 = (text: string | Buffer): string => createHash('md5').update(text).digest('hex').toUpperCase()

test.each([
  ['empty value signed', right.replace('&body', '&attach=&body'), `&key=${KEY}`],
  ['not sorted', asSent, `&key=${KEY}`],
  [
    'sorted backwards',
    right.split('&').reverse().join('&').replace('B&body=茶 A', 'body=茶 A&B'),
    `&key=${KEY}`,
  ],
  [
    'its own name signed',
    right.replace('&total', '&sign=&total').replace('&body', '&attach=&body'),
    `&key=${KEY}`,
  ],
  ['values encoded', right.replace('茶 A&B', '%E8%8C%B6%20A%26B'), `&key=${KEY}`],
  ['values encoded as forms are', right.replace('茶 A&B', '%E8%8C%B6+A%26B'), `&key=${KEY}`],
  ['values escaped for XML', right.replace('A&B', 'A&amp;B'), `&key=${KEY}`],
  ['values with their CDATA', right.replaceAll(/=([^=]*)(?=&\w+=|$)/g, '=<![CDATA[$1]]>'), `&key=${KEY}`],
  ['a field added after signing', right.replace('&total_fee=1', ''), `&key=${KEY}`],
  ['no key', right, ''],
  ['the key without its name', right, `&${KEY}`],
  ['the key glued on', right, KEY],
])('%s', (_mistake, query, end) => {
  const check = checkV2(params, md5(query + end), KEY, 'MD5')
  expect(check).toMatchObject({ valid: false, stringToSign: `${right}&key=****` })
  expect(check.signedText).toBe((query + end).replace(KEY, '****'))
  expect(check).not.toHaveProperty('signedBy')
  expect(JSON.stringify(check)).not.toContain(KEY)
})

test.each([
  [
    'another algorithm',
    createHmac('sha256', KEY).update(`${right}&key=${KEY}`).digest('hex').toUpperCase(),
    'HMAC-SHA256',
  ],
  ['hex in lower case', md5(`${right}&key=${KEY}`).toLowerCase(), '小写 in lower case'],
  ['the AppSecret', md5(`${right}&key=${SECRET}`), 'AppSecret'],
  [
    'the key in upper case',
    md5(`${right}&key=${KEY.toUpperCase()}`),
    '大写的 APIv2 密钥 the APIv2 key in upper case',
  ],
  ['GBK', md5(gbk), 'GBK'],
  ['ISO-8859-1', md5(`${right.replace('茶', '?')}&key=${KEY}`), 'ISO-8859-1'],
])('%s', (_mistake, received, signedBy) => {
  const otherKeys = [{ name: 'AppSecret', key: SECRET }]
  const check = checkV2(params, received, KEY, 'MD5', { otherKeys })
  expect(check).toMatchObject({ valid: false, signedBy })
  expect(check).not.toHaveProperty('signedText')
  expect(JSON.stringify(check)).not.toMatch(new RegExp(`${KEY}|${SECRET}`, 'i'))
})

test('two mistakes at once: unsorted, with the other algorithm', () => {
  const received = createHmac('sha256', KEY).update(`${asSent}&key=${KEY}`).digest('hex').toUpperCase()
  expect(checkV2(params, received, KEY, 'MD5')).toMatchObject({
    signedText: `${asSent}&key=****`,
    signedBy: 'HMAC-SHA256',
  })
})

test('the same under names used elsewhere', () => {
  const signed = { appId: 'wx1', timeStamp: '1', nonceStr: 'N1' }
  const received = md5(`appId=wx1&nonceStr=N1&timestamp=1&key=${KEY}`)
  const otherParams = [{ appId: 'wx1', timestamp: '1', nonceStr: 'N1' }]
  expect(checkV2(signed, received, KEY, 'MD5', { otherParams }).signedText).toBe(
    'appId=wx1&nonceStr=N1&timestamp=1&key=****',
  )
})

test('what nobody can explain is said to be wrong and no more', () => {
  const check = checkV2({ ...params, body: '\uD800' }, 'A'.repeat(32), KEY, 'MD5')
  expect(Object.keys(check)).toEqual(['valid', 'expected', 'received', 'stringToSign'])
})
