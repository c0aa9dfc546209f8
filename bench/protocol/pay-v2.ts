/** A: an order built, signed and serialised. B: a notification parsed and verified. C: a refund's notification opened. */
import { createDecipheriv, createHmac, hash } from 'node:crypto'
import { createRequire } from 'node:module'
import {
  createPayV2,
  type Fields,
  type SignType,
  serialiseXml,
  sign,
  signedMessage,
} from '@shouyin/wechat/pay-v2'
import { hold, peer } from './contest.ts'

const MCHID = '1900000109'
const APPID = 'wx2421b1c4370ec43b'
const KEY = '8934e7d15453e97507ef794cf7b0519d'

const ORDER: Fields = {
  appid: APPID,
  body: '腾讯充值中心-QQ会员充值',
  out_trade_no: '1217752501201407033233368018',
  total_fee: '888',
  spbill_create_ip: '8.8.8.8',
  notify_url: 'https://example.com/wechatpay/notify',
  trade_type: 'JSAPI',
  openid: 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o',
  mch_id: MCHID,
  nonce_str: '5K8264ILTKCH16CQ2502SI8ZNMTM67VS',
}
const PAID: Fields = {
  appid: APPID,
  attach: '支付测试',
  bank_type: 'OTHERS',
  cash_fee: '1',
  fee_type: 'CNY',
  is_subscribe: 'N',
  mch_id: MCHID,
  nonce_str: '5d2b6c2a8db53831f7eda20af46e531c',
  openid: 'oUpF8uMEb4qRXf22hE3X68TekukE',
  out_trade_no: '1409811653',
  result_code: 'SUCCESS',
  return_code: 'SUCCESS',
  time_end: '20140903131540',
  total_fee: '1',
  trade_type: 'JSAPI',
  transaction_id: '1004400740201409030005092168',
}
/** As published; see vectors/pay.json, `v2-refund-notify-req-info-encrypt`. */
const REFUNDED =
  '<root>\n<out_refund_no><![CDATA[131811191610442717309]]></out_refund_no>\n<out_trade_no><![CDATA[71106718111915575302817]]></out_trade_no>\n<refund_account><![CDATA[REFUND_SOURCE_RECHARGE_FUNDS]]></refund_account>\n<refund_fee><![CDATA[3960]]></refund_fee>\n<refund_id><![CDATA[50000408942018111907145868882]]></refund_id>\n<refund_recv_accout><![CDATA[支付用户零钱]]></refund_recv_accout>\n<refund_request_source><![CDATA[API]]></refund_request_source>\n<refund_status><![CDATA[SUCCESS]]></refund_status>\n<settlement_refund_fee><![CDATA[3960]]></settlement_refund_fee>\n<settlement_total_fee><![CDATA[3960]]></settlement_total_fee>\n<success_time><![CDATA[2018-11-19 16:24:13]]></success_time>\n<total_fee><![CDATA[3960]]></total_fee>\n<transaction_id><![CDATA[4200000215201811190261405420]]></transaction_id>\n</root>'

type Transform = (this: object, data: unknown, headers?: object, status?: number) => unknown

interface Transformer {
  request: Transform[]
  response: Transform[]
}

interface Tenpay {
  _getSign(fields: object, type: string): string
  _parse(xml: string, kind: string, type?: string): Promise<Fields & { req_info: Fields }>
}

const { Transformer, Aes } = peer('wechatpay-axios-plugin') as {
  Transformer: new (mchid: string, secret: string) => Transformer
  Aes: { AesEcb: { encrypt(text: string, key: string): string; decrypt(text: string, key: string): string } }
}
const tenpayClass = peer('tenpay') as new (options: object) => Tenpay
const tenpayXml = createRequire(peer.resolve('tenpay'))('./util.js') as { buildXML(fields: object): string }
const legacySignature = peer('node-easywechat/dist/Pay/LegacySignature') as new (
  merchant: object,
) => { sign(fields: object): object }
const easywechat = peer('node-easywechat/dist/Core/Support/Utils') as {
  buildXml(fields: object): string
  parseXml(xml: string): Promise<Fields>
}
const { AES } = peer('node-easywechat/dist/Core/Support/AES') as {
  AES: { decrypt(text: string, key: string, iv: string, padding: boolean, method: string): Buffer }
}

const pay = createPayV2({ mchid: MCHID, apiKey: KEY })
const transformer = new Transformer(MCHID, KEY)
const tenpay = new tenpayClass({ appid: APPID, mchid: MCHID, partnerKey: KEY })
const signature = new legacySignature({ getV2SecretKey: () => KEY })
const exchange = { method: 'POST', url: '/pay/unifiedorder' }

