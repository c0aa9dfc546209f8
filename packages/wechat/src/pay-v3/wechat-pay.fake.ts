/**
 * A WeChat Pay v3 of a test's making: it checks our signatures, signs and encrypts with keys of its own, on WebCrypto and so apart
 * from what it tests. Its keys are published test keys of `vectors/pay.json`. For tests only; not published.
 */
import { readFileSync } from 'node:fs'
import { fen } from '../fen.ts'
import type { Fetch } from '../transport.ts'
import { type Asked, type FakeClock, fakeClock } from '../wechat.fake.ts'
import { createPayV3, type PayV3 } from './api.ts'
import type { PrepayRequest } from './messages.ts'
import type { PayV3Options } from './options.ts'

interface Key {
  pkcs8_der_base64: string
  spki_der_base64: string
  certificates?: Record<string, string>
}

const { keys } = JSON.parse(
  readFileSync(new URL('../../../../vectors/pay.json', import.meta.url), 'utf8'),
) as {
  keys: Record<'community_go' | 'go_sdk' | 'java_sdk' | 'doc_merchant', Key>
}
const pem = (label: string, der: string): string =>
  `-----BEGIN ${label}-----\n${der}\n-----END ${label}-----\n`
const certificate = (key: Key, serial: string): string => pem('CERTIFICATE', key.certificates?.[serial] ?? '')

export const MCHID = '1900000109'
export const APPID = 'wx2421b1c4370ec43b'
export const API_V3_KEY = '0123456789abcdef0123456789abcdef'
/** All certificates are valid then. */
export const NOW: number = Date.parse('2024-06-01T10:00:00+08:00')

interface MerchantKeys {
  serial: string
  privateKey: string
  certificate: string
}

export const MERCHANT: MerchantKeys = {
  serial: '9AD59953ADF1BABB',
  privateKey: pem('PRIVATE KEY', keys.community_go.pkcs8_der_base64),
  certificate: certificate(keys.community_go, '9AD59953ADF1BABB'),
}

export type SignerName = 'certificate' | 'nextCertificate' | 'publicKey'

/** Who signs for WeChat: a certificate, the one after it, or the public key. */
export const SIGNERS: Readonly<Record<SignerName, { serial: string; pem: string; key: Key }>> = {
  certificate: {
    serial: 'D7CE59D1F522D701',
    pem: certificate(keys.go_sdk, 'D7CE59D1F522D701'),
    key: keys.go_sdk,
  },
  nextCertificate: {
    serial: '5F1C72E2A8931B72A2E13AF8DEE92471EB397115',
    pem: certificate(keys.java_sdk, '5F1C72E2A8931B72A2E13AF8DEE92471EB397115'),
    key: keys.java_sdk,
  },
  publicKey: {
    serial: 'PUB_KEY_ID_0114232134912410000000000000',
    pem: pem('PUBLIC KEY', keys.doc_merchant.spki_der_base64),
    key: keys.doc_merchant,
  },
}

/** How an answer leaves; what is not said is as it should be. */
export interface Reply {
  status?: number
  json?: unknown
  /** Instead of `json`: the body as it is. */
  body?: string | Uint8Array<ArrayBuffer>
  signer?: SignerName | 'nobody'
  /** Put over the headers that are right. */
  headers?: Record<string, string>
}

/** What the merchant of these tests orders. */
export const ORDER: PrepayRequest = {
  appid: APPID,
  description: '茶',
  out_trade_no: 'TEA-0001',
  notify_url: 'https://shop.example.com/notifications',
  amount: { total: fen(100) },
  payer: { openid: 'o' },
}

export type PayAnswer = (asked: Asked, nth: number) => Reply | Response | Promise<Reply | Response>

export interface PayTown {
  pay: PayV3
  fetch: Fetch
  clock: FakeClock
  asked: Asked[]
  /** Bodies of requests, oldest first. */
  bodies(): unknown[]
}

