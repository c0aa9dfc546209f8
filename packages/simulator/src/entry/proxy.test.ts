/** The HTTP port as SDKs and browsers use it that know no other address of WeChat's than the real one. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, request } from 'node:http'
import { type AddressInfo, connect as openSocket, type Socket } from 'node:net'
import type { Readable } from 'node:stream'
import { connect as openTls } from 'node:tls'
import { describe, expect, onTestFinished, test } from 'vitest'
import { merchantCertificate } from '../certificates/certificates.ts'
import { signature } from '../pay-v3/merchant-v3.fixture.ts'
import { type RunningSimulator, startSimulator } from './server.ts'

async function started(): Promise<RunningSimulator & { port: number }> {
  const running = await startSimulator({ httpPort: 0, httpsPort: 0 })
  onTestFinished(() => running.close())
  return { ...running, caPem: running.caPem, port: Number(new URL(running.httpUrl).port) }
}

describe('a tunnel', () => {
  test('to a host of WeChat ends in the simulator, under a certificate of its authority', async () => {
    const { port, caPem } = await started()
    const { socket } = await tunnel(port, 'api.weixin.qq.com:443')
    expect(await secureGet(socket, 'https://api.weixin.qq.com/sns/auth', { ca: caPem })).toContain('41001')
  })

  test('answers only for the host that was asked for', async () => {
    const { port, caPem } = await started()
    const { socket } = await tunnel(port, 'api.mch.weixin.qq.com:443')
    expect(await secureGet(socket, 'https://api.mch.weixin.qq.com/sns/auth', { ca: caPem })).toBe(
      '404 Not Found',
    )
  })

  test.each(['API.weixin.qq.COM:443', 'api.weixin.qq.com.:443'])(
    'to it by the name %s is the same',
    async (name) => {
      const { port, caPem } = await started()
      const { socket } = await tunnel(port, name)
      expect(await secureGet(socket, 'https://api.weixin.qq.com/sns/auth', { ca: caPem })).toContain('41001')
    },
  )

  test('to a port where WeChat does not listen is refused, in either form', async () => {
    const { port } = await started()
    const tunnelled = await tunnel(port, 'api.weixin.qq.com:8443')
    expect([tunnelled.status, tunnelled.reason]).toEqual([403, 'Not a Port of WeChat'])
    expect((await through(port, 'http://api.weixin.qq.com:8080/sns/auth')).status).toBe(403)
  })

  test('whose client ends its side first still brings the answer', async () => {
    const { port } = await started()
    const shop = await shopAnswering(({ url }) => `the shop at ${url}`)
    const { socket } = await tunnel(port, `localhost:${shop}`)
    socket.end('GET /tea HTTP/1.1\r\nhost: localhost\r\n\r\n')
    expect(await textOf(socket)).toContain('the shop at /tea')
  })

  test('to its port 80 is plain HTTP', async () => {
    const { port } = await started()
    const { socket } = await tunnel(port, 'api.weixin.qq.com:80')
    socket.write('GET /sns/auth HTTP/1.1\r\nhost: api.weixin.qq.com\r\nconnection: close\r\n\r\n')
    expect(await textOf(socket)).toContain('41001')
  })

  test('carries what was sent before it was granted', async () => {
    const { port } = await started()
    const socket = openSocket(port, '127.0.0.1')
    socket.write('CONNECT api.weixin.qq.com:80 HTTP/1.1\r\nhost: api.weixin.qq.com:80\r\n\r\n')
    socket.write('GET /sns/auth HTTP/1.1\r\nhost: api.weixin.qq.com\r\nconnection: close\r\n\r\n')
    expect(await textOf(socket)).toContain('41001')
  })

  test('to loopback passes through, both ways', async () => {
    const { port } = await started()
    const shop = await shopAnswering(({ url }) => `the shop at ${url}`)
    const { socket } = await tunnel(port, `localhost:${shop}`)
    socket.write('GET /tea HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n')
    expect(await textOf(socket)).toContain('the shop at /tea')
  })

  test('to loopback where nobody listens is a bad gateway', async () => {
    const { port } = await started()
    const shop = await portOfNobody()
    const { status, text } = await tunnel(port, `127.0.0.1:${shop}`)
    expect([status, text]).toEqual([502, `连不上 127.0.0.1:${shop} / 127.0.0.1:${shop} is not reached\n`])
  })

  test.each([
    'example.com:443',
    '10.0.0.1:80',
    '[::ffff:10.0.0.1]:80',
    'mp.weixin.qq.com:443',
    'localhost.example.com:80',
  ])('to %s is refused, with the reason', async (target) => {
    const { port } = await started()
    const { status, reason, text } = await tunnel(port, target)
    expect([status, reason]).toEqual([403, 'Not a Host of WeChat'])
    expect(text).toContain('模拟器只代理微信的域名与本机地址')
  })

  test.each(['api.weixin.qq.com', 'http://api.weixin.qq.com/', 'user@localhost:80', ':443'])(
    'to %s is not understood',
    async (target) => {
      const { port } = await started()
      expect((await tunnel(port, target)).status).toBe(400)
    },
  )

  test('that a client leaves in the middle hurts nobody', async () => {
    const { port } = await started()
    const shop = await shopAnswering(() => 'the shop')
    const { socket } = await tunnel(port, `localhost:${shop}`)
    socket.resetAndDestroy()
    const { socket: next } = await tunnel(port, 'api.weixin.qq.com:443')
    next.destroy()
    expect((await tunnel(port, `localhost:${shop}`)).status).toBe(200)
  })
})

describe('a request in absolute form', () => {
  test('to a host of WeChat is answered by that host', async () => {
    const { port } = await started()
    expect((await through(port, 'http://api.weixin.qq.com/sns/auth')).text).toContain('41001')
    expect((await through(port, 'http://api.mch.weixin.qq.com/sns/auth')).status).toBe(404)
  })

  test('is read as it was written, which is what a signature covers', async () => {
    const { port, simulator } = await started()
    const [merchant] = simulator.world().merchants
    const { mchid = '', name = '' } = merchant ?? {}
    const { serial, privateKeyPem } = merchantCertificate({
      seed: 'shouyin',
      mchid,
      name,
      startedAt: Date.now(),
    })
    const target = `/v3/pay/transactions/out-trade-no/T20261124001?mchid=${mchid}&note='`
    const timestamp = String(Math.floor(Date.now() / 1000))
    const claim = {
      mchid,
      nonce_str: 'N',
      timestamp,
      serial_no: serial,
      signature: await signature(privateKeyPem, `GET\n${target}\n${timestamp}\nN\n\n`),
    }
    const pairs = Object.entries(claim).map(([key, value]) => `${key}="${value}"`)
    const { text } = await through(port, `http://api.mch.weixin.qq.com${target}`, {
      authorization: `WECHATPAY2-SHA256-RSA2048 ${pairs.join(',')}`,
      accept: 'application/json',
      'user-agent': 'shop/1.0',
    })
    expect(JSON.parse(text)['code']).not.toBe('SIGN_ERROR')
  })

  test('to the simulator itself is answered by it', async () => {
    const { port } = await started()
    const clock = `http://localhost:${port}/_simulator/clock`
    expect((await through(port, clock)).text).toContain('nowMs')
    // The target counts, whatever the header says.
    expect((await through(port, clock, { host: 'shop.example.com' })).text).toContain('nowMs')
  })

  test('to loopback is passed on, without what concerns the proxy alone', async () => {
    const { port } = await started()
    const shop = await shopAnswering(({ url, headers }) => JSON.stringify({ url, headers }))
    const headers = { 'proxy-authorization': 'Basic c2VjcmV0', 'x-order': '1' }
    const { text } = await through(port, `http://localhost:${shop}/tea?a=1`, headers)
    expect(JSON.parse(text)).toEqual({
      url: '/tea?a=1',
      headers: { host: `localhost:${shop}`, 'x-order': '1', connection: 'keep-alive' },
    })
  })

  test('with a body of no known length is passed on whole, whatever its method', async () => {
    const { port } = await started()
    const heard: string[] = []
    const shop = createServer(async (incoming, outgoing) => {
      heard.push(await textOf(incoming))
      outgoing.end()
    }).listen(0, '127.0.0.1')
    onTestFinished(() => void shop.close())
    await once(shop, 'listening')
    const url = `http://localhost:${(shop.address() as AddressInfo).port}/`
    const chunked = { 'transfer-encoding': 'chunked', connection: 'close' }
    for (const method of ['POST', 'DELETE'])
      expect((await through(port, url, chunked, method, method)).status).toBe(200)
    expect(heard).toEqual(['POST', 'DELETE'])
  })

  test('to loopback where nobody listens is a bad gateway, for a body too', async () => {
    const { port } = await started()
    const shop = `http://localhost:${await portOfNobody()}/`
    expect((await through(port, shop)).status).toBe(502)
    expect((await through(port, shop, {}, 'a=1')).status).toBe(502)
  })

  test('anywhere else is refused', async () => {
    const { port } = await started()
    const { status, text } = await through(port, 'http://example.com/')
    expect(status).toBe(403)
    expect(text).toContain('not for example.com')
  })

  test('cannot reach the control API under another name', async () => {
    const { port } = await started()
    const host = { host: 'localhost' }
    expect((await through(port, 'http://api.weixin.qq.com/_simulator/clock', host)).status).toBe(404)
  })
})

describe('the client certificate of a refund', () => {
  const servername = 'api.mch.weixin.qq.com'

  test.each([
    ['on the HTTPS port', async ({ httpsUrl }: Started) => openSocket(Number(new URL(httpsUrl).port))],
    ['in a tunnel', async ({ port }: Started) => (await tunnel(port, `${servername}:443`)).socket],
  ])('%s is asked for and told apart', async (_where, opened) => {
    const running = await started()
    const [refund, ca] = [`https://${servername}/secapi/pay/refund`, running.caPem]
    const ask = async (identity: Identity): Promise<string> =>
      secureGet(await opened(running), refund, { ca, ...identity })
    expect(await ask({})).toContain('400 No required SSL certificate was sent')
    expect(await ask(identity('another world'))).toContain('400 The SSL certificate error')
    expect(await ask(identity('shouyin'))).not.toContain('SSL certificate')
  })

  test('cannot be presented over plain HTTP', async () => {
    const { httpUrl } = await started()
    const response = await fetch(`${httpUrl}/pay/downloadfundflow`, { method: 'POST', body: '<xml/>' })
    expect(response.status).toBe(400)
    expect(await response.text()).toContain('<title>400 No required SSL certificate was sent</title>')
  })
})

type Started = Awaited<ReturnType<typeof started>>

interface Identity {
  cert?: string
  key?: string
}

function identity(seed: string): Identity {
  const merchant = { seed, mchid: '1600000001', name: '山间茶事', startedAt: Date.now() }
  const { certificatePem: cert, privateKeyPem: key } = merchantCertificate(merchant)
  return { cert, key }
}

interface Tunnel {
  status: number
  reason: string
  /** What came instead of a tunnel. */
  text: string
  socket: Socket
}