export async function payV2(wanted: (letter: string) => boolean): Promise<void> {
  for (const type of ['MD5', 'HMAC-SHA256'] as const) {
    if (wanted('A')) await buildAndSign(type)
    if (wanted('B')) await readAndVerify(type)
  }
  if (wanted('C')) await openRefund()
}

/** As long as what is signed, whatever its order. */
function textOf(fields: Fields): string {
  const pairs = Object.entries(fields).map(([name, value]) => `${name}=${value}`)
  return `${pairs.join('&')}&key=${KEY}`
}

function digest(text: string, type: SignType): string {
  return type === 'MD5' ? hash('md5', text, 'hex') : createHmac('sha256', KEY).update(text).digest('hex')
}

async function buildAndSign(type: SignType): Promise<void> {
  const order: Fields = { ...ORDER, sign_type: type }
  const expected = sign(order, KEY, type)
  const signedText = textOf(order)
  await hold({
    title: `A  v2 order: build, sign (${type}), serialise`,
    ours: () => signedMessage(order, KEY, type),
    raw: [type === 'MD5' ? 'node:crypto MD5' : 'node:crypto HMAC', () => digest(signedText, type)],
    peers: {
      'wechatpay-axios-plugin': () =>
        String(transformer.request.reduce<unknown>((data, step) => step.call(exchange, data), order)),
      tenpay: () => tenpayXml.buildXML({ ...order, sign: tenpay._getSign(order, type) }),
      'node-easywechat': () => easywechat.buildXml(signature.sign({ ...order })),
    },
    isRight: (xml) => xml.includes(expected) && xml.includes(ORDER['openid'] ?? ''),
    budget: { timesThePeer: 5 },
  })
}

async function readAndVerify(type: SignType): Promise<void> {
  const body = serialiseXml({ ...PAID, sign: sign(PAID, KEY, type) })
  const signedText = textOf(PAID)
  await hold({
    title: `B  v2 notification: parse, verify (${type})`,
    ours: () => pay.readNotification(body).out_trade_no,
    raw: [type === 'MD5' ? 'node:crypto MD5' : 'node:crypto HMAC', () => digest(signedText, type)],
    peers: {
      'wechatpay-axios-plugin': () => {
        const [parse, verify] = transformer.response
        const fields = verify?.call(exchange, parse?.call(exchange, body), {}, 200) as Fields | undefined
        return fields?.['out_trade_no'] ?? ''
      },
      tenpay: async () => (await tenpay._parse(body, 'middleware_pay', type))['out_trade_no'] ?? '',
    },
    isRight: (number) => number === PAID['out_trade_no'],
    budget: { timesThePeer: 5 },
  })
}

async function openRefund(): Promise<void> {
  const key = hash('md5', KEY, 'hex')
  const reqInfo = Aes.AesEcb.encrypt(REFUNDED, key)
  const envelope = { return_code: 'SUCCESS', appid: APPID, mch_id: MCHID, nonce_str: 'TeqClE3i0mvn3DrK' }
  const body = serialiseXml({ ...envelope, req_info: reqInfo })
  const statusIn = (fields: Partial<Fields>): string => fields['refund_status'] ?? ''
  const [parse] = transformer.response
  const parsed = (xml: string): Fields => parse?.call(exchange, xml) as Fields
  await hold({
    title: 'C  v2 refund notification: parse, open req_info, parse',
    ours: () => pay.readRefundNotification(body).refund_status as string,
    raw: [
      'node:crypto AES-256-ECB',
      () => {
        const decipher = createDecipheriv('aes-256-ecb', key, null)
        return decipher.update(reqInfo, 'base64', 'utf8') + decipher.final('utf8')
      },
    ],
    peers: {
      'wechatpay-axios-plugin': () =>
        statusIn(parsed(Aes.AesEcb.decrypt(parsed(body)['req_info'] ?? '', hash('md5', KEY, 'hex')))),
      tenpay: async () => statusIn((await tenpay._parse(body, 'middleware_refund')).req_info),
      'node-easywechat': async () => {
        const { req_info = '' } = await easywechat.parseXml(body)
        const root = AES.decrypt(req_info, hash('md5', KEY, 'hex'), '', true, 'aes-256-ecb').toString()
        const fields = (await easywechat.parseXml(root)) as Fields | { root: Fields }
        return statusIn(
          'root' in fields && typeof fields.root === 'object' ? fields.root : (fields as Fields),
        )
      },
    },
    isRight: (status) => status === 'SUCCESS',
    budget: { timesThePeer: 5 },
  })
}