/** A merchant and a WeChat Pay that answers by `METHOD /path`, under public key mode unless told otherwise. */
export function payTown(
  answers: Readonly<Record<string, PayAnswer>>,
  options: Partial<PayV3Options> = {},
  signer: SignerName = 'publicKey',
): PayTown {
  const asked: Asked[] = []
  const clock = fakeClock(NOW)
  const fetch: Fetch = async (input, init) => {
    const request = new Request(input, init)
    const { method, headers } = request
    const one = { url: new URL(request.url), method, headers, body: await request.text() }
    asked.push(one)
    const name = `${method} ${one.url.pathname}`
    const nth = asked.filter((each) => `${each.method} ${each.url.pathname}` === name).length
    if (!(await isSignedByMerchant(one)))
      return Response.json({ code: 'SIGN_ERROR', message: '签名错误' }, { status: 401 })
    const reply = (await answers[name]?.(one, nth)) ?? new Response(null, { status: 404 })
    return reply instanceof Response ? reply : answered(reply, signer, clock())
  }
  const { publicKey } = SIGNERS
  const common = { mchid: MCHID, apiV3Key: API_V3_KEY, fetch, clock }
  const merchant = { privateKey: MERCHANT.privateKey, certificate: MERCHANT.certificate }
  const publicKeys = { [publicKey.serial]: publicKey.pem }
  const all = { ...common, ...merchant, publicKeys, ...options } as PayV3Options
  return {
    pay: createPayV3(all),
    fetch,
    clock,
    asked,
    bodies: () => asked.map(({ body }) => JSON.parse(body)),
  }
}

/** In certificate mode: no public key, certificates downloaded. */
export const CERTIFICATE_MODE: Partial<PayV3Options> = { publicKeys: undefined }

async function answered(
  { status = 200, json, body, signer: by, headers }: Reply,
  signer: SignerName,
  now: number,
): Promise<Response> {
  const content = body ?? (json === undefined ? '' : JSON.stringify(json))
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content
  const whoSigns = by ?? (status < 300 ? signer : 'nobody')
  const signed = whoSigns === 'nobody' ? {} : await signedHeaders(bytes, { now, signer: whoSigns })
  const all = new Headers({
    'content-type': 'application/json; charset=utf-8',
    'request-id': REQUEST_ID,
    ...signed,
  })
  for (const [name, value] of Object.entries(headers ?? {})) all.set(name, value)
  return new Response(status === 204 ? null : bytes, { status, headers: all })
}

const REQUEST_ID = '08F78BB5AF0610D302-0'

/** Headers as WeChat puts them on replies and notifications. */
export async function signedHeaders(
  body: Uint8Array<ArrayBuffer>,
  { now = NOW, signer = 'publicKey' }: { now?: number; signer?: SignerName } = {},
): Promise<Record<string, string>> {
  const timestamp = String(Math.floor(now / 1000))
  const nonce = 'c5ac7061fccab6bf3e254dcf98995b8c'
  const text = new TextEncoder()
  const message = new Uint8Array([...text.encode(`${timestamp}\n${nonce}\n`), ...body, 10])
  const { serial, key } = SIGNERS[signer]
  return {
    'Wechatpay-Timestamp': timestamp,
    'Wechatpay-Nonce': nonce,
    'Wechatpay-Serial': serial,
    'Wechatpay-Signature-Type': 'WECHATPAY2-SHA256-RSA2048',
    'Wechatpay-Signature': await signature(key, message),
  }
}

export interface NotificationToSend {
  event_type?: string
  original_type?: string
  resource: unknown
  /** Put over the members that are right. */
  envelope?: Record<string, unknown>
  sealed?: Record<string, unknown>
  apiV3Key?: string
  now?: number
  signer?: SignerName
}

export interface SentNotification {
  headers: Record<string, string>
  body: Uint8Array<ArrayBuffer>
}

/** A notification as WeChat posts it. A resource that is a text is sealed as it is. */
export async function notified(sending: NotificationToSend): Promise<SentNotification> {
  const { event_type = 'TRANSACTION.SUCCESS', original_type = 'transaction', resource } = sending
  const plaintext = typeof resource === 'string' ? resource : JSON.stringify(resource)
  const sealed = await seal(plaintext, original_type, sending.apiV3Key ?? API_V3_KEY)
  const envelope = {
    id: 'b62e271c-3389-58a0-8146-4a704966e8f1',
    create_time: '2024-06-01T10:00:00+08:00',
    resource_type: 'encrypt-resource',
    event_type,
    summary: '支付成功',
    resource: { original_type, ...sealed, ...sending.sealed },
    ...sending.envelope,
  }
  const body = new TextEncoder().encode(JSON.stringify(envelope))
  const { now = NOW, signer = 'publicKey' } = sending
  return { headers: await signedHeaders(body, { now, signer }), body }
}

