/** The phone's cookie: who holds the telephone, and what pages may remember of it. */
import { expect, test } from 'vitest'
import { openScene } from './merchant.fixture.ts'
import { phoneCookieValue, type Viewer } from './viewer.ts'

const XIAOMING: Viewer = { userId: 'xiaoming', device: 'ios', entry: 'menu' }

async function cookiesSet(cookie: string, viewer: Viewer): Promise<string[]> {
  const { send } = openScene()
  const response = await send('http://localhost:9090/_simulator/phone/session', {
    method: 'POST',
    headers: { cookie },
    body: JSON.stringify(viewer),
  })
  return response.headers.getSetCookie()
}

const held = `shop_session=s; simulator_phone=${phoneCookieValue(XIAOMING)}`

test('another person does not inherit the sessions of the one before', async () => {
  const cookies = await cookiesSet(held, { ...XIAOMING, userId: 'xiaohong' })
  expect(cookies.find((cookie) => cookie.startsWith('shop_session='))).toContain('Max-Age=0')
})

test('the same person stays signed in, on another device and by another way in', async () => {
  const cookies = await cookiesSet(held, { ...XIAOMING, device: 'android', entry: 'link' })
  expect(cookies).toHaveLength(1)
  expect(cookies[0]).toContain('simulator_phone=')
})

test('who holds the phone first takes nothing away from other sites of this machine', async () => {
  expect(await cookiesSet('other_session=s', XIAOMING)).toHaveLength(1)
})

test('what is no viewer is refused, in both languages', async () => {
  const url = 'http://localhost:9090/_simulator/phone/session'
  const response = await openScene().send(url, {
    method: 'POST',
    body: '{"userId":"xiaoming","device":"harmony"}',
  })
  expect(response.status).toBe(400)
  expect(await response.json()).toMatchObject({
    error: {
      code: 'bad_request',
      message: expect.stringMatching(/无效选项.* \/ Invalid option[\s\S]*→ at device/),
    },
  })
})
