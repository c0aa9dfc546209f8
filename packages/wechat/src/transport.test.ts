import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, test } from 'vitest'
import {
  ProtocolError,
  TransportError,
  WechatError,
  wechatFailed,
  wechatRefused,
  wechatUndecided,
} from './errors.ts'
import { type Exchange, exchange, type Fetch, routed, send, stream } from './transport.ts'
import { fakeClock, rejection } from './wechat.fake.ts'

const URL_WITH_SECRET = 'https://api.weixin.qq.com/cgi-bin/token?secret=0123456789abcdef'
const never = new Promise<never>(() => undefined)

const asking = (fetch: Fetch, timeoutMs = 1000): Promise<unknown> =>
  rejection(send({ fetch, timeoutMs }, URL_WITH_SECRET))

test.each<[string, Fetch]>([
  ['a fetch that never answers and does not listen', () => never],
  [
    'a fetch that is told to stop',
    (_input, init) =>
      new Promise((_resolve, reject) =>
        init?.signal?.addEventListener('abort', () => reject(init.signal?.reason)),
      ),
  ],
  ['a body that never ends', async () => new Response(new ReadableStream({ pull: () => never }))],
])('time runs out for %s', async (_what, fetch) => {
  expect(await asking(fetch, 5)).toMatchObject({
    code: 'network',
    outcome: 'unknown',
    retryable: true,
    message: expect.stringContaining('5 ms'),
  })
})

test('an answer without end is cut off, and its sender told', async () => {
  let cancelled = false
  const endless = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(new Uint8Array(64 * 1024)),
    cancel: () => {
      cancelled = true
    },
  })
  expect(await asking(async () => new Response(endless))).toMatchObject({
    code: 'no_usable_answer',
    message: expect.stringContaining('too long'),
  })
  expect(cancelled).toBe(true)
})

test('an answer that is not UTF-8 is no answer', async () => {
  const gbk = new Uint8Array([0xd6, 0xd0])
  expect(await asking(async () => new Response(gbk))).toMatchObject({
    code: 'no_usable_answer',
    message: expect.stringContaining('UTF-8'),
  })
})

test.each([302, 400, 404, 502])('HTTP %i is a proxy’s answer, and its body is not kept', async (status) => {
  const error = await asking(async () => new Response('secret page', { status }))
  expect(error).toMatchObject({ code: 'no_usable_answer', status, outcome: 'unknown' })
  expect(JSON.stringify(error)).not.toContain('secret page')
})

test('redirects are not followed', async () => {
  let redirect: string | undefined
  await asking(async (_input, init) => {
    redirect = init?.redirect
    return new Response('', { status: 302 })
  })
  expect(redirect).toBe('manual')
})

test('the reason of a broken connection is kept, its address is not', async () => {
  const reason = Object.assign(new Error(`connect ECONNREFUSED ${URL_WITH_SECRET}`), { code: 'ECONNREFUSED' })
  const error = await asking(async () => {
    throw new TypeError(`fetch failed ${URL_WITH_SECRET}`, { cause: reason })
  })
  expect(error).toMatchObject({ code: 'network', cause: { message: 'Error ECONNREFUSED' } })
})

test('a closed port has received nothing; a connection that was cut may have', async () => {
  const server = createServer((request) => request.socket.destroy())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  const post = (url: string): Promise<unknown> =>
    rejection(send({ fetch, timeoutMs: 5000 }, url, { method: 'POST', body: '<xml/>' }))
  expect(await post(origin)).toMatchObject({ isUnreachable: true, isUnsent: false })
  await new Promise((resolve) => server.close(resolve))
  expect(await post(origin)).toMatchObject({ isUnreachable: true, isUnsent: true })
})

test.each([
  [
    [
      { code: 'ETIMEDOUT', syscall: 'connect' },
      { code: 'ENETUNREACH', syscall: 'connect' },
    ],
    true,
  ],
  [
    [
      { code: 'ETIMEDOUT', syscall: 'connect' },
      { code: 'ECONNRESET', syscall: 'read' },
    ],
    false,
  ],
])('of several addresses all must have been out of reach: %j', async (errors, isUnsent) => {
  const each = errors.map((error) => Object.assign(new Error('x'), error))
  const cause = Object.assign(new AggregateError(each), { code: 'ETIMEDOUT' })
  const error = await asking(async () => {
    throw new TypeError('fetch failed', { cause })
  })
  expect(error).toMatchObject({ isUnsent })
})

