import { type AddressInfo, createServer } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { finish, ListenError, listen } from './server.ts'

const LOOPBACK = '127.0.0.1'

test('a port that is taken is named, with the variable that changes it', async () => {
  const other = createServer()
  await new Promise<void>((resolve) => other.listen(0, LOOPBACK, resolve))
  onTestFinished(() => void other.close())
  const { port } = other.address() as AddressInfo
  const refusal = await listen(() => {}, { host: LOOPBACK, port }).catch((error: unknown) => error)
  expect(refusal).toBeInstanceOf(ListenError)
  expect(String(refusal)).toContain(
    `端口 ${port} 已被占用，用环境变量 SHOP_PORT 换一个 / port ${port} is taken`,
  )
})

test('an address of another machine is named too', async () => {
  const refusal = await listen(() => {}, { host: '192.0.2.1', port: 0 }).catch((error: unknown) => error)
  expect(String(refusal)).toContain('SHOP_HOST')
})

test('an answer under way is finished before the port is given back', async () => {
  let answer = (): void => {}
  const server = await listen((_request, response) => (answer = () => response.end('tea')), {
    host: LOOPBACK,
    port: 0,
  })
  const asked = new Promise((resolve) => server.once('request', resolve))
  const { port } = server.address() as AddressInfo
  const response = fetch(`http://${LOOPBACK}:${port}/`)
  await asked
  const finished = finish(server)
  answer()
  expect(await (await response).text()).toBe('tea')
  await finished
  await expect(fetch(`http://${LOOPBACK}:${port}/`)).rejects.toThrow()
})
