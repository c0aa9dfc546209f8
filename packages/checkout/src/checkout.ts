/** The checkout as a merchant makes it: engine, store, gateway and handler, put together once from one set of options. */
import { createOfficialAccount, type Fetch } from '@shouyin/wechat'
import type { RandomBytes } from './crypto.ts'
import { createEngine, type Engine } from './engine.ts'
import { createGatewayV2 } from './gateway/v2.ts'
import type { Connection } from './http/context.ts'
import { createHttpHandler } from './http/handler.ts'
import { createPayers, type SignInScope, type Visitor } from './http/payer.ts'
import { createSite, type SiteOptions } from './http/site.ts'
import type { Log } from './log.ts'
import { createSqliteStore } from './store/sqlite.ts'

export interface MerchantAccount {
  /** Name of the account in our rows and in the notification's address; `default` unless told otherwise. */
  name?: string | undefined
  /** 公众号 appid. */
  appid: string
  /** 公众号 AppSecret. */
  appSecret: string
  /** 商户号. */
  mchid: string
  /** APIv2 密钥, 32 characters. */
  apiKey: string
  /** HMAC-SHA256 unless told otherwise. */
  signType?: 'MD5' | 'HMAC-SHA256' | undefined
  /** `stable` unless told otherwise. */
  tokenMode?: 'stable' | 'classic' | undefined
}

/** Where WeChat is; its real addresses unless told otherwise. Origins have no slash at the end. */
export interface WechatAddresses {
  open?: string | undefined
  api?: string | undefined
  pay?: string | undefined
  /** Addresses of the jweixin script in the order to try. */
  jweixin?: readonly string[] | undefined
}

export interface CheckoutOptions extends SiteOptions {
  account: MerchantAccount
  /** File of the SQLite database, made when missing; `:memory:` for one that ends with the process. */
  database: string
  wechat?: WechatAddresses | undefined
  /** The payer's IP address, where a proxy knows it. */
  clientAddress?: ((request: Request) => string) | undefined
  fetch?: Fetch | undefined
  /** Milliseconds since the epoch. */
  clock?: (() => number) | undefined
  randomBytes?: RandomBytes | undefined
  /** Nothing is printed unless this prints it. */
  log?: Log | undefined
}

export interface Checkout extends Omit<Engine, 'signIns' | 'receiveNotification'> {
  /** Path below which `handler` answers. */
  readonly basePath: string
  /** Answers every request below `basePath`. */
  handler(request: Request, connection?: Connection): Promise<Response>
  /** Who is signed in; undefined for nobody. */
  visitor(request: Request): Promise<Visitor | undefined>
  /** Where to send a visitor to sign in and come back. */
  signInUrl(returnTo: string, options?: { scope?: SignInScope }): string
  /** Where an order is paid. */
  payPageUrl(orderId: string): string
  /** Waits for deliveries under way and closes the database. */
  close(): Promise<void>
}

/** Throws `ConfigError` naming every option that cannot be right; an error of the database when it cannot be opened. */
export async function createCheckout(options: CheckoutOptions): Promise<Checkout> {
  const { account, wechat = {}, clock = Date.now } = options
  const name = account.name ?? 'default'
  const site = createSite(options)
  const ties = { clock, ...(options.fetch === undefined ? {} : { fetch: options.fetch }) }
  const gateway = createGatewayV2({
    account: name,
    appid: account.appid,
    mchid: account.mchid,
    apiKey: account.apiKey,
    notifyUrl: site.address(`/notifications/v2/${name}`),
    ...(account.signType === undefined ? {} : { signType: account.signType }),
    ...(wechat.pay === undefined ? {} : { origin: wechat.pay }),
    ...ties,
  })
  const officialAccount = createOfficialAccount({
    appid: account.appid,
    secret: account.appSecret,
    origins: {
      ...(wechat.open === undefined ? {} : { open: wechat.open }),
      ...(wechat.api === undefined ? {} : { api: wechat.api }),
    },
    ...(account.tokenMode === undefined ? {} : { tokenMode: account.tokenMode }),
    ...ties,
  })
  const chance = options.randomBytes === undefined ? {} : { randomBytes: options.randomBytes }
  const log = options.log === undefined ? {} : { log: options.log }
  const store = await createSqliteStore({ path: options.database, clock })
  const engine = createEngine({ store, gateways: [gateway], clock, ...chance, ...log })
  const payers = createPayers({ site, secret: options.secret, appid: account.appid, clock })
  const { clientAddress } = options
  const { open: openOrigin, jweixin } = wechat
  return {
    ...engine,
    basePath: site.basePath,
    handler: createHttpHandler({
      engine,
      officialAccount,
      site: options,
      openOrigin,
      jweixin,
      clientAddress,
      clock,
      ...chance,
      ...log,
    }),
    visitor: async (request) => payers.visitor(request),
    signInUrl: (returnTo, how) => payers.signInUrl(returnTo, how),
    payPageUrl: (orderId) => site.address(`/orders/${orderId}`),
    async close() {
      await engine.idle()
      await store.close()
    },
  }
}
