/** From the account's menu to 支付成功, on real pages in a real browser, with simulator and shop as two processes. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { describe, expect, inject, test } from 'vitest'
import { arm, browserForTests, type Person } from './phone.ts'

const sitDown = browserForTests()

/** Parcels that the shop says it packed, each after an `order.paid`. */
function timesPacked(): number {
  return readFileSync(inject('log'), 'utf8').split('开始打包').length - 1
}

async function payAndFinish(person: Person): Promise<void> {
  await person.typePassword()
  await person.page.getByTestId('pay-result').waitFor()
  await person.tap('pay-done')
}

async function resultState(person: Person): Promise<string | null> {
  const result = person.shop.getByTestId('result-state')
  await person.shop.locator('[data-testid=result-state]:not([data-state=asking])').waitFor()
  return result.getAttribute('data-state')
}

test.each([
  [1280, 800],
  [390, 844],
])(
  'menu, silent sign-in, product, pay sheet, password, 支付成功: paid by the notification (%i×%i)',
  async (width, height) => {
    const person = await sitDown({ size: { width, height } })
    await person.menu(0)
    await person.buyTea()
    const asked = (await person.exchanges()).length
    await payAndFinish(person)
    expect(await resultState(person)).toBe('paid')
    const said = (await person.exchanges()).slice(asked)
    expect(said.filter(({ title }) => title === 'payment notification')).toMatchObject([{ outcome: 'ok' }])
    expect(said.some(({ title }) => title === 'orderquery')).toBe(false)
    await person.tap('webview-close')
    await person.page.getByTestId('receipt').first().waitFor()
  },
)

test('nothing is asked between the tap and the pay sheet on the rendered page', async () => {
  const person = await sitDown()
  await person.menu(0)
  await person.shop.locator('[data-testid^=product-]').first().click()
  await person.shop.getByTestId('buy').click()
  const button = person.shop.getByRole('button', { name: '立即支付' })
  await button.waitFor()
  await expect
    .poll(async () => (await person.exchanges()).filter(({ title }) => title === 'wx.config').length)
    .toBeGreaterThan(0)
  const requests: string[] = []
  person.page.on('request', (request) => requests.push(request.url()))
  await button.click()
  await person.page.getByTestId('paysheet').waitFor()
  expect(requests.filter((url) => url.startsWith(inject('shopUrl')))).toEqual([])
})

test('the consent page of userinfo, refused and then allowed, gives the nickname, and the visitor pays', async () => {
  const person = await sitDown({ userId: 'xiaohong' })
  await person.menu(2)
  await person.shop.getByTestId('show-nickname').click()
  await person.shop.getByTestId('consent-refuse').click()
  await person.tap('webview-close')
  await person.menu(2)
  await person.shop.getByTestId('show-nickname').click()
  await person.shop.getByTestId('consent-allow').click()
  await expect.poll(() => person.shop.getByTestId('nickname').textContent()).toBe('小红')
  await person.shop.getByText('茶铺', { exact: true }).click()
  await person.buyTea()
  await payAndFinish(person)
  expect(await resultState(person)).toBe('paid')
})

test('取消 leaves the order unpaid, and the payer can pay it after all', async () => {
  const person = await sitDown()
  await person.menu(0)
  await person.buyTea()
  await person.tap('paysheet-close')
  await person.shop.locator('[data-on=cancelled], [data-on=dialog]').locator('visible=true').first().waitFor()
  await person.shop.getByRole('button', { name: '立即支付' }).click()
  await person.page.getByTestId('paysheet').waitFor()
  await payAndFinish(person)
  expect(await resultState(person)).toBe('paid')
})

test('with the notification lost the order is paid by query', async () => {
  const person = await sitDown()
  await person.menu(0)
  await person.buyTea()
  await arm('notification-lost')
  await payAndFinish(person)
  expect(await resultState(person)).toBe('paid')
  const said = await person.exchanges()
  expect(
    said.some(({ title, response }) => title === 'orderquery' && response?.body.includes('SUCCESS') === true),
  ).toBe(true)
})

test('with the notification doubled the shop packs once', async () => {
  const person = await sitDown()
  const packedBefore = timesPacked()
  await person.menu(0)
  await person.buyTea()
  await arm('notification-doubled')
  await payAndFinish(person)
  expect(await resultState(person)).toBe('paid')
  const said = (await person.exchanges()).filter(({ title }) => title === 'payment notification')
  expect(said).toMatchObject([{ outcome: 'ok' }, { outcome: 'ok' }])
  expect(timesPacked() - packedBefore).toBe(1)
})

test('the order page pays in place, through the browser SDK', async () => {
  const person = await sitDown()
  await person.menu(0)
  await person.buyTea()
  await person.tap('paysheet-close')
  await person.tap('webview-close')
  await person.menu(1)
  await person.shop.locator('[data-testid^=order-ord]').first().click()
  await person.shop.getByTestId('pay-in-place').click()
  await person.page.getByTestId('paysheet').waitFor()
  await payAndFinish(person)
  await person.shop
    .locator('[data-testid=order-state][data-state=paid], [data-testid=result-state][data-state=paid]')
    .waitFor()
})

test('a wrong password and an empty purse are told, and nothing is paid', async () => {
  const person = await sitDown({ userId: 'aqiang' })
  await person.menu(0)
  await person.buyTea()
  await person.typePassword('000000')
  // The inspector tells of it as well.
  await person.page.getByTestId('paysheet-problem').getByText('密码错误').waitFor()
  await person.typePassword()
  await person.page.getByTestId('paysheet-problem').getByText('余额不足').waitFor()
  await person.tap('paysheet-close')
  expect((await person.exchanges()).some(({ title }) => title === 'payment notification')).toBe(false)
})

describe('the unmodified jweixin', () => {
  const require = createRequire(import.meta.url)
  test.each([
    ['1.4.0', 'jweixin-1.4.0'],
    ['1.6.0', 'weixin-js-sdk'],
  ])('%s runs on the bridge, through configuration and payment', async (_version, name) => {
    const original = `;(function(){var module={};${readFileSync(require.resolve(name), 'utf8')};window.wx=window.jWeixin=module.exports})()`
    const bridge = await (await fetch(`${inject('simulatorUrl')}/_simulator/bridge.js`)).text()
    // In every page of the in-app browser before its own scripts, as WeChat injects its bridge.
    const injected = { content: `if (window !== window.parent) { ${bridge}${original} }` }
    const person = await sitDown({ userId: 'xiaohong', before: (page) => page.addInitScript(injected) })
    await person.menu(0)
    await person.buyTea()
    await payAndFinish(person)
    expect(await resultState(person)).toBe('paid')
    const configured = (await person.exchanges()).filter(({ title }) => title === 'wx.config')
    expect(configured.map(({ outcome, note }) => note ?? outcome)).toEqual(configured.map(() => 'ok'))
    expect(configured.length).toBeGreaterThan(0)
  })
})

test('an ordinary browser is told to open WeChat', async () => {
  const person = await sitDown()
  await person.page.goto(`${inject('shopUrl')}/pay/sign-in?return=/orders`)
  await person.page.context().clearCookies()
  await person.page.goto(`${inject('shopUrl')}/pay/sign-in?return=/orders`)
  await person.page.getByText('请在微信客户端打开链接').waitFor()
})
