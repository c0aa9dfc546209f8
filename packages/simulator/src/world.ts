/** Who exists in the simulated WeChat: official accounts, merchants, users. Secrets are made from a seed when asked for. */
import { z } from 'zod'
import { bilingual } from './bilingual.ts'
import { type CertificatePair, ownPair } from './certificates/certificates.ts'
import { seededRandom } from './random.ts'

/** Who exists: accounts, merchants, users; and which readings of the documents hold. */
export interface World {
  officialAccounts: OfficialAccount[]
  merchants: Merchant[]
  users: User[]
  behaviour: Behaviour
}

/** Where WeChat's documents are silent or disagree with what is seen: which reading this world follows. */
export interface Behaviour {
  /** The same 商户订单号 with other parameters. */
  reentryRefusal: 'INVALID_REQUEST' | 'OUT_TRADE_NO_USED'
  /** The number of a closed order again: as documented, or in the words for other parameters, as reported from both versions. */
  closedReentry: 'ORDER_CLOSED' | 'INVALID_REQUEST'
  /** v2: the same 商户退款单号 with other sums, or a wrong total. */
  refundMismatch: 'INVALID_REQUEST' | 'REFUND_FEE_MISMATCH'
  /** v3: closing a number that no order has. */
  closeUnseen: 'accepted' | 'refused'
  /** v3: a notification answered with 200 and a body that says FAIL. */
  refusingBody: 'ignored' | 'read'
  /** v2: 撤销订单 of an order that was not paid by code (付款码). */
  reverseJsapi: 'accepted' | 'refused'
  /** Whether the first hit of the authorize page is sent to itself once more, with `connect_redirect=1`. */
  authorizeDetour: 'first-hit' | 'none'
  /** Parameters of the authorize page in another order than documented: it works, or the page cannot be reached. */
  authorizeOrder: 'any' | 'documented'
  /** 拒绝 on the consent page: nobody goes back, or back with `state` alone, or with the historic `code=authdeny`. */
  consentRefusal: 'stays' | 'state-only' | 'authdeny'
  /** A code of more than five minutes: as invalid as any other, which is seen, or expired, which is documented. */
  expiredCode: '40029' | '42003'
  /** What a snapshot visitor's token gets from `/sns/userinfo`: a made-up profile, or 48001. */
  snapshotProfile: 'made-up' | 'refused'
  /** `expires_in` of a ticket that is asked for again: always two hours, or what is left of them. */
  ticketExpiresIn: 'constant' | 'remaining'
  /** Pages on child domains of a JS接口安全域名. */
  jsSubdomains: 'accepted' | 'refused'
  /** Seconds until an accepted refund arrives. */
  refundSeconds: { balance: number; bankCard: number }
}

/** 公众号. */
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
  /** AppSecret 被冻结: whatever needs the secret is refused. */
  secretFrozen: boolean
  /** Calls of a day before WeChat says 45009; its own numbers unless set lower for a test. */
  dailyQuotas: { classicTokens: number; stableTokens: number; forcedTokens: number }
  /** Calls of a minute before it says 45011: stable tokens, and codes and refresh tokens changed for web tokens. */
  minuteQuotas: { stableTokens: number; webTokens: number }
  menu: { name: string; url: string }[]
}

/** 商户. */
export interface Merchant {
  /** 商户号, 8 to 10 digits. */
  mchid: string
  name: string
  /** APIv2 密钥, 32 characters. */
  apiKey: string
  /** APIv3 密钥, 32 characters; null where none is set: no v3 notification is sent then. */
  apiV3Key: string | null
  /** The merchant's own certificate (商户API证书); null has one made from the seed. */
  certificate: CertificatePair | null
  /**
   * How WeChat signs for this merchant: platform certificates only (old), both during the switch (grey), or the WeChat Pay public
   * key only (new; it has no platform certificates).
   */
  platformKeys: 'certificate' | 'grey' | 'public-key'
  /** Part of the notifications signed with the public key during the grey switch, 0 to 1. */
  greyShare: number
  /** 商户号 of the sub-merchants (子商户) for which this one acts as service provider (服务商). */
  subMerchants: string[]
  /** 产品权限: may it take JSAPI payments, may it refund. */
  permissions: { jsapi: boolean; refund: boolean }
  /** 费率 in hundredths of a percent: 60 is 0.60 %. */
  feeBasisPoints: number
  /** 可用余额 at the start, in fen. */
  balanceFen: number
  /** Where refunds are announced when the request names no address; null for nowhere. */
  refundNotifyUrl: string | null
  /** Accounts bound to the merchant. */
  appids: string[]
  /** 支付授权目录. */
  payDirectories: string[]
}

