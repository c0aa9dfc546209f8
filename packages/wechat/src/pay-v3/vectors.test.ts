/** Published and captured examples of Pay v3, replayed byte for byte. Each vector names its source. */
import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { downloadBill } from './bills.ts'
import { paymentParameters, paymentText } from './bridge.ts'
import type { Caller } from './call.ts'
import { type Certificate, readCertificate } from './certificate.ts'
import { certificatesOf } from './certificates.ts'
import {
  isRsaSigned,
  type KeyObject,
  oaepDecrypt,
  openAead,
  readPrivateKey,
  readPublicKey,
  rsaSign,
} from './crypto.ts'
import type { Signer } from './keys.ts'
import { readNotification } from './notification.ts'
import { platformKeys } from './platform-keys.ts'
import { authorization, type RequestToSign, textToSign } from './sign.ts'
import { verify } from './verify.ts'

interface Vector {
  name: string
  api: string
  input: Input
  expected: Expected
}

/** The columns of v3's vectors; each has some of them. */
interface Input {
  key_ref?: string
  message?: string
  method?: 'GET' | 'POST'
  canonical_url?: string
  timestamp?: string
  nonce_str?: string
  nonce?: string
  body?: string
  mchid?: string
  serial_no?: string
  signature?: string
  appId?: string
  timeStamp?: string
  nonceStr?: string
  fourth_line?: string
  key?: string
  associated_data?: string
  ciphertext?: string
  apiv3_key?: string
  headers?: Record<string, string>
  response_body?: string
  certificate_serial?: string
  wire_serial?: string
  file_base64?: string
  csv_base64?: string
}

interface Expected {
  sign?: string
  signature?: string
  authorization?: string
  authorization_template?: string
  message?: string
  valid?: boolean
  plaintext?: string
  plaintext_is_json?: boolean
  event_type?: string
  serial_no?: string
  certificate_der_base64?: string
  serial_from_certificate?: string
  hash_value?: string
}

interface Key {
  pkcs8_der_base64?: string
  spki_der_base64: string
  certificates?: Record<string, string>
}

const { keys, vectors } = JSON.parse(
  readFileSync(new URL('../../../../vectors/pay.json', import.meta.url), 'utf8'),
) as { keys: Record<string, Key>; vectors: Vector[] }
const ours = vectors.filter(({ api }) => /^v3\.|^crypto\.(rsa|aead)/.test(api))
const of = (...apis: string[]): Vector[] => ours.filter(({ api }) => apis.includes(api))

/** A column that this kind of vector always has. */
function given<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error('the vector lacks a column')
  return value
}

const privateKeyOf = (ref: string | undefined): KeyObject =>
  given(readPrivateKey(given(keys[given(ref)]?.pkcs8_der_base64)))
const publicKeyOf = (ref: string | undefined): KeyObject =>
  given(readPublicKey(given(keys[given(ref)]).spki_der_base64))
const certificateOf = (ref: string | undefined, serial: string | undefined): Certificate =>
  given(readCertificate(given(keys[given(ref)]?.certificates?.[given(serial)])))
const signerOf = (ref: string | undefined, serial = '0123456789ABCDEF'): Signer => ({
  serial,
  sign: (text) => rsaSign(text, privateKeyOf(ref)),
})

test('every vector of v3 is replayed below', () => {
  const replayed = [
    ...['v3.request_signature', 'v3.request_message', 'v3.jsapi_pay_sign', 'v3.app_pay_sign'],
    ...[
      'v3.response_verify',
      'v3.notify',
      'v3./v3/certificates',
      'v3.sensitive_field',
      'v3./v3/bill/tradebill',
    ],
    ...['crypto.rsa_sha256', 'crypto.rsa_sha256_verify', 'crypto.aead_aes_gcm', 'crypto.aead_aes_256_gcm'],
  ]
  expect(of(...replayed)).toEqual(ours)
  expect(ours.length).toBe(30)
})

