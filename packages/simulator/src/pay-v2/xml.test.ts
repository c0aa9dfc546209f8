import { expect, test } from 'vitest'
import { readXml, writeXml } from './xml.ts'

test('text and CDATA mean the same, in any order, with comments and layout around them', () => {
  const body = `<?xml version="1.0" encoding="UTF-8"?>
<!-- made by hand -->
<xml>
  <total_fee>1</total_fee>
  <body>
    <![CDATA[茶 & <点心>]]>
  </body>
  <attach>a &lt; b &amp; c &#20013;&#x6587;</attach>
  <empty></empty><closed/>
</xml>
`
  expect(readXml(body)).toEqual({
    total_fee: '1',
    body: '茶 & <点心>',
    attach: 'a < b & c 中文',
    empty: '',
    closed: '',
  })
})

test('what stands inside CDATA is kept as it is, comments and white space included', () => {
  expect(readXml('<xml><body><![CDATA[ a<!--b-->c ]]></body></xml>')).toEqual({ body: ' a<!--b-->c ' })
  expect(readXml('<xml><body> a </body></xml>')).toEqual({ body: ' a ' })
})

test.each([
  ['nothing', ''],
  ['another root', '<root><a>1</a></root>'],
  ['a document type', '<!DOCTYPE xml [<!ENTITY x SYSTEM "file:///etc/passwd">]><xml><a>&x;</a></xml>'],
  ['a nested element', '<xml><a><b>1</b></a></xml>'],
  ['an attribute', '<xml><a b="1">1</a></xml>'],
  ['an element named twice', '<xml><total_fee>1</total_fee><total_fee>2</total_fee></xml>'],
  ['text between elements', '<xml><a>1</a>\\n<b>2</b></xml>'],
  ['text behind the message', '<xml><a>1</a></xml>ok'],
  ['an element left open', '<xml><a>1</xml>'],
  ['a CDATA section left open', '<xml><a><![CDATA[1</a></xml>'],
  ['a comment left open', '<xml><!-- <a>1</a></xml>'],
  ['JSON', '{"return_code":"SUCCESS"}'],
])('%s is not a message', (_what, body) => {
  expect(readXml(body)).toBeUndefined()
})

test('names that every object has are ordinary names', () => {
  const fields = readXml('<xml><constructor>1</constructor><__proto__>2</__proto__></xml>')
  expect(Object.entries(fields ?? {})).toEqual([
    ['constructor', '1'],
    ['__proto__', '2'],
  ])
})

test('an entity that was never declared stays as written', () => {
  expect(readXml('<xml><a>&x; &#x110000;</a></xml>')).toEqual({ a: '&x; &#x110000;' })
})

test('replies have integers bare, texts in CDATA, and a line for each element', () => {
  expect(writeXml({ return_code: 'SUCCESS', total_fee: 1 })).toBe(
    '<xml><return_code><![CDATA[SUCCESS]]></return_code>\n<total_fee>1</total_fee>\n</xml>',
  )
})

test('whatever is written can be read, the end mark of CDATA included', () => {
  const attach = 'a]]>b]]]]>>&amp;<x>'
  expect(readXml(writeXml({ attach }))).toEqual({ attach })
})

test('a body made to be slow costs no more than its length', () => {
  const sections = '<![CDATA[]]>'.repeat(50_000)
  expect(readXml(`<xml><a>${sections}</b></xml>`)).toBeUndefined()
})
