/**
 * `shouyin-simulator browser URL`: a real Chromium that is WeChat's in-app browser to any site. The test looks over its shoulder
 * through a debugging port of its own.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { startSimulator } from '@shouyin/simulator'
import { chromium, type Page } from 'playwright-core'
import { expect, inject, onTestFinished, test } from 'vitest'

const CLI = fileURLToPath(new URL('../../packages/simulator/dist/cli.mjs', import.meta.url))

interface Visit {
  page: Page
  command: ChildProcess
}

test('a visitor signs in, buys tea and pays in the sheet over the page; a wrong password is told', async () => {
  const { page } = await visit(`${inject('shopUrl')}/`)
  await page.locator('[data-testid^=product-]').first().click()
  await page.getByTestId('buy').click()
  await page.getByRole('button', { name: '立即支付' }).click()
  const sheet = page.locator('simulator-wechat')
  await sheet.getByLabel('支付密码').fill('000000')
  await sheet.getByRole('button', { name: '确认支付' }).click()
  await sheet.getByText('支付密码错误，请重试').waitFor()
  await sheet.getByLabel('支付密码').fill('123456')
  await sheet.getByRole('button', { name: '确认支付' }).click()
  await page.locator('[data-testid=result-state][data-state=paid]').waitFor()
  expect(await sheet.count()).toBe(0)
})

test('a site that knows WeChat’s own addresses only finds WeChat behind them', async () => {
  const shop = await siteAnswering((url) =>
    url.searchParams.has('code') ? PAGE_WITH_JWEIXIN : redirection(authorizeUrl(appid, url.origin)),
  )
  const simulator = await startSimulator({ httpPort: 0, httpsPort: 0, merchantOrigin: shop.origin })
  onTestFinished(() => simulator.close())
  const appid = simulator.simulator.world().officialAccounts[0]?.appid ?? ''
  const { page } = await visit(shop.href, {
    simulatorUrl: simulator.httpUrl,
    more: ['--user', 'aqiang', '--device', 'android'],
  })
  await page.waitForURL(/code=/)
  await page.getByText('jweixin is there, and so is the bridge').waitFor()
  expect(await page.evaluate(() => navigator.userAgent)).toContain('Android 14')
  expect(await page.evaluate(() => navigator.platform)).toBe('Linux aarch64')
})

test('the page may close its window, and the command ends', async () => {
  const site = await siteAnswering(() => `<button onclick="WeixinJSBridge.call('closeWindow')">关闭</button>`)
  const { page, command } = await visit(site.href)
  await page.getByRole('button').click()
  expect(await once(command, 'exit')).toEqual([0, null])
})

test('a refusal of the bridge is a dialog over the page', async () => {
  const site = await siteAnswering(
    () => `<button onclick="WeixinJSBridge.invoke('getBrandWCPayRequest', {}, ({ err_msg }) => {
      document.title = err_msg
    })">付款</button>`,
  )
  const { page } = await visit(site.href)
  await page.getByRole('button', { name: '付款' }).click()
  const dialog = page.locator('simulator-wechat')
  await dialog.getByRole('button', { name: '确定' }).click()
  await expect.poll(() => page.title()).toBe('get_brand_wcpay_request:cancel')
})

const PAGE_WITH_JWEIXIN = `<meta charset="utf-8"><script src="https://res.wx.qq.com/open/js/jweixin-1.6.0.js"></script><p></p>
<script>
  const found = typeof wx.config === 'function' && typeof WeixinJSBridge.invoke === 'function'
  document.querySelector('p').textContent = found ? 'jweixin is there, and so is the bridge' : 'something is missing'
</script>`

function redirection(url: string): string {
  return `<script>location.replace(${JSON.stringify(url)})</script>`
}

function authorizeUrl(appid: string, origin: string): string {
  const query = new URLSearchParams({
    appid,
    redirect_uri: `${origin}/`,
    response_type: 'code',
    scope: 'snsapi_base',
    state: 's',
  })
  return `https://open.weixin.qq.com/connect/oauth2/authorize?${query}#wechat_redirect`
}

/** A site that no one prepared for a simulator. */
async function siteAnswering(answer: (url: URL) => string): Promise<URL> {
  const server = createServer((request, response) => {
    response.setHeader('content-type', 'text/html; charset=utf-8')
    response.end(answer(new URL(request.url ?? '/', site)))
  }).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close().closeAllConnections())
  await once(server, 'listening')
  const site = new URL(`http://localhost:${(server.address() as AddressInfo).port}/`)
  return site
}
async function visit(
  url: string,
  { simulatorUrl = inject('simulatorUrl'), more = [] }: { simulatorUrl?: string; more?: string[] } = {},
): Promise<Visit> {
  const port = await freePort()
  const simulatorPort = new URL(simulatorUrl).port
  const parameters = ['browser', url, '--headless', '--port', simulatorPort, ...more]
  const command = spawn(process.execPath, [CLI, ...parameters, '--', `--remote-debugging-port=${port}`])
  onTestFinished(async () => {
    command.kill()
    if (command.exitCode === null) await once(command, 'exit')
  })
  await once(command.stdout, 'data')
  const browser = await chromium.connectOverCDP(`http://127.0.0.1:${port}`)
  const page = browser.contexts()[0]?.pages()[0]
  if (page === undefined) throw new Error('no page')
  return { page, command }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
