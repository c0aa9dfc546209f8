/**
 * A merchant's site for the tests of this room: the real handler, engine and database, WeChat's account API at the end of `fetch`,
 * and browsers that keep cookies and follow nothing by themselves.
 */
import { createOfficialAccount } from '@shouyin/wechat'
import { openShop, PAYER, type Shop } from '../wechat.fixture.ts'
import type { PublicError } from './contract.ts'
import { createHttpHandler, type HttpDependencies, type HttpHandler } from './handler.ts'
import { createPayers } from './payer.ts'
import { createSite } from './site.ts'

export { PAYER }

export const ORIGIN = 'https://shop.example.com'
export const SECRET = 'a secret of the tests, long enough to sign with'
export const APPID = 'wx0123456789abcdef'
const APP_SECRET = '0123456789abcdef0123456789abcdef'

/** WeChat's account API: codes it gave out, calls it got. */
export interface FakeAccountApi {
  /** A code that stands for this person, once. */
  code(openid: string, more?: object): string
  /** Paths of all calls, in order. */
  calls: string[]
  /** What the next call of a path meets instead of its answer. */
  fault(path: string, fault: 'silence' | object): void
}

export interface TestSite {
  shop: Shop
  api: FakeAccountApi
  handler: HttpHandler
  log: unknown[]
  /** Milliseconds that the handler waited, one entry per wait. */
  waits: number[]
  browser(cookies?: Map<string, string>): Browser
  /** A browser whose visitor came back from WeChat. */
  signedIn(openid?: string, more?: object): Promise<Browser>
}

export interface Browser {
  cookies: Map<string, string>
  get(path: string, headers?: Record<string, string>): Promise<Response>
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Response>
  /** Goes to sign-in and gives the state that WeChat would send back. */
  leaveForWechat(path?: string): Promise<string>
  callback(query: Record<string, string>): Promise<Response>
}

export async function openSite(change: Partial<HttpDependencies> = {}): Promise<TestSite> {
  const shop = await openShop()
  const log: unknown[] = []
  const waits: number[] = []
  const api = fakeAccountApi()
  const officialAccount = createOfficialAccount({
    appid: APPID,
    secret: APP_SECRET,
    fetch: api.fetch,
    clock: shop.now,
  })
  const handler = createHttpHandler({
    engine: shop.engine,
    officialAccount,
    site: { origin: ORIGIN, secret: SECRET, merchantName: '云间茶舍' },
    clock: shop.now,
    log: (entry) => void log.push(entry),
    delay: async (ms) => {
      waits.push(ms)
      await new Promise((resolve) => setImmediate(resolve))
    },
    ...change,
  })
  const origin = change.site?.origin ?? ORIGIN
  const browser = (cookies: Map<string, string> = new Map()): Browser => openBrowser(handler, origin, cookies)
  return {
    shop,
    api,
    handler,
    log,
    waits,
    browser,
    async signedIn(openid = PAYER, more = {}) {
      const person = browser()
      const state = await person.leaveForWechat()
      await person.callback({ code: api.code(openid, more), state })
      return person
    },
  }
}

function openBrowser(handler: HttpHandler, origin: string, cookies: Map<string, string>): Browser {
  const send = async (path: string, init: RequestInit = {}): Promise<Response> => {
    const headers = new Headers(init.headers)
    if (cookies.size > 0)
      headers.set('cookie', [...cookies].map(([name, value]) => `${name}=${value}`).join('; '))
    const response = await handler(new Request(new URL(path, origin), { ...init, headers }))
    for (const cookie of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? []
      cookies.set(name, value)
    }
    return response
  }
  const browser: Browser = {
    cookies,
    get: (path, headers = {}) => send(path, { headers }),
    post: (path, body, headers = {}) =>
      send(path, {
        method: 'POST',
        headers: { 'content-type': 'application/json', origin, ...headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
    leaveForWechat: async (path = '/pay/sign-in?return=/orders') => stateIn(await browser.get(path)),
    callback: (query) => browser.get(`/pay/callback?${new URLSearchParams(query)}`),
  }
  return browser
}

/** The state of a redirect to WeChat; fails the test when it is none. */
export function stateIn(response: Response): string {
  const location = response.headers.get('location') ?? ''
  if (!location.startsWith('https://open.weixin.qq.com/')) throw new Error(`not to WeChat but ${location}`)
  return new URL(location).searchParams.get('state') ?? ''
}

/** Body of an error answer; every one of its fields must be there. */
export async function errorOf(response: Response): Promise<PublicError['error']> {
  const { error } = (await response.json()) as PublicError
  for (const field of ['code', 'message', 'detail', 'requestId'] as const)
    if (typeof error[field] !== 'string' || error[field] === '') throw new Error(`no ${field}`)
  return error
}

/** Reads sessions as the shop's own routes do. */
export function payersOf(
  site: TestSite,
  change: { secret?: string; appid?: string } = {},
): ReturnType<typeof createPayers> {
  return createPayers({
    site: createSite({ origin: ORIGIN, secret: SECRET }),
    secret: SECRET,
    appid: APPID,
    clock: site.shop.now,
    ...change,
  })
}

function fakeAccountApi(): FakeAccountApi & { fetch: typeof fetch } {
  const codes = new Map<string, object | 'used'>()
  const faults = new Map<string, 'silence' | object>()
  const calls: string[] = []
  let tickets = 0
  const exchange = (code: string): object => {
    const answer = codes.get(code)
    if (answer === undefined) return { errcode: 40029, errmsg: 'invalid code' }
    if (answer === 'used') return { errcode: 40163, errmsg: 'code been used' }
    codes.set(code, 'used')
    return answer
  }
  const answerTo = ({ pathname, searchParams }: URL): object => {
    switch (pathname) {
      case '/sns/oauth2/access_token':
        return exchange(searchParams.get('code') ?? '')
      case '/sns/userinfo':
        return {
          openid: searchParams.get('openid'),
          nickname: '小明',
          headimgurl: 'https://thirdwx.qlogo.cn/0',
        }
      case '/cgi-bin/ticket/getticket':
        tickets += 1
        return { errcode: 0, errmsg: 'ok', ticket: `ticket-${tickets}`, expires_in: 7200 }
      default:
        return { access_token: 'TOKEN', expires_in: 7200 }
    }
  }
  return {
    calls,
    fault: (path, fault) => void faults.set(path, fault),
    code(openid, more = {}) {
      const code = `0${codes.size}`.padEnd(32, 'c')
      const tokens = { access_token: 'A', expires_in: 7200, refresh_token: 'R' }
      codes.set(code, { ...tokens, openid, scope: 'snsapi_base', ...more })
      return code
    },
    async fetch(input) {
      const url = new URL(String(input))
      calls.push(url.pathname)
      const fault = faults.get(url.pathname)
      faults.delete(url.pathname)
      if (fault === 'silence') throw new TypeError('fetch failed')
      return Response.json(fault ?? answerTo(url))
    },
  }
}