/** A person with a telephone (用户). */
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
  bankCards: BankCard[]
  coupons: Coupon[]
  /** 账户注销: a refund cannot return to it. */
  accountClosed: boolean
}

export interface BankCard {
  /** WeChat's abbreviation: `CMB`. */
  bank: string
  /** `招商银行`. */
  name: string
  kind: 'DEBIT' | 'CREDIT'
  /** Last four digits. */
  tail: string
  balanceFen: number
}

/** 代金券 or 立减, spent by WeChat without being asked. */
export interface Coupon {
  /** Digits. */
  id: string
  stockId: string
  name: string
  /** 充值型: WeChat pays the merchant in its place. 免充值型: the merchant gets less. */
  kind: 'CASH' | 'NO_CASH'
  fen: number
  /** The order must come to so much. */
  minimumFen: number
  /** Of one merchant only; null for any. */
  mchid: string | null
  /** 订单优惠标记 the order must bear; empty for none. */
  goodsTag: string
}

const quota = z.int().min(0)

const officialAccount: z.ZodType<OfficialAccount> = z.strictObject({
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
  secretFrozen: z.boolean().default(false),
  dailyQuotas: z
    .strictObject({
      classicTokens: quota.default(2000),
      stableTokens: quota.default(500_000),
      forcedTokens: quota.default(20),
    })
    .prefault({}),
  minuteQuotas: z
    .strictObject({ stableTokens: quota.default(10_000), webTokens: quota.default(50_000) })
    .prefault({}),
  menu: z.array(z.strictObject({ name: z.string(), url: z.url() })).default([]),
})

const certificate: z.ZodType<CertificatePair> = z
  .strictObject({ certificatePem: z.string(), privateKeyPem: z.string() })
  .transform((pair, context) => {
    try {
      return ownPair(pair)
    } catch (error) {
      context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : String(error) })
      return z.NEVER
    }
  })

const key = z.string().regex(/^[!-~]{32}$/, '32 位字母与数字 / 32 letters and digits')

/** What the simulator issued and tells with the world; it follows from the seed. */
const issued = z.unknown().optional().describe('ignored: what GET /_simulator/world tells of it')

const described = z.strictObject({
  issued,
  mchid: z.string().regex(/^\d{8,10}$/, '8 至 10 位数字 / 8 to 10 digits'),
  name: z.string().min(1),
  apiKey: key,
  apiV3Key: key.nullable().default(null),
  certificate: certificate.nullable().default(null),
  platformKeys: z.enum(['certificate', 'grey', 'public-key']).default('grey'),
  greyShare: z.number().min(0).max(1).default(0),
  appids: z.array(z.string()),
  payDirectories: z.array(z.string()).default([]),
  subMerchants: z.array(z.string()).default([]),
  permissions: z
    .strictObject({ jsapi: z.boolean().default(true), refund: z.boolean().default(true) })
    .default({ jsapi: true, refund: true }),
  feeBasisPoints: z.int().min(0).max(10_000).default(60),
  balanceFen: z.int().min(0).default(0),
  refundNotifyUrl: z.url().nullable().default(null),
})

const merchant: z.ZodType<Merchant> = described.transform(({ issued: _, ...own }) => own)

const bankCard: z.ZodType<BankCard> = z.strictObject({
  bank: z.string().regex(/^[A-Z]{2,12}$/, '银行缩写，如 CMB / an abbreviation such as CMB'),
  name: z.string().min(1),
  kind: z.enum(['DEBIT', 'CREDIT']).default('DEBIT'),
  tail: z.string().regex(/^\d{4}$/, '4 位数字 / 4 digits'),
  balanceFen: z.int().min(0),
})

const coupon: z.ZodType<Coupon> = z.strictObject({
  id: z.string().regex(/^\d{1,20}$/, '至多 20 位数字 / up to 20 digits'),
  stockId: z.string().default('0'),
  name: z.string().default('代金券'),
  kind: z.enum(['CASH', 'NO_CASH']).default('CASH'),
  fen: z.int().min(1),
  minimumFen: z.int().min(0).default(0),
  mchid: z.string().nullable().default(null),
  goodsTag: z.string().default(''),
})

const user: z.ZodType<User> = z.strictObject({
  id: z.string().min(1),
  nickname: z.string().min(1),
  unionid: z.string(),
  openids: z.record(z.string(), z.string()),
  follows: z.array(z.string()).default([]),
  balanceFen: z.int().min(0),
  payPassword: z.string().regex(/^\d{6}$/, '6 位数字 / 6 digits'),
  snapshot: z.boolean().default(false),
  bankCards: z.array(bankCard).default([]),
  coupons: z.array(coupon).default([]),
  accountClosed: z.boolean().default(false),
})

