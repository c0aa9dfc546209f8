/**
 * Serves token and ticket to a company's other programs, in any language (中控服务器). WeChat asks for one owner per account:
 * "a central server that fetches and refreshes the access_token, from which other business servers take it". The shapes of its
 * answers are WeChat's own. It is for servers; a page or an app must never reach it.
 */
import { textProblems } from './configuration.ts'
import type { Credential } from './credential-cache.ts'
import { equalInConstantTime } from './crypto.ts'
import { ConfigError, WechatError } from './errors.ts'
import type { OfficialAccount } from './official-account.ts'
import { type Secret, secretOf } from './secret.ts'

/** Whose credentials are served, and to whom. */
export interface TokenHandlerOptions {
  /** Whose credentials are served; the address names one of them by its appid. */
  accounts: readonly OfficialAccount[]
  /** What programs show as `Authorization: Bearer …`; any of these is right, so that one can take the place of another. */
  secrets: readonly (string | Secret)[]
  /** Milliseconds since the epoch. */
  clock?: () => number
}

/** Below wherever it is mounted; `…/refresh` says that WeChat refused the one in the body. */
const ADDRESS = /\/(wx[0-9a-f]{16})\/(access_token|jsapi_ticket)(\/refresh)?$/
const MOST_BODY_BYTES = 8192

/**
 * `GET …/{appid}/access_token` and `GET …/{appid}/jsapi_ticket` answer the present one; `POST …/refresh` to either of them, with
 * `{"refused": "…"}`, answers another one. Throws `ConfigError` when made without an account or with a weak secret.
 */
export function createTokenHandler(options: TokenHandlerOptions): (request: Request) => Promise<Response> {
  check(options ?? {})
  const { accounts, clock = Date.now } = options
  const secrets = options.secrets.map(secretOf)
  return async (request) => {
    try {
      if (!isAuthorized(request, secrets)) throw unauthorized()
      const { account, kind, isRefresh } = placeOf(request, accounts)
      const credential = isRefresh
        ? await account.replaceCredential(kind, await refusedIn(request))
        : await account.credential(kind)
      return answer(200, credentialBody(kind, credential, clock()))
    } catch (error) {
      if (error instanceof Problem) return answer(error.status, error.body, error.headers)
      if (error instanceof WechatError) return answer(error.retryable ? 503 : 502, error.toJSON())
      throw error
    }
  }
}

/** A request that cannot be granted, and what is said to it. */
class Problem extends Error {
  readonly status: number
  readonly body: { code: string; message: string }
  readonly headers: Record<string, string>

  constructor(status: number, code: string, message: string, headers: Record<string, string> = {}) {
    super(message)
    this.status = status
    this.body = { code, message }
    this.headers = headers
  }
}

function unauthorized(): Problem {
  const message = 'Authorization: Bearer 密钥不对或未带 / the bearer secret is wrong or missing'
  return new Problem(401, 'unauthorized', message, { 'www-authenticate': 'Bearer' })
}

/** Every secret is compared, whichever is right. */
function isAuthorized(request: Request, secrets: readonly Secret[]): boolean {
  const given = /^Bearer +([\x21-\x7e]+)$/i.exec(request.headers.get('authorization') ?? '')?.[1] ?? ''
  return secrets.filter((secret) => equalInConstantTime(given, secret.reveal())).length > 0
}

interface Place {
  account: OfficialAccount
  kind: 'access_token' | 'jsapi_ticket'
  isRefresh: boolean
}

function placeOf({ url, method }: Request, accounts: readonly OfficialAccount[]): Place {
  const [, appid, name, refresh] = ADDRESS.exec(new URL(url).pathname) ?? []
  const account = accounts.find((each) => each.appid === appid)
  if (account === undefined || name === undefined)
    throw new Problem(
      404,
      'not_found',
      '没有这个地址或公众号，应为 …/appid/access_token 或 …/appid/jsapi_ticket / no such address or account: …/{appid}/access_token or …/{appid}/jsapi_ticket',
    )
  const isRefresh = refresh !== undefined
  const allow = isRefresh ? 'POST' : 'GET'
  if (method !== allow)
    throw new Problem(405, 'method_not_allowed', `须用 ${allow} / use ${allow}`, { allow })
  return { account, kind: name === 'access_token' ? name : 'jsapi_ticket', isRefresh }
}

async function refusedIn(request: Request): Promise<string> {
  const value = parsed(await boundedText(request))
  if (typeof value === 'object' && value !== null && 'refused' in value) {
    const { refused } = value
    if (typeof refused === 'string' && refused !== '') return refused
  }
  throw new Problem(
    400,
    'bad_request',
    '请求体应为 {"refused": "被微信拒绝的值"} / the body must be {"refused": "the value that WeChat refused"}',
  )
}

async function boundedText(request: Request): Promise<string> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of (request.body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength
    if (bytes > MOST_BODY_BYTES) throw new Problem(413, 'too_long', '请求体过长 / the body is too long')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** As WeChat words it; `expires_in` is what is left, in whole seconds. */
function credentialBody(kind: Place['kind'], { value, expiresAt }: Credential, now: number): object {
  const left = { expires_in: Math.max(0, Math.floor((expiresAt - now) / 1000)) }
  return kind === 'access_token'
    ? { access_token: value, ...left }
    : { errcode: 0, errmsg: 'ok', ticket: value, ...left }
}

function answer(status: number, body: object, headers: Record<string, string> = {}): Response {
  return Response.json(body, {
    status,
    headers: { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff', ...headers },
  })
}

function check({ accounts = [], secrets = [] }: Partial<TokenHandlerOptions>): void {
  if (!Array.isArray(accounts) || !Array.isArray(secrets))
    throw new ConfigError(['accounts, secrets: 应为数组 / must be lists'])
  const rule = '至少 32 个可见的 ASCII 字符 / at least 32 visible ASCII characters'
  const problems = [
    ...(accounts.length > 0 ? [] : ['accounts: 至少一个公众号 / at least one account']),
    ...(new Set(accounts.map(({ appid }) => appid)).size === accounts.length
      ? []
      : ['accounts: 同一个 appid 出现两次 / one appid comes twice']),
    ...(secrets.length > 0 ? [] : ['secrets: 至少一个密钥 / at least one secret']),
    ...secrets.flatMap((secret, index) =>
      textProblems(`secrets[${index}]`, secret, /^[\x21-\x7e]{32,}$/, rule),
    ),
  ]
  if (problems.length > 0) throw new ConfigError(problems)
}
