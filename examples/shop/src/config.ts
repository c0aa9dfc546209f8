/**
 * The shop's settings. This is the only file that reads the environment; `.env.example` explains every value.
 * The same code takes real money or runs against a simulated WeChat: only these values differ.
 */
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'

export interface Config {
  host: string
  port: number
  /** Public origin of the shop, as visitors and WeChat see it: `https://tea.example.com`. */
  origin: string
  /** Signs the visitors' sessions. */
  secret: string
  account: {
    appid: string
    appSecret: string
    mchid: string
    apiKey: string
    signType: 'MD5' | 'HMAC-SHA256'
  }
  /** Path of the SQLite file, or `:memory:`. */
  database: string
  /** Where WeChat is. What is left out is the real WeChat. */
  wechat: { open?: string; api?: string; pay?: string; jweixin?: string[] }
}

/** Thrown once, naming every wrong value by its variable and never by its content. */
export class ConfigError extends Error {
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(
      `配置有误，请修改环境变量或 .env / these settings are wrong, in the environment or in .env:\n${problems
        .map((problem) => `  - ${problem}`)
        .join('\n')}`,
    )
    this.name = 'ConfigError'
    this.problems = problems
  }
}

/** Settings from the environment, completed by `.env` beside this example when there is one. Throws `ConfigError`. */
export function loadConfig(): Config {
  const file = fileURLToPath(new URL('../.env', import.meta.url))
  if (existsSync(file)) process.loadEnvFile(file)
  return readConfig(process.env)
}

/** Settings from the given variables; an empty value counts as absent. Throws `ConfigError`. */
export function readConfig(variables: Record<string, string | undefined>): Config {
  const present = Object.fromEntries(
    Object.entries(variables).filter(([, value]) => value !== undefined && value.trim() !== ''),
  )
  const parsed = settings.safeParse(present)
  const issues = parsed.error?.issues ?? []
  const problems = [
    ...issues.map(({ path, message }) => `${path.join('.')}: ${message}`),
    ...contradictions(present),
  ]
  if (!parsed.success || problems.length > 0) throw new ConfigError(problems)
  return config(parsed.data)
}

const PORT_RULE = '端口是 1 到 65535 的整数 / a port is a whole number from 1 to 65535'

const settings = z.object({
  SHOP_HOST: z.string().default('127.0.0.1'),
  SHOP_PORT: z.string().refine(isPort, PORT_RULE).default('8080').transform(Number),
  SHOP_ORIGIN: origin()
    .refine(isSafeOrigin, '除本机外必须是 https / must be https except on a loopback host')
    .optional(),
  SHOP_SECRET: z.string().min(32, '至少 32 个字符 / at least 32 characters').optional(),
  WECHAT_APPID: required().regex(
    /^wx[0-9a-f]{16}$/,
    'AppID 是 wx 加 16 位十六进制 / an AppID is wx and 16 hex digits',
  ),
  WECHAT_SECRET: required().regex(
    /^[0-9a-f]{32}$/,
    'AppSecret 是 32 位小写十六进制 / an AppSecret is 32 lower-case hex digits',
  ),
  WECHAT_MCHID: required().regex(
    /^\d{8,10}$/,
    '商户号是 8 到 10 位数字 / a merchant number is 8 to 10 digits',
  ),
  WECHAT_PAY_V2_KEY: required().regex(
    /^[!-~]{32}$/,
    'APIv2 密钥正好 32 个字符，没有空格 / an APIv2 key is exactly 32 characters without a blank',
  ),
  WECHAT_SIGN_TYPE: z
    .enum(['MD5', 'HMAC-SHA256'], '写 MD5 或 HMAC-SHA256 / write MD5 or HMAC-SHA256')
    .default('HMAC-SHA256'),
  DATABASE: z.string().default('.data/shop.sqlite'),
  WECHAT_OPEN_ORIGIN: origin().optional(),
  WECHAT_API_ORIGIN: origin().optional(),
  WECHAT_PAY_ORIGIN: origin().optional(),
  WECHAT_JWEIXIN_URLS: z
    .string()
    .transform((text) => text.split(',').map((url) => url.trim()))
    .refine((urls) => urls.every(isWebAddress), '写网址，用逗号隔开 / write addresses, separated by commas')
    .optional(),
})

/** Values that are right by themselves and wrong together. */
function contradictions(variables: Record<string, string | undefined>): string[] {
  const { SHOP_ORIGIN, SHOP_SECRET, WECHAT_SECRET, WECHAT_PAY_V2_KEY } = variables
  const problems: string[] = []
  if (SHOP_SECRET === undefined && SHOP_ORIGIN?.startsWith('https:') === true) {
    problems.push('SHOP_SECRET: 正式网址必须设置 / must be set when SHOP_ORIGIN is https')
  }
  if (WECHAT_SECRET !== undefined && WECHAT_SECRET === WECHAT_PAY_V2_KEY) {
    problems.push(
      'WECHAT_PAY_V2_KEY: 与 WECHAT_SECRET 相同，它们来自两个后台 / the same as WECHAT_SECRET; the two come from two consoles',
    )
  }
  return problems
}

function required(): z.ZodString {
  return z.string('缺少 / is missing')
}

/** Scheme, host and port only; browsers and WeChat compare origins letter by letter, so a path would never match. */
function origin(): z.ZodString {
  return z
    .string()
    .refine(
      isOrigin,
      '只写协议、域名和端口，例如 https://tea.example.com，末尾没有斜杠 / scheme, host and port only, without a slash at the end',
    )
}

function isPort(text: string): boolean {
  return /^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65_535
}

function isWebAddress(text: string): boolean {
  return /^https?:\/\//.test(text) && URL.canParse(text)
}

function isOrigin(text: string): boolean {
  return /^https?:\/\//.test(text) && URL.canParse(text) && new URL(text).origin === text
}

/** WeChat opens live pages over https, and a session cookie on plain http is anybody's. */
function isSafeOrigin(text: string): boolean {
  return !isOrigin(text) || /^https:|^http:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/.test(text)
}

function config(values: z.output<typeof settings>): Config {
  const { WECHAT_OPEN_ORIGIN: open, WECHAT_API_ORIGIN: api, WECHAT_PAY_ORIGIN: pay } = values
  const jweixin = values.WECHAT_JWEIXIN_URLS
  return {
    host: values.SHOP_HOST,
    port: values.SHOP_PORT,
    origin: values.SHOP_ORIGIN ?? new URL(`http://localhost:${values.SHOP_PORT}`).origin,
    secret: values.SHOP_SECRET ?? passingSecret(),
    account: {
      appid: values.WECHAT_APPID,
      appSecret: values.WECHAT_SECRET,
      mchid: values.WECHAT_MCHID,
      apiKey: values.WECHAT_PAY_V2_KEY,
      signType: values.WECHAT_SIGN_TYPE,
    },
    database: values.DATABASE,
    wechat: {
      ...(open === undefined ? {} : { open }),
      ...(api === undefined ? {} : { api }),
      ...(pay === undefined ? {} : { pay }),
      ...(jweixin === undefined ? {} : { jweixin }),
    },
  }
}

/** On a laptop a secret of this run will do: after a restart visitors sign in again, which they do not notice. */
function passingSecret(): string {
  return crypto.randomUUID() + crypto.randomUUID()
}
