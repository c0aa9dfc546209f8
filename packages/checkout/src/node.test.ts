/** The checkout under Node's own server, and mounted as Express mounts. */
import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import type { Connection } from './http/context.ts'
import { type NodeListener, toNodeListener } from './node.ts'

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await new Promise((resolve) => server.once('listening', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/pay/x?a=1`
}

const echo = {
  basePath: '/pay',
  handler: async (request: Request, connection: Connection = {}): Promise<Response> => {
    const { pathname, search } = new URL(request.url)
    return Response.json({
      path: pathname + search,
      body: await request.text(),
      address: connection.clientAddress,
    })
  },
}

/** As `app.use('/pay', listener)` calls it: the mount path is off `url`, the whole is `originalUrl`. */
function mounted(listener: NodeListener, heard: unknown[]): RequestListener {
  return (incoming, outgoing) => {
    const originalUrl = incoming.url
    Object.assign(incoming, { originalUrl, url: originalUrl?.replace('/pay', '') })
    listener(incoming, outgoing, (error) => {
      heard.push(error)
      outgoing.end('next')
    })
  }
}

function parsed(incoming: IncomingMessage, then: () => void): void {
  incoming.resume().on('end', () => {
    Object.assign(incoming, { body: {} })
    then()
  })
}

test('raw bytes and the payer’s address reach the checkout', async () => {
  const url = await serve(toNodeListener(echo))
  const answer = await fetch(url, {
    method: 'POST',
    body: '<xml/>',
    headers: { 'x-forwarded-for': '203.0.113.7' },
  })
  expect(await answer.json()).toEqual({ path: '/pay/x?a=1', body: '<xml/>', address: '127.0.0.1' })
})

test('behind a trusted proxy the address is the one that the proxy wrote', async () => {
  const url = await serve(toNodeListener(echo, { trustForwardedFor: true }))
  const answer = await fetch(url, { headers: { 'x-forwarded-for': '198.51.100.1, 203.0.113.7' } })
  expect(await answer.json()).toMatchObject({ address: '203.0.113.7' })
})

test('mounted below a path, the checkout sees the whole path', async () => {
  const url = await serve(mounted(toNodeListener(echo), []))
  expect(await (await fetch(url)).json()).toMatchObject({ path: '/pay/x?a=1' })
})

test('what is not below the base path is left to the site', async () => {
  const heard: unknown[] = []
  const url = await serve(mounted(toNodeListener(echo), heard))
  expect(await (await fetch(new URL('/payments', url))).text()).toBe('next')
  expect(heard).toEqual([undefined])
})

test('a body that a parser took before is an error that names the line to change', async () => {
  const listener = toNodeListener(echo)
  const url = await serve((incoming, outgoing) => parsed(incoming, () => listener(incoming, outgoing)))
  const answer = await fetch(url, { method: 'POST', body: '{}' })
  expect(answer.status).toBe(500)
  expect(await answer.text()).toContain('app.use(express.json())')
})

test('under a framework that error reaches its error handler', async () => {
  const heard: unknown[] = []
  const listener = mounted(toNodeListener(echo), heard)
  const url = await serve((incoming, outgoing) => parsed(incoming, () => listener(incoming, outgoing)))
  await fetch(url, { method: 'POST', body: '{}' })
  expect(String(heard[0])).toContain('app.use(express.json())')
})

test('a proxy that writes no address is not believed', async () => {
  const url = await serve(toNodeListener(echo, { trustForwardedFor: true }))
  for (const forwarded of ['unknown', '203.0.113.7:50123']) {
    const answer = await fetch(url, { headers: { 'x-forwarded-for': forwarded } })
    expect(await answer.json()).toMatchObject({ address: '127.0.0.1' })
  }
})
