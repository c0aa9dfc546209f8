/** The checkout under Node's own server. */
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import type { Connection } from './http/context.ts'
import { toNodeListener } from './node.ts'

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await new Promise((resolve) => server.once('listening', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/pay/x`
}

const echo = {
  handler: async (request: Request, connection: Connection = {}): Promise<Response> =>
    Response.json({ body: await request.text(), address: connection.clientAddress }),
}

test('raw bytes and the payer’s address reach the checkout', async () => {
  const url = await serve(toNodeListener(echo))
  const answer = await fetch(url, {
    method: 'POST',
    body: '<xml/>',
    headers: { 'x-forwarded-for': '203.0.113.7' },
  })
  expect(await answer.json()).toEqual({ body: '<xml/>', address: '127.0.0.1' })
})

test('behind a trusted proxy the address is the one that the proxy wrote', async () => {
  const url = await serve(toNodeListener(echo, { trustForwardedFor: true }))
  const answer = await fetch(url, { headers: { 'x-forwarded-for': '198.51.100.1, 203.0.113.7' } })
  expect(await answer.json()).toMatchObject({ address: '203.0.113.7' })
})

test('a body that a parser took before is an error that names the line to change', async () => {
  const listener = toNodeListener(echo)
  let message = ''
  const url = await serve((incoming, outgoing) => {
    incoming.resume().on('end', () => {
      try {
        void listener(Object.assign(incoming, { body: {} }), outgoing)
      } catch (error) {
        message = String(error)
      }
      outgoing.end()
    })
  })
  await fetch(url, { method: 'POST', body: '{}' })
  expect(message).toContain('app.use(express.json())')
})
