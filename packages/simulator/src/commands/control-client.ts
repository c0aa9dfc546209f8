/** The control API of a simulator that runs in another process, as the commands call it. */
import { get as openStream } from 'node:http'
import { createParser } from 'eventsource-parser'
import type { z } from 'zod'

export interface ControlClient {
  get<Answer>(path: string, shape: z.ZodType<Answer>): Promise<Answer>
  post<Answer>(path: string, body: object, shape: z.ZodType<Answer>): Promise<Answer>
  delete(path: string): Promise<void>
  text(path: string): Promise<string>
  /** Hears each event as it comes; resolves when the simulator has ended, or `signal` says so. */
  follow<Event>(path: string, shape: z.ZodType<Event>, listener: Listener<Event>): Promise<void>
}

export interface Listener<Event> {
  heard(event: Event): void
  signal: AbortSignal
}

/** `url` is the simulator's HTTP address. Every call rejects with an `Error` for a person, in the simulator's own words. */
export function createControlClient(url: string): ControlClient {
  const address = (path: string): string => `${url}/_simulator/${path}`
  const unreachable = (cause: unknown): Error =>
    new Error(`${url} 没有模拟器在运行 / no simulator runs at ${url}`, { cause })

  const stranger = (cause: unknown): Error =>
    new Error(`${url} 上运行的不是模拟器 / what runs at ${url} is no simulator`, { cause })

  async function read<Answer>(response: Response, shape: z.ZodType<Answer>): Promise<Answer> {
    try {
      return shape.parse(await response.json())
    } catch (cause) {
      throw stranger(cause)
    }
  }

  async function open(path: string, init: RequestInit = {}): Promise<Response> {
    const response = await fetch(address(path), init).catch((cause: unknown) => {
      throw unreachable(cause)
    })
    if (response.ok) return response
    const words = refusal(await response.text())
    throw words === undefined ? stranger(response.status) : new Error(words)
  }
  return {
    get: async (path, shape) => read(await open(path), shape),
    async post(path, body, shape) {
      const headers = { 'content-type': 'application/json' }
      return read(await open(path, { method: 'POST', headers, body: JSON.stringify(body) }), shape)
    },
    async delete(path) {
      await open(path, { method: 'DELETE' })
    },
    text: async (path) => (await open(path)).text(),
    follow: (path, shape, { heard, signal }) =>
      new Promise((resolve, reject) => {
        const parser = createParser({ onEvent: ({ data }) => heard(shape.parse(JSON.parse(data))) })
        // Unlike `fetch`, it waits for ever between two events.
        openStream(address(path), { headers: { accept: 'text/event-stream' }, signal })
          .on('error', (error) => (signal.aborted ? resolve() : reject(unreachable(error))))
          .on('response', (response) => {
            response.setEncoding('utf8').on('data', (chunk: string) => parser.feed(chunk))
            response.on('error', () => undefined).on('close', resolve)
          })
      }),
  }
}

/** What the simulator says in `{"error":{"message"}}`; undefined for what another server says. */
function refusal(text: string): string | undefined {
  try {
    const { error } = JSON.parse(text) as { error?: { message?: string } }
    return error?.message
  } catch {
    return undefined
  }
}
