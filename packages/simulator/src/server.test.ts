/** The simulator on real sockets. */

import { createServer } from 'node:http'
import { request } from 'node:https'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { type RunningSimulator, startSimulator } from './server.ts'

async function started(): Promise<RunningSimulator> {
  const running = await startSimulator({ httpPort: 0, httpsPort: 0 })
  onTestFinished(() => running.close())
  return running
}

test('both ports answer for WeChat’s hosts, HTTPS under a certificate of its own authority', async () => {
  const { httpUrl, httpsUrl, caPem } = await started()
  expect(await (await fetch(`${httpUrl}/sns/auth`)).text()).toContain('41001')
  const answer = await new Promise<string>((resolve, reject) => {
    const options = {
      host: '127.0.0.1',
      port: new URL(httpsUrl).port,
      servername: 'api.weixin.qq.com',
      ca: caPem,
      path: '/sns/auth',
    }
    request(options, (response) => response.on('data', (chunk: Buffer) => resolve(String(chunk))))
      .on('error', reject)
      .end()
  })
  expect(answer).toContain('41001')
})

test('a lost answer is a broken connection', async () => {
  const { httpUrl } = await started()
  const body = JSON.stringify({ kind: 'answer-lost-after-effect', match: { path: '/sns/auth' } })
  await fetch(`${httpUrl}/_simulator/faults`, { method: 'POST', body })
  await expect(fetch(`${httpUrl}/sns/auth`)).rejects.toThrow('fetch failed')
  expect((await fetch(`${httpUrl}/sns/auth`)).status).toBe(200)
})

test('a port already taken is named, with the variable that changes it', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  onTestFinished(() => void other.close())
  await new Promise((resolve) => other.once('listening', resolve))
  const { port } = other.address() as AddressInfo
  await expect(startSimulator({ httpPort: port, httpsPort: 0 })).rejects.toThrow(
    new RegExp(`${port}.*SIMULATOR_PORT`),
  )
})