test.each([
  ['SELF_SIGNED_CERT_IN_CHAIN', 'ca'],
  ['ENOTFOUND', '域名解析不了'],
  ['ECONNREFUSED', 'Error ECONNREFUSED'],
])('%s is told, and what can be done', async (code, words) => {
  const cause = Object.assign(new Error('x'), { code })
  const error = await asking(async () => {
    throw new TypeError('fetch failed', { cause })
  })
  expect(String(error)).toContain(code)
  expect(String(error)).toContain(words)
})

test('whoever asks for the raw answer gets every status, and bytes that are not UTF-8, too', async () => {
  const fetch = async (): Promise<Response> =>
    new Response(new Uint8Array([0xd6]), { status: 404, headers: { 'Request-ID': '08F7-0' } })
  const answer = await exchange({ fetch, timeoutMs: 1000 }, URL_WITH_SECRET)
  expect(answer.status).toBe(404)
  expect(answer.headers.get('request-id')).toBe('08F7-0')
  expect([...answer.bytes]).toEqual([0xd6])
})

describe('a file that is read while it comes', () => {
  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

  async function read(fetch: Fetch, timeoutMs = 1000): Promise<string> {
    const { chunks } = await stream({ fetch, timeoutMs }, URL_WITH_SECRET)
    let text = ''
    for await (const chunk of chunks) text += new TextDecoder().decode(chunk)
    return text
  }

  test('may be longer than any message', async () => {
    const long = 'x'.repeat(1024 * 1024)
    expect((await read(async () => new Response(long))).length).toBe(long.length)
    expect(await read(async () => new Response(null, { status: 204 }))).toBe('')
  })

  test('fails where the connection breaks in the middle', async () => {
    const broken = new ReadableStream<Uint8Array>({
      pull(controller) {
        controller.enqueue(bytes('half'))
        controller.error(Object.assign(new Error('reset'), { code: 'ECONNRESET' }))
      },
    })
    expect(await rejection(read(async () => new Response(broken)))).toMatchObject({
      code: 'network',
      outcome: 'unknown',
    })
  })

  test.each<[string, Fetch]>([
    ['no answer comes', () => never],
    ['no piece comes', async () => new Response(new ReadableStream({ pull: () => never }))],
  ])('fails where %s in time', async (_what, fetch) => {
    const error = await rejection(read(fetch, 5))
    expect(error).toMatchObject({ code: 'network', message: expect.stringContaining('5 ms') })
  })

  test('is given up by whoever has seen enough', async () => {
    let cancelled = false
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(bytes('x')),
      cancel: () => {
        cancelled = true
      },
    })
    const { chunks } = await stream(
      { fetch: async () => new Response(endless), timeoutMs: 1000 },
      'https://a.b/',
    )
    for await (const _ of chunks) break
    expect(cancelled).toBe(true)
  })
})

