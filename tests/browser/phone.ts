/** A person at the simulator's phone, in a real Chromium: taps, types, looks. */
import { type Browser, chromium, type FrameLocator, type Page } from 'playwright-core'
import { afterAll, beforeAll, inject } from 'vitest'

export interface Person {
  page: Page
  /** The merchant's page in the in-app browser. */
  shop: FrameLocator
  tap(testId: string): Promise<void>
  /** Opens the account's menu entry. */
  menu(index: number): Promise<void>
  /** From a product to the opened pay sheet. */
  buyTea(): Promise<void>
  typePassword(digits?: string): Promise<void>
  /** What was said to and by WeChat since this person sat down. */
  exchanges(): Promise<Said[]>
}

export interface Said {
  id: number
  from: string
  to: string
  title: string
  outcome: string
  note?: string
  response?: { body: string }
  outTradeNo?: string
}

export interface PersonOptions {
  userId?: string
  size?: { width: number; height: number }
  /** Stands before the page's own scripts, e.g. to bring another jweixin. */
  before?: (page: Page) => Promise<unknown>
}

/** One browser for a test file; every person gets a fresh profile, and finds no fault armed and nothing said yet. */
export function browserForTests(): (options?: PersonOptions) => Promise<Person> {
  let browser: Browser
  beforeAll(async () => {
    const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium'
    const args = [
      '--no-sandbox',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-dev-shm-usage',
    ]
    browser = await chromium.launch({ executablePath, args })
  })
  afterAll(() => browser?.close())
  return (options) => sitDown(browser, options)
}

async function sitDown(browser: Browser, options: PersonOptions = {}): Promise<Person> {
  const simulatorUrl = inject('simulatorUrl')
  // Not a reset: that would void the tickets and tokens that the shop rightly keeps.
  for (const what of ['exchanges', 'faults'])
    await fetch(`${simulatorUrl}/_simulator/${what}`, { method: 'DELETE' })
  const context = await browser.newContext({
    viewport: options.size ?? { width: 1280, height: 800 },
    locale: 'zh-CN',
  })
  const page = await context.newPage()
  page.setDefaultTimeout(15_000)
  await options.before?.(page)
  await page.goto(simulatorUrl)
  if (options.userId !== undefined) await page.getByTestId('user').selectOption(options.userId)
  const shop = page.frameLocator('[data-testid=webview]')
  const tap = (testId: string): Promise<void> => page.getByTestId(testId).click()
  return {
    page,
    shop,
    tap,
    menu: (index) => tap(`menu-${index}`),
    async buyTea() {
      await shop.locator('[data-testid^=product-]').first().click()
      await shop.getByTestId('buy').click()
      await shop.getByRole('button', { name: '立即支付' }).click()
      await page.getByTestId('paysheet').waitFor()
    },
    async typePassword(digits = '123456') {
      for (const digit of digits) await tap(`key-${digit}`)
    },
    async exchanges() {
      return (await (await fetch(`${simulatorUrl}/_simulator/exchanges`)).json()) as Said[]
    },
  }
}

/** Arms a fault of the simulator. */
export async function arm(kind: string, match: object = {}): Promise<void> {
  await fetch(`${inject('simulatorUrl')}/_simulator/faults`, {
    method: 'POST',
    body: JSON.stringify({ kind, match }),
  })
}
