/** tenpay (Pay v2) through the HTTPS port: its addresses are a public property, its certificate a `.p12` file. */
import { createRequire } from 'node:module'
import { control, merchant, nextNoon, openDoor, payerPays, secondsPass, tell } from './merchant.ts'

type Reply = Record<string, string>

/** The surface used here; the package ships no types that fit. */
interface Tenpay {
  urls: Record<string, string>
  getPayParams(order: object): Promise<Reply>
  orderQuery(query: object): Promise<Reply>
  closeOrder(order: object): Promise<Reply>
  refund(refund: object): Promise<Reply>
  refundQuery(query: object): Promise<Reply>
  downloadBill(query: object, format?: boolean): Promise<{ list_data: string[][]; total_data: string[] }>
  downloadFundflow(query: object, format?: boolean): Promise<{ list_data: string[][]; total_data: string[] }>
  middlewareForExpress(
    kind: 'pay' | 'refund',
  ): (request: object, response: object, next: () => void) => Promise<void>
}

const Tenpay = createRequire(import.meta.url)('tenpay') as new (options: object) => Tenpay
const accepted: Record<string, unknown>[] = []
const door = await openDoor(async ({ body }, path) => {
  const read = await readBy(path === '/refunded' ? 'refund' : 'pay', body)
  accepted.push(read)
  return { status: 200, body: '<xml><return_code><![CDATA[SUCCESS]]></return_code></xml>' }
})
const tenpay = new Tenpay({
  appid: merchant.appid,
  mchid: merchant.mchid,
  partnerKey: merchant.apiKey,
  pfx: Buffer.from(merchant.p12Base64, 'base64'),
  notify_url: door.url('/paid'),
  refund_url: door.url('/refunded'),
})
for (const [call, url] of Object.entries(tenpay.urls))
  tenpay.urls[call] = url.replace('https://api.mch.weixin.qq.com', merchant.httpsUrl)

const number = 'TENPAY0001'
const order = { out_trade_no: number, body: '明前龙井, 250 克', total_fee: 12_800, openid: merchant.openid }
const parameters = await tenpay.getPayParams(order)
await payerPays(parameters)
const queried = await tenpay.orderQuery({ out_trade_no: number })
await tenpay.getPayParams({ ...order, out_trade_no: 'TENPAY0002' })
const closed = await tenpay.closeOrder({ out_trade_no: 'TENPAY0002' })
const refund = { out_trade_no: number, out_refund_no: 'TENPAYR001', total_fee: 12_800, refund_fee: 2800 }
const refunded = await tenpay.refund(refund)
const refundedAgain = await tenpay.refund(refund)
await secondsPass(60)
const refundQueried = await tenpay.refundQuery({ out_refund_no: 'TENPAYR001' })
const day = (await nextNoon()).replaceAll('-', '')
const bill = await tenpay.downloadBill({ bill_date: day }, true)
const fundFlow = await tenpay.downloadFundflow({ bill_date: day }, true)
door.close()

tell({
  parameters,
  queried,
  closed,
  accepted,
  refunded,
  sameRefund: refunded['refund_id'] === refundedAgain['refund_id'],
  refundQueried,
  bill,
  fundFlow,
  deliveries: await control('orders'),
})

async function readBy(kind: 'pay' | 'refund', body: string): Promise<Record<string, unknown>> {
  const request: { body: string; weixin?: Record<string, unknown> } = { body }
  const refusals: string[] = []
  const response = { header: () => undefined, send: (text: string) => refusals.push(text) }
  await tenpay.middlewareForExpress(kind)(request, response, () => undefined)
  if (request.weixin === undefined) throw new Error(`tenpay refuses the notification: ${refusals.join()}`)
  return request.weixin
}
