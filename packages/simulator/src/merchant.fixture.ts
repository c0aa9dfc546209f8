/** A merchant on the simulated WeChat's other side, for tests: requests as an SDK sends them, one clock, one endpoint. */
import { merchantCertificate } from './certificates/certificates.ts'
import type { Connection } from './entry/front.ts'
import { signV2 } from './pay-v2/sign.ts'
import { readXml, writeXml } from './pay-v2/xml.ts'
import { createSimulator, type Simulator } from './simulator.ts'
import { defaultWorld, type Merchant, type OfficialAccount, type User, type World } from './world.ts'

export interface MerchantScene {
  world: World
  account: OfficialAccount
  merchant: Merchant
  /** The first of the world: a follower with 1000 yuan. */
  payer: User
  openid: string
  simulator: Simulator
  /** Payment notifications that arrived, oldest first. */
  delivered: { url: string; body: string; headers: Record<string, string>; at: number }[]
  /** What the merchant's endpoint does with each; acknowledges unless replaced. */
  acknowledge: (init: RequestInit) => Promise<Response> | Response
  /** Moves the clock without running what falls due. */
  pass(seconds: number): void
  send(url: string, init?: RequestInit, connection?: Connection): Promise<Response>
  json(url: string, init?: RequestInit): Promise<Record<string, unknown>>
  /** Opens an address in WeChat's browser; as the first user of the world unless told otherwise. */
  open(url: string, viewer?: Record<string, string>): Promise<Response>
  /** A signed Pay v2 call, with the merchant's certificate where one is needed; `sign` in the fields replaces the right one. */
  v2(path: string, fields: Record<string, string>, connection?: Connection): Promise<Record<string, string>>
  /** The same, for calls that answer with a file. */
  v2File(path: string, fields: Record<string, string>): Promise<Buffer>
  /** The connection of a merchant that presents its certificate; the scene's merchant unless another is named. */
  withCertificate(mchid?: string): Connection
  credentials(): Record<string, string>
  /** Fields of a unified order; one argument changes some. */
  order(change?: Record<string, string>): Record<string, string>
  control(verb: string, body?: unknown, method?: string): Promise<unknown>
  /** Opens and pays an order; a second argument changes some of its fields. */
  paid(outTradeNo?: string, change?: Record<string, string>): Promise<void>
  /** Fields of a refund of the first order; one argument changes some. */
  refundOf(change?: Record<string, string>): Record<string, string>
}

/** Ten in the morning in China. */
export const START: number = Date.parse('2026-11-24T02:00:00Z')
const YEAR = Date.UTC(2026, 0)
const NEEDS_CERTIFICATE = /^\/secapi\/|downloadfundflow$/
export const ACKNOWLEDGED = '<xml><return_code><![CDATA[SUCCESS]]></return_code></xml>'
const USER_AGENT =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Mobile/15E148 MicroMessenger/8.0.50(0x18003231)'

/** The default world with a shop at https://shop.example.com; `change` edits it before anything starts. */
export function openScene(change: (world: World) => void = () => undefined): MerchantScene {
  let now = START
  const world = defaultWorld({ merchantOrigin: 'https://shop.example.com' })
  change(world)
  const [account] = world.officialAccounts
  const [merchant] = world.merchants
  const [payer] = world.users
  const openid = payer?.openids[account?.appid ?? '']
  if (account === undefined || merchant === undefined || payer === undefined || openid === undefined)
    throw new Error('the world of this test lacks an account, a merchant or a payer')

  const simulator = createSimulator({
    world,
    clock: () => now,
    fetch: async (input, init = {}) => {
      const headers = Object.fromEntries(new Headers(init.headers))
      scene.delivered.push({ url: String(input), body: String(init.body), headers, at: simulator.now() })
      return scene.acknowledge(init)
    },
  })
  const send: MerchantScene['send'] = (url, init, connection) => simulator.fetch(url, init, connection)
  const credentials = (): Record<string, string> => ({
    appid: account.appid,
    mch_id: merchant.mchid,
    nonce_str: 'n'.repeat(32),
  })
  const order = (changed: Record<string, string> = {}): Record<string, string> => ({
    ...credentials(),
    body: '山间茶事 明前龙井',
    out_trade_no: 'T20261124001',
    total_fee: '12800',
    spbill_create_ip: '127.0.0.1',
    notify_url: 'https://shop.example.com/notify',
    trade_type: 'JSAPI',
    openid,
    ...changed,
  })
  const withCertificate = (mchid: string = merchant.mchid): Connection => {
    const about = { seed: 'shouyin', name: merchant.name, startedAt: YEAR, mchid }
    return { clientCertificatePem: merchantCertificate(about).certificatePem }
  }
  const v2Response = (
    path: string,
    fields: Record<string, string>,
    connection: Connection = NEEDS_CERTIFICATE.test(path) ? withCertificate() : {},
  ): Promise<Response> => {
    const type = fields['sign_type'] === 'HMAC-SHA256' ? 'HMAC-SHA256' : 'MD5'
    const body = writeXml({ sign: signV2(fields, merchant.apiKey, type), ...fields })
    return send(`https://api.mch.weixin.qq.com${path}`, { method: 'POST', body }, connection)
  }
  const v2: MerchantScene['v2'] = async (...call) => readXml(await (await v2Response(...call)).text()) ?? {}
  const control = async (verb: string, body?: unknown, method = 'POST'): Promise<unknown> => {
    const init = body === undefined ? {} : { method, body: JSON.stringify(body) }
    const response = await send(`http://localhost:9090/_simulator/${verb}`, init)
    if (!response.ok) throw new Error(`${response.status} ${await response.text()}`)
    return response.json()
  }

  const scene: MerchantScene = {
    world,
    account,
    merchant,
    payer,
    openid,
    simulator,
    delivered: [],
    acknowledge: () => new Response(ACKNOWLEDGED),
    pass(seconds) {
      now += seconds * 1000
    },
    send,
    json: async (url, init) => (await (await send(url, init)).json()) as Record<string, unknown>,
    open(url, viewer) {
      const cookie = viewer === undefined ? {} : { cookie: `simulator_phone=${encoded(viewer)}` }
      return send(url, { headers: { 'user-agent': USER_AGENT, ...cookie } })
    },
    v2,
    v2File: async (...call) => Buffer.from(await (await v2Response(...call)).arrayBuffer()),
    withCertificate,
    credentials,
    order,
    control,
    async paid(outTradeNo = 'T20261124001', changed = {}) {
      await v2('/pay/unifiedorder', order({ out_trade_no: outTradeNo, ...changed }))
      await control('pay', { out_trade_no: outTradeNo })
    },
    refundOf: (changed) => ({
      ...credentials(),
      out_trade_no: 'T20261124001',
      out_refund_no: 'R20261124001',
      total_fee: '12800',
      refund_fee: '12800',
      ...changed,
    }),
  }
  return scene
}

function encoded(viewer: Record<string, string>): string {
  return Buffer.from(JSON.stringify(viewer)).toString('base64url')
}
