import { expect, test } from 'vitest'
import { signedAddress } from './signed-address.ts'

const page = {
  currentUrl: 'https://shop.example.com/pay?code=0a&state=b&name=%E8%8C%B6&x=1#/sheet',
  landingUrl: 'https://shop.example.com/',
}

test.each([
  ['the fragment kept', page.currentUrl],
  ['the landing page on a client that looks at the current one', page.landingUrl],
  ['the query dropped', 'https://shop.example.com/pay'],
  ['the code of web authorization dropped', 'https://shop.example.com/pay?name=%E8%8C%B6&x=1'],
  ['a slash too many', 'https://shop.example.com/pay/?code=0a&state=b&name=%E8%8C%B6&x=1'],
  ['TLS ended by a proxy', 'http://shop.example.com/pay?code=0a&state=b&name=%E8%8C%B6&x=1'],
  ['decoded', 'https://shop.example.com/pay?code=0a&state=b&name=茶&x=1'],
  ['encoded twice', 'https://shop.example.com/pay?code=0a&state=b&name=%25E8%258C%25B6&x=1'],
  ['escaped for HTML', 'https://shop.example.com/pay?code=0a&amp;state=b&amp;name=%E8%8C%B6&amp;x=1'],
  ['only the site', 'https://shop.example.com'],
])('an address signed by mistake is found: %s', (_mistake, signed) => {
  expect(signedAddress(page, (url) => url === signed)).toBe(signed)
})

test('an address of another site is none of the usual mistakes', () => {
  expect(signedAddress(page, (url) => url.startsWith('https://other.example.com'))).toBeUndefined()
})

test('a broken escape is no mistake of ours', () => {
  const broken = { currentUrl: 'https://shop.example.com/?q=%E8', landingUrl: 'https://shop.example.com/' }
  expect(signedAddress(broken, () => false)).toBeUndefined()
})