describe('WeChat has two domains', () => {
  const origins = ['https://one', 'https://two']
  const unreachable = new TransportError({ message: 'x', isUnreachable: true })
  const unsent = new TransportError({ message: 'x', isUnreachable: true, isUnsent: true })
  const late = new TransportError({ message: 'x' })
  const page = new TransportError({ code: 'no_usable_answer', message: 'x' })
  const probe = new ProtocolError('bad_signature', 'x')
  const no = { wechatCode: 'USER_ACCOUNT_ABNORMAL', wechatText: '' }

  async function asked(isQuestion: boolean, failures: readonly Error[], hosts = origins): Promise<string[]> {
    const seen: string[] = []
    const left = [...failures]
    await routed({ origins: hosts, isQuestion }, async (origin) => {
      seen.push(origin)
      const failure = left.shift()
      if (failure !== undefined) throw failure
    }).catch((error: unknown) => seen.push(error === failures[0] ? 'thrown' : String(error)))
    return seen
  }

  test.each([true, false])('the second is asked where the first cannot be reached', async (isQuestion) => {
    expect(await asked(isQuestion, [])).toEqual(['https://one'])
    expect(await asked(isQuestion, [unreachable])).toEqual(['https://one', 'https://two'])
    expect(await asked(isQuestion, [unreachable, unreachable])).toEqual([
      'https://one',
      'https://two',
      'thrown',
    ])
  })

  test('what moves money is sent nowhere else once somebody may have it', async () => {
    for (const failure of [late, page, probe, wechatFailed(no), wechatUndecided(no)])
      expect(await asked(false, [failure])).toEqual(['https://one', 'thrown'])
    expect(await asked(false, [unreachable], ['https://one'])).toEqual(['https://one', 'thrown'])
  })

  test('what the first may have received before it broke is not refused by the second’s no', async () => {
    const outcomeAfter = async (first: Error, isQuestion = false): Promise<unknown> => {
      const failures = [first, wechatRefused({ ...no, retryable: false })]
      const attempt = async (): Promise<never> => {
        throw failures.shift()
      }
      const error = await rejection(routed({ origins, isQuestion }, attempt))
      return error instanceof WechatError ? [error.outcome, error.remedy?.next] : error
    }
    expect(await outcomeAfter(unreachable)).toEqual(['unknown', undefined])
    expect(await outcomeAfter(unsent)).toEqual(['refused', 'give_up'])
    expect(await outcomeAfter(unreachable, true)).toEqual(['refused', 'give_up'])
  })

  test('nor is it unsent because the second was not reached', async () => {
    const after = (first: Error): Promise<unknown> => {
      const failures = [first, unsent]
      const attempt = async (): Promise<never> => {
        throw failures.shift()
      }
      return rejection(routed({ origins, isQuestion: false }, attempt))
    }
    expect(await after(unreachable)).toMatchObject({ outcome: 'unknown', isUnsent: false })
    expect(await after(unsent)).toMatchObject({ isUnsent: true })
  })

  test('a question is put once more where the first answer was of no use', async () => {
    for (const failure of [page, probe, wechatFailed(no)]) {
      expect(await asked(true, [failure])).toEqual(['https://one', 'https://one'])
      expect(await asked(true, [failure, failure])).toEqual(['https://one', 'https://one', 'thrown'])
    }
    expect(await asked(true, [unreachable], ['https://one'])).toEqual(['https://one', 'https://one'])
  })

  test('neither a refusal nor a time that ran out is asked about again', async () => {
    for (const failure of [
      late,
      wechatUndecided(no),
      wechatRefused({ ...no, retryable: true }),
      new Error('ours'),
    ])
      expect(await asked(true, [failure])).toEqual(['https://one', 'thrown'])
  })
})

describe('a trace', () => {
  async function traced(fetch: Fetch): Promise<Exchange[]> {
    const seen: Exchange[] = []
    const clock = fakeClock()
    const slow: Fetch = (input, init) => {
      clock.advance(2)
      return fetch(input, init)
    }
    const onExchange = (one: Exchange): void => {
      seen.push(one)
      throw new Error('a fault in the tracer')
    }
    await send({ fetch: slow, timeoutMs: 1000, clock, onExchange }, URL_WITH_SECRET, {
      method: 'POST',
    }).catch(() => undefined)
    return seen
  }
  const whole = {
    method: 'POST',
    url: 'https://api.weixin.qq.com/cgi-bin/token',
    startedAt: Date.UTC(2026, 0, 1),
  }

  test('tells method, path, time and status of an exchange, and no secret', async () => {
    const headers = { 'Request-ID': '08F7-0' }
    expect(await traced(async () => new Response('{}', { headers }))).toEqual([
      { ...whole, durationMs: 2000, status: 200, requestId: '08F7-0' },
    ])
  })

  test('tells of an exchange that failed', async () => {
    const fetch = async (): Promise<Response> => {
      throw new TypeError('fetch failed')
    }
    expect(await traced(fetch)).toEqual([{ ...whole, durationMs: 2000, error: 'network' }])
  })
})
