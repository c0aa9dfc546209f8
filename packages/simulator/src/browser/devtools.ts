/**
 * The Chrome DevTools Protocol over a pipe (`--remote-debugging-pipe`): JSON texts, each ended by a zero byte. A pipe, unlike a
 * port, is open to nobody else. Source: chromium, content/public/common/content_switches.cc; Chrome DevTools Protocol.
 */
import type { Readable, Writable } from 'node:stream'
import { z } from 'zod'

export interface DevtoolsEvent {
  method: string
  params: unknown
  /** The page it is about; undefined for the browser itself. */
  sessionId?: string | undefined
}

export interface Devtools {
  /** Resolves with the result; rejects with the browser's words, or when the browser ends. */
  send(method: string, params?: object, sessionId?: string): Promise<unknown>
  /** Calls back for each event from now on. */
  listen(listener: (event: DevtoolsEvent) => void): void
}

export interface DevtoolsOptions {
  /** To the browser. */
  input: Writable
  /** From the browser. */
  output: Readable
}

const message = z.object({
  id: z.number().optional(),
  result: z.unknown().optional(),
  error: z.object({ message: z.string() }).optional(),
  method: z.string().optional(),
  params: z.unknown().optional(),
  sessionId: z.string().optional(),
})

interface Waiting {
  resolve(result: unknown): void
  reject(error: Error): void
}

export function createDevtools({ input, output }: DevtoolsOptions): Devtools {
  const listeners: ((event: DevtoolsEvent) => void)[] = []
  const waiting = new Map<number, Waiting>()
  let count = 0

  function hear(text: string): void {
    const { id, result, error, method, params, sessionId } = message.parse(JSON.parse(text))
    if (method !== undefined) for (const listener of listeners) listener({ method, params, sessionId })
    if (id === undefined) return
    const call = waiting.get(id)
    waiting.delete(id)
    if (error === undefined) call?.resolve(result)
    else call?.reject(new Error(error.message))
  }

  function end(): void {
    for (const { reject } of waiting.values()) reject(new Error('浏览器已退出 / the browser has ended'))
    waiting.clear()
  }

  let rest = ''
  output.setEncoding('utf8')
  output.on('data', (chunk: string) => {
    const texts = (rest + chunk).split('\0')
    rest = texts.pop() ?? ''
    for (const text of texts) hear(text)
  })
  output.on('close', end)
  // What is written to a browser that has just ended is lost; its end is told by `close`.
  input.on('error', () => undefined)
  return {
    listen: (listener) => void listeners.push(listener),
    send(method, params = {}, sessionId) {
      count += 1
      const id = count
      const sent = JSON.stringify({ id, method, params, sessionId })
      return new Promise((resolve, reject) => {
        waiting.set(id, { resolve, reject })
        input.write(`${sent}\0`)
      })
    },
  }
}
