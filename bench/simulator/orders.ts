/** Orders signed before the clock runs, so that who asks does little more than send. */
import { createPrivateKey, sign as rsaSign } from 'node:crypto'
import { serialiseXml, sign } from '@shouyin/wechat/pay-v2'
import { authorization, type Signer } from '@shouyin/wechat/pay-v3'
import type { Process } from './processes.ts'

export interface Signed {
  path: string
  headers: Record<string, string>
  body: string
}

const NONCE = '5K8264ILTKCH16CQ2502SI8ZNMTM67VS'
const NOTIFY_URL = 'https://shop.example.com/notify'

/** `count` unified orders with numbers from `from` on. */
export async function ordersV2({ credentials }: Process, from: number, count: number): Promise<Signed[]> {
  const { appid, openid, mchid, apiKey } = credentials
  return numbers(from, count).map((number) => {
    const fields = {
      appid,
      body: '山间茶事 明前龙井',
      mch_id: mchid,
      nonce_str: NONCE,
      notify_url: NOTIFY_URL,
      openid,
      out_trade_no: number,
      spbill_create_ip: '127.0.0.1',
      total_fee: '12800',
      trade_type: 'JSAPI',
    }
    const body = serialiseXml({ ...fields, sign: sign(fields, apiKey, 'MD5') })
    return { path: '/pay/unifiedorder', headers: { 'content-type': 'text/xml' }, body }
  })
}

/** The same as v3 takes them. */
export function ordersV3({ credentials }: Process, from: number, count: number): Promise<Signed[]> {
  const { appid, openid, mchid, serial, privateKeyPem } = credentials
  const key = createPrivateKey(privateKeyPem)
  const signer: Signer = {
    serial,
    sign: (text) =>
      new Promise((resolve, reject) => {
        rsaSign('RSA-SHA256', Buffer.from(text), key, (error, value) =>
          error === null ? resolve(value.toString('base64')) : reject(error),
        )
      }),
  }
  const path = '/v3/pay/transactions/jsapi'
  return Promise.all(
    numbers(from, count).map(async (number) => {
      const body = JSON.stringify({
        appid,
        mchid,
        description: '山间茶事 明前龙井',
        out_trade_no: number,
        notify_url: NOTIFY_URL,
        amount: { total: 12_800, currency: 'CNY' },
        payer: { openid },
      })
      const timestamp = Math.floor(Date.now() / 1000)
      const request = { method: 'POST', path, body, timestamp, nonce: NONCE } as const
      const headers = {
        authorization: await authorization(request, mchid, signer),
        accept: 'application/json',
        'content-type': 'application/json',
        'user-agent': 'bench',
      }
      return { path, headers, body }
    }),
  )
}

function numbers(from: number, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `B${String(from + index).padStart(12, '0')}`)
}