describe('what we sign', () => {
  const request = ({ method, canonical_url, body, timestamp, nonce_str }: Input): RequestToSign => ({
    method: given(method),
    path: given(canonical_url),
    body: given(body),
    timestamp: Number(timestamp),
    nonce: given(nonce_str),
  })

  test.each(of('v3.request_signature', 'v3.request_message'))('$name: the text', ({ input, expected }) => {
    expect(textToSign(request(input))).toBe(input.message ?? expected.message)
  })

  test.each(of('v3.request_signature'))('$name: the signature', async ({ input, expected }) => {
    const signer = signerOf(input.key_ref)
    expect(await signer.sign(textToSign(request(input)))).toBe(expected.signature)
    const header = await authorization(request(input), '1900007291', signer)
    expect(header).toContain(`signature="${expected.signature}"`)
  })

  test('v3-authorization-header-alternative-order: the header', async () => {
    const { input, expected } = given(
      ours.find(({ name }) => name === 'v3-authorization-header-alternative-order'),
    )
    const [, serial] = /serial_no="(\w+)"/.exec(given(expected.authorization)) ?? []
    const [, mchid] = /mchid="(\w+)"/.exec(given(expected.authorization)) ?? []
    const header = await authorization(request(input), given(mchid), signerOf(input.key_ref, serial))
    expect(header).toBe(expected.authorization)
  })

  test.each(of('v3.jsapi_pay_sign', 'v3.app_pay_sign'))('$name', async ({ input, expected }) => {
    const { appId, timeStamp, nonceStr, fourth_line } = input
    const signed = {
      appId: given(appId),
      timeStamp: given(timeStamp),
      nonceStr: given(nonceStr),
      package: given(fourth_line),
    }
    expect(paymentText(signed)).toBe(input.message)
    expect(await signerOf(input.key_ref).sign(paymentText(signed))).toBe(expected.sign)
  })

  test.each(of('v3.jsapi_pay_sign'))(
    '$name, in the shapes of chooseWXPay and of the bridge',
    async ({ input, expected }) => {
      const { appId, timeStamp, nonceStr, fourth_line } = input
      const payment = {
        appid: given(appId),
        prepayId: given(fourth_line).replace('prepay_id=', ''),
        nonceStr: given(nonceStr),
        timestamp: Number(timeStamp),
      }
      const shared = { nonceStr, package: fourth_line, signType: 'RSA', paySign: expected.sign }
      expect(await paymentParameters(payment, signerOf(input.key_ref))).toEqual({
        bridge: { appId, timeStamp, ...shared },
        chooseWXPay: { timestamp: timeStamp, ...shared },
      })
    },
  )

  test.each(of('crypto.rsa_sha256'))('$name', async ({ input, expected }) => {
    expect(await rsaSign(given(input.message), privateKeyOf(input.key_ref))).toBe(expected.signature)
  })
})

describe('what WeChat signed', () => {
  test.each(of('v3.response_verify'))('$name', async ({ input, expected }) => {
    const serial = 'PUB_KEY_ID_0114232134912410000000000000'
    const headers = {
      'Wechatpay-Timestamp': given(input.timestamp),
      'Wechatpay-Nonce': given(input.nonce),
      'Wechatpay-Serial': serial,
      'Wechatpay-Signature': given(input.signature),
    }
    const body = Buffer.from(given(input.body))
    const known = platformKeys({
      publicKeys: new Map([[serial, publicKeyOf(input.key_ref)]]),
      clock: () => 0,
    })
    const verified = verify({ headers, body }, known, Number(input.timestamp) * 1000)
    if (expected.valid === true) await expect(verified).resolves.toBeUndefined()
    else await expect(verified).rejects.toMatchObject({ code: 'bad_signature' })
  })

  test.each(of('crypto.rsa_sha256_verify'))('$name', ({ input, expected }) => {
    const { serial, publicKey } = certificateOf(input.key_ref, input.certificate_serial)
    expect(serial).toBe(expected.serial_from_certificate)
    const signature = Buffer.from(given(input.signature), 'base64')
    expect(isRsaSigned(Buffer.from(given(input.message)), signature, publicKey)).toBe(expected.valid)
  })
})

