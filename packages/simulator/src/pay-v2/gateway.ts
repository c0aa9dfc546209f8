/**
 * The front of WeChat Pay v2, the same for every call: POST, UTF-8, XML, required fields, merchant and account,
 * signature. What passes goes to the call itself. HTTP status is always 200.
 * Source: API v2 docs, "协议规则"; the order of the checks and the level of each answer as seen on the service.
 */
import type { SignatureCheck } from '../exchanges.ts'
import type { PaySide, SignType } from '../pay/state.ts'
import { accountOf, merchantOf } from '../simulation.ts'
import type { Merchant } from '../world.ts'
import { type FieldRules, fieldProblem } from './fields.ts'
import { checkV2, signV2 } from './sign.ts'
import { readXml, writeXml } from './xml.ts'

export interface V2Call {
  rules: FieldRules
  run(request: V2Request): V2Outcome
}

export interface V2Request {
  side: PaySide
  merchant: Merchant
  fields: Record<string, string>
  signType: SignType
}

export type V2Fields = Record<string, string | number>

export type V2Outcome =
  /** `result_code` SUCCESS with the call's own fields. */
  | { outcome: 'done'; fields: V2Fields }
  /** `result_code` FAIL: signed, with `err_code` and `err_code_des`. */
  | { outcome: 'refused'; code: string; text: string }
  /** `return_code` FAIL: unsigned, with `return_msg` only. */
  | { outcome: 'rejected'; text: string }

export interface V2Answer {
  body: string
  /** WeChat's words of a no. */
  refused?: string | undefined
  signature?: SignatureCheck | undefined
  outTradeNo?: string | undefined
}

export const done = (fields: V2Fields): V2Outcome => ({ outcome: 'done', fields })
export const refused = (code: string, text: string): V2Outcome => ({ outcome: 'refused', code, text })
export const rejected = (text: string): V2Outcome => ({ outcome: 'rejected', text })

/** The reply to one request, with what the inspector shows of it. */
export function answerV2(side: PaySide, call: V2Call, method: string, bytes: Uint8Array): V2Answer {
  if (method !== 'POST') return levelOne('请使用post方法')
  if (bytes.byteLength === 0) return levelOne('post数据为空')
  const text = utf8(bytes)
  if (text === undefined) return levelOne('编码格式错误')
  const fields = readXml(text)
  if (fields === undefined) return levelOne('XML格式错误')
  return { outTradeNo: fields['out_trade_no'], ...judge(side, call, fields) }
}

function judge(side: PaySide, call: V2Call, fields: Record<string, string>): V2Answer {
  const problem = fieldProblem(call.rules, fields)
  if (problem !== undefined) return levelOne(problem)
  const { appid = '', mch_id: mchid = '', sign = '', sign_type: named = '' } = fields
  if (accountOf(side, appid) === undefined) return levelOne('appid不存在')
  const merchant = merchantOf(side, mchid)
  // A made-up merchant number gets the same words as a wrong key (seen in a probe of the service).
  if (merchant === undefined) return levelOne('签名错误')
  if (!merchant.appids.includes(appid)) return levelOne('appid和mch_id不匹配')
  const signType: SignType = named === 'HMAC-SHA256' ? named : 'MD5'
  const signature = checkV2(fields, sign, merchant.apiKey, signType)
  if (!signature.valid) return { ...levelOne('签名错误'), signature }
  const request: V2Request = { side, merchant, fields, signType }
  return { ...reply(request, call.run(request)), signature }
}

function reply(request: V2Request, result: V2Outcome): V2Answer {
  if (result.outcome === 'rejected') return levelOne(result.text)
  if (result.outcome === 'done') return { body: levelTwo(request, { result_code: 'SUCCESS' }, result.fields) }
  const { code, text } = result
  const body = levelTwo(request, { result_code: 'FAIL', err_code_des: text, err_code: code }, {})
  return { body, refused: `${code} ${text}` }
}

function levelOne(text: string): V2Answer {
  return { body: writeXml({ return_code: 'FAIL', return_msg: text }), refused: text }
}

/** Elements in the order production sends them, which is not the order of the documentation. */
function levelTwo({ side, merchant, fields, signType }: V2Request, result: V2Fields, own: V2Fields): string {
  const { appid = '', device_info: deviceInfo = '' } = fields
  const said: V2Fields = {
    return_code: 'SUCCESS',
    return_msg: 'OK',
    ...result,
    mch_id: merchant.mchid,
    appid,
    ...(deviceInfo === '' ? {} : { device_info: deviceInfo }),
    nonce_str: side.random.text(16),
    ...own,
  }
  return writeXml({ ...said, sign: signV2(said, merchant.apiKey, signType) })
}

function utf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}
