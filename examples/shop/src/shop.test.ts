import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Checkout, createCheckout } from '@shouyin/checkout'
import { expect, onTestFinished, test } from 'vitest'
import type { MeAnswer, OrderAnswer, OrdersAnswer, ProductsAnswer, ShopError } from './contract.ts'
import { createPackingTable } from './packing.ts'
import { products } from './products.ts'
import { createShop } from './shop.ts'

test('the shelf can be looked at by anybody', async () => {
  const { stranger } = await openShop()
  const answer = await read<ProductsAnswer>(await stranger.get('/api/products'))
  expect(answer.products).toHaveLength(6)
})

test.each(['/api/me', '/api/orders', '/api/orders/ord_1'])('%s asks a stranger to sign in', async (path) => {
  const { stranger } = await openShop()
  await refused(await stranger.get(path), 401, 'sign_in_required')
})

test('a stranger cannot place an order', async () => {
  const { stranger } = await openShop()
  await refused(await stranger.post('/api/orders', TWO_TINS), 401, 'sign_in_required')
})

test('the price comes from the shelf, whatever the page says', async () => {
  const { visitor, checkout } = await openShop()
  const xiaoming = await visitor('xiaoming')
  const said = { ...TWO_TINS, totalFen: 1, priceFen: 1, price: 0.01 }
  const response = await xiaoming.post('/api/orders', said)
  expect(response.status).toBe(201)
  const { order } = await read<OrderAnswer>(response)
  expect(order).toMatchObject({
    productName: '明前龙井',
    quantity: 2,
    totalFen: 25_600,
    state: 'unpaid',
    packing: false,
    payUrl: `${ORIGIN}/pay/orders/${order.orderId}`,
  })
  expect(await checkout.order(order.orderId)).toMatchObject({
    totalFen: 25_600,
    payer: openidOf('xiaoming'),
    description: '明前龙井 × 2',
    returnUrl: `/result?order=${order.reference}`,
  })
})

test.each([
  ['something we do not sell', { productId: 'coffee', quantity: 1 }, 'unknown_product'],
  ['nothing', { productId: 'longjing', quantity: 0 }, 'bad_quantity'],
  ['less than nothing', { productId: 'longjing', quantity: -1 }, 'bad_quantity'],
  ['half a tin', { productId: 'longjing', quantity: 1.5 }, 'bad_quantity'],
  ['a hundred tins', { productId: 'longjing', quantity: 100 }, 'bad_quantity'],
  ['a word for a number', { productId: 'longjing', quantity: '2' }, 'bad_request'],
  ['no quantity', { productId: 'longjing' }, 'bad_request'],
  ['not an object', 'longjing', 'bad_request'],
  ['a novel', { productId: 'longjing', quantity: 1, note: '茶'.repeat(4096) }, 'bad_request'],
])('an order for %s is refused and leaves nothing behind', async (_what, body, code) => {
  const { visitor } = await openShop()
  const xiaoming = await visitor('xiaoming')
  await refused(await xiaoming.post('/api/orders', body), 400, code)
  expect(await read<OrdersAnswer>(await xiaoming.get('/api/orders'))).toEqual({ orders: [] })
})

test('the most that can be ordered is 99', async () => {
  const { visitor } = await openShop()
  const xiaoming = await visitor('xiaoming')
  const response = await xiaoming.post('/api/orders', { productId: 'sampler', quantity: 99 })
  expect((await read<OrderAnswer>(response)).order.totalFen).toBe(99)
})

test('an order is found by its number and by the shop’s reference, by its buyer only', async () => {
  const { visitor } = await openShop()
  const [xiaoming, xiaohong] = [await visitor('xiaoming'), await visitor('xiaohong')]
  const { order } = await read<OrderAnswer>(await xiaoming.post('/api/orders', TWO_TINS))
  for (const number of [order.orderId, order.reference]) {
    expect(await read<OrderAnswer>(await xiaoming.get(`/api/orders/${number}`))).toEqual({ order })
    await refused(await xiaohong.get(`/api/orders/${number}`), 404, 'order_not_found')
  }
  expect(await read<OrdersAnswer>(await xiaoming.get('/api/orders'))).toEqual({ orders: [order] })
  expect(await read<OrdersAnswer>(await xiaohong.get('/api/orders'))).toEqual({ orders: [] })
})

test('the newest order comes first', async () => {
  const { visitor } = await openShop()
  const xiaoming = await visitor('xiaoming')
  await xiaoming.post('/api/orders', TWO_TINS)
  await xiaoming.post('/api/orders', { productId: 'gaiwan', quantity: 1 })
  const { orders } = await read<OrdersAnswer>(await xiaoming.get('/api/orders'))
  expect(orders.map(({ productId }) => productId)).toEqual(['gaiwan', 'longjing'])
})

test('a visitor is known by nickname only after agreeing to it', async () => {
  const { visitor } = await openShop()
  expect(await read<MeAnswer>(await (await visitor('xiaoming')).get('/api/me'))).toEqual({ snapshot: false })
  const agreed = await visitor('xiaoming', 'snsapi_userinfo')
  expect(await read<MeAnswer>(await agreed.get('/api/me'))).toMatchObject({ nickname: 'nick of xiaoming' })
})

test('a snapshot visitor may look and cannot order', async () => {
  const { visitor } = await openShop()
  const shadow = await visitor('snapshot')
  expect(await read<MeAnswer>(await shadow.get('/api/me'))).toEqual({ snapshot: true })
  await refused(await shadow.post('/api/orders', TWO_TINS), 403, 'snapshot_visitor')
})