const refundSeconds = { balance: 4, bankCard: 60 }
const behaviour: z.ZodType<Behaviour> = z.strictObject({
  reentryRefusal: z.enum(['INVALID_REQUEST', 'OUT_TRADE_NO_USED']).default('INVALID_REQUEST'),
  refundMismatch: z.enum(['INVALID_REQUEST', 'REFUND_FEE_MISMATCH']).default('INVALID_REQUEST'),
  closedReentry: z.enum(['ORDER_CLOSED', 'INVALID_REQUEST']).default('ORDER_CLOSED'),
  closeUnseen: z.enum(['accepted', 'refused']).default('accepted'),
  refusingBody: z.enum(['ignored', 'read']).default('ignored'),
  reverseJsapi: z.enum(['accepted', 'refused']).default('refused'),
  authorizeDetour: z.enum(['first-hit', 'none']).default('first-hit'),
  authorizeOrder: z.enum(['any', 'documented']).default('any'),
  consentRefusal: z.enum(['stays', 'state-only', 'authdeny']).default('stays'),
  expiredCode: z.enum(['40029', '42003']).default('40029'),
  snapshotProfile: z.enum(['made-up', 'refused']).default('made-up'),
  ticketExpiresIn: z.enum(['constant', 'remaining']).default('constant'),
  jsSubdomains: z.enum(['accepted', 'refused']).default('refused'),
  refundSeconds: z
    .strictObject({ balance: z.int().min(0).default(4), bankCard: z.int().min(0).default(60) })
    .default(refundSeconds),
})

/** Strict in every part: a misspelt field would silently count as left out. */
const world: z.ZodType<World> = z
  .strictObject({
    $schema: z.string().optional(),
    seed: issued,
    caPem: issued,
    officialAccounts: z.array(officialAccount).min(1),
    merchants: z.array(merchant).min(1),
    users: z.array(user).min(1),
    behaviour: behaviour.prefault({}),
  })
  .transform(({ officialAccounts, merchants, users, behaviour: how }) => ({
    officialAccounts,
    merchants,
    users,
    behaviour: how,
  }))

/** JSON schema of what `parseWorld` reads, for editors and other languages. */
export function worldSchema(): object {
  return z.toJSONSchema(world, { io: 'input' })
}

/** Reads a world from JSON. Throws an `Error` that names every wrong field at once. */
export function parseWorld(value: unknown): World {
  const parsed = world.safeParse(value, { error: bilingual })
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
  const strangers = (path: string, named: string[]): string[] =>
    named
      .filter((mchid) => !merchants.some((each) => each.mchid === mchid))
      .map((mchid) => `${path}: 没有商户 no merchant ${mchid}`)
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
    ...merchants.flatMap((each, index) => strangers(`merchants.${index}.subMerchants`, each.subMerchants)),
    ...users.flatMap((each, index) => unknown(`users.${index}.openids`, Object.keys(each.openids))),
    ...users.flatMap((each, index) => unknown(`users.${index}.follows`, each.follows)),
    // Money is booked under these; two of one name would be one account, and one coupon spent twice.
    ...users.flatMap(({ bankCards }, index) =>
      repeated(
        `users.${index}.bankCards.tail`,
        bankCards.map(({ tail }) => tail),
      ),
    ),
    ...users.flatMap(({ coupons }, index) =>
      repeated(
        `users.${index}.coupons.id`,
        coupons.map(({ id }) => id),
      ),
    ),
    ...users.flatMap(({ coupons }, index) =>
      strangers(
        `users.${index}.coupons`,
        coupons.flatMap(({ mchid }) => mchid ?? []),
      ),
    ),
  ]
}

function repeated(path: string, values: string[]): string[] {
  const twice = new Set(values.filter((value, index) => values.indexOf(value) !== index))
  return [...twice].map((value) => `${path}: 重复 twice ${value}`)
}

/** What is different in the default world. */
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
    bankCards: [],
    coupons: [],
    accountClosed: false,
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
        apiV3Key: seededRandom(`world:${seed}:v3`).text(32),
      },
    ],
    users: [
      {
        ...person('xiaoming', '小明', 100_000, [appid]),
        bankCards: [{ bank: 'CMB', name: '招商银行', kind: 'DEBIT', tail: '0403', balanceFen: 1_000_000 }],
      },
      person('xiaohong', '小红', 5_000_000, []),
      person('aqiang', '阿强', 100, [appid]),
    ],
  })
}
