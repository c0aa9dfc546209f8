/** Who exists in the simulated WeChat: official accounts, merchants, users. Secrets are made from a seed when asked for. */
import { z } from 'zod'
import { seededRandom } from './random.ts'

export interface World {
  officialAccounts: OfficialAccount[]
  merchants: Merchant[]
  users: User[]
}

export interface OfficialAccount {
  /** `wx` and 16 hex digits. */
  appid: string
  /** 32 hex digits. */
  secret: string
  name: string
  kind: 'service' | 'subscription'
  verified: boolean
  /** 测试号: its domains may have ports and IP addresses. */
  testAccount: boolean
  /** 网页授权域名. */
  authorizationDomains: string[]
  /** JS接口安全域名. */
  jsDomains: string[]
  /** IP白名单; null is not enforced. */
  ipWhitelist: string[] | null
  /** Bound to an Open Platform account: unionid is given. */
  openPlatform: boolean
  /** 封禁: nobody can sign in any more. */
  banned: boolean
  /** Only followers can sign in, as with a real 测试号. */
  followersOnly: boolean
  /** Calls of a day before WeChat says 45009; its own numbers unless set lower for a test. */
  dailyQuotas: { classicTokens: number; forcedTokens: number }
  menu: { name: string; url: string }[]
}

export interface Merchant {
  /** 商户号, 8 to 10 digits. */
  mchid: string
  name: string
  /** APIv2 密钥, 32 characters. */
  apiKey: string
  /** Accounts bound to the merchant. */
  appids: string[]
  /** 支付授权目录. */
  payDirectories: string[]
}

export interface User {
  id: string
  nickname: string
  unionid: string
  /** Openid by appid. */
  openids: Record<string, string>
  /** Appids of the accounts this user follows. */
  follows: string[]
  /** 零钱, in fen. */
  balanceFen: number
  /** Six digits. */
  payPassword: string
  /** Opens pages as a snapshot (快照页) with a made-up identity. */
  snapshot: boolean
}

const officialAccount: z.ZodType<OfficialAccount> = z.object({
  appid: z.string().regex(/^wx[0-9a-f]{16}$/, 'wx 加 16 位十六进制 / wx and 16 hex digits'),
  secret: z.string().regex(/^[0-9a-f]{32}$/, '32 位十六进制 / 32 hex digits'),
  name: z.string().min(1),
  kind: z.enum(['service', 'subscription']).default('service'),
  verified: z.boolean().default(true),
  testAccount: z.boolean().default(false),
  authorizationDomains: z.array(z.string()).default([]),
  jsDomains: z.array(z.string()).default([]),
  ipWhitelist: z.array(z.string()).nullable().default(null),
  openPlatform: z.boolean().default(false),
  banned: z.boolean().default(false),
  followersOnly: z.boolean().default(false),
  dailyQuotas: z
    .object({ classicTokens: z.int().min(0).default(2000), forcedTokens: z.int().min(0).default(20) })
    .default({ classicTokens: 2000, forcedTokens: 20 }),
  menu: z.array(z.object({ name: z.string(), url: z.url() })).default([]),
})

const merchant: z.ZodType<Merchant> = z.object({
  mchid: z.string().regex(/^\d{8,10}$/, '8 至 10 位数字 / 8 to 10 digits'),
  name: z.string().min(1),
  apiKey: z.string().length(32, '32 位 / 32 characters'),
  appids: z.array(z.string()),
  payDirectories: z.array(z.string()).default([]),
})

const user: z.ZodType<User> = z.object({
  id: z.string().min(1),
  nickname: z.string().min(1),
  unionid: z.string(),
  openids: z.record(z.string(), z.string()),
  follows: z.array(z.string()).default([]),
  balanceFen: z.int().min(0),
  payPassword: z.string().regex(/^\d{6}$/, '6 位数字 / 6 digits'),
  snapshot: z.boolean().default(false),
})

const world: z.ZodType<World> = z.object({
  officialAccounts: z.array(officialAccount).min(1),
  merchants: z.array(merchant).min(1),
  users: z.array(user).min(1),
})

/** Reads a world from JSON. Throws an `Error` that names every wrong field at once. */
export function parseWorld(value: unknown): World {
  const parsed = world.safeParse(value)
  const problems = parsed.success
    ? contradictions(parsed.data)
    : parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
  if (parsed.success && problems.length === 0) return parsed.data
  throw new Error(`世界描述有误 / the world is not valid: ${problems.join('; ')}`)
}

/** What is well formed but cannot be: two of one name, and references to nobody. */
function contradictions({ officialAccounts, merchants, users }: World): string[] {
  const appids = officialAccounts.map(({ appid }) => appid)
  const openids = users.flatMap((each) => Object.entries(each.openids).map((pair) => pair.join(' ')))
  const unknown = (path: string, named: string[]): string[] =>
    named.filter((appid) => !appids.includes(appid)).map((appid) => `${path}: 没有公众号 no account ${appid}`)
  return [
    ...repeated('officialAccounts.appid', appids),
    ...repeated(
      'merchants.mchid',
      merchants.map(({ mchid }) => mchid),
    ),
    ...repeated(
      'users.id',
      users.map(({ id }) => id),
    ),
    ...repeated('users.openids', openids),
    ...merchants.flatMap((each, index) => unknown(`merchants.${index}.appids`, each.appids)),
    ...users.flatMap((each, index) => unknown(`users.${index}.openids`, Object.keys(each.openids))),
    ...users.flatMap((each, index) => unknown(`users.${index}.follows`, each.follows)),
  ]
}

function repeated(path: string, values: string[]): string[] {
  const twice = new Set(values.filter((value, index) => values.indexOf(value) !== index))
  return [...twice].map((value) => `${path}: 重复 twice ${value}`)
}

export interface DefaultWorldOptions {
  /** Where the merchant's pages are; it becomes the account's and the merchant's configured domain. */
  merchantOrigin?: string
  seed?: string
}

/** One verified service account, one merchant bound to it, three users. Payment password of all three: 123456. */
export function defaultWorld(options: DefaultWorldOptions = {}): World {
  const { merchantOrigin = 'http://localhost:8080', seed = 'shouyin' } = options
  const random = seededRandom(`world:${seed}`)
  const { host } = new URL(merchantOrigin)
  const appid = `wx${random.hex(16)}`
  const person = (id: string, nickname: string, balanceFen: number, follows: string[]): User => ({
    id,
    nickname,
    unionid: `o${random.text(27)}`,
    openids: { [appid]: `o${random.text(27)}` },
    follows,
    balanceFen,
    payPassword: '123456',
    snapshot: false,
  })
  return parseWorld({
    officialAccounts: [
      {
        appid,
        secret: random.hex(32),
        name: '山间茶事',
        // A port is accepted of test accounts only, and a laptop's shop has one.
        testAccount: host.includes(':'),
        authorizationDomains: [host],
        jsDomains: [host],
        openPlatform: true,
        menu: [
          { name: '进店逛逛', url: `${merchantOrigin}/` },
          { name: '我的订单', url: `${merchantOrigin}/orders` },
          { name: '会员中心', url: `${merchantOrigin}/me` },
        ],
      },
    ],
    merchants: [
      {
        mchid: `16${random.digits(8)}`,
        name: '山间茶事（杭州）商贸有限公司',
        apiKey: random.text(32),
        appids: [appid],
        payDirectories: [`${merchantOrigin}/`],
      },
    ],
    users: [
      person('xiaoming', '小明', 100_000, [appid]),
      person('xiaohong', '小红', 5_000_000, []),
      person('aqiang', '阿强', 100, [appid]),
    ],
  })
}
