import { afterAll, beforeAll, expect, test } from 'vitest'
import { ConfigError } from '../errors.ts'
import { createOfficialAccount } from '../official-account.ts'
import { send } from '../transport.ts'
import { rejection } from '../wechat.fake.ts'
import { createOutgoingFetch } from './outgoing-fetch.ts'
import { type Authority, authority, type Gateway, gateway, proxy, type WayOut } from './town.fake.ts'

let root: Authority
let wechat: Gateway
let way: WayOut

beforeAll(async () => {
  root = authority()
  wechat = await gateway(root)
  way = await proxy()
})

afterAll(async () => {
  await wechat.close()
  await way.close()
})

test('a host under an authority of one’s own is believed, and by nobody who was not told', async () => {
  for (const ca of [[root.certificate], Buffer.from(root.certificate)]) {
    const outgoingFetch = createOutgoingFetch({ ca })
    expect((await outgoingFetch(wechat.url)).status).toBe(400)
    await outgoingFetch.close()
  }
  const unaware = createOutgoingFetch()
  expect(await rejection(unaware(wechat.url))).toBeInstanceOf(TypeError)
  await unaware.close()
})

test('what comes back is a Response as everybody knows it', async () => {
  const outgoingFetch = createOutgoingFetch({ ca: root.certificate })
  const answer = await outgoingFetch(wechat.url)
  expect(answer).toBeInstanceOf(Response)
  expect(answer.headers).toBeInstanceOf(Headers)
  expect(answer.headers.get('content-type')).toBe('text/plain')
  expect(await answer.text()).toContain('No required SSL certificate')
  await outgoingFetch.close()
})

test('every client reaches WeChat through a proxy with it', async () => {
  const outgoingFetch = createOutgoingFetch({ ca: root.certificate, proxy: way.url })
  const account = createOfficialAccount({
    appid: 'wx0123456789abcdef',
    secret: '0123456789abcdef0123456789abcdef',
    origins: { api: wechat.url },
    fetch: outgoingFetch,
  })
  // It was reached; what answers here is no account's API.
  expect(await rejection(account.accessToken())).toMatchObject({ code: 'no_usable_answer' })
  expect(way.asked).toEqual([{ target: new URL(wechat.url).host, authorization: undefined }])
  await outgoingFetch.close()
})

test('a proxy that is not there is a connection that failed', async () => {
  const closed = await proxy()
  await closed.close()
  const outgoingFetch = createOutgoingFetch({ proxy: closed.url })
  expect(await rejection(outgoingFetch(wechat.url))).toBeInstanceOf(TypeError)
})

test('what a proxy answers is told', async () => {
  const refusing = await proxy(407)
  const outgoingFetch = createOutgoingFetch({ proxy: refusing.url })
  const sending = send({ fetch: outgoingFetch, timeoutMs: 5000 }, wechat.url)
  expect(String(await rejection(sending))).toContain('proxy 407')
  await outgoingFetch.close()
  await refusing.close()
})

test('what cannot work is said at once', () => {
  const make = (): unknown => createOutgoingFetch({ ca: 'MARK', proxy: 'MARK:8080', connectTimeoutMs: -1 })
  expect(make).toThrow(ConfigError)
  expect(make).toThrow(/ca: .*proxy: .*connectTimeoutMs: /)
  expect(make).not.toThrow('MARK')
})
