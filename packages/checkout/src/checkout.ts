/** The checkout as a merchant makes it: engine, store, gateway and handler, put together once from one set of options. */
import {
  ConfigError,
  createOfficialAccount,
  type Fetch,
  type OfficialAccount,
  type OfficialAccountOptions,
} from '@shouyin/wechat'
import { type RandomBytes, randomBytes } from './crypto.ts'
import { createEngine, type Engine } from './engine.ts'
import type { Gateway } from './gateway/gateway.ts'
import { createGatewayV2, type GatewayV2Options } from './gateway/v2.ts'
import type { Connection } from './http/context.ts'
import { createHttpHandler } from './http/handler.ts'
import { createPayers, type SignInScope, type Visitor } from './http/payer.ts'
import { createSite, type Site, type SiteOptions } from './http/site.ts'
import type { Log } from './log.ts'
import { createSqliteStore } from './store/sqlite.ts'

/** The merchant's account and number with their keys. */
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

/** Where the site is, who the merchant is, and where orders are kept. */
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

/** Takes payment for orders: the engine, its HTTP side and its store as one. */
export interface Checkout extends Engine {
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
  const { site, gateway, officialAccount } = madeOf(options)
  const { account, clientAddress, wechat = {}, clock = Date.now, log = () => {} } = options
  const random = options.randomBytes ?? randomBytes
  const store = await createSqliteStore({ path: options.database, clock })
  const { idle, ...engine } = createEngine({ store, gateways: [gateway], clock, randomBytes: random, log })
  const payers = createPayers({ site, secret: options.secret, appid: account.appid, clock })
  return {
    ...engine,
    basePath: site.basePath,
    handler: createHttpHandler({
      engine,
      officialAccount,
      site: options,
      openOrigin: wechat.open,
      jweixin: wechat.jweixin,
      clientAddress,
      clock,
      randomBytes: random,
      log,
    }),
    visitor: async (request) => payers.visitor(request),
    signInUrl: (returnTo, how) => payers.signInUrl(returnTo, how),
    payPageUrl: (orderId) => site.address(`/orders/${orderId}`),
    async close() {
      await idle()
      await store.close()
    },
  }
}

interface Made {
  site: Site
  gateway: Gateway
  officialAccount: OfficialAccount
}

/** Makes every part that has rules of its own, so that one error names all that is wrong. */
function madeOf(options: CheckoutOptions): Made {
  const problems: string[] = []
  const attempt = <Part>(make: () => Part): Part | undefined => {
    try {
      return make()
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error
      problems.push(...error.problems)
      return undefined
    }
  }
  const { name = 'default' } = options.account
  if (!/^[\w-]{1,32}$/.test(name)) {
    problems.push('account.name: 1 至 32 位字母、数字、_ 或 - / 1 to 32 letters, digits, _ or -')
  }
  const site = attempt(() => createSite(options))
  const notifyUrl = site?.address(`/notifications/v2/${name}`) ?? ''
  const gateway = attempt(() => createGatewayV2({ account: name, notifyUrl, ...payOptions(options) }))
  const officialAccount = attempt(() => createOfficialAccount(accountOptions(options)))
  if (problems.length > 0 || site === undefined || gateway === undefined || officialAccount === undefined) {
    throw new ConfigError(problems)
  }
  return { site, gateway, officialAccount }
}

function payOptions(options: CheckoutOptions): Omit<GatewayV2Options, 'account' | 'notifyUrl'> {
  const { appid, mchid, apiKey, signType } = options.account
  const origin = options.wechat?.pay
  return {
    appid,
    mchid,
    apiKey,
    ...(signType === undefined ? {} : { signType }),
    ...(origin === undefined ? {} : { origin }),
    ...outside(options),
  }
}

function accountOptions(options: CheckoutOptions): OfficialAccountOptions {
  const { appid, appSecret, tokenMode } = options.account
  const { open, api } = options.wechat ?? {}
  return {
    appid,
    secret: appSecret,
    origins: { ...(open === undefined ? {} : { open }), ...(api === undefined ? {} : { api }) },
    ...(tokenMode === undefined ? {} : { tokenMode }),
    ...outside(options),
  }
}

type Outside = Pick<OfficialAccountOptions, 'fetch' | 'clock' | 'nonce'>

/** What the WeChat clients take of the world, where the options replace it. */
function outside({ fetch, clock, randomBytes: random }: CheckoutOptions): Outside {
  return {
    ...(fetch === undefined ? {} : { fetch }),
    ...(clock === undefined ? {} : { clock }),
    ...(random === undefined ? {} : { nonce: () => Buffer.from(random(NONCE_BYTES)).toString('hex') }),
  }
}

/** 32 hexadecimal characters, the longest nonce that WeChat takes. */
const NONCE_BYTES = 16