describe('what WeChat sealed', () => {
  test.each(of('crypto.aead_aes_gcm', 'crypto.aead_aes_256_gcm'))('$name', ({ input, expected }) => {
    const sealed = {
      key: given(input.key),
      nonce: given(input.nonce),
      associatedData: given(input.associated_data),
      ciphertext: given(input.ciphertext),
    }
    expect(Buffer.from(given(openAead(sealed))).toString()).toBe(expected.plaintext)
    expect(openAead({ ...sealed, associatedData: `${sealed.associatedData}x` })).toBeUndefined()
  })

  test.each(of('v3.sensitive_field'))('$name', ({ input, expected }) => {
    expect(oaepDecrypt(given(input.ciphertext), privateKeyOf(input.key_ref))).toBe(expected.plaintext)
  })

  test.each(of('v3./v3/certificates'))('$name', ({ input, expected }) => {
    const [certificate] = certificatesOf(given(input.response_body), given(input.apiv3_key))
    expect(certificate?.serial).toBe(expected.serial_no)
    const other = given(readCertificate(given(expected.certificate_der_base64)))
    expect(certificate?.publicKey.equals(other.publicKey)).toBe(true)
  })
})

describe('notifications', () => {
  const read = async ({ input, expected }: Vector): Promise<unknown> => {
    const headers = given(input.headers)
    const publicKeys = new Map([[given(headers['Wechatpay-Serial']), publicKeyOf(input.key_ref)]])
    const clock = (): number => Number(headers['Wechatpay-Timestamp']) * 1000
    const isRead = expected.plaintext_is_json !== false
    const mchid = isRead ? String(JSON.parse(given(expected.plaintext)).mchid) : '1601959334'
    const message = { headers, body: Buffer.from(given(input.body)) }
    return readNotification(message, {
      mchid,
      apiV3Key: given(input.apiv3_key),
      keys: platformKeys({ publicKeys, clock }),
      clock,
    })
  }

  test.each(of('v3.notify').filter(({ expected }) => expected.plaintext_is_json !== false))(
    '$name',
    async (vector) => {
      const notification = (await read(vector)) as Record<string, unknown>
      expect(notification['event_type']).toBe(vector.expected.event_type)
      const { transaction, refund, resource } = notification as Record<string, { fields: object }>
      expect(transaction?.fields ?? refund?.fields ?? resource).toEqual(
        JSON.parse(given(vector.expected.plaintext)),
      )
    },
  )

  test.each(of('v3.notify').filter(({ expected }) => expected.plaintext_is_json === false))(
    '$name fails cleanly',
    async (vector) => {
      await expect(read(vector)).rejects.toMatchObject({ code: 'bad_message' })
    },
  )
})

describe('bills', () => {
  test.each(of('v3./v3/bill/tradebill'))(
    '$name: the hash is over the uncompressed bytes',
    async ({ input, expected }) => {
      const file = Buffer.from(given(input.file_base64 ?? input.csv_base64), 'base64')
      for (const body of [file, gzipSync(file)]) {
        const transport = { fetch: async () => new Response(body), timeoutMs: 1000 }
        const caller: Caller = {
          mchid: '1900000109',
          signer: signerOf('doc_merchant'),
          origins: [],
          transport,
          clock: () => 0,
          nonce: () => 'n',
        }
        const link = { state: 'file', hash_type: 'SHA1', hash_value: given(expected.hash_value) } as const
        const pieces: Uint8Array[] = []
        for await (const piece of downloadBill(caller, {
          ...link,
          download_url: 'https://api.mch.weixin.qq.com/v3/billdownload/file?token=x',
        }))
          pieces.push(piece)
        expect(Buffer.concat(pieces)).toEqual(file)
      }
    },
  )
})
