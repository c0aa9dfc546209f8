/** A merchant who speaks Pay v3, for tests: it signs, verifies and decrypts by WebCrypto, none of it the simulator's own. */
import {
  merchantCertificate,
  platformCertificate,
  readCertificate,
  wechatPayPublicKey,
} from '../certificates/certificates.ts'
import { type MerchantScene, openScene } from '../merchant.fixture.ts'
import type { Merchant, World } from '../world.ts'

/** What differs from a right request. */
export interface V3Change {
  method?: string
  /** An object is sent as JSON, a text as it is. */
  body?: object | string
  headers?: Record<string, string | undefined>
  /** Who signs; the first merchant unless told otherwise. */
  merchant?: Merchant
  /** What is signed in place of what is sent. */
  signed?: { method?: string; target?: string; body?: string; timestamp?: string; message?: string }
  /** The pairs of Authorization the other way round. */
  reversed?: boolean
  /** What Authorization claims in place of the truth. */
  claim?: Partial<Record<'mchid' | 'serial_no' | 'signature' | 'timestamp', string>>
}

export interface V3Reply {
  status: number
  headers: Headers
  text: string
  json: Record<string, unknown>
}

export interface V3Scene extends MerchantScene {
  /** A signed call; GET unless there is a body. */
  v3(target: string, change?: V3Change): Promise<V3Reply>
  /** What a signed GET of this address is sent with. */
  signed(url: string): Promise<RequestInit>
  /** An order as `/v3/pay/transactions/jsapi` takes it. */
  v3Order(change?: object): Record<string, unknown>
  /** Opens and pays one. */
  v3Paid(outTradeNo?: string, change?: object): Promise<void>
  /** The newest delivery, verified with WeChat's key and decrypted with the APIv3 key. */
  newest(): Promise<Notice>
  /** Whether one of WeChat's keys for the merchant signed these headers and this body. */
  isFromWechat(headers: Headers, body: string): Promise<boolean>
}

export interface Notice {
  headers: Record<string, string>
  envelope: Record<string, unknown>
  resource: Record<string, unknown>
}

/** 子商户 of the first merchant, with an account of its own that the payers know too. */
export const SUB_MCHID = '1900000109'
export const SUB_APPID = 'wx8888888888888888'

export function withSubMerchant({ officialAccounts, merchants, users }: World): void {
  const [account] = officialAccounts
  const [provider] = merchants
  if (account === undefined || provider === undefined) throw new Error('the world lacks a provider')
  officialAccounts.push({ ...account, appid: SUB_APPID, name: '茶事分店' })
  provider.subMerchants.push(SUB_MCHID)
  const sub = { ...provider, mchid: SUB_MCHID, name: '茶事分店', appids: [SUB_APPID], subMerchants: [] }
  merchants.push(sub, { ...sub, mchid: '1900000110', name: '别家' })
  for (const user of users) user.openids[SUB_APPID] = `sub-${user.id}`
}

const SEED = 'shouyin'
const STARTED_AT = Date.UTC(2026, 0, 1)
const RSA = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }

export function openV3Scene(change: (world: World) => void = () => undefined): V3Scene {
  const scene = openScene(change)
  scene.acknowledge = () => new Response(null, { status: 204 })
  const { merchant, account, openid } = scene

  const v3Order = (changed: object = {}): Record<string, unknown> => ({
    appid: account.appid,
    mchid: merchant.mchid,
    description: '山间茶事 明前龙井',
    out_trade_no: 'T20261124001',
    notify_url: 'https://shop.example.com/notify',
    amount: { total: 12800, currency: 'CNY' },
    payer: { openid },
    ...changed,
  })
  const v3 = async (target: string, change: V3Change = {}): Promise<V3Reply> => {
    const url = target.startsWith('/') ? `https://api.mch.weixin.qq.com${target}` : target
    const response = await scene.send(url, await signedRequest(scene, new URL(url), change))
    const text = await response.text()
    const json = isJson(response) ? (JSON.parse(text) as Record<string, unknown>) : {}
    return { status: response.status, headers: response.headers, text, json }
  }
  return Object.assign(scene, {
    v3,
    v3Order,
    signed: (url: string) => signedRequest(scene, new URL(url), {}),
    async v3Paid(outTradeNo = 'T20261124001', changed: object = {}) {
      await v3('/v3/pay/transactions/jsapi', { body: v3Order({ out_trade_no: outTradeNo, ...changed }) })
      await scene.control('pay', { out_trade_no: outTradeNo })
    },
    async newest() {
      await scene.simulator.settle()
      const delivery = scene.delivered.at(-1)
      if (delivery === undefined) throw new Error('nothing was delivered')
      if (!(await isFromWechat(merchant, new Headers(delivery.headers), delivery.body)))
        throw new Error('the delivery is not signed by WeChat')
      const envelope = JSON.parse(delivery.body) as Record<string, unknown>
      return { headers: delivery.headers, envelope, resource: await opened(merchant, envelope) }
    },
    isFromWechat: (headers: Headers, body: string) => isFromWechat(merchant, headers, body),
  })
}

export function certificateOf({ mchid, name }: Merchant): ReturnType<typeof merchantCertificate> {
  return merchantCertificate({ seed: SEED, mchid, name, startedAt: STARTED_AT })
}