test('every address of the page’s router is the page, asked for every time', async () => {
  const { stranger } = await openShop()
  for (const path of ['/', '/orders', '/me', '/products/longjing', '/result?order=SJ1']) {
    const response = await stranger.get(path)
    expect([path, response.status, await response.text()]).toEqual([path, 200, PAGE])
    expect(response.headers.get('cache-control')).toBe('no-cache')
  }
})

test('built assets are kept for good, and what is not there is missing', async () => {
  const { stranger } = await openShop()
  const asset = await stranger.get('/assets/page-1a2b.js')
  expect(asset.headers.get('cache-control')).toContain('immutable')
  for (const path of ['/assets/older-9z8y.js', '/favicon.ico', '/.env', '/api/coupons', '/pay/refunds']) {
    expect([path, (await stranger.get(path)).status]).toEqual([path, path === '/api/coupons' ? 401 : 404])
  }
})

test('WeChat finds the verification file as it was given, and no page in place of one that is missing', async () => {
  const { stranger } = await openShop()
  expect(await (await stranger.get('/MP_verify_AbCdEf0123456789.txt')).text()).toBe('AbCdEf0123456789')
  expect((await stranger.get('/MP_verify_0000000000000000.txt')).status).toBe(404)
})

const ORIGIN = 'https://tea.example.com'
const PAGE = '<!doctype html><title>山间茶事</title>'
const TWO_TINS = { productId: 'longjing', quantity: 2 }

interface Browser {
  get(path: string): Promise<Response>
  post(path: string, body: unknown): Promise<Response>
}

interface OpenShop {
  checkout: Checkout
  /** A browser that has never been here. */
  stranger: Browser
  /** A browser whose visitor came in through WeChat. */
  visitor(name: string, scope?: string): Promise<Browser>
}

async function openShop(): Promise<OpenShop> {
  // No two orders of one moment: their order would be chance.
  let now = Date.now()
  const checkout = await createCheckout({
    origin: ORIGIN,
    secret: 'a secret of this test, long enough to sign with',
    account: {
      appid: 'wx0123456789abcdef',
      appSecret: '0123456789abcdef0123456789abcdef',
      mchid: '1600000001',
      apiKey: 'a-key-of-thirty-two-characters-k',
    },
    database: ':memory:',
    fetch: wechat,
    clock: () => ++now,
  })
  onTestFinished(() => checkout.close())
  const shop = createShop({ checkout, products, packing: createPackingTable(() => {}), ...builtSite() })
  const browser = (): Browser => {
    const cookies = new Map<string, string>()
    const send = async (path: string, init: RequestInit): Promise<Response> => {
      const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
      const headers = { ...init.headers, cookie, origin: ORIGIN }
      const response = await shop.fetch(new Request(ORIGIN + path, { ...init, headers }))
      for (const line of response.headers.getSetCookie()) {
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
        cookies.set(name, value)
      }
      return response
    }
    const headers = { 'content-type': 'application/json' }
    return {
      get: (path) => send(path, {}),
      post: (path, body) => send(path, { method: 'POST', body: JSON.stringify(body), headers }),
    }
  }
  return {
    checkout,
    stranger: browser(),
    async visitor(name, scope = 'snsapi_base') {
      const phone = browser()
      const leaving = await phone.get(`/pay/sign-in?return=/&scope=${scope}`)
      const state = new URL(leaving.headers.get('location') ?? '').searchParams.get('state')
      const back = await phone.get(`/pay/callback?code=${scope}.${name}&state=${state}`)
      expect(back.headers.get('location')).toBe(`${ORIGIN}/`)
      return phone
    },
  }
}

/** The little that these visits ask of WeChat: who a code stands for, and what that visitor is called. */
async function wechat(input: Request | string | URL): Promise<Response> {
  const { pathname, searchParams } = new URL(input instanceof Request ? input.url : input)
  if (pathname === '/sns/userinfo') {
    const openid = searchParams.get('openid') ?? ''
    return Response.json({ openid, nickname: `nick of ${openid.slice(-8)}`, headimgurl: '', privilege: [] })
  }
  if (pathname !== '/sns/oauth2/access_token') throw new Error(`nobody expected a question at ${pathname}`)
  const [scope = '', name = ''] = (searchParams.get('code') ?? '').split('.')
  return Response.json({
    access_token: `access of ${name}`,
    expires_in: 7200,
    refresh_token: `refresh of ${name}`,
    openid: openidOf(name),
    scope,
    ...(name === 'snapshot' ? { is_snapshotuser: 1 } : {}),
  })
}

function openidOf(name: string): string {
  return `o${name.padStart(27, '0')}`
}

function builtSite(): { pageFolder: string; verificationFolder: string } {
  const folder = mkdtempSync(join(tmpdir(), 'tea-shop-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const [pageFolder, verificationFolder] = [join(folder, 'page'), join(folder, 'verification')]
  mkdirSync(join(pageFolder, 'assets'), { recursive: true })
  mkdirSync(verificationFolder)
  writeFileSync(join(pageFolder, 'index.html'), PAGE)
  writeFileSync(join(pageFolder, 'assets/page-1a2b.js'), 'export {}')
  writeFileSync(join(verificationFolder, 'MP_verify_AbCdEf0123456789.txt'), 'AbCdEf0123456789')
  return { pageFolder, verificationFolder }
}

async function read<Answer>(response: Response): Promise<Answer> {
  return (await response.json()) as Answer
}

async function refused(response: Response, status: number, code: string): Promise<void> {
  expect([response.status, (await read<ShopError>(response)).error.code]).toEqual([status, code])
}
