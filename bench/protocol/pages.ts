/** F: what a page is given: the signed payment parameters of v2, and the JSSDK's signature. */
import { hash } from 'node:crypto'
import { pageSignature } from '@shouyin/wechat'
import { paymentParameters } from '@shouyin/wechat/pay-v2'
import { hold, peer } from './contest.ts'

const KEY = '8934e7d15453e97507ef794cf7b0519d'
const APPID = 'wx2421b1c4370ec43b'
const PREPAY_ID = 'wx201410272009395522657a690389285100'
const TICKET = 'sM4AOVdWfPE4DxkXGEs8VMCPGGVi4C3VM0P37wVUCFvkVAy_90u5h9nbSlYy3-Sl-HhTdfl2fzFy1AOcHKP7qg'
const PAGE = 'https://mp.weixin.qq.com/order?id=1217752501201407033233368018'

const tenpayClass = peer('tenpay') as new (
  options: object,
) => { getPayParamsByPrepay(order: object, type: string): Record<string, string> }
const { Hash } = peer('wechatpay-axios-plugin') as {
  Hash: { sign(type: string, fields: object, key: string): string }
}
const JSSDK = peer('wechat-jssdk/lib/JSSDK') as {
  generateSignature(url: string, token: string, ticket: string): { signature: string }
}

export async function pages(): Promise<void> {
  await paySign()
  await jssdk()
}

async function paySign(): Promise<void> {
  const payment = {
    appid: APPID,
    prepayId: PREPAY_ID,
    nonceStr: '5K8264ILTKCH16CQ2502SI8ZNMTM67VS',
    timestamp: 1_414_561_699,
    signType: 'MD5',
  } as const
  const text = `appId=${APPID}&nonceStr=${payment.nonceStr}&package=prepay_id=${PREPAY_ID}&signType=MD5&timeStamp=1414561699&key=${KEY}`
  const tenpay = new tenpayClass({ appid: APPID, mchid: '1900000109', partnerKey: KEY })
  await hold({
    title: 'F  paySign of v2 (MD5)',
    ours: () => paymentParameters(payment, KEY).bridge.paySign,
    raw: ['node:crypto MD5', () => hash('md5', text, 'hex')],
    peers: {
      'wechatpay-axios-plugin': () => {
        const signed = {
          appId: APPID,
          timeStamp: '1414561699',
          nonceStr: payment.nonceStr,
          package: `prepay_id=${PREPAY_ID}`,
          signType: 'MD5',
        }
        return { ...signed, paySign: Hash.sign('MD5', signed, KEY) }.paySign
      },
      tenpay: () => tenpay.getPayParamsByPrepay({ prepay_id: PREPAY_ID }, 'MD5')['paySign'] ?? '',
    },
    isRight: (paySign) => /^[0-9A-F]{32}$/.test(paySign),
    budget: { timesTheRaw: 3 },
  })
}

async function jssdk(): Promise<void> {
  const page = { ticket: TICKET, nonceStr: 'Wm3WZYTPz0wzccnW', timestamp: 1_414_587_457, url: PAGE }
  const text = `jsapi_ticket=${TICKET}&noncestr=Wm3WZYTPz0wzccnW&timestamp=1414587457&url=${PAGE}`
  await hold({
    title: 'F  JSSDK signature',
    ours: () => pageSignature(page),
    raw: ['node:crypto SHA-1', () => hash('sha1', text, 'hex')],
    peers: { 'wechat-jssdk': () => JSSDK.generateSignature(PAGE, '', TICKET).signature },
    isRight: (signature) => /^[0-9a-f]{40}$/.test(signature),
    budget: { timesTheRaw: 3 },
  })
}
