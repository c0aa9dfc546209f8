/** The simulator on real sockets. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import { request } from 'node:https'
import { type AddressInfo, connect } from 'node:net'
import { networkInterfaces } from 'node:os'
import { expect, onTestFinished, test } from 'vitest'
import { signV2 } from '../pay-v2/sign.ts'
import { writeXml } from '../pay-v2/xml.ts'
import { defaultWorld } from '../world.ts'
import { WECHAT_HOSTS } from './hosts.ts'
import { doorTo, type RunningSimulator, startSimulator } from './server.ts'

async function started(): Promise<RunningSimulator> {
  const running = await startSimulator({ httpPort: 0, httpsPort: 0 })
  onTestFinished(() => running.close())
  return running
}

test('both ports answer for WeChat’s hosts, HTTPS under a certificate of its own authority', async () => {
  const { httpUrl, httpsUrl, caPem } = await started()
  expect(await (await fetch(`${httpUrl}/sns/auth`)).text()).toContain('41001')
  // A connection that nothing is said on stays as long as WeChat's.
  expect((await fetch(`${httpUrl}/sns/auth`)).headers.get('keep-alive')).toBe('timeout=8')
  const answer = await secureGet(httpsUrl, 'api.weixin.qq.com', caPem)
  expect(answer).toContain('41001')
})

test('a lost answer is a broken connection', async () => {
  const { httpUrl } = await started()
  const body = JSON.stringify({ kind: 'answer-lost-after-effect', match: { path: '/sns/auth' } })
  await fetch(`${httpUrl}/_simulator/faults`, { method: 'POST', body })
  await expect(fetch(`${httpUrl}/sns/auth`)).rejects.toThrow('fetch failed')
  expect((await fetch(`${httpUrl}/sns/auth`)).status).toBe(200)
})

test('the certificate names every host of WeChat, and no other', async () => {
  const { httpsUrl, caPem } = await started()
  for (const host of [...WECHAT_HOSTS, 'localhost'])
    expect(await secureGet(httpsUrl, host, caPem)).toMatch(/404|bridge|41001/)
  await expect(secureGet(httpsUrl, 'shop.example.com', caPem)).rejects.toThrow('altnames')
  await expect(secureGet(httpsUrl, 'api.weixin.qq.com', undefined)).rejects.toThrow('certificate')
})

test('a payment is announced over the network by itself', async () => {
  const { httpUrl, simulator } = await started()
  const announced = new Promise<{ body: string; type: string | undefined }>((resolve) => {
    const shop = createServer(async (request, response) => {
      const chunks = await request.toArray()
      response.end('<xml><return_code>SUCCESS</return_code></xml>')
      resolve({ body: Buffer.concat(chunks).toString(), type: request.headers['content-type'] })
    })
    onTestFinished(() => void shop.close())
    shop.listen(0, '127.0.0.1', () => void order(shop.address() as AddressInfo))
  })
  const order = async ({ port }: AddressInfo): Promise<void> => {
    const { officialAccounts, merchants, users } = simulator.world()
    const [account, merchant, user] = [officialAccounts[0], merchants[0], users[0]]
    const fields = {
      appid: account?.appid ?? '',
      mch_id: merchant?.mchid ?? '',
      nonce_str: 'n',
      body: 'tea',
      out_trade_no: 'T20261124001',
      total_fee: '1',
      spbill_create_ip: '::1',
      notify_url: `http://127.0.0.1:${port}/notify`,
      trade_type: 'JSAPI',
      openid: user?.openids[account?.appid ?? ''] ?? '',
    }
    const sign = signV2(fields, merchant?.apiKey ?? '', 'MD5')
    await post(`${httpUrl}/pay/unifiedorder`, writeXml({ ...fields, sign }))
    await post(`${httpUrl}/_simulator/pay`, '{"out_trade_no":"T20261124001"}')
  }
  expect(await announced).toMatchObject({
    body: expect.stringContaining('<out_trade_no><![CDATA[T20261124001]]></out_trade_no>'),
    type: 'text/xml',
  })
})

test('why a notification was not delivered is told by the system’s name for it', async () => {
  const { httpUrl } = await started()
  const nobody = createServer().listen(0, '127.0.0.1')
  await once(nobody, 'listening')
  const url = `http://127.0.0.1:${(nobody.address() as AddressInfo).port}/`
  await new Promise((resolve) => nobody.close(resolve))
  const body = JSON.stringify({ event: 'payment.success', url })
  await fetch(`${httpUrl}/_simulator/trigger`, { method: 'POST', body })
  expect(await (await fetch(`${httpUrl}/_simulator/exchanges`)).json()).toMatchObject([
    { outcome: 'fault', note: expect.stringContaining('无法送达 not reached (ECONNREFUSED)') },
  ])
})

test('a merchant who lets its notifications hang holds up no other merchant’s', async () => {
  const world = defaultWorld()
  const [first] = world.merchants
  if (first) world.merchants.push({ ...first, mchid: '1900000109' })
  const running = await startSimulator({ httpPort: 0, httpsPort: 0, world })
  onTestFinished(() => running.close())
  const heard: string[] = []
  let release = (): void => undefined
  const shop = createServer((request, response) => {
    heard.push(request.url ?? '')
    const acknowledge = (): void => void response.end('<xml><return_code>SUCCESS</return_code></xml>')
    if (request.url === '/hangs') release = acknowledge
    else acknowledge()
    // The first one is answered when the other has come.
    if (heard.length === 2) release()
  }).listen(0, '127.0.0.1')
  onTestFinished(() => void shop.close())
  await once(shop, 'listening')
  const { port } = shop.address() as AddressInfo
  const trigger = async (mchid: string | undefined, path: string): Promise<unknown> => {
    const body = JSON.stringify({ event: 'payment.success', mchid, url: `http://127.0.0.1:${port}${path}` })
    return (await fetch(`${running.httpUrl}/_simulator/trigger`, { method: 'POST', body })).json()
  }
  const hanging = trigger(first?.mchid, '/hangs')
  while (heard.length === 0) await once(shop, 'request')
  const told = [await trigger('1900000109', '/goes'), await hanging]
  expect(told).toMatchObject([{ state: 'acknowledged' }, { state: 'acknowledged' }])
  expect(heard).toEqual(['/hangs', '/goes'])
})

test('a merchant who asks something slow before it acknowledges is waited for', async () => {
  const { httpUrl } = await started()
  const control = (verb: string, body: object): Promise<Response> =>
    fetch(`${httpUrl}/_simulator/${verb}`, { method: 'POST', body: JSON.stringify(body) })
  await control('faults', { kind: 'answer-slow', delaySeconds: 0.1, match: { path: '/sns/auth' } })
  const shop = createServer(async (_request, response) => {
    await fetch(`${httpUrl}/sns/auth`)
    response.end('<xml><return_code>SUCCESS</return_code></xml>')
  }).listen(0, '127.0.0.1')
  onTestFinished(() => void shop.close())
  await once(shop, 'listening')
  const url = `http://127.0.0.1:${(shop.address() as AddressInfo).port}/`
  const told = await control('trigger', { event: 'payment.success', url })
  expect(await told.json()).toMatchObject({ state: 'acknowledged' })
})

test.each(['httpPort', 'httpsPort'] as const)(
  'a %s already taken is named with its variable',
  async (name) => {
    const other = createServer().listen(0, '127.0.0.1')
    onTestFinished(() => void other.close())
    await new Promise((resolve) => other.once('listening', resolve))
    const { port } = other.address() as AddressInfo
    const variable = { httpPort: 'SIMULATOR_PORT', httpsPort: 'SIMULATOR_HTTPS_PORT' }[name]
    await expect(startSimulator({ httpPort: 0, httpsPort: 0, [name]: port })).rejects.toThrow(
      `端口 ${port} 已被占用，用 ${variable} 换一个`,
    )
  },
)

test('a hosts file may send clients to more ports, each for HTTP and HTTPS', async () => {
  const running = await startSimulator({ httpPort: 0, httpsPort: 0, morePorts: [0] })
  onTestFinished(() => running.close())
  const [port] = running.morePorts
  expect(await (await fetch(`http://127.0.0.1:${port}/sns/auth`)).text()).toContain('41001')
  expect(await secureGet(`https://localhost:${port}`, 'api.weixin.qq.com', running.caPem)).toContain('41001')
})

test('behind a door a connection that says nothing is closed', async () => {
  const { http, https } = { http: createServer(), https: createServer() }
  const door = doorTo({ http, https, patienceMs: 10 }).listen(0, '127.0.0.1')
  onTestFinished(() => void door.close())
  await once(door, 'listening')
  const socket = connect((door.address() as AddressInfo).port, '127.0.0.1')
  await once(socket.resume(), 'close')
})

test('a body that no program of WeChat’s would read is turned away by the web server before them', async () => {
  const { httpUrl } = await started()
  const body = 'x'.repeat(1024 * 1024 + 1)
  const response = await fetch(`${httpUrl}/pay/unifiedorder`, { method: 'POST', body })
  expect([response.status, response.headers.get('server')]).toEqual([413, 'nginx'])
  expect(await response.text()).toContain('<center><h1>413 Request Entity Too Large</h1></center>')
  const own = await fetch(`${httpUrl}/_simulator/world`, { method: 'PUT', body })
  expect(await own.json()).toMatchObject({ error: { code: 'too_large' } })
})

const hasIpv6 = Object.values(networkInterfaces()).some((each) =>
  each?.some(({ address }) => address === '::1'),
)

test.runIf(hasIpv6)('who takes localhost for ::1 finds all of it there, and is the same caller', async () => {
  const world = defaultWorld()
  const [account] = world.officialAccounts
  if (account) account.ipWhitelist = ['127.0.0.1']
  const running = await startSimulator({ httpPort: 0, httpsPort: 0, morePorts: [0], world })
  onTestFinished(() => running.close())
  const { appid = '', secret = '' } = account ?? {}
  const query = new URLSearchParams({ grant_type: 'client_credential', appid, secret })
  for (const port of [new URL(running.httpUrl).port, ...running.morePorts]) {
    const answer = await fetch(`http://[::1]:${port}/cgi-bin/token?${query}`)
    expect(await answer.json()).toHaveProperty('access_token')
  }
  const options = { host: '::1', port: new URL(running.httpsUrl).port, path: '/sns/auth', ca: running.caPem }
  const asked = request({ ...options, servername: 'api.weixin.qq.com' }).end()
  const [response] = await once(asked, 'response')
  expect(response.statusCode).toBe(200)
  await running.close()
  await expect(fetch(`http://[::1]:${new URL(running.httpUrl).port}/sns/auth`)).rejects.toThrow(
    'fetch failed',
  )
})

test('only loopback is listened at, unless other machines are meant to reach it', async () => {
  const options = { httpPort: 0, httpsPort: 0, host: '0.0.0.0' }
  await expect(startSimulator(options)).rejects.toThrow('0.0.0.0 会让其他机器控制这个模拟器')
  const running = await startSimulator({ ...options, exposed: true })
  onTestFinished(() => running.close())
  expect((await fetch(`${running.httpUrl}/sns/auth`)).status).toBe(200)
  const named = await startSimulator({ ...options, host: 'localhost' })
  onTestFinished(() => named.close())
  expect((await fetch(`${named.httpUrl}/sns/auth`)).status).toBe(200)
})

test('an address of another machine is named', async () => {
  const options = { httpPort: 0, httpsPort: 0, host: '192.0.2.1', exposed: true }
  await expect(startSimulator(options)).rejects.toThrow('本机没有地址 192.0.2.1')
})

function secureGet(httpsUrl: string, host: string, ca: string | undefined): Promise<string> {
  return new Promise((resolve, reject) => {
    const { port } = new URL(httpsUrl)
    const options = { host: '127.0.0.1', port, servername: host, headers: { host }, ca, path: '/sns/auth' }
    request(options, (response) => response.on('data', (chunk: Buffer) => resolve(String(chunk))))
      .on('error', reject)
      .end()
  })
}

async function post(url: string, body: string): Promise<void> {
  const response = await fetch(url, { method: 'POST', body })
  expect(response.status).toBe(200)
}
