/** wechatpay-node-v3, whose addresses are fixed: WeChat's own names end at the simulator, as with a hosts file. */
import { createRequire } from 'node:module'
import { gunzipSync } from 'node:zlib'
import { HostsFileAgent, merchant, nextNoon, openDoor, payerPays, secondsPass, tell } from './merchant.ts'

interface Answer {
  status: number
  data: Record<string, unknown>
  error?: string
}

/** The surface used here. */
interface Pay {
  transactions_jsapi(order: object): Promise<Answer>
  query(which: object): Promise<Answer>
  close(outTradeNo: string): Promise<Answer>
  refunds(refund: object): Promise<Answer>
  find_refunds(outRefundNo: string): Promise<Answer>
  tradebill(bill: object): Promise<Answer>
  fundflowbill(bill: object): Promise<Answer>
  downloadBill(url: string): Promise<{ status: number; data: Uint8Array }>
  verifySign(notification: object): Promise<boolean>
  decipher_gcm(
    ciphertext: string,
    associatedData: string,
    nonce: string,
    key: string,
  ): Record<string, unknown>
}

const require = createRequire(import.meta.url)
// The library makes its agents in the image of Node's own.
require('node:https').globalAgent = new HostsFileAgent()
const Wechatpay = require('wechatpay-node-v3') as new (options: object) => Pay
const pay = new Wechatpay({
  appid: merchant.appid,
  mchid: merchant.mchid,
  publicKey: Buffer.from(merchant.certificatePem),
  privateKey: Buffer.from(merchant.privateKeyPem),
  key: merchant.apiV3Key,
})

const accepted: object[] = []
const door = await openDoor(async ({ headers, body }) => {
  const header = (name: string): string => String(headers[`wechatpay-${name}`])
  const isReal = await pay.verifySign({
    timestamp: header('timestamp'),
    nonce: header('nonce'),
    serial: header('serial'),
    signature: header('signature'),
    body: JSON.parse(body),
    apiSecret: merchant.apiV3Key,
  })
  if (!isReal) return { status: 401, body: '{"code":"FAIL","message":"失败"}' }
  const { resource, event_type } = JSON.parse(body)
  const read = pay.decipher_gcm(
    resource.ciphertext,
    resource.associated_data,
    resource.nonce,
    merchant.apiV3Key,
  )
  accepted.push({ event_type, ...read })
  return { status: 200, body: '{"code":"SUCCESS","message":"成功"}' }
})

const number = 'NODEV30001'
const order = {
  description: '普洱熟茶',
  out_trade_no: number,
  notify_url: door.url('/paid'),
  amount: { total: 6600 },
  payer: { openid: merchant.openid },
}
const prepaid = await pay.transactions_jsapi(order)
await payerPays(prepaid.data)
const queried = await pay.query({ out_trade_no: number })
await pay.transactions_jsapi({ ...order, out_trade_no: 'NODEV30002' })
const closed = await pay.close('NODEV30002')
const refunded = await pay.refunds({
  out_trade_no: number,
  out_refund_no: 'NODEV3R001',
  reason: '退货',
  notify_url: door.url('/refunded'),
  amount: { refund: 600, total: 6600, currency: 'CNY' },
})
await secondsPass(60)
const refundQueried = await pay.find_refunds('NODEV3R001')
const refused = await pay.transactions_jsapi({ ...order, amount: { total: 1 } })
const billDate = await nextNoon()
const applied = await pay.tradebill({ bill_date: billDate, bill_type: 'ALL', tar_type: 'GZIP' })
const file = await pay.downloadBill(String(applied.data['download_url']))
const flowApplied = await pay.fundflowbill({ bill_date: billDate, account_type: 'BASIC' })
door.close()

tell({
  prepaid,
  queried,
  closed,
  accepted,
  refunded,
  refundQueried,
  refused,
  applied,
  bill: gunzipSync(file.data).toString(),
  flowApplied,
})
