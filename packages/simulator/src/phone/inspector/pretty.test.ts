import { expect, test } from 'vitest'
import { prettyBody, splitUrl } from './pretty.ts'

test('XML of WeChat Pay is shown one element per line, CDATA kept', () => {
  const body =
    '<xml><return_code><![CDATA[SUCCESS]]></return_code><total_fee>1</total_fee><attach><![CDATA[]]></attach></xml>'
  expect(prettyBody(body)).toBe(
    [
      '<xml>',
      '  <return_code><![CDATA[SUCCESS]]></return_code>',
      '  <total_fee>1</total_fee>',
      '  <attach><![CDATA[]]></attach>',
      '</xml>',
    ].join('\n'),
  )
})

test('XML that came in lines is shown the same', () => {
  expect(prettyBody('<xml>\n<a>1</a>\n\n<b>2</b>\n</xml>\n')).toBe('<xml>\n  <a>1</a>\n  <b>2</b>\n</xml>')
})

test('markup inside CDATA stays text', () => {
  const line = '<body><![CDATA[<b>茶</b>]]></body>'
  expect(prettyBody(`<xml>${line}</xml>`)).toBe(`<xml>\n  ${line}\n</xml>`)
})

test('JSON is indented, and a broken one shown as it is', () => {
  expect(prettyBody('{"errcode":0}')).toBe('{\n  "errcode": 0\n}')
  expect(prettyBody('{"errcode":')).toBe('{"errcode":')
})

test('the fields of an address are decoded for reading', () => {
  expect(splitUrl('http://a/b?redirect_uri=http%3A%2F%2Fc%2F&state=#wechat_redirect')).toEqual({
    address: 'http://a/b',
    fields: [
      ['redirect_uri', 'http://c/'],
      ['state', ''],
    ],
  })
  expect(splitUrl('http://a/b')).toEqual({ address: 'http://a/b', fields: [] })
})
