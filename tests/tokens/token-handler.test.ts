/** Another program of the company, with a library that nobody here wrote, takes token and ticket from us over a socket. */
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { toNodeListener } from '@shouyin/checkout/node'
import { defaultWorld, startSimulator } from '@shouyin/simulator'
import { createOfficialAccount, createTokenHandler } from '@shouyin/wechat'
import { expect, onTestFinished, test } from 'vitest'

const BEARER = 'a-secret-of-our-programs-0123456789abcdef'

/** What is used of co-wechat-api, which ships no types. */
interface WechatApi {
  prefix: string
  getTicket(type: string): Promise<{ ticket: string }>
}
interface WechatApiClass {
  new (
    appid: string,
    secret: string,
    getToken: () => Promise<{ accessToken: string; expireTime: number }>,
    saveToken: () => Promise<void>,
    tokenFromCustom: true,
  ): WechatApi
}
const WechatApi = createRequire(import.meta.url)('co-wechat-api') as WechatApiClass

test('co-wechat-api, which knows no secret, calls WeChat with the token that it was served', async () => {
  const world = defaultWorld()
  const { appid = '', secret = '' } = world.officialAccounts[0] ?? {}
  const simulator = await startSimulator({ httpPort: 0, httpsPort: 0, world })
  const account = createOfficialAccount({ appid, secret, origins: { api: simulator.httpUrl } })
  const handler = createTokenHandler({ accounts: [account], secrets: [BEARER] })
  const server = createServer(toNodeListener({ basePath: '/wechat', handler })).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  onTestFinished(async () => {
    server.close()
    server.closeAllConnections()
    await simulator.close()
  })
  const ours = `http://127.0.0.1:${(server.address() as AddressInfo).port}/wechat/${appid}`
  const ask = async (path: string, init: RequestInit = {}): Promise<Record<string, unknown>> => {
    const response = await fetch(ours + path, { ...init, headers: { authorization: `Bearer ${BEARER}` } })
    return (await response.json()) as Record<string, unknown>
  }

  const api = new WechatApi(
    appid,
    'no secret',
    async () => {
      const { access_token, expires_in } = await ask('/access_token')
      return { accessToken: String(access_token), expireTime: Date.now() + Number(expires_in) * 1000 }
    },
    async () => undefined,
    true,
  )
  api.prefix = `${simulator.httpUrl}/cgi-bin/`
  const { ticket } = await api.getTicket('jsapi')
  expect(await ask('/jsapi_ticket')).toMatchObject({ ticket })

  const { access_token: refused } = await ask('/access_token')
  const body = JSON.stringify({ refused })
  const { access_token: another } = await ask('/access_token/refresh', { method: 'POST', body })
  expect(another).not.toBe(refused)
  expect((await fetch(`${ours}/access_token`)).status).toBe(401)
})
