/** D: an Authorization header. E: a notification verified, opened and parsed. */
import {
  createDecipheriv,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto'
import { readFileSync } from 'node:fs'
import { authorization, createPayV3, type Signer } from '@shouyin/wechat/pay-v3'
import { hold, peer } from './contest.ts'

const MCHID = '1900007291'
const SERIAL = '1DDE55AD98ED71D6EDD4A4A16996DE7B47773A8C'
const REQUEST = {
  method: 'POST',
  path: '/v3/pay/transactions/jsapi',
  body: '{"appid":"wxd678efh567hg6787","mchid":"1900007291","description":"明前龙井","out_trade_no":"1217752501201407033233368018","notify_url":"https://example.com/notify","amount":{"total":100},"payer":{"openid":"oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"}}',
  timestamp: 1_554_208_460,
  nonce: '593BEC0C930BF1AFEB40B4A08C8FB242',
} as const
const TEXT = `POST\n${REQUEST.path}\n${REQUEST.timestamp}\n${REQUEST.nonce}\n${REQUEST.body}\n`

const { Rsa, Formatter, Aes } = peer('wechatpay-axios-plugin') as {
  Rsa: {
    sign(text: string, key: KeyObject): string
    verify(text: string, signature: string, key: KeyObject): boolean
  }
  Formatter: {
    authorization(...parts: string[]): string
    request(...parts: string[]): string
    response(...parts: string[]): string
  }
  Aes: { AesGcm: { decrypt(text: string, key: string, nonce: string, data: string): string } }
}

export async function payV3(wanted: (letter: string) => boolean): Promise<void> {
  if (wanted('D')) await authorize()
  if (wanted('E')) await notification()
}

function signed(key: KeyObject): Promise<string> {
  return new Promise((resolve, reject) => {
    sign('RSA-SHA256', Buffer.from(TEXT), key, (error, value) =>
      error === null ? resolve(value.toString('base64')) : reject(error),
    )
  })
}

async function authorize(): Promise<void> {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const signer: Signer = { serial: SERIAL, sign: () => signed(privateKey) }
  const { method, path, timestamp, nonce, body } = REQUEST
  await hold({
    title: 'D  v3 Authorization (off the main thread; the peers hold it)',
    ours: () => authorization(REQUEST, MCHID, signer),
    raw: ['node:crypto RSA, off the thread', () => signed(privateKey)],
    peers: {
      'wechatpay-axios-plugin': () => {
        const text = Formatter.request(method, path, String(timestamp), nonce, body)
        return Formatter.authorization(MCHID, nonce, Rsa.sign(text, privateKey), String(timestamp), SERIAL)
      },
    },
    isRight: (header) => header.length > 400 && header.includes(SERIAL),
    budget: { timesTheRaw: 1.1 },
  })
}

interface Vector {
  name: string
  input: { apiv3_key: string; headers: Record<string, string>; body: string; key_ref: string }
}

async function notification(): Promise<void> {
  const { vectors, keys } = JSON.parse(
    readFileSync(new URL('../../vectors/pay.json', import.meta.url), 'utf8'),
  ) as { vectors: Vector[]; keys: Record<string, { spki_der_base64: string }> }
  const found = vectors.find(({ name }) => name === 'v3-transaction-notify-full')
  if (found === undefined) throw new Error('the vector is missing')
  const { headers, body, apiv3_key: apiV3Key, key_ref } = found.input
  const spki = Buffer.from(keys[key_ref]?.spki_der_base64 ?? '', 'base64')
  const publicKey = createPublicKey({ key: spki, format: 'der', type: 'spki' })
  const serial = 'PUB_KEY_ID_0119000072912026010100000000000001'
  const {
    'Wechatpay-Timestamp': timestamp = '',
    'Wechatpay-Nonce': nonce = '',
    'Wechatpay-Signature': signature = '',
  } = headers
  const pay = createPayV3({
    mchid: MCHID,
    apiV3Key,
    publicKeys: { [serial]: publicKey },
    signer: { serial: SERIAL, sign: async () => '' },
    clock: () => Number(timestamp) * 1000,
  })
  const message = { headers: { ...headers, 'Wechatpay-Serial': serial }, body: Buffer.from(body) }
  const stateIn = (text: string): string => (JSON.parse(text) as { trade_state: string }).trade_state
  await hold({
    title: 'E  v3 notification: verify, open, parse',
    ours: async () => {
      const read = await pay.readNotification(message)
      return read.kind === 'transaction' ? read.transaction.trade_state : ''
    },
    raw: [
      'node:crypto RSA and AES-GCM, JSON',
      () => {
        const bytes = Buffer.from(`${timestamp}\n${nonce}\n${body}\n`)
        if (!verify('RSA-SHA256', bytes, publicKey, Buffer.from(signature, 'base64'))) return ''
        return stateIn(opened(body, apiV3Key))
      },
    ],
    peers: {
      'wechatpay-axios-plugin': () => {
        if (!Rsa.verify(Formatter.response(timestamp, nonce, body), signature, publicKey)) return ''
        const { resource } = JSON.parse(body) as { resource: Resource }
        return stateIn(
          Aes.AesGcm.decrypt(resource.ciphertext, apiV3Key, resource.nonce, resource.associated_data),
        )
      },
    },
    isRight: (state) => state === 'SUCCESS',
    budget: { timesTheRaw: 1.2 },
  })
}

interface Resource {
  ciphertext: string
  nonce: string
  associated_data: string
}

function opened(body: string, key: string): string {
  const { resource } = JSON.parse(body) as { resource: Resource }
  const sealed = Buffer.from(resource.ciphertext, 'base64')
  const decipher = createDecipheriv('aes-256-gcm', key, resource.nonce)
  decipher.setAuthTag(sealed.subarray(-16)).setAAD(Buffer.from(resource.associated_data))
  return decipher.update(sealed.subarray(0, -16), undefined, 'utf8') + decipher.final('utf8')
}