/** AEAD_AES_256_GCM, as in notifications and certificates. */
export async function seal(
  plaintext: string,
  associatedData: string,
  apiV3Key: string = API_V3_KEY,
): Promise<{ algorithm: string; ciphertext: string; associated_data: string; nonce: string }> {
  const text = new TextEncoder()
  const nonce = '61f9c719728a'
  const key = await crypto.subtle.importKey('raw', text.encode(apiV3Key), 'AES-GCM', false, ['encrypt'])
  const algorithm = { name: 'AES-GCM', iv: text.encode(nonce), additionalData: text.encode(associatedData) }
  const ciphertext = await crypto.subtle.encrypt(algorithm, key, text.encode(plaintext))
  return {
    algorithm: 'AEAD_AES_256_GCM',
    ciphertext: Buffer.from(ciphertext).toString('base64'),
    associated_data: associatedData,
    nonce,
  }
}

/** The reply of `/v3/certificates`. */
export async function certificateList(
  names: readonly SignerName[],
  apiV3Key: string = API_V3_KEY,
): Promise<{ data: unknown[] }> {
  const data = names.map(async (name) => ({
    serial_no: SIGNERS[name].serial,
    effective_time: '2022-06-08T10:34:56+08:00',
    expire_time: '2027-06-08T10:34:56+08:00',
    encrypt_certificate: await seal(SIGNERS[name].pem, 'certificate', apiV3Key),
  }))
  return { data: await Promise.all(data) }
}

const OAEP = { name: 'RSA-OAEP', hash: 'SHA-1' }

/** What was encrypted for a key of WeChat's. */
export async function openedByWechat(ciphertext: string, signer: SignerName = 'publicKey'): Promise<string> {
  const der = Buffer.from(SIGNERS[signer].key.pkcs8_der_base64, 'base64')
  const key = await crypto.subtle.importKey('pkcs8', der, OAEP, false, ['decrypt'])
  return Buffer.from(await crypto.subtle.decrypt(OAEP, key, Buffer.from(ciphertext, 'base64'))).toString()
}

/** What WeChat encrypts for the merchant. */
export async function encryptedForMerchant(plaintext: string): Promise<string> {
  const der = Buffer.from(keys.community_go.spki_der_base64, 'base64')
  const key = await crypto.subtle.importKey('spki', der, OAEP, false, ['encrypt'])
  const bytes = await crypto.subtle.encrypt(OAEP, key, new TextEncoder().encode(plaintext))
  return Buffer.from(bytes).toString('base64')
}

const RSA = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }

async function signature(key: Key, message: Uint8Array<ArrayBuffer>): Promise<string> {
  const der = Buffer.from(key.pkcs8_der_base64, 'base64')
  const privateKey = await crypto.subtle.importKey('pkcs8', der, RSA, false, ['sign'])
  return Buffer.from(await crypto.subtle.sign(RSA, privateKey, message)).toString('base64')
}

/** Whether text was signed with the merchant's key. */
export async function isOfMerchant(text: string, signed: string): Promise<boolean> {
  const der = Buffer.from(keys.community_go.spki_der_base64, 'base64')
  const key = await crypto.subtle.importKey('spki', der, RSA, false, ['verify'])
  return crypto.subtle.verify(RSA, key, Buffer.from(signed, 'base64'), new TextEncoder().encode(text))
}

/** The request as it arrived against its `Authorization`. */
async function isSignedByMerchant({ url, method, headers, body }: Asked): Promise<boolean> {
  const [scheme, parameters = ''] = (headers.get('authorization') ?? '').split(' ')
  const named = new Map(
    [...parameters.matchAll(/(\w+)="([^"]*)"/g)].map(([, name, value]) => [name, value ?? '']),
  )
  const signed = `${method}\n${url.pathname}${url.search}\n${named.get('timestamp')}\n${named.get('nonce_str')}\n${body}\n`
  return (
    scheme === 'WECHATPAY2-SHA256-RSA2048' &&
    named.get('mchid') === MCHID &&
    named.get('serial_no') === MERCHANT.serial &&
    headers.get('accept') !== null &&
    headers.get('user-agent') !== null &&
    isOfMerchant(signed, named.get('signature') ?? '')
  )
}
