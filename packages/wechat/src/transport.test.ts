import { expect, test } from 'vitest'
import { type Fetch, send } from './transport.ts'
import { rejection } from './wechat.fake.ts'

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