function tunnel(port: number, target: string): Promise<Tunnel> {
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, method: 'CONNECT', path: target })
      .on('connect', (response, socket: Socket, head) => {
        onTestFinished(() => void socket.destroy())
        const { statusCode: status = 0, statusMessage: reason = '' } = response
        resolve({ status, reason, text: head.toString(), socket })
      })
      .on('error', reject)
      .end()
  })
}

/** A request over a connection that is there already. */
function secureGet(socket: Socket, url: string, options: { ca: string } & Identity): Promise<string> {
  const { hostname, pathname } = new URL(url)
  return new Promise((resolve, reject) => {
    const secured = openTls({ socket, servername: hostname, ...options }).on('error', reject)
    request({ createConnection: () => secured, host: hostname, path: pathname })
      .on('response', (response) => resolve(textOf(response)))
      .on('error', reject)
      .end()
  })
}

function through(
  port: number,
  url: string,
  headers: Record<string, string> = {},
  body?: string,
  method = body === undefined ? 'GET' : 'POST',
): Promise<{ status: number | undefined; text: string }> {
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, method, path: url, headers: { host: new URL(url).host, ...headers } })
      .on('response', async (response) =>
        resolve({ status: response.statusCode, text: await textOf(response) }),
      )
      .on('error', reject)
      .end(body)
  })
}

async function textOf(stream: Readable): Promise<string> {
  return Buffer.concat(await stream.toArray()).toString()
}

/** A merchant's site on a free port, whose number it returns. */
async function shopAnswering(answer: (request: IncomingMessage) => string): Promise<number> {
  const shop = createServer((incoming, outgoing) => void outgoing.end(answer(incoming))).listen(
    0,
    '127.0.0.1',
  )
  onTestFinished(() => void shop.close())
  await once(shop, 'listening')
  return (shop.address() as AddressInfo).port
}

/** A port that was free a moment ago. */
async function portOfNobody(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
