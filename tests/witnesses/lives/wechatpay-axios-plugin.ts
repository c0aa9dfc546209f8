/** wechatpay-axios-plugin (Pay v3, and v2 beside it) by its `baseURL`. */
import { createRequire } from 'node:module'
import { gunzipSync } from 'node:zlib'
import { merchant, nextNoon, openDoor, payerPays, secondsPass, tell } from './merchant.ts'

type Data = Record<string, unknown>
type Call = (first?: object, second?: object) => Promise<{ data: Data; status: number }>

/** The surface used here; the package's own types follow no chain of names. */
interface Chain {
  [name: string]: Chain
  get: Chain & Call
  post: Chain & Call
}
interface Plugin {
  Wechatpay: new (options: object) => Chain
  Aes: { AesGcm: { decrypt(ciphertext: string, key: string, nonce: string, aad: string): string } }
  Rsa: {
    verify(message: string, signature: string, key: string): boolean
    sign(message: string, key: string): string
  }
  Formatter: {
    response(timestamp: string, nonce: string, body: string): string
    timestamp(): number
    nonce(): string
    joinedByLineFeed(...parts: unknown[]): string
  }
}

const { Wechatpay, Aes, Rsa, Formatter } = createRequire(import.meta.url)('wechatpay-axios-plugin') as Plugin
const certs = { ...merchant.platformCertificates, [merchant.publicKeyId]: merchant.publicKeyPem }
const wxpay = new Wechatpay({
  mchid: merchant.mchid,
  serial: merchant.serial,
  privateKey: merchant.privateKeyPem,
  certs,
  secret: merchant.apiKey,
  merchant: { cert: merchant.certificatePem, key: merchant.privateKeyPem },
  baseURL: `${merchant.httpsUrl}/`,
})
/** Its calls are chains of names: `wxpay.v3.pay.transactions.jsapi.post(…)`. */
const at = (path: string): Chain =>
  path.split('/').reduce<Chain>((chain, name) => chain[name] ?? chain, wxpay)

const accepted: Data[] = []
const door = await openDoor(async ({ headers, body }) => {
  const header = (name: string): string => String(headers[`wechatpay-${name}`])
  const message = Formatter.response(header('timestamp'), header('nonce'), body)
  const key = certs[header('serial')] ?? ''
  if (!Rsa.verify(message, header('signature'), key)) return { status: 401, body: '{"code":"FAIL"}' }
  const { resource, event_type } = JSON.parse(body)
  const text = Aes.AesGcm.decrypt(
    resource.ciphertext,
    merchant.apiV3Key,
    resource.nonce,
    resource.associated_data,
  )
  accepted.push({ event_type, ...JSON.parse(text) })
  return { status: 204, body: '' }
})

const number = 'AXIOS00001'
const { data: prepaid } = await at('v3/pay/transactions/jsapi').post({
  appid: merchant.appid,
  mchid: merchant.mchid,
  description: '正山小种, 100 克',
  out_trade_no: number,
  notify_url: door.url('/paid'),
  amount: { total: 8800, currency: 'CNY' },
  payer: { openid: merchant.openid },
})
const params = {
  appId: merchant.appid,
  timeStamp: String(Formatter.timestamp()),
  nonceStr: Formatter.nonce(),
  package: `prepay_id=${prepaid['prepay_id']}`,
}
const paySign = Rsa.sign(Formatter.joinedByLineFeed(...Object.values(params)), merchant.privateKeyPem)
await payerPays({ ...params, signType: 'RSA', paySign })
const { data: queried } = await at('v3/pay/transactions/outTradeNo/$out_trade_no$').get({
  params: { mchid: merchant.mchid },
  out_trade_no: number,
})
await at('v3/pay/transactions/jsapi').post({
  appid: merchant.appid,
  mchid: merchant.mchid,
  description: '未付款',
  out_trade_no: 'AXIOS00002',
  notify_url: door.url('/paid'),
  amount: { total: 1 },
  payer: { openid: merchant.openid },
})
const { status: closed } = await at('v3/pay/transactions/outTradeNo/$out_trade_no$/close').post(
  { mchid: merchant.mchid },
  { out_trade_no: 'AXIOS00002' },
)
const { data: refunded } = await at('v3/refund/domestic/refunds').post({
  out_trade_no: number,
  out_refund_no: 'AXIOSR0001',
  reason: '七天无理由退货',
  notify_url: door.url('/refunded'),
  amount: { refund: 3000, total: 8800, currency: 'CNY' },
})
await secondsPass(60)
const { data: refundQueried } = await at('v3/refund/domestic/refunds/$out_refund_no$').get({
  out_refund_no: 'AXIOSR0001',
})
const { data: queriedByV2 } = await at('v2/pay/orderquery').post({
  appid: merchant.appid,
  mch_id: merchant.mchid,
  out_trade_no: number,
  nonce_str: Formatter.nonce(),
})
const { data: refundedByV2 } = await at('v2/secapi/pay/refund').post(
  {
    appid: merchant.appid,
    mch_id: merchant.mchid,
    out_trade_no: number,
    out_refund_no: 'AXIOSR0002',
    total_fee: 8800,
    refund_fee: 1000,
    nonce_str: Formatter.nonce(),
  },
  { security: true },
)
const billDate = await nextNoon()
const { data: application } = await at('v3/bill/tradebill').get({
  params: { bill_date: billDate, bill_type: 'ALL', tar_type: 'GZIP' },
})
const url = new URL(String(application['download_url']))
const { data: file } = await at('v3/billdownload/file').get({
  params: Object.fromEntries(url.searchParams),
  responseType: 'arraybuffer',
})
door.close()

tell({
  payment: { ...params, paySign },
  queried,
  closed,
  accepted,
  refunded,
  refundQueried,
  queriedByV2,
  refundedByV2,
  application,
  bill: gunzipSync(file as unknown as Uint8Array).toString(),
})
