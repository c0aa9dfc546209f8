/** The options of `createPayV3`, read: every problem is said at once, and no value is printed. */
import {
  functionProblems,
  originProblems,
  strayProblems,
  textProblems,
  timeoutProblems,
} from '../configuration.ts'
import { randomNonce } from '../crypto.ts'
import { ConfigError } from '../errors.ts'
import { type Secret, secretOf } from '../secret.ts'
import { type Fetch, type OnExchange, PAY_TIMEOUT_MS } from '../transport.ts'
import type { Caller } from './call.ts'
import type { Certificate } from './certificate.ts'
import { downloadCertificates } from './certificates.ts'
import { isSameKey, type KeyObject } from './crypto.ts'
import {
  type MerchantKeyOptions,
  type Read,
  readCertificateOption,
  readMerchantKey,
  readPublicKeyOption,
  validityProblems,
} from './keys.ts'
import { type PlatformKeys, platformKeys } from './platform-keys.ts'

interface PayV3CommonOptions {
  /** 商户号, 8 to 10 digits; that of the service provider for its sub-merchants. */
  mchid: string
  /** APIv3 密钥, 32 characters; not the one of v2. */
  apiV3Key: string | Secret
  /** 微信支付公钥 by identifier (`PUB_KEY_ID_…`): PEM, base64 of the DER, or a key object. The last one encrypts. */
  publicKeys?: Readonly<Record<string, string | Uint8Array | KeyObject>> | undefined
  /**
   * 平台证书: `download` fetches and renews them, and is what happens where no public key is given. During a grey switch give both.
   * A list of certificates (PEM) is used as it is.
   */
  platformCertificates?: 'download' | readonly (string | Uint8Array)[] | undefined
  /** `https://api.mch.weixin.qq.com` unless told otherwise. */
  origin?: string
  /** Asked when `origin` cannot be reached: `https://api2.wechatpay.cn` where `origin` is WeChat's, none where it is not. */
  backupOrigin?: string
  fetch?: Fetch
  /** Milliseconds since the epoch. */
  clock?: () => number
  nonce?: () => string
  /** Time for one exchange; 12000 ms unless told otherwise. For a bill, for each piece of it. */
  timeoutMs?: number
  /** Told of every exchange, without secrets: for traces. */
  onExchange?: OnExchange
}

/** Who the merchant (商户) is, its keys and WeChat's, and how it reaches WeChat Pay. */
export type PayV3Options = PayV3CommonOptions & MerchantKeyOptions

/** What the calls and the notifications work with. */
export interface Identity {
  caller: Caller
  keys: PlatformKeys
  apiV3Key: Secret
  /** 平台证书 as they are now. */
  download(): Promise<readonly Certificate[]>
}

const ORIGIN = 'https://api.mch.weixin.qq.com'
const BACKUP_ORIGIN = 'https://api2.wechatpay.cn'

/** Throws `ConfigError` naming every option that cannot be right. */
export function readOptions(options: PayV3Options): Identity {
  const { mchid, fetch = globalThis.fetch, nonce = randomNonce, onExchange } = options
  // What is no clock is named with all the rest.
  const clock = typeof options.clock === 'function' ? options.clock : Date.now
  const { origin = ORIGIN, timeoutMs = PAY_TIMEOUT_MS } = options
  const backupOrigin = options.backupOrigin ?? (options.origin === undefined ? BACKUP_ORIGIN : undefined)
  const merchant = readMerchantKey(options, mchid, clock())
  const publicKeys = readPublicKeys(options.publicKeys, merchant.value?.publicKey)
  const certificates = readCertificates(options, merchant.value?.publicKey, clock())
  const problems = [
    ...textProblems('mchid', mchid, /^\d{8,10}$/, '应为 8 至 10 位数字 / must be 8 to 10 digits'),
    ...merchant.problems,
    ...textProblems('apiV3Key', options.apiV3Key, /^[!-~]{32}$/, '应为 32 位字符 / must be 32 characters'),
    ...publicKeys.problems,
    ...certificates.problems,
    ...strayProblems(options, 'origins', 'origin'),
    ...originProblems('origin', options.origin),
    ...originProblems('backupOrigin', options.backupOrigin),
    ...functionProblems(options, ['fetch', 'onExchange', 'clock', 'nonce']),
    ...timeoutProblems('timeoutMs', options.timeoutMs),
  ]
  if (problems.length > 0 || merchant.value === undefined) throw new ConfigError(problems)
  const transport = { fetch, timeoutMs, onExchange, clock }
  const origins = backupOrigin === undefined ? [origin] : [origin, backupOrigin]
  const caller: Caller = { mchid, signer: merchant.value.signer, origins, transport, clock, nonce }
  const apiV3Key = secretOf(options.apiV3Key)
  const named = publicKeys.value ?? new Map<string, KeyObject>()
  const download = (): Promise<readonly Certificate[]> =>
    downloadCertificates(caller, { apiV3Key: apiV3Key.reveal(), publicKeys: named })
  const keys = platformKeys({ publicKeys: named, certificates: certificates.value ?? download, clock })
  return { caller, keys, apiV3Key, download }
}

