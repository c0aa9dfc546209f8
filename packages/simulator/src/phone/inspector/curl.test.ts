import { expect, test } from 'vitest'
import { asCurl } from './curl.ts'

const url = 'https://api.mch.weixin.qq.com/pay/unifiedorder?a=1&b=2'

test('a request goes again as it was: address, headers, every byte of its body, in the quotes of a shell', () => {
  const headers = { host: 'api.mch.weixin.qq.com', 'content-type': 'text/xml', 'content-length': '9' }
  const body = `<xml>\n<body><![CDATA[小明's "tea" $HOME]]></body>\n</xml>`
  expect(asCurl({ method: 'POST', url, headers, body })).toBe(
    [
      `curl -sS -X POST '${url}' \\`,
      `  -H 'content-type: text/xml' \\`,
      `  --data-binary '<xml>`,
      `<body><![CDATA[小明'\\''s "tea" $HOME]]></body>`,
      `</xml>'`,
    ].join('\n'),
  )
})

test('without a body there is none; what a page asked of the bridge is no request', () => {
  expect(asCurl({ method: 'GET', url, headers: {}, body: '' })).toBe(`curl -sS -X GET '${url}'`)
  expect(asCurl({ method: 'INVOKE', url, headers: {}, body: '{}' })).toBeUndefined()
})
