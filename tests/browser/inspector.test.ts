/** The inspector beside the phone, as a developer uses it: what went wrong, one order alone, a request again, no mouse. */
import { expect, inject, test } from 'vitest'
import { browserForTests, type Person } from './phone.ts'

const sitDown = browserForTests()

/** The shop asks about its own orders meanwhile. */
const orderRow = ({ page }: Person) => page.locator('[data-testid=exchange-row][data-title=unifiedorder]')

/** An order signed by nobody. */
async function wrongOrder(): Promise<void> {
  const url = inject('simulatorUrl')
  const { officialAccounts, merchants, users } = (await (await fetch(`${url}/_simulator/world`)).json()) as {
    officialAccounts: { appid: string }[]
    merchants: { mchid: string }[]
    users: { openids: Record<string, string> }[]
  }
  const appid = officialAccounts[0]?.appid ?? ''
  const fields = {
    appid,
    mch_id: merchants[0]?.mchid,
    nonce_str: 'n'.repeat(32),
    body: '明前龙井',
    out_trade_no: 'WRONG00001',
    total_fee: 12_800,
    spbill_create_ip: '127.0.0.1',
    notify_url: 'http://localhost/notify',
    trade_type: 'JSAPI',
    openid: users[0]?.openids[appid],
    sign: '0'.repeat(32),
  }
  const body = Object.entries(fields).map(([name, value]) => `<${name}>${value}</${name}>`)
  await fetch(`${url}/pay/unifiedorder`, { method: 'POST', body: `<xml>${body.join('')}</xml>` })
}

test('a signature that failed stands alone among the problems, and opens to the text that had to be signed', async () => {
  const person = await sitDown()
  const { page, tap } = person
  await wrongOrder()
  await tap('only-problems')
  await orderRow(person).click()
  const signature = page.getByTestId('signature')
  await signature.getByText('key=****').first().waitFor()
  expect(await signature.textContent()).toContain('0'.repeat(32))
})

test('one order is followed from sign-in to its notification, while another one goes wrong', async () => {
  const person = await sitDown()
  const { page, menu, buyTea, typePassword, tap } = person
  await menu(0)
  await buyTea()
  await typePassword()
  await tap('pay-done')
  await wrongOrder()
  const notification = page.locator('[data-testid=exchange-row][data-title="payment notification"]')
  await notification.click()
  await tap('follow-this')
  const titles = await page
    .getByTestId('exchange-row')
    .evaluateAll((all) => all.map((row) => row.getAttribute('data-title')))
  expect(titles).toEqual(expect.arrayContaining(['authorize', 'unifiedorder', 'pay', 'payment notification']))
  expect(titles.filter((title) => title === 'unifiedorder')).toHaveLength(1)
})

test('without a mouse: searched for, opened, closed, and what finds nothing says so', async () => {
  const person = await sitDown()
  const { page } = person
  await wrongOrder()
  await orderRow(person).waitFor()
  await page.keyboard.press('/')
  await page.keyboard.type('wrong00001 签名错误')
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await page.getByTestId('exchange-detail').waitFor()
  await page.keyboard.press('Escape')
  expect(await page.getByTestId('exchange-detail').count()).toBe(0)
  expect(await page.evaluate(() => document.activeElement?.getAttribute('data-testid'))).toBe('exchange-row')
  await page.keyboard.press('/')
  await page.keyboard.type(' 没有的')
  await page.getByTestId('nothing-found').waitFor()
  await page.getByTestId('show-all').press('Enter')
  await orderRow(person).waitFor()
})

test('a request is copied as curl', async () => {
  const person = await sitDown()
  const { page, tap } = person
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
  await wrongOrder()
  await orderRow(person).click()
  await tap('copy-curl')
  await page.getByText('已复制').waitFor()
  const command = await page.evaluate(() => navigator.clipboard.readText())
  expect(command).toMatch(/^curl -sS -X POST 'http:\/\/localhost:\d+\/pay\/unifiedorder' \\\n/)
  expect(command).toContain('<out_trade_no>WRONG00001</out_trade_no>')
})
