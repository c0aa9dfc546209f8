/** One page of a real browser, on the simulator itself. */
import { expect, test } from 'vitest'
import { type MerchantScene, openScene } from '../merchant.fixture.ts'
import { createPageSession, type PageSession } from './page-session.ts'

const page = { currentUrl: 'https://shop.example.com/pay/1', landingUrl: 'https://shop.example.com/pay/1' }

interface Told {
  simulator: string
  result?: Record<string, unknown>
  text?: string
}

function openPage(scene: MerchantScene): { session: PageSession; told: Told[]; closed: () => number } {
  const told: Told[] = []
  let closings = 0
  const ask = <Answer>(path: string, body: object): Promise<Answer> =>
    scene.control(path, body) as Promise<Answer>
  const session = createPageSession({
    api: {
      config: (call) => ask('phone/config', call),
      cashier: (call) => ask('phone/cashier', call),
      pay: (payment) => ask('phone/pay', payment),
    },
    viewer: { userId: scene.payer.id, device: 'ios', entry: 'link' },
    tell: (message) => void told.push(message as Told),
    closePage: () => {
      closings += 1
    },
  })
  return { session, told, closed: () => closings }
}

function invocation(method: string, parameters: object = {}): string {
  return JSON.stringify({ simulator: 'invoke', id: 7, method, parameters, page })
}

test('a payment that cannot be is a dialog; the page hears of it when it was read', async () => {
  const { session, told } = openPage(openScene())
  const asked = session.hear(invocation('getBrandWCPayRequest'))
  await expect.poll(() => told).toMatchObject([{ simulator: 'dialog' }])
  await session.hear('{"simulator":"dialog-read"}')
  await asked
  expect(told[1]).toEqual({
    simulator: 'answer',
    id: 7,
    result: { err_msg: 'get_brand_wcpay_request:cancel' },
  })
})

test('a page that another one took the place of leaves nobody waiting', async () => {
  const { session, told } = openPage(openScene())
  const asked = session.hear(invocation('getBrandWCPayRequest'))
  await expect.poll(() => told).toHaveLength(1)
  session.navigated()
  await asked
  expect(told.at(-1)?.result).toEqual({ err_msg: 'get_brand_wcpay_request:cancel' })
})

test('a page may close itself', async () => {
  const { session, closed } = openPage(openScene())
  await session.hear(invocation('closeWindow'))
  expect(closed()).toBe(1)
})

test('a simulator that has stopped is a dialog, too', async () => {
  const scene = openScene()
  scene.control = () => Promise.reject(new Error('没有模拟器在运行'))
  const { session, told } = openPage(scene)
  const asked = session.hear(invocation('getBrandWCPayRequest'))
  await expect.poll(() => told).toMatchObject([{ simulator: 'dialog', text: '没有模拟器在运行' }])
  await session.hear('{"simulator":"dialog-read"}')
  await asked
  expect(told.at(-1)?.result).toEqual({ err_msg: 'getBrandWCPayRequest:fail' })
})

test.each(['{}', 'null', '{"simulator":"password","password":"123456"}', '{"simulator":"invoke"}'])(
  '%s from a page does nothing',
  async (text) => {
    const { session, told } = openPage(openScene())
    await session.hear(text)
    expect(told).toEqual([])
  },
)
