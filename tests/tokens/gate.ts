/** What stands between a company's programs and WeChat: lets through, and can hold one call of one program for good. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Gate {
  url: string
  /** Calls to a path, those included that were held. */
  calls(path: string): number
  /** The most calls to a path that were under way at one time. */
  mostAtOnce(path: string): number
  /** The next call to this path never gets through; answers the number of the process that made it. */
  hold(path: string): Promise<number>
  close(): void
}

export async function openGate(wechat: string): Promise<Gate> {
  const held = new Map<string, (pid: number) => void>()
  const calls = new Map<string, number>()
  const underWay = new Map<string, number>()
  const most = new Map<string, number>()
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', wechat).pathname
    calls.set(path, (calls.get(path) ?? 0) + 1)
    const atOnce = (underWay.get(path) ?? 0) + 1
    underWay.set(path, atOnce)
    most.set(path, Math.max(most.get(path) ?? 0, atOnce))
    response.once('close', () => underWay.set(path, (underWay.get(path) ?? 0) - 1))
    const holding = held.get(path)
    held.delete(path)
    if (holding !== undefined) return holding(Number(request.headers['x-pid']))
    void passOn(wechat, request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls: (path) => calls.get(path) ?? 0,
    mostAtOnce: (path) => most.get(path) ?? 0,
    hold: (path) => new Promise((resolve) => held.set(path, resolve)),
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}

async function passOn(wechat: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const body = chunks.length === 0 ? {} : { body: Buffer.concat(chunks) }
  const headers = { 'content-type': request.headers['content-type'] ?? '' }
  const answer = await fetch(wechat + request.url, { method: request.method ?? 'GET', headers, ...body })
  response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' })
  response.end(await answer.text())
}
