/** Who may move time and money: nobody under a name of his own, and no page but the simulator's. */
import { describe, expect, test } from 'vitest'
import { createSimulator } from '../simulator.ts'

async function status(options: { host: string; origin?: string; exposed?: boolean }): Promise<number> {
  const { host, origin, exposed = false } = options
  const headers = { host, ...(origin === undefined ? {} : { origin }) }
  const request = new Request('http://localhost:9090/_simulator/clock', {
    method: 'POST',
    headers,
    body: '{"advanceSeconds":0}',
  })
  return (await createSimulator({ exposed }).fetch(request)).status
}

describe('the control API', () => {
  test.each(['localhost:9090', 'LOCALHOST:9090', '127.0.0.1:9090', '[::1]:9090', 'phone.localhost'])(
    'answers under the loopback name %s',
    async (host) => expect(await status({ host })).toBe(200),
  )

  test.each([
    'evil.example.com',
    '192.168.1.5:9090',
    'simulator:9090',
    '127.0.0.1.example.com',
    '0.0.0.0:9090',
    '',
  ])('does not answer under %s', async (host) => expect(await status({ host })).toBe(403))

  test.each(['192.168.1.5:9090', 'simulator:9090', '[fe80::1]:9090', 'localhost:9090'])(
    'where other machines are let in it answers under %s as well',
    async (host) => expect(await status({ host, exposed: true })).toBe(200),
  )

  test.each(['evil.example.com', 'simulator.example.com:9090'])(
    'but under no name that a page elsewhere can have: %s',
    async (host) => expect(await status({ host, exposed: true })).toBe(403),
  )

  test.each([
    ['localhost:9090', 'http://localhost:9090', 200],
    ['LOCALHOST:9090', 'http://localhost:9090', 200],
    ['localhost:80', 'http://localhost', 200],
    ['localhost', 'http://localhost', 200],
    ['localhost:9090', 'http://localhost:8080', 403],
    ['localhost:9090', 'http://127.0.0.1:9090', 403],
    ['localhost:9090', 'https://evil.example.com', 403],
    ['localhost:9090', 'null', 403],
  ])('at %s a page of %s gets %i', async (host, origin, expected) => {
    expect(await status({ host, origin })).toBe(expected)
  })

  test('says in both languages what it has not, and what is no JSON', async () => {
    const { fetch } = createSimulator()
    const said = async (path: string, init: RequestInit = {}): Promise<unknown> =>
      (await fetch(new Request(`http://localhost:9090/_simulator/${path}`, init))).json()
    expect(await said('meteor')).toEqual({
      error: { code: 'not_found', message: '没有这个接口 / there is no such call' },
    })
    const broken = {
      error: { code: 'bad_request', message: expect.stringMatching(/^不是 JSON \/ not JSON: ./) },
    }
    expect(await said('clock', { method: 'POST', body: '{x}' })).toEqual(broken)
    expect(await said('world', { method: 'PUT', body: '{x}' })).toEqual(broken)
  })
})
