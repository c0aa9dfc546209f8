/** A signature that WeChat does not take: what its answer tells of the text it verified becomes advice. */
import { expect, test } from 'vitest'
import type { WechatError } from '../errors.ts'
import { rejection } from '../wechat.fake.ts'
import { ORDER, type PayAnswer, payTown } from './wechat-pay.fake.ts'

const JSAPI = 'POST /v3/pay/transactions/jsapi'

/** What WeChat tells of the text it verified; `change` is what somebody between did to it. */
const told =
  (change: (told: Record<string, unknown>) => void): PayAnswer =>
  ({ method, url, headers, body }) => {
    const path = url.pathname + url.search
    const authorization = headers.get('authorization') ?? ''
    const [, timestamp] = /timestamp="(\d+)"/.exec(authorization) ?? []
    const [, nonce] = /nonce_str="([^"]+)"/.exec(authorization) ?? []
    const text = `${method}\n${path}\n${timestamp}\n${nonce}\n`
    const sign_information = {
      method,
      url: path,
      sign_message_length: Buffer.byteLength(`${text}${body}\n`),
      truncated_sign_message: `${text}${body.slice(0, 8)}\n`,
    }
    change(sign_information)
    const detail = { detail: { issue: 'sign not match' }, field: 'signature', sign_information }
    return { status: 401, json: { code: 'SIGN_ERROR', message: '签名错误', detail } }
  }

test.each<[string, (told: Record<string, unknown>) => void, string]>([
  ['the key, where the text is as long', () => undefined, 'private key, certificate and merchant number'],
  [
    'somebody between, where the text is longer',
    (information) => {
      information['sign_message_length'] = Number(information['sign_message_length']) + 2
    },
    'were signed',
  ],
  [
    'a proxy, where the path is another one',
    (information) => {
      information['url'] = '/proxied/v3/pay/transactions/jsapi'
    },
    'method or path were changed',
  ],
])('points to %s', async (_what, change, words) => {
  const { pay } = payTown({ [JSAPI]: told(change) })
  const error = (await rejection(pay.prepay(ORDER))) as WechatError
  expect(error.message).toContain('SIGN_ERROR 签名错误')
  expect(error.message).toContain(words)
  expect(error.message).not.toContain('TEA-0001')
})