const PUBLIC_KEY_ID = /^PUB_KEY_ID_[0-9A-Za-z]{1,50}$/

function readPublicKeys(
  options: unknown,
  ownKey: KeyObject | undefined,
): Read<ReadonlyMap<string, KeyObject>> {
  if (options === undefined) return { problems: [] }
  if (typeof options !== 'object' || options === null) return { problems: [`publicKeys: ${A_RECORD}`] }
  const entries = Object.entries(options)
  const read = entries.map(([id, option], index) => ({ id, ...readPublicKey(index, id, option, ownKey) }))
  const problems = read.flatMap((each) => each.problems)
  if (entries.length === 0) problems.push(`publicKeys: ${A_RECORD}`)
  return {
    problems,
    value: new Map(read.flatMap(({ id, value }) => (value === undefined ? [] : [[id, value] as const]))),
  }
}

const A_RECORD = '应为 { 公钥ID: PEM } / must be { identifier: PEM }'

/** Named by its place: what stands where the identifier should may be the key itself. */
function readPublicKey(
  index: number,
  id: string,
  option: unknown,
  ownKey: KeyObject | undefined,
): Read<KeyObject> {
  const name = `publicKeys[${index}]`
  const { problems, value } = readPublicKeyOption(name, option)
  const wrong = [...problems]
  if (!PUBLIC_KEY_ID.test(id)) wrong.push(`${name}: ${NO_ID}`)
  if (value !== undefined && ownKey !== undefined && isSameKey(value, ownKey))
    wrong.push(`${name}: ${OWN_KEY}`)
  return value === undefined ? { problems: wrong } : { problems: wrong, value }
}

const NO_ID = '公钥 ID 应以 PUB_KEY_ID_ 开头 / the identifier must begin with PUB_KEY_ID_'
const OWN_KEY = '这是商户自己的公钥，要的是微信支付公钥 / is the merchant’s own key; WeChat Pay’s is wanted'

/** No value means: download. */
function readCertificates(
  options: PayV3Options,
  ownKey: KeyObject | undefined,
  now: number,
): Read<readonly Certificate[]> {
  const { platformCertificates, publicKeys } = options
  if (platformCertificates === 'download') return { problems: [] }
  if (platformCertificates === undefined)
    return publicKeys === undefined ? { problems: [] } : { problems: [], value: [] }
  const isEmpty = Array.isArray(platformCertificates) && platformCertificates.length === 0
  if (!Array.isArray(platformCertificates) || (isEmpty && publicKeys === undefined))
    return { problems: [`platformCertificates: ${A_LIST}`] }
  const read = platformCertificates.map((pem, index) => {
    const name = `platformCertificates[${index}]`
    const { problems, value } = readCertificateOption(name, pem)
    if (value === undefined) return { problems, value }
    const isOwn = ownKey !== undefined && isSameKey(value.publicKey, ownKey)
    return { problems: isOwn ? [`${name}: ${OWN_CERTIFICATE}`] : validityProblems(name, value, now), value }
  })
  return {
    problems: read.flatMap(({ problems }) => problems),
    value: read.flatMap(({ value }) => value ?? []),
  }
}

const OWN_CERTIFICATE =
  '这是商户自己的证书，要的是微信支付平台证书 / is the merchant’s own certificate; WeChat Pay’s is wanted'
const A_LIST = '应为 download 或非空的 PEM 列表 / must be download or a list of PEMs that is not empty'
