/** Which browser is found, and what it is told. */
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { chromiumArguments, findChromium } from './chromium.ts'

test('a browser that is named has to be there', () => {
  expect(findChromium(process.execPath)).toBe(process.execPath)
  expect(() => findChromium('/nowhere/chromium')).toThrow('没有找到 Chromium、Chrome 或 Edge')
})

test.each([
  ['api.mch.weixin.qq.com', 'PROXY 127.0.0.1:9191'],
  ['res.wx.qq.com', 'PROXY 127.0.0.1:9191'],
  ['shop.example.com', 'DIRECT'],
  ['localhost', 'DIRECT'],
])('%s is reached by %s', (host, way) => {
  expect(runInNewContext(`${routes()}; FindProxyForURL('', '${host}')`)).toBe(way)
})

/** The proxy configuration script in the arguments. */
function routes(): string {
  const options = { executable: '', proxyUrl: 'http://127.0.0.1:9191', userAgent: '', publicKeyHash: '' }
  const parameters = chromiumArguments({ ...options, profileFolder: '', isHeadless: true, more: [] })
  const script = parameters.find((each) => each.startsWith('--proxy-pac-url='))?.split('base64,')[1] ?? ''
  return Buffer.from(script, 'base64').toString()
}