async function signedRequest(scene: MerchantScene, url: URL, change: V3Change): Promise<RequestInit> {
  const { body, signed = {}, claim = {}, headers = {}, merchant = scene.merchant } = change
  const method = change.method ?? (body === undefined ? 'GET' : 'POST')
  const content = typeof body === 'object' ? JSON.stringify(body) : (body ?? '')
  const timestamp = signed.timestamp ?? String(Math.floor(scene.simulator.now() / 1000))
  const lines = [signed.method ?? method, signed.target ?? url.pathname + url.search, timestamp, NONCE]
  const message = signed.message ?? `${[...lines, signed.body ?? content].join('\n')}\n`
  const { serial, privateKeyPem } = certificateOf(merchant)
  const claimed = {
    mchid: merchant.mchid,
    nonce_str: NONCE,
    timestamp,
    serial_no: serial,
    signature: await signature(privateKeyPem, message),
    ...claim,
  }
  const pairs = Object.entries(claimed).map(([name, value]) => `${name}="${value}"`)
  if (change.reversed === true) pairs.reverse()
  const sent = Object.entries({
    accept: 'application/json',
    'user-agent': 'shop/1.0',
    authorization: `WECHATPAY2-SHA256-RSA2048 ${pairs.join(',')}`,
    'content-type': content === '' ? undefined : 'application/json',
    ...headers,
  }).flatMap(([name, value]): [string, string][] => (value === undefined ? [] : [[name, value]]))
  return { method, headers: sent, ...(content === '' ? {} : { body: content }) }
}

const NONCE = '593BEC0C930BF1AFEB40B4A08C8FB242'

export async function signature(privateKeyPem: string, message: string): Promise<string> {
  const key = await crypto.subtle.importKey('pkcs8', derOf(privateKeyPem), RSA, false, ['sign'])
  return Buffer.from(await crypto.subtle.sign(RSA, key, Buffer.from(message))).toString('base64')
}

async function isFromWechat({ mchid }: Merchant, headers: Headers, body: string): Promise<boolean> {
  const named = (name: string): string => headers.get(`wechatpay-${name}`) ?? ''
  const spki = publicKeysFor(mchid).get(named('serial'))
  if (spki === undefined) return false
  const key = await crypto.subtle.importKey('spki', spki, RSA, false, ['verify'])
  const message = Buffer.from(`${named('timestamp')}\n${named('nonce')}\n${body}\n`)
  return crypto.subtle.verify(RSA, key, Buffer.from(named('signature'), 'base64'), message)
}

/** SPKI by serial: the platform certificates of three years, and the merchant's WeChat Pay public key. */
export function publicKeysFor(mchid: string): Map<string, Uint8Array<ArrayBuffer>> {
  const { id, publicKeyPem } = wechatPayPublicKey({ seed: SEED, mchid })
  const certificates = [0, 1, 2].map((generation): [string, Uint8Array<ArrayBuffer>] => {
    const { serial, certificatePem } = platformCertificate({ seed: SEED, generation, startedAt: STARTED_AT })
    const { publicKey } = readCertificate(certificatePem)
    return [serial, new Uint8Array(publicKey.export({ type: 'spki', format: 'der' }))]
  })
  return new Map([[id, derOf(publicKeyPem)], ...certificates])
}

export interface Sealed {
  ciphertext: string
  nonce: string
  associated_data: string
}

/** Throws where the key or the associated data is another one. */
export async function unsealed(
  apiV3Key: string,
  { ciphertext, nonce, associated_data }: Sealed,
): Promise<string> {
  const key = await crypto.subtle.importKey('raw', Buffer.from(apiV3Key), 'AES-GCM', false, ['decrypt'])
  const gcm = { name: 'AES-GCM', iv: Buffer.from(nonce), additionalData: Buffer.from(associated_data) }
  return Buffer.from(await crypto.subtle.decrypt(gcm, key, Buffer.from(ciphertext, 'base64'))).toString()
}

const OAEP = { name: 'RSA-OAEP', hash: 'SHA-1' }

/** Base64, for one of WeChat's keys. */
export async function hiddenFor(mchid: string, serial: string, text: string): Promise<string> {
  const spki = publicKeysFor(mchid).get(serial) ?? new Uint8Array()
  const key = await crypto.subtle.importKey('spki', spki, OAEP, false, ['encrypt'])
  return Buffer.from(await crypto.subtle.encrypt(OAEP, key, Buffer.from(text))).toString('base64')
}

export async function revealed(privateKeyPem: string, hidden: string): Promise<string> {
  const key = await crypto.subtle.importKey('pkcs8', derOf(privateKeyPem), OAEP, false, ['decrypt'])
  return Buffer.from(await crypto.subtle.decrypt(OAEP, key, Buffer.from(hidden, 'base64'))).toString()
}

async function opened(
  { apiV3Key }: Merchant,
  envelope: Record<string, unknown>,
): Promise<Record<string, unknown>> {
  const text = await unsealed(apiV3Key ?? '', envelope['resource'] as Sealed)
  return JSON.parse(text) as Record<string, unknown>
}

function derOf(pem: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(pem.replaceAll(/-----[^-]+-----|\s/g, ''), 'base64'))
}

function isJson({ headers }: Response): boolean {
  return (headers.get('content-type') ?? '').startsWith('application/json')
}
