/** A WeChat of a test's making: answers by path and remembers what it was asked. For tests only; not published. */
import type { Fetch } from './transport.ts'

export interface Asked {
  url: URL
  method: string
  headers: Headers
  body: string
}

export interface FakeWechat {
  fetch: Fetch
  /** Every request, oldest first. */
  asked: Asked[]
  /** How often a path was asked. */
  times(path: string): number
}

/** What a path answers: a `Response`, a text as it is, or a value as JSON. `nth` counts the path's requests from 1. */
export type Answer = (asked: Asked, nth: number) => unknown

export function fakeWechat(answers: Readonly<Record<string, Answer>>): FakeWechat {
  const asked: Asked[] = []
  const times = (path: string): number => asked.filter(({ url }) => url.pathname === path).length
  return {
    asked,
    times,
    async fetch(input, init) {
      const request = new Request(input, init)
      const url = new URL(request.url)
      const { method, headers } = request
      const one = { url, method, headers, body: await request.text() }
      asked.push(one)
      const answer = await answers[url.pathname]?.(one, times(url.pathname))
      if (answer instanceof Response) return answer
      return new Response(typeof answer === 'string' ? answer : JSON.stringify(answer))
    },
  }
}

/** A clock that stands until it is moved. */
export interface FakeClock {
  (): number
  advance(seconds: number): void
}

export function fakeClock(now: number = Date.UTC(2026, 0, 1)): FakeClock {
  return Object.assign(() => now, {
    advance(seconds: number) {
      now += seconds * 1000
    },
  })
}

/** What a promise was rejected with. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => {
      throw new Error('it did not fail')
    },
    (error: unknown) => error,
  )
}
